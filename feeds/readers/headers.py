"""Where a sheet's header stands and how its columns are called: found by the columns that are wanted, over up to four lines, joined."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from feeds.fetching import Layout, Wanted
from feeds.readers.invisible import visible
from feeds.readers.sheet import Merged, Sheet, is_blank
from feeds.tables import header
from geo.names import search_key

LOOKED_AT = 60
"""Lines in which the header is looked for."""
DEEPEST = 4
JOINED = " / "


@dataclass(frozen=True)
class Header:
    """first, last: its lines, from 0. names: by column, "" for one without; parts: what each of its lines says of a column.

    found: how many of the wanted columns it names; missing: how many of those that are needed it does not.
    """

    first: int
    last: int
    names: tuple[str, ...]
    parts: tuple[tuple[str, ...], ...]
    found: int = 0
    missing: int = 0

    @property
    def width(self) -> int:
        """Columns up to the last one with a name."""
        return max((place + 1 for place, name in enumerate(self.names) if name), default=0)


class _Rank(NamedTuple):
    needed: int
    found: int
    depth: int
    first: int


def find_header(sheet: Sheet, layout: Layout) -> Header | None:
    """The header; None for a sheet without any line that could be one."""
    lines = _head(sheet, max(LOOKED_AT, layout.header_row + DEEPEST))
    tops = [_begin(sheet, layout.header_row - 1)] if layout.header_row else range(min(LOOKED_AT, len(lines)))
    if not layout.wanted:
        tops = tops[:1]
    best: Header | None = None
    for top in tops:
        if top < len(lines) and (layout.header_row or not _continues(sheet, top)):
            for header_ in _at(sheet, lines, top, layout):
                if best is None or _rank(header_, layout.wanted) > _rank(best, layout.wanted):
                    best = header_
    if best is not None and not best.found and layout.wanted and not layout.header_row:
        return _fullest(sheet, lines, layout)
    return best


def _rank(found: Header, wanted: Sequence[Wanted]) -> _Rank:
    return _Rank(-found.missing, found.found, found.first - found.last, -found.first)


def _at(sheet: Sheet, lines: list[list[Any]], top: int, layout: Layout) -> list[Header]:
    """What could be the header if it began in this line: one line, or as many as belong together."""
    least = _least(sheet, lines, top)
    candidates: list[Header] = []
    for depth in range(1, DEEPEST + 1):
        if top + depth > len(lines) or (depth > least and depth > 1 and not _heads(lines, top + depth - 2)):
            break
        if depth >= least:
            candidates.append(_named(lines, top, top + depth - 1, layout.wanted))
    return candidates


def _named(lines: list[list[Any]], first: int, last: int, wanted: Sequence[Wanted]) -> Header:
    width = max(len(line) for line in lines[first : last + 1])
    parts = [_parts(lines, first, last, column) for column in range(width)]
    words = {_folded(name) for item in wanted for name in item.headers}
    counts = Counter(part for said in parts for part in {_folded(part) for part in said})
    names = tuple(_name(said, words, counts) for said in parts)
    present = {_folded(name) for name in names if name}
    hits = [any(_folded(name) in present for name in item.headers) for item in wanted]
    missing = sum(item.needed and not hit for item, hit in zip(wanted, hits, strict=True))
    return Header(first, last, names, tuple(parts), sum(hits), missing)


def _parts(lines: list[list[Any]], first: int, last: int, column: int) -> tuple[str, ...]:
    """The different texts of a column, from above; a group's name that stands over several columns counts for each of them."""
    said: list[str] = []
    for line in range(first, last + 1):
        cells = lines[line]
        text = header(visible(str(cells[column]))) if column < len(cells) and not is_blank(cells[column]) else ""
        if not text and line < last:
            text = _group(lines, line, last, column)
        if text and text not in said:
            said.append(text)
    return tuple(said)


def _group(lines: list[list[Any]], line: int, last: int, column: int) -> str:
    """The nearest text to the left in a line of groups, over a column that is named below it as that text's own column is."""
    own = [place for place in range(column, -1, -1) if place < len(lines[line]) and not is_blank(lines[line][place])]
    if not own or not all(_filled_below(lines, line, last, place) for place in range(own[0], column + 1)):
        return ""
    return header(visible(str(lines[line][own[0]])))


