#!/usr/bin/env bash
# Prints the path of a Python that is new enough and can make virtual environments: $PYTHON when it is set, else the first found.
set -euo pipefail
cd "$(dirname "$0")/.."
source install/say.sh

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

found=()
for name in ${PYTHON:-python3 python3.11 python3.12 python3.13 python3.14}; do
    path=$(command -v "$name" || true)
    [[ -n $path ]] || continue
    found+=("$("$path" -V 2>&1 || true) ($path)")
    if new_enough "$path"; then
        printf '%s\n' "$path"
        exit 0
    fi
done

if [[ ${#found[@]} -eq 0 ]]; then
    fail "Không tìm thấy Python. Cần Python 3.11 trở lên: apt-get install python3 python3-venv" \
        "No Python found. Python 3.11 or newer is needed: apt-get install python3 python3-venv"
fi
fail "Cần Python 3.11 trở lên, máy này có: ${found[*]}. Hãy cài bản mới hơn rồi chạy: make PYTHON=python3.12 …" \
    "Python 3.11 or newer is needed, this machine has: ${found[*]}. Install a newer one, then: make PYTHON=python3.12 …"
