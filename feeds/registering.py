"""Writing one list into a register: what is new, what is another word, what has ended, and where it lies since when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Table

from feeds.cells import LOCAL
from feeds.errors import ContentError
from feeds.records import Stamp, Stored
from geo.names import search_key
from store import entries
from store.entries import Lain, UnitPoints
from store.schema import place_units
from store.write import upsert

if TYPE_CHECKING:
    from feeds.registers import Entry, ListOptions

PLACE_COLUMNS = ("place_kind", "place_id", "unit_valid_from", "unit_code", "unit_valid_to", "stored_at")
ORIGIN = frozenset({"observed_at", "reported_at", "stored_at", "feed", "source", "synthetic"})
DAY = timedelta(days=1)

Row = dict[str, Any]


def store_list(connection: Connection, table: Table, place: str, records: Sequence[Entry], stamp: Stamp, options: ListOptions) -> Stored:
    """Write a list's entries; source rows by what they did. Raises ContentError when the list must not be taken."""
    known = entries.entries_of(connection, table, {entry.id for entry in records})
    if stamp.synthetic:
        _refuse_over_real(connection, table, known)
    ended = _missing(connection, table, records, stamp, options) if options.complete else []
    rows: list[Row] = []
    taken: list[tuple[Entry, Row]] = []
    counts = {"added": 0, "changed": 0, "unchanged": 0}
    for entry in records:
        row, outcome = _row(table, known.get(entry.id), entry, stamp, options)
        counts[outcome] += 1
        if row is not None:
            rows.append(row)
            taken.append((entry, row))
    upsert_rows(connection, table, [*rows, *ended])
    moved = _places(connection, place, taken, stamp) if place else frozenset()
    if not stamp.synthetic:
        _close_invented(connection, table, stamp)
    return _recounted(counts, moved, {entry.id for entry, row in taken if _is_same(known.get(entry.id), row)})


def _row(table: Table, before: Mapping[str, Any] | None, entry: Entry, stamp: Stamp, options: ListOptions) -> tuple[Row | None, str]:
    """The row to write and what that does; no row for a word that comes too late."""
    if before is not None and before["observed_at"] is not None and entry.observed_at < before["observed_at"]:
        return None, "unchanged"
    again = before is not None and not (before["synthetic"] and not stamp.synthetic)
    values = {name: value for name, value in entry.values.items() if name in table.c}
    if again and before is not None:
        values["valid_from"] = values["valid_from"] or before["valid_from"]
    day = entry.observed_at.astimezone(LOCAL).date()
    values["valid_from"] = values["valid_from"] or options.valid_from or min(day, values["valid_to"] or day)
    row = {
        **(before if again and before is not None else dict.fromkeys(table.c.keys())),
        **values,
        "id": entry.id,
        "search_key": search_key(values["name"]),
        "observed_at": entry.observed_at,
        **_origin(stamp),
    }
    if before is None:
        return row, "added"
    return row, "unchanged" if _is_same(before, row) else "changed"


def _origin(stamp: Stamp) -> Row:
    return {
        "reported_at": stamp.reported_at,
        "stored_at": stamp.stored_at,
        "source": stamp.source,
        "feed": stamp.feed,
        "synthetic": stamp.synthetic,
    }


def _is_same(before: Mapping[str, Any] | None, row: Row) -> bool:
    if before is None or before["synthetic"] != row["synthetic"]:
        return False
    return all(before[name] == value for name, value in row.items() if name not in ORIGIN)


