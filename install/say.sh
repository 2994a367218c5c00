# Words on the terminal: a step, its end, a failure with its way out. Vietnamese first, English beside it.

say() { printf '→ %s  /  %s\n' "$1" "$2"; }
done_() { printf '✓ %s  /  %s\n' "$1" "$2"; }
fail() {
    printf '✗ %s  /  %s\n' "$1" "$2" >&2
    exit 1
}
