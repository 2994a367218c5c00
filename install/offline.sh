#!/usr/bin/env bash
# Installing without the internet, in two steps on two machines with the same Python version and processor:
#   offline.sh collect FOLDER         connected: every package, this product, and this script, into one folder
#   FOLDER/offline.sh install TARGET  closed: into TARGET (/opt/ioc), from that folder alone; again for an upgrade
set -euo pipefail

fail() {
    echo "$1  /  $2" >&2
    exit 1
}

collect() {
    local folder
    cd "$(dirname "$0")/.."
    mkdir -p "$1"
    folder=$(cd "$1" && pwd)
    [[ -x .venv/bin/python ]] || fail "Hãy gõ make install trước" "Type make install first"
    rm -f "$folder"/*.whl "$folder"/SHA256SUMS
    .venv/bin/python -m pip download --disable-pip-version-check --quiet --no-deps --only-binary :all: --require-hashes \
        -r "${IOC_LOCK:-requirements.lock}" -d "$folder"
    .venv/bin/python -m pip wheel --disable-pip-version-check --quiet --no-deps --no-build-isolation --wheel-dir "$folder" .
    cp "${IOC_LOCK:-requirements.lock}" "$folder/requirements.lock"
    cp install/offline.sh "$folder/"
    cp -r deploy docs "$folder/"
    .venv/bin/python -c 'import sys; print("%d.%d" % sys.version_info[:2])' >"$folder/python-version"
    (cd "$folder" && find . -type f ! -name SHA256SUMS -print0 | sort -z | xargs -0 sha256sum >SHA256SUMS)
    echo "$(find "$folder" -name '*.whl' | wc -l) gói trong $folder; chép cả thư mục sang máy kia rồi gõ: $1/offline.sh install /opt/ioc  /  $(find "$folder" -name '*.whl' | wc -l) packages in $folder; carry the folder over, then type: $1/offline.sh install /opt/ioc"
}

install() {
    local folder python=${PYTHON:-python3} wanted found
    folder=$(cd "$(dirname "$0")" && pwd)
    (cd "$folder" && sha256sum --quiet --check SHA256SUMS) ||
        fail "Thư mục $folder không nguyên vẹn; hãy chép lại" "The folder $folder is not as it was collected; carry it over again"
    wanted=$(<"$folder/python-version")
    found=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || found=none
    [[ $found == "$wanted" ]] ||
        fail "Cần Python $wanted như máy đã tải gói, máy này có $found; hãy đặt PYTHON=/đường/dẫn/python$wanted" \
            "Python $wanted is needed, as on the machine that collected; this one has $found; set PYTHON=/path/to/python$wanted"
    [[ -x $1/bin/python ]] || "$python" -m venv "$1"
    "$1/bin/python" -m pip install --disable-pip-version-check --quiet --no-index --find-links "$folder" --no-deps --require-hashes \
        -r "$folder/requirements.lock"
    "$1/bin/python" -m pip install --disable-pip-version-check --quiet --no-index --no-deps --force-reinstall "$folder"/ioc-*.whl
    mkdir -p "$1/share"
    cp -r "$folder/deploy" "$folder/docs" "$1/share/"
    echo "Đã cài vào $1  /  Installed into $1: $("$1/bin/ioc" --version)"
}

case ${1:-} in
collect | install) [[ -n ${2:-} ]] && "$1" "$2" && exit ;;
esac
fail "Cách dùng: offline.sh collect THƯ-MỤC | install ĐÍCH" "Usage: offline.sh collect FOLDER | install TARGET"