def upsert_rows(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Write whole rows of a table."""
    names = tuple(table.c.keys())
    upsert(connection, table, names, [tuple(row.get(name) for name in names) for row in rows], ignore=("stored_at", "reported_at"))


# ── What has ended ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _missing(connection: Connection, table: Table, records: Sequence[Entry], stamp: Stamp, options: ListOptions) -> list[Row]:
    """Entries of this source that its complete list names no longer, with their end. Raises when the list lost too many."""
    listed = records[0].listed if records else None
    newest = max((entry.observed_at for entry in records), default=None)
    before = entries.open_entries(connection, table, source=stamp.source, synthetic=stamp.synthetic)
    if listed is None or newest is None:
        return []
    gone = {id_: row for id_, row in before.items() if id_ not in listed}
    if before and len(gone) / len(before) > options.most_lost_share:
        raise ContentError("run.list_shrunk", lost=len(gone), known=len(before), limit=round(options.most_lost_share * 100))
    last = newest.astimezone(LOCAL).date() - DAY
    return [
        {**row, "valid_to": max(last, row["valid_from"]), "observed_at": newest, **_origin(stamp)}
        for row in gone.values()
        if row["observed_at"] is None or row["observed_at"] < newest
    ]


def _refuse_over_real(connection: Connection, table: Table, known: Mapping[str, Mapping[str, Any]]) -> None:
    if entries.first_real_day(connection, table) is not None or any(not row["synthetic"] for row in known.values()):
        raise ContentError("run.invented_over_real", table=table.name)


def _close_invented(connection: Connection, table: Table, stamp: Stamp) -> None:
    """Invented entries end on the day before the first real one, so that no day shows both. Their rows stay."""
    first = entries.first_real_day(connection, table)
    if first is None:
        return
    last = first - DAY
    closed = [{**row, "valid_to": last, "stored_at": stamp.stored_at} for row in entries.invented_from(connection, table, first).values()]
    upsert_rows(connection, table, closed)


# ── Where it lies ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _places(connection: Connection, place: str, taken: Iterable[tuple[Entry, Row]], stamp: Stamp) -> frozenset[str]:
    """Note which unit each entry lies in since when; the ids whose unit is another one now."""
    placed = [(entry, row) for entry, row in taken if entry.unit_code is not None]
    lain = entries.lain_in(connection, place, {entry.id for entry, _ in placed})
    points = UnitPoints.read(connection)
    rows: list[tuple[Any, ...]] = []
    moved: set[str] = set()
    for entry, row in placed:
        assert entry.unit_code is not None
        day = entry.observed_at.astimezone(LOCAL).date()
        begun = points.since(entry.unit_code, day)
        since = max(row["valid_from"], begun) if begun is not None else row["valid_from"]
        changes = moves(lain.get(entry.id, []), entry.unit_code, day, min(since, day))
        rows += [(place, entry.id, span.since, span.unit_code, span.until, stamp.stored_at) for span in changes]
        if changes and entry.id in lain:
            moved.add(entry.id)
    upsert(connection, place_units, PLACE_COLUMNS, rows)
    return frozenset(moved)


def moves(lain: Sequence[Lain], unit_code: str, day: date, since: date) -> list[Lain]:
    """The spans to write when a place is said to lie in a unit on `day`, whose own time began with `since`.

    A place that has lain nowhere by then lies there since then. One that lay in another unit on `day` lies in this one since the
    unit began, or since it came to the other one.
    """
    here = next((span for span in lain if span.since <= day and (span.until is None or day <= span.until)), None)
    if here is None:
        ended = [span.until + DAY for span in lain if span.until is not None and span.until < day]
        later = [span.since for span in lain if span.since > day]
        return [Lain(max([since, *ended]), min(later) - DAY if later else None, unit_code)]
    if here.unit_code == unit_code:
        return []
    if here.since >= since:
        return [Lain(here.since, here.until, unit_code)]
    return [Lain(here.since, since - DAY, here.unit_code), Lain(since, here.until, unit_code)]


def _recounted(counts: Mapping[str, int], moved: frozenset[str], same: set[str]) -> Stored:
    """An entry whose values are the same and which lies in another unit now is a change."""
    also = len(moved & same)
    return Stored(counts["added"], counts["changed"] + also, counts["unchanged"] - also)
