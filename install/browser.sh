#!/usr/bin/env bash
# Prints the path of a Chromium that tests can drive: $IOC_TEST_BROWSER when it is set, else the first found that is no snap. Exit 1 when none.
set -euo pipefail

is_snap() { [[ $(readlink -f "$1") == */snap* ]] || head -c 4096 "$1" | grep -aq '/snap/bin'; }

for name in ${IOC_TEST_BROWSER:-chromium google-chrome-stable google-chrome chromium-browser}; do
    path=$(command -v "$name" || true)
    [[ -n $path ]] && ! is_snap "$path" || continue
    printf '%s\n' "$path"
    exit 0
done
exit 1
