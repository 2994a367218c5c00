"""Writing one list into a register: what is new, what is another word, what has ended, and where it lies since when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Connection, Table

from feeds.errors import ContentError
from feeds.records import Stamp, Stored
from feeds.register_dates import DAY, Said, changes, local_day, moves
from geo.names import search_key
from store import entries
from store.entries import Former, Lain, UnitPoints
from store.schema import place_units
from store.write import upsert

if TYPE_CHECKING:
    from feeds.registers import Entry, ListOptions

PLACE_COLUMNS = ("place_kind", "place_id", "unit_valid_from", "unit_code", "unit_valid_to", "stored_at")
ORIGIN = frozenset({"observed_at", "reported_at", "stored_at", "feed", "source", "synthetic"})

Row = dict[str, Any]


def store_list(connection: Connection, table: Table, place: str, records: Sequence[Entry], stamp: Stamp, options: ListOptions) -> Stored:
    """Write a list's entries; source rows by what they did. Raises ContentError when the list must not be taken."""
    past = _Past.of(connection, table, place, {entry.id for entry in records})
    if stamp.synthetic:
        _refuse_over_real(connection, table, past.known)
    ended = _missing(connection, table, records, stamp, options) if options.complete else []
    taken: list[Taken] = []
    counts = {"added": 0, "changed": 0, "unchanged": 0, "older": 0}
    for entry in records:
        found, outcome = _taken(table, past, entry, stamp, options)
        counts[outcome] += 1
        if found is not None:
            taken.append(found)
    upsert_rows(connection, table, [*(found.row for found in taken), *ended])
    entries.note_former(connection, table.name, {found.entry.id: found.former for found in taken if found.former}, stamp.stored_at)
    moved = _places(connection, place, past, taken, stamp) if place else frozenset()
    if not stamp.synthetic:
        _close_invented(connection, table, stamp)
    return _recounted(counts, moved, {found.entry.id for found in taken if _is_same(past.known.get(found.entry.id), found.row)})


class _Past(NamedTuple):
    """What is stored about the entries of a list: themselves, what they were in earlier days, and where they have lain; by id."""

    known: Mapping[str, Mapping[str, Any]]
    former: Mapping[str, Sequence[Former]]
    lain: Mapping[str, Sequence[Lain]]

    @classmethod
    def of(cls, connection: Connection, table: Table, place: str, ids: set[str]) -> _Past:
        lain = entries.lain_in(connection, place, ids) if place else {}
        return cls(entries.entries_of(connection, table, ids), entries.former_of(connection, table.name, ids), lain)


class Taken(NamedTuple):
    """One entry that is written: its row, what it says about dates, and what it was before."""

    entry: Entry
    row: Row
    said: Said
    former: Sequence[Former]


def _taken(table: Table, past: _Past, entry: Entry, stamp: Stamp, options: ListOptions) -> tuple[Taken | None, str]:
    """What to write and what that does; nothing for a list that is older than what is stored."""
    before = past.known.get(entry.id)
    if before is not None and before["observed_at"] is not None and entry.observed_at < before["observed_at"]:
        return None, "older"
    standing = None if before is None or (before["synthetic"] and not stamp.synthetic) else before
    values = {name: value for name, value in entry.values.items() if name in table.c}
    day, first_day = local_day(entry.observed_at), entry.values["valid_from"]
    begins = first_day or options.valid_from or min(day, values["valid_to"] or day)
    said = Said(
        day, entry.unit_code, first_day, entry.unit_from, standing, standing["valid_from"] if standing and not first_day else begins
    )
    row = {
        **(standing or dict.fromkeys(table.c.keys())),
        **values,
        "id": entry.id,
        "search_key": search_key(values["name"]),
        "observed_at": entry.observed_at,
        **_origin(stamp),
    }
    kept = changes(row, said, past.former.get(entry.id, ()), past.lain.get(entry.id, ()))
    row["valid_from"] = kept.begins
    former = kept.former or ([] if standing else [_forgotten(span) for span in past.former.get(entry.id, ())])
    found = Taken(entry, row, said._replace(begins=kept.begins), former)
    if before is None:
        return found, "added"
    return found, "unchanged" if _is_same(before, row) else "changed"


def _forgotten(span: Former) -> Former:
    """A real entry keeps nothing of the invented one whose id it bears."""
    return Former(span.since, span.since - DAY, span.values)


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
    last = local_day(newest) - DAY
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


def _places(connection: Connection, place: str, past: _Past, taken: Iterable[Taken], stamp: Stamp) -> frozenset[str]:
    """Note which unit each entry lies in since when; the ids whose unit is another one now."""
    points = UnitPoints.read(connection)
    rows: list[tuple[Any, ...]] = []
    moved: set[str] = set()
    for entry, _, said, _ in taken:
        spans = moves(past.lain.get(entry.id, ()), said, points)
        rows += [(place, entry.id, span.since, span.unit_code, span.until, stamp.stored_at) for span in spans]
        if spans and entry.id in past.lain:
            moved.add(entry.id)
    upsert(connection, place_units, PLACE_COLUMNS, rows)
    return frozenset(moved)


def _recounted(counts: Mapping[str, int], moved: frozenset[str], same: set[str]) -> Stored:
    """An entry whose values are the same and which lies in another unit now is a change."""
    also = len(moved & same)
    return Stored(counts["added"], counts["changed"] + also, counts["unchanged"] - also, counts["older"])
