#!/usr/bin/env bash
# Makes .venv and installs a lock file and this project into it: `venv.sh run` what the product needs, `venv.sh dev` also what its tests
# need. A fingerprint in .venv says what is there, so that a second call does nothing and a changed lock is installed again.
set -euo pipefail
cd "$(dirname "$0")/.."
source install/say.sh

declare -A locks=([run]=requirements.lock [dev]=requirements-dev.lock)
lock=${locks[${1:-}]:-}
[[ -n $lock ]] || fail "Cách dùng: install/venv.sh run|dev" "Usage: install/venv.sh run|dev"

fingerprint() { { pwd && readlink -f .venv/bin/python && cat pyproject.toml install/venv.sh "$1"; } 2>/dev/null | sha256sum; }

installed() {
    local stamp=.venv/installed-$1
    [[ -x .venv/bin/python && -r $stamp && $(cat "$stamp") == "$(fingerprint "${locks[$1]}")" ]]
}

pip_install() { .venv/bin/python -m pip install --disable-pip-version-check --no-input --progress-bar off --no-deps "$@" >>.venv/install.log 2>&1; }

# A line every ten seconds, so that a slow network is seen to move.
with_progress() {
    local pip waited=0
    pip_install "$@" &
    pip=$!
    while sleep 1 && kill -0 $pip 2>/dev/null; do
        ((++waited % 10)) || say "… đã $waited giây" "$waited s so far"
    done
    wait $pip
}

explain() {
    tail -n 5 .venv/install.log >&2
    fail "$1; chi tiết ở .venv/install.log. Máy không có mạng thì xem docs/administrator.md" \
        "$2; details in .venv/install.log. Without a network, see docs/administrator.md"
}

make_venv() {
    local python
    [[ -x .venv/bin/python ]] && .venv/bin/python -m pip --version >/dev/null 2>&1 && return
    python=$(install/python.sh)
    say "Tạo .venv bằng $("$python" -V)" "Making .venv with $("$python" -V)"
    "$python" -m venv --clear .venv
}

installed "$1" && exit 0
install/packages.sh demo
started=$SECONDS
make_venv
rm -f .venv/installed-*
say "Cài thư viện theo $lock vào .venv (khoảng một phút)" "Installing the packages of $lock into .venv (about a minute)"
: >.venv/install.log
with_progress --only-binary :all: --require-hashes -r "$lock" ||
    explain "Không cài được thư viện" "The packages could not be installed"
pip_install --no-build-isolation --editable . ||
    explain "Không cài được phần mềm vào .venv" "The project could not be installed into .venv"
fingerprint "$lock" >".venv/installed-$1"
[[ $1 == run ]] || fingerprint requirements.lock >.venv/installed-run
done_ "Cài xong trong $((SECONDS - started)) giây" "Installed in $((SECONDS - started)) s"
