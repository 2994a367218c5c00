"""What one run did, and how it is written down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from feeds.fetching import Verdict
from feeds.records import Rejections, Stored, plain
from feeds.settled import note_questions
from feeds.tables import Note
from store import names, runs
from store.rejected_items import note_item

NOTHING = Stored(0, 0, 0)


@dataclass(frozen=True)
class Run:
    """What one run did. failed runs carry a catalogue code; `lasting`: the same content would fail again.

    reported_at: when the source said what was read. waited: hashes of the rows that had waited for somebody to settle a name. notes: what
    was changed or left out of what was read.
    """

    feed: str
    worker: str
    started_at: datetime
    finished_at: datetime
    item: str | None = None
    state: str = "unchanged"
    attempts: int = 1
    size: int | None = None
    content_hash: str | None = None
    rows_read: int = 0
    stored: Stored = NOTHING
    rejections: Rejections = field(default_factory=Rejections)
    true_at: datetime | None = None
    error_code: str | None = None
    error_args: Mapping[str, Any] | None = None
    lasting: bool = False
    reported_at: datetime | None = None
    waited: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def good(self) -> bool:
        return self.state != "failed"


def state_of(run: Run) -> str:
    """The state of a run that went well, by what it did."""
    if run.rejections:
        return "partial"
    return "ok" if run.stored.added + run.stored.changed + run.stored.older else "unchanged"


def verdict_of(run: Run) -> Verdict:
    """What to tell whoever made the content."""
    rows = tuple((row.number, row.code, row.values) for row in run.rejections)
    more = tuple((count, code, values) for code, (count, values) in run.rejections.more.items())
    return Verdict(run.error_code, run.error_args or {}, rows, more)


def noted(notes: Sequence[Note], rejections: Rejections, stored: Stored = NOTHING) -> list[Note]:
    """The notes of a run, one for each reason for which more rows were turned away than are kept, and how many rows were older."""
    more = [Note("note.more_rejected", count, {**values, "reason_code": code}) for code, (count, values) in rejections.more.items()]
    return [*notes, *more, *([Note("note.older", stored.older)] if stored.older else [])]


def record(connection: Connection, run: Run) -> None:
    """Write the run down, the rows it set aside, and what these ask a person."""
    run_id = runs.record_run(
        connection,
        feed=run.feed,
        started_at=run.started_at,
        finished_at=run.finished_at,
        state=run.state,
        attempts=run.attempts,
        item=run.item,
        bytes=run.size,
        content_hash=run.content_hash,
        rows_read=run.rows_read,
        rows_added=run.stored.added,
        rows_changed=run.stored.changed,
        rows_unchanged=run.stored.unchanged,
        rows_rejected=run.rejections.total,
        true_at=run.true_at,
        error_code=run.error_code,
        error_args=run.error_args,
        worker=run.worker,
        notes=[
            {"code": note.code, "count": note.count, "values": plain(note.values)} for note in noted(run.notes, run.rejections, run.stored)
        ]
        or None,
    )
    refused = [runs.Refused(row.number, row.code, row.values, row.raw) for row in run.rejections]
    runs.quarantine_rows(connection, run_id, feed=run.feed, item=run.item, rows=refused, stored_at=run.finished_at)
    note_item(
        connection, run.feed, run.item, run.state, content_hash=run.content_hash, at=run.finished_at, rows_read=run.rows_read,
        rows_rejected=run.rejections.total, error_code=run.error_code, error_args=run.error_args,
    )  # fmt: skip
    if run.good or run.lasting:
        names.no_longer_waiting(connection, run.feed, run.waited)
    note_questions(connection, run.feed, run.rejections, item=run.item, said_at=run.reported_at, at=run.finished_at)
