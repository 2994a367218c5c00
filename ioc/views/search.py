"""Search over units and places: "dien bien" finds Điện Biên."""

from __future__ import annotations

from typing import Any, NamedTuple

import pandas as pd
from dash import html

from geo.names import matches, search_key
from ioc.selection import Selection
from ioc.snapshot import Snapshot
from ioc.text import Words

SHOWN = 10
SHORTEST = 2


class Hit(NamedTuple):
    kind: str  # unit level, village, endpoint or centre
    name: str
    where: str
    changes: dict[str, Any]
    rank: tuple[int, int, str]


def search_results(snapshot: Snapshot, selection: Selection, query: str | None, words: Words, path: str = "/map") -> list[Any]:
    """Links to what matches, units before places; says so when nothing does."""
    text = (query or "").strip()
    if len(text) < SHORTEST:
        return []
    hits = find(snapshot, text)
    if not hits:
        return [html.P(words("search.nothing", query=text), className="search-nothing")]
    return [_link(hit, selection, words, path) for hit in hits[:SHOWN]]


def find(snapshot: Snapshot, text: str) -> list[Hit]:
    """Everything whose name matches, best first: names that begin with the text, then wider areas, then by name."""
    places = snapshot.places
    found = [_unit_hit(row, snapshot, text) for row in _matching(places.units, text)]
    for kind, frame in (("village", places.villages), ("endpoint", places.endpoints), ("centre", places.centres)):
        found += [_place_hit(kind, row, snapshot, text) for row in _matching(frame, text)]
    return sorted(found, key=lambda hit: hit.rank)


def _matching(frame: pd.DataFrame, text: str) -> list[dict[str, Any]]:
    """Rows whose name or identifier matches."""
    identifier = "code" if "code" in frame else "id"
    wanted = text.casefold()
    keep = [matches(text, key) or str(own).casefold() == wanted for key, own in zip(frame["search_key"], frame[identifier], strict=True)]
    rows: list[dict[str, Any]] = frame.loc[keep].reset_index(drop=True).to_dict("records")  # type: ignore[assignment]
    return rows


LEVELS = ("province", "district", "commune", "village", "endpoint", "centre")


def _rank(kind: str, name: str, text: str) -> tuple[int, int, str]:
    key, wanted = search_key(name), search_key(text)
    closeness = 0 if key == wanted else 1 if key.endswith(f" {wanted}") or key.startswith(wanted) else 2
    return (LEVELS.index(kind), closeness, name) if closeness else (-1, LEVELS.index(kind), name)


def _unit_hit(row: dict[str, Any], snapshot: Snapshot, text: str) -> Hit:
    code = row["code"]
    ancestors = snapshot.places.lineage.loc[code]
    above = [ancestors[level] for level in ("district", "province") if ancestors[level] not in (None, code)]
    unit = None if code == snapshot.places.province else code
    return Hit(row["level"], row["full_name"], _names(snapshot, above), {"unit": unit}, _rank(row["level"], row["name"], text))


def _place_hit(kind: str, row: dict[str, Any], snapshot: Snapshot, text: str) -> Hit:
    unit = row["commune"] or row["district"]
    changes = {"unit": unit, kind: row["id"]}
    return Hit(kind, row["name"], _names(snapshot, [row["commune"], row["district"]]), changes, _rank(kind, row["name"], text))


def _names(snapshot: Snapshot, codes: list[Any]) -> str:
    names = snapshot.places.units["full_name"]
    return ", ".join(str(names[code]) for code in codes if isinstance(code, str) and code in names.index)


def _link(hit: Hit, selection: Selection, words: Words, path: str) -> html.A:
    layers = tuple(dict.fromkeys((*selection.layers, "centres"))) if hit.kind == "centre" else selection.layers
    return html.A(
        [
            html.Span(hit.name, className="hit-name"),
            html.Span(hit.where, className="hit-where"),
            html.Span(words(f"kind.{hit.kind}"), className="hit-kind"),
        ],
        href=path + selection.to(**hit.changes, layers=layers).query(),
        className="search-hit",
        role="option",
    )
