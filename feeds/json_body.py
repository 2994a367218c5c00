"""JSON by what it is: a list of records, records under a path, one record a line (NDJSON), or GeoJSON, whatever the file is called."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from feeds.errors import ContentError, RowError
from feeds.fetching import Layout, Unreadable
from feeds.tables import Row, Table, header, read_json, records

LINES = (".ndjson", ".jsonl", ".geojsonl", ".geojsons")
SHOWN = 300
SHOWN_LISTS, DEEPEST = 6, 8


def read_body(data: bytes, layout: Layout) -> Table:
    """Rows of JSON. Raises ContentError for what is none, a web page, and a path that leads to no list."""
    by_line = layout.suffix.lower() in LINES or _has_lines(data)
    return _lines(data, layout) if by_line else _value(read_json(data, layout.encoding), layout)


def _has_lines(data: bytes) -> bool:
    """Whether the first line is a record by itself and another one follows."""
    first, _, rest = data.lstrip(b"\xef\xbb\xbf \r\n\t").partition(b"\n")
    if first[:1] != b"{" or not rest.lstrip().startswith(b"{"):
        return False
    try:
        return isinstance(json.loads(first), dict)
    except (ValueError, RecursionError):
        return False


def _value(value: Any, layout: Layout) -> Table:
    if not layout.records and isinstance(value, dict) and isinstance(value.get("features"), list):
        from feeds.features import read_collection  # the libraries of geography take a second to import

        return read_collection(value, layout)
    if layout.format == "geojson" and not layout.records and not isinstance(value, list):
        raise ContentError("run.geojson_invalid")
    return records(_at(value, layout.records))


def _at(value: Any, path: str) -> list[Any]:
    for step in filter(None, path.split(".")):
        if not isinstance(value, dict) or step not in value:
            found = ", ".join(value) if isinstance(value, dict) else json.dumps(value, ensure_ascii=False)
            raise ContentError("run.records_missing", path=path, found=found[:SHOWN])
        value = value[step]
    if isinstance(value, list):
        return value
    inside = [] if path else lists_of_records(value)
    if inside:
        raise ContentError("run.records_elsewhere", path=inside[0], others=", ".join(inside[1:SHOWN_LISTS]) or "–", lists=len(inside))
    raise ContentError("run.records_not_list", path=path or "/")


def lists_of_records(value: Any, depth: int = DEEPEST) -> list[str]:
    """Paths of the lists of records in an object, as `records` names them, the longest first."""
    found: list[tuple[int, str]] = []

    def look(inner: Any, path: str, left: int) -> None:
        if isinstance(inner, list) and inner and all(isinstance(item, dict) for item in inner):
            found.append((-len(inner), path))
        elif isinstance(inner, dict) and left:
            for key, deeper in inner.items():
                if key and "." not in key:
                    look(deeper, f"{path}.{key}".removeprefix("."), left - 1)

    look(value, "", depth)
    return [path for _, path in sorted(found)]


def _lines(data: bytes, layout: Layout) -> Table:
    """One record a line; a line that is none is set aside by its number, unless no line is one."""
    good: list[tuple[int, dict[str, Any]]] = []
    bad: list[Unreadable] = []
    for number, line in enumerate(data.removeprefix(b"\xef\xbb\xbf").splitlines(), start=1):
        if line.strip():
            try:
                value = read_json(line, layout.encoding)
                if not isinstance(value, dict):
                    raise ContentError("run.json_not_object", row=number)
                good.append((number, value))
            except ContentError:
                shown = line[:SHOWN].decode("utf-8", "replace")
                bad.append(Unreadable(number, RowError("row.line_broken", value=shown), {"": shown}))
    if not good:
        read_json(data, layout.encoding)  # says what it is instead
        raise ContentError("run.json_invalid", line=1, column=1)
    if all(value.get("type") == "Feature" and "geometry" in value for _, value in good):
        return _features([value for _, value in good], [number for number, _ in good], bad, layout)
    columns = dict.fromkeys(header(key) for _, value in good for key in value)
    rows = [Row(number, {header(key): cell for key, cell in value.items()}) for number, value in good]
    return Table(tuple(columns), rows, unreadable=tuple(bad))


def _features(features: list[Any], numbers: list[int], bad: list[Unreadable], layout: Layout) -> Table:
    from feeds.features import read_collection

    table = read_collection({"features": features}, layout)
    rows = [replace(row, number=numbers[row.number - 1]) for row in table.rows]
    aside = [replace(piece, number=numbers[piece.number - 1]) for piece in table.unreadable]
    return replace(table, rows=rows, unreadable=(*aside, *bad))
