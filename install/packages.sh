#!/usr/bin/env bash
# Debian packages, only those that are missing: `packages.sh demo` looks for python3-venv; `packages.sh test` also for a browser,
# PostgreSQL with PostGIS, a font with Vietnamese, and the servers that feeds are tested against. As root they are installed, otherwise the
# command to type is printed.
# PostgreSQL with PostGIS, a font with Vietnamese and the servers that connectors are tried against. As root they are installed, otherwise the command to type is printed.
set -euo pipefail
cd "$(dirname "$0")/.."
source install/say.sh

missing=()

need_venv() {
    local python version
    python=$(install/python.sh)
    "$python" -c 'import ensurepip, venv' 2>/dev/null && return
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    missing+=("python$version-venv")
}

need_browser() {
    install/browser.sh >/dev/null && return
    if [[ $(. /etc/os-release && echo "${ID:-}") == ubuntu ]]; then
        fail "Gói chromium của Ubuntu chỉ là vỏ của snap nên bộ kiểm thử không dùng được. Hãy cài Google Chrome hoặc Chromium dạng .deb, hoặc: make test IOC_TEST_BROWSER=/đường/dẫn" \
            "Ubuntu's chromium package is only a stub for a snap, which the tests cannot drive. Install Google Chrome or a Chromium .deb, or: make test IOC_TEST_BROWSER=/path/to/it"
    fi
    missing+=(chromium)
}

need_postgres() {
    local initdb version=""
    for initdb in /usr/lib/postgresql/*/bin/initdb; do
        [[ -x $initdb ]] || continue
        version=${initdb#/usr/lib/postgresql/} version=${version%%/*}
        [[ -e /usr/share/postgresql/$version/extension/postgis.control ]] && return
    done
    if [[ -n $version ]]; then missing+=("postgresql-$version-postgis-3"); else missing+=(postgresql postgresql-postgis); fi
}

need_program() { # a program, or the path where it lies; the package that has it
    [[ -x $1 || -n $(PATH=$PATH:/usr/sbin:/sbin command -v "$1") ]] || missing+=("$2")
}

need_font() {
    command -v fc-list >/dev/null && [[ -n $(fc-list :lang=vi family) ]] && return
    missing+=(fontconfig fonts-noto-core)
}

need_servers() { # that tests start for themselves, with their own configuration
    local server
    for server in mosquitto nginx snmpd kamailio prometheus-node-exporter; do
        PATH=$PATH:/usr/sbin command -v "$server" >/dev/null || missing+=("$server")
    done
}

known() { [[ -n $(apt-cache madison "$1" 2>/dev/null) ]]; }

refreshed=
refresh() {
    [[ -z $refreshed && $(id -u) -eq 0 ]] || return 0
    refreshed=yes
    say "Cập nhật danh sách gói (apt-get update)" "Updating the package lists (apt-get update)"
    apt-get update -q </dev/null >"$log" 2>&1 || tail -n 5 "$log" >&2
}

log=$(mktemp)
trap 'rm -f "$log"' EXIT
fetch() { DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}" </dev/null >"$log" 2>&1; }

install_missing() {
    local name
    for name in "${missing[@]}"; do known "$name" || refresh; done
    say "Cài gói hệ thống: ${missing[*]}" "Installing system packages: ${missing[*]}"
    fetch || { refresh && fetch; } || {
        tail -n 5 "$log" >&2
        fail "apt-get không cài được: ${missing[*]}" "apt-get could not install: ${missing[*]}"
    }
}

main() {
    need_venv
    if [[ ${1:-} == test ]]; then
        need_browser
        need_postgres
        need_font
        need_servers
        need_program tinyproxy tinyproxy-bin
        need_program faketime faketime
        need_program mariadbd mariadb-server-core
        need_program /usr/lib/cgi-bin/mapserv cgi-mapserver
        need_program my_print_defaults mariadb-client-core
    fi
    [[ ${#missing[@]} -gt 0 ]] || return 0
    command -v apt-get >/dev/null ||
        fail "Máy này thiếu: ${missing[*]} (tên gói Debian), và không có apt-get; hãy cài bằng cách của hệ điều hành này" \
            "This machine lacks: ${missing[*]} (Debian's names), and has no apt-get; install them the way this system does"
    [[ $(id -u) -eq 0 ]] ||
        fail "Máy này thiếu vài gói. Hãy gõ: sudo apt-get update && sudo apt-get install -y ${missing[*]}" \
            "A few packages are missing. Type: sudo apt-get update && sudo apt-get install -y ${missing[*]}"
    install_missing
}

main "$@"
