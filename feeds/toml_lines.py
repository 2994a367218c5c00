"""On which line of a TOML text each table and key stands. `tomllib` does not say.

Understands headers, dotted and quoted keys, multi-line strings and arrays; keys inside inline tables are found on the line of the key
that holds them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

Path = tuple[str, ...]

_PART = re.compile(r"""\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([A-Za-z0-9_-]+))\s*""")
_HEADER = re.compile(r"^\s*\[\[?(?P<keys>[^\[\]]+)\]\]?\s*(?:#.*)?$")
_STRING = re.compile(r'"""|\'\'\'|"(?:[^"\\]|\\.)*"|\'[^\']*\'|#.*|[\[\]{}]')


class Lines:
    """Lines of a TOML text by path: ``lines[("feeds", "mcu", "url")]``."""

    def __init__(self, text: str) -> None:
        self._lines: dict[Path, int] = {}
        table: Path = ()
        scan = _Scan()
        for number, line in enumerate(text.splitlines(), start=1):
            if scan.inside:
                scan.feed(line)
            elif header := _HEADER.match(line):
                table = _keys(header["keys"])
                self._note(table, number)
            else:
                key, equals, value = _split(line)
                if equals:
                    self._note((*table, *key), number)
                    scan.feed(value)

    def _note(self, path: Path, number: int) -> None:
        for length in range(1, len(path) + 1):
            self._lines.setdefault(path[:length], number)

    def __getitem__(self, path: Sequence[str]) -> int:
        """The line of the key, else of the nearest table around it, else 1."""
        for length in range(len(path), 0, -1):
            if found := self._lines.get(tuple(path[:length])):
                return found
        return 1


class _Scan:
    """Whether a value that began on an earlier line is still open."""

    def __init__(self) -> None:
        self.quote = ""
        self.depth = 0

    @property
    def inside(self) -> bool:
        return bool(self.quote) or self.depth > 0

    def feed(self, text: str) -> None:
        while text:
            if self.quote:
                _, closed, text = text.partition(self.quote)
                self.quote = "" if closed else self.quote
                continue
            mark = _STRING.search(text)
            if mark is None:
                return
            text = text[mark.end() :]
            self._take(mark[0])

    def _take(self, mark: str) -> None:
        if mark in ('"""', "'''"):
            self.quote = mark
        elif mark in "[{":
            self.depth += 1
        elif mark in "]}":
            self.depth = max(0, self.depth - 1)


def _keys(text: str) -> Path:
    return tuple(next(group for group in part.groups() if group is not None) for part in _PART.finditer(text))


def _split(line: str) -> tuple[Path, str, str]:
    position = 0
    while part := _PART.match(line, position):
        position = part.end()
        if line[position : position + 1] != ".":
            break
        position += 1
    if line[position : position + 1] != "=":
        return (), "", ""
    return _keys(line[:position]), "=", line[position + 1 :]