def _filled_below(lines: list[list[Any]], line: int, last: int, column: int) -> bool:
    return any(column < len(lines[below]) and not is_blank(lines[below][column]) for below in range(line + 1, last + 1))


def _name(parts: tuple[str, ...], words: set[str], counts: Counter[str]) -> str:
    """All parts joined; one part alone where that is what is wanted, and no other column says it."""
    joined = JOINED.join(parts)
    if len(parts) < 2 or _folded(joined) in words:
        return joined
    return next((part for part in reversed(parts) if _folded(part) in words and counts[_folded(part)] == 1), joined)


def _folded(name: str) -> str:
    """A header for comparing: neither accents nor signs such as the asterisk of "Mã thôn (*)" matter for finding its line."""
    return search_key(name) or header(name).casefold()


# ── Lines that belong together ───────────────────────────────────────────────────────────────────────────────────────────


def _head(sheet: Sheet, many: int) -> list[list[Any]]:
    """The first lines with merged cells filled."""
    lines = [list(line) for line in sheet.lines[:many]]
    for area in sheet.merged:
        if area.top < len(lines) and area.left < len(lines[area.top]):
            _fill(lines, area, lines[area.top][area.left])
    return lines


def _fill(lines: list[list[Any]], area: Merged, value: Any) -> None:
    width = max(len(line) for line in lines)
    for line in lines[area.top : area.bottom + 1]:
        right = min(area.right + 1, width)
        line += [None] * (right - len(line))
        line[area.left : right] = [value] * (right - area.left)


def _begin(sheet: Sheet, line: int) -> int:
    """The line in which a header begins that is said to stand in `line`: merged cells may come down from above."""
    return min((area.top for area in sheet.merged if area.top < line <= area.bottom and area.top >= line - DEEPEST), default=line)


def _continues(sheet: Sheet, line: int) -> bool:
    return any(area.top < line <= area.bottom for area in sheet.merged)


def _least(sheet: Sheet, lines: list[list[Any]], top: int) -> int:
    """Lines that a header beginning in `top` has at least, by its merged cells."""
    bottoms = [area.bottom for area in sheet.merged if area.top == top and area.bottom < top + DEEPEST]
    down = max(bottoms, default=top) - top + 1
    wide = any(area.top == area.bottom == top and _texts_below(lines, area) for area in sheet.merged)
    return min(max(down, 2 if wide else 1), len(lines) - top)


def _texts_below(lines: list[list[Any]], area: Merged) -> bool:
    """Whether two or more columns under a merged cell are named in the next line, in different words."""
    if area.bottom + 1 >= len(lines):
        return False
    below = [cell for cell in lines[area.bottom + 1][area.left : area.right + 1] if not is_blank(cell)]
    return len(set(map(str, below))) == len(below) > 1 and all(_is_name(cell) for cell in below)


def _heads(lines: list[list[Any]], upper: int) -> bool:
    """Whether the line after `upper` can be more of the same header: names only, some of them below a blank or a group."""
    above, below = lines[upper], lines[upper + 1]
    named = [place for place, cell in enumerate(below) if not is_blank(cell)]
    if not named or not all(_is_name(below[place]) for place in named):
        return False

    def blank(line: list[Any], place: int) -> bool:
        return place >= len(line) or is_blank(line[place])

    return any(blank(above, place) for place in named) and any(
        blank(below, place) for place, cell in enumerate(above) if not is_blank(cell)
    )


def _is_name(cell: Any) -> bool:
    return isinstance(cell, str) and any(letter.isalpha() for letter in cell)


def _fullest(sheet: Sheet, lines: list[list[Any]], layout: Layout) -> Header | None:
    """Where nothing wanted is named: the first line with nearly as many names as any, so that what is missing can be said of it."""
    counts = [sum(_is_name(cell) for cell in line) for line in lines]
    most = max(counts, default=0)
    top = next((place for place, count in enumerate(counts) if most and count >= 0.6 * most), None)
    return None if top is None else _at(sheet, lines, top, layout)[0]
