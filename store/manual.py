"""Figures that people type in: forms, entries, and the steps an entry goes through.

submitted → (the worker checks it) → signed → taken or rejected by the worker; or sent back by the signer: rejected, with a note. Each step
is one update that asks for the state before it, so two people who press at once do not undo each other. The layer "manual_entries"
rises with every step.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

import pandas as pd
from sqlalchemy import Connection, delete, func, insert, select, update

from store.errors import StoreError
from store.frames import frame
from store.person_names import same_person, visible
from store.places import valid_on
from store.runs import as_json
from store.schema import centres, endpoints, feed_runs, feeds, manual_entries, manual_forms, operators, units, villages
from store.write import bump

LAYER = manual_entries.name
SUBMITTED, SIGNED, TAKEN, REJECTED = "submitted", "signed", "taken", "rejected"
NAME_LENGTH = 80
_SIGNATURE = re.compile(r" \([^()]* ✓ [^()]*\)$")
_PLACES = {
    "centre_id": (centres.c.id, centres.c.name),
    "endpoint_id": (endpoints.c.id, endpoints.c.name),
    "village_id": (villages.c.id, villages.c.name),
    "unit_code": (units.c.code, units.c.full_name),
    "operator": (operators.c.key, operators.c.name),
}


class EntryError(StoreError):
    """An entry that cannot go the step that was asked for; nothing was changed. Codes: ``[entry_error]`` in store/text."""

    def __init__(self, code: str, **values: object) -> None:
        self.code = f"entry_error.{code}"
        super().__init__("", **values)


@dataclass(frozen=True)
class FormField:
    """A field of a form. name: of the record kind; header: of the column that its values go under; type: of feeds.records.

    choices: what may stand there, as value and words, where that is a short list.
    """

    name: str
    header: str
    type: str
    required: bool
    unit: str = ""
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Form:
    feed: str
    fields: tuple[FormField, ...]
    four_eyes: bool = True
    max_rows: int = 500
    max_bytes: int = 5_000_000


class Entry(NamedTuple):
    """What the worker needs of an entry: its content, and who stands for it."""

    id: int
    feed: str
    rows: list[dict[str, Any]] | None
    file_name: str | None
    file: bytes | None
    author: str
    signer: str | None
    signed_at: datetime | None

    @property
    def item(self) -> str:
        """What its runs are noted under."""
        return f"entry-{self.id}" + (f" {self.file_name}" if self.file_name else "")


@dataclass(frozen=True)
class Preview:
    """What the worker made of an entry. problems: row number, code and values of the catalogue; error: of the entry as a whole."""

    rows: int
    good: int
    columns: tuple[str, ...] = ()
    sample: tuple[Mapping[str, Any], ...] = ()
    problems: tuple[tuple[int, str, Mapping[str, Any]], ...] = ()
    error: tuple[str, Mapping[str, Any]] | None = None


# ── Forms ────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def register_forms(connection: Connection, forms: Sequence[Form], at: datetime) -> None:
    """Make the forms those of the configuration; nothing happens when they are."""
    wanted = {form.feed: as_json(asdict(form)) for form in forms}
    known = {row["feed"]: row for row in connection.execute(select(manual_forms)).mappings()}
    if {feed: {name: row[name] for name in asdict(Form("", ()))} for feed, row in known.items()} == wanted:
        return
    connection.execute(delete(manual_forms))
    if wanted:
        connection.execute(insert(manual_forms), [{**form, "stored_at": at} for form in wanted.values()])
    bump(connection, LAYER)


def forms_all(connection: Connection) -> dict[str, Form]:
    """The forms of the feeds that are declared, by feed."""
    statement = select(manual_forms).join(feeds, feeds.c.key == manual_forms.c.feed).where(feeds.c.enabled.is_(True))
    found = connection.execute(statement.order_by(manual_forms.c.feed)).mappings()
    return {row["feed"]: _form(row) for row in found}


def _form(row: Any) -> Form:
    fields = tuple(FormField(**{**field, "choices": tuple(map(tuple, field["choices"]))}) for field in row["fields"])
    return Form(row["feed"], fields, row["four_eyes"], row["max_rows"], row["max_bytes"])


def place_choices(connection: Connection, field: str, day: date) -> tuple[tuple[str, str], ...]:
    """Keys and names of the places of a day that a field may name; nothing for a field that names none."""
    if field not in _PLACES:
        return ()
    key, name = _PLACES[field]
    statement = select(key, name).order_by(key)
    if "valid_from" in key.table.c:
        statement = statement.where(valid_on(key.table, day))
    return tuple((str(row[0]), str(row[1])) for row in connection.execute(statement))


# ── Steps ────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def submit(
    connection: Connection,
    form: Form,
    author: str,
    at: datetime,
    *,
    rows: Sequence[Mapping[str, Any]] = (),
    file_name: str = "",
    file: bytes = b"",
) -> int:
    """Keep a new entry, typed or a file; its id. Raises EntryError."""
    if not rows and not file:
        raise EntryError("empty")
    if len(rows) > form.max_rows:
        raise EntryError("too_many", limit=form.max_rows)
    if len(file) > form.max_bytes:
        raise EntryError("too_large", limit_mb=form.max_bytes // 1_000_000)
    values: dict[str, Any] = {"feed": form.feed, "state": SUBMITTED, "author": person_name(author), "entered_at": at}
    values |= {"file_name": as_json(file_name)[-120:], "file": file} if file else {"rows": as_json(list(rows))}
    found = connection.execute(insert(manual_entries).values(**values).returning(manual_entries.c.id)).scalar_one()
    bump(connection, LAYER)
    return int(found)


def to_check(connection: Connection, limit: int = 20) -> list[Entry]:
    """Submitted entries that the worker has not looked at, the oldest first."""
    c = manual_entries.c
    return _entries(connection, c.state == SUBMITTED, c.checked_at.is_(None), limit=limit)


def note_check(connection: Connection, entry_id: int, preview: Preview, at: datetime) -> None:
    values = {"checked_at": at, "preview": as_json(asdict(preview))}
    connection.execute(update(manual_entries).where(manual_entries.c.id == entry_id).values(**values))
    bump(connection, LAYER)


def sign(connection: Connection, entry_id: int, signer: str, at: datetime) -> None:
    """Let a checked entry go to the worker. Raises EntryError: unless it can be taken and, with four eyes, the signer is somebody else."""
    entry = _submitted(connection, entry_id)
    if entry["checked_at"] is None:
        raise EntryError("unchecked", id=entry_id)
    if not entry["preview"]["good"]:
        raise EntryError("nothing_good", id=entry_id)
    named = person_name(signer)
    four_eyes = connection.execute(select(manual_forms.c.four_eyes).where(manual_forms.c.feed == entry["feed"])).scalar()
    if four_eyes is not False and same_person(named, entry["author"]):
        raise EntryError("same_person", name=named)
    _step(connection, entry_id, SUBMITTED, state=SIGNED, signer=named, signed_at=at)
    connection.execute(update(feeds).where(feeds.c.key == entry["feed"]).values(run_requested_at=at))


def send_back(connection: Connection, entry_id: int, signer: str, note: str, at: datetime) -> None:
    """Refuse an entry that is not signed yet. Raises EntryError, also without a note: its author has to know why."""
    _submitted(connection, entry_id)
    if not note.strip():
        raise EntryError("no_note")
    _step(connection, entry_id, SUBMITTED, state=REJECTED, signer=person_name(signer), note=as_json(note.strip()[:500]), settled_at=at)


def to_take(connection: Connection, feed: str) -> list[Entry]:
    """Signed entries of a feed, in the order in which they were entered."""
    return _entries(connection, manual_entries.c.feed == feed, manual_entries.c.state == SIGNED)


def run_of(connection: Connection, entry: Entry) -> int | None:
    """The newest run that read the entry; None when none did. Also known when the worker died between the run and its notice."""
    runs = select(func.max(feed_runs.c.id)).where(feed_runs.c.feed == entry.feed, feed_runs.c.item == entry.item)
    found = connection.execute(runs).scalar()
    return None if found is None else int(found)


def run_was_good(connection: Connection, run_id: int) -> bool:
    return connection.execute(select(feed_runs.c.state).where(feed_runs.c.id == run_id)).scalar() != "failed"


def finish(connection: Connection, entry: Entry, at: datetime, *, taken: bool) -> None:
    """Note what became of a signed entry."""
    run_id = run_of(connection, entry)
    _step(connection, entry.id, SIGNED, state=TAKEN if taken else REJECTED, run_id=run_id, settled_at=at)


def _step(connection: Connection, entry_id: int, before: str, **values: Any) -> None:
    mine = (manual_entries.c.id == entry_id, manual_entries.c.state == before)
    if not connection.execute(update(manual_entries).where(*mine).values(**values)).rowcount:
        raise EntryError("moved_on", id=entry_id)
    bump(connection, LAYER)


def _submitted(connection: Connection, entry_id: int) -> Any:
    entry = connection.execute(select(manual_entries).where(manual_entries.c.id == entry_id)).mappings().first()
    if entry is None:
        raise EntryError("unknown", id=entry_id)
    if entry["state"] != SUBMITTED:
        raise EntryError("moved_on", id=entry_id)
    return entry


def _entries(connection: Connection, *where: Any, limit: int = 100) -> list[Entry]:
    columns = [manual_entries.c[name] for name in Entry._fields]
    return [Entry(*row) for row in connection.execute(select(*columns).where(*where).order_by(manual_entries.c.id).limit(limit))]


# ── Reading, and names ───────────────────────────────────────────────────────────────────────────────────────────────────


def entries_last(connection: Connection, feed: str, limit: int = 20) -> pd.DataFrame:
    """The newest entries of a feed, newest first, all columns but the file itself, with the counts of their run."""
    columns = [column for column in manual_entries.c if column.name != "file"]
    counts = [feed_runs.c[name] for name in ("rows_read", "rows_added", "rows_changed", "rows_unchanged", "rows_rejected")]
    joined = manual_entries.outerjoin(feed_runs, feed_runs.c.id == manual_entries.c.run_id)
    said = (feed_runs.c.error_code, feed_runs.c.error_args)
    statement = select(*columns, *counts, *said).select_from(joined).where(manual_entries.c.feed == feed)
    return frame(connection, statement.order_by(manual_entries.c.id.desc()).limit(limit))


def signed_source(source: str, author: str, signer: str) -> str:
    """The source of figures that people stand for: whose they are, who entered and who signed them."""
    return f"{source} ({_in_brackets(author)} ✓ {_in_brackets(signer)})"


def unsigned(source: str) -> str:
    """The source alone."""
    return _SIGNATURE.sub("", source)


def person_name(name: str) -> str:
    """A person's name as it is kept. Raises EntryError for what is none."""
    known = visible(as_json(name))
    if not 2 <= len(known) <= NAME_LENGTH or not any(letter.isalpha() for letter in known):
        raise EntryError("no_name")
    return known


def _in_brackets(name: str) -> str:
    return name.replace("(", "[").replace(")", "]").replace("✓", "")
