"""Names to settle: what a feed wrote that no unit, village or state could be told from, and what people decided about it.

A review is one name, or one word, as one feed writes it. Decisions are only added; the newest of a review holds, until it is
forgotten. The layer "names" rises with both.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import pandas as pd
from sqlalchemy import Connection, and_, delete, func, insert, select

from store.frames import frame
from store.places import valid_on
from store.runs import as_json, request_run
from store.schema import crosswalk, former_values, name_decisions, name_reviews, name_waiting, place_units, units, villages
from store.write import bump, upsert

LAYER = "names"
WORD = "word"
CHOSEN, IGNORED, FORGOTTEN = "chosen", "ignored", "forgotten"
MOST_WAITING = 5_000
"""Rows that wait for one name; of more, those that the source said last."""

_COLUMNS = tuple(column.key for column in name_reviews.c)
_WAITING = tuple(column.key for column in name_waiting.c)


class Candidate(NamedTuple):
    """A unit or a village that a name may mean. method, share: how much of the one the name bore went into it, by the crosswalk."""

    code: str
    name: str
    method: str | None = None
    share: float | None = None

    def plain(self) -> dict[str, object]:
        """As JSON holds it."""
        return {key: value for key, value in self._asdict().items() if value is not None}


@dataclass(frozen=True)
class Question:
    """What a record wrote, and why nobody can tell what it means. what: unit | village | word; structure: old | new; level: "" for any.

    Of a word: structure is the vocabulary it belongs to, candidates are all that it can mean.
    """

    what: str
    structure: str
    code: str
    name: str
    parent: str
    level: str
    day: date
    reason: str
    candidates: tuple[Candidate, ...] = ()

    def review_id(self, feed: str) -> str:
        return review_id(feed, self.what, self.structure, self.code, self.name, self.parent)


def review_id(feed: str, what: str, structure: str, code: str, name: str, parent: str) -> str:
    """The short name of a review: the same for the same name in the next file."""
    written = "\x1f".join((feed, what, structure, code, name, parent))
    return hashlib.sha256(written.encode()).hexdigest()[:10]


class Decision(NamedTuple):
    """What holds now about a review. decision: chosen | ignored; code: unit or village id, None when ignored."""

    decision: str
    code: str | None


class Waiting(NamedTuple):
    """A row that waits for a name to be settled. row_number: as the person counts who opens the item; raw: the row as it came."""

    row_hash: str
    review_id: str
    item: str | None
    row_number: int
    raw: Mapping[str, Any]
    reported_at: datetime


def every_unit(connection: Connection) -> pd.DataFrame:
    """All units of all times: code, full_name, level, parent_code, grouping_code, valid_from, valid_to."""
    u = units.c
    return frame(connection, select(u.code, u.full_name, u.level, u.parent_code, u.grouping_code, u.valid_from, u.valid_to))


def every_succession(connection: Connection) -> pd.DataFrame:
    """The crosswalk: old_code, old_valid_from, new_code, new_valid_from, share, method."""
    c = crosswalk.c
    statement = select(c.old_code, c.old_valid_from, c.new_code, c.new_valid_from, c.share, c.method)
    return frame(connection, statement.order_by(c.old_code, c.share.desc(), c.new_code))


def every_village(connection: Connection) -> pd.DataFrame:
    """All villages under each of their names, with the communes they have lain in.

    Columns: code (the id), full_name, parent_code, valid_from, valid_to (of name and commune).
    """
    v, p = villages.c, place_units.c
    joined = villages.join(place_units, and_(p.place_id == v.id, p.place_kind == "village"))
    statement = select(
        v.id.label("code"),
        v.name.label("full_name"),
        p.unit_code.label("parent_code"),
        p.unit_valid_from.label("valid_from"),
        func.coalesce(p.unit_valid_to, v.valid_to).label("valid_to"),
    )
    found = frame(connection, statement.select_from(joined).order_by(v.id, p.unit_valid_from))
    return _under_former_names(found, _former_names(connection))


def _former_names(connection: Connection) -> dict[str, list[tuple[date, date, str]]]:
    """Names that villages bore from a day to a day, oldest first, by id."""
    f = former_values.c
    statement = select(f.entry_id, f.valid_from, f.valid_to, f.said).where(f.register == villages.name, f.valid_to >= f.valid_from)
    named: dict[str, list[tuple[date, date, str]]] = {}
    for entry_id, since, until, said in connection.execute(statement.order_by(f.valid_from)):
        named.setdefault(entry_id, []).append((since, until, json.loads(said)["name"]))
    return named


def _under_former_names(found: pd.DataFrame, named: Mapping[str, list[tuple[date, date, str]]]) -> pd.DataFrame:
    """Each row once for every name that its village bore in the row's days."""
    if not named:
        return found
    rows: list[tuple[Any, ...]] = []
    for code, name, parent, since, until in found.itertuples(index=False, name=None):
        spans = named.get(code, [])
        last = spans[-1][1] + timedelta(days=1) if spans else date.min
        for start, end, text in [*spans, (last, date.max, name)]:
            first, final = max(since, start), min(date.max if pd.isna(until) else until, end)
            if first <= final:
                rows.append((code, text, parent, first, None if final == date.max else final))
    return pd.DataFrame(rows, columns=list(found.columns))


def _standing() -> Any:
    """The newest decision of every review."""
    d = name_decisions.c
    newest = select(func.max(d.id)).group_by(d.review_id)
    return select(d.review_id, d.decision, d.chosen_code, d.chosen_name, d.decided_by, d.decided_at).where(d.id.in_(newest))


def standing_decisions(connection: Connection) -> dict[str, Decision]:
    """Review id → what holds; forgotten ones are left out."""
    rows = connection.execute(_standing())
    return {row.review_id: Decision(row.decision, row.chosen_code) for row in rows if row.decision != FORGOTTEN}


def note_reviews(connection: Connection, feed: str, asked: Iterable[Question], *, item: str | None, at: datetime) -> int:
    """Put what a run could not tell on the list, once for each name; the number of names. Times seen before are kept."""
    questions = list(asked)
    by_id: dict[str, list[Question]] = {}
    for question in questions:
        by_id.setdefault(question.review_id(feed), []).append(question)
    first = _first_seen(connection, by_id)
    rows = [_row(id_, feed, same, item, first.get(id_, at), at) for id_, same in by_id.items()]
    upsert(connection, name_reviews, _COLUMNS, rows, ignore=("candidates",))  # PostgreSQL does not compare JSON
    if rows:
        bump(connection, LAYER)
    return len(rows)


def _first_seen(connection: Connection, ids: Collection[str]) -> dict[str, datetime]:
    r = name_reviews.c
    found: dict[str, datetime] = {}
    wanted = sorted(ids)
    for start in range(0, len(wanted), 500):
        part = select(r.id, r.first_seen_at).where(r.id.in_(wanted[start : start + 500]))
        found |= {row.id: row.first_seen_at for row in connection.execute(part)}
    return found


def _row(id_: str, feed: str, same: list[Question], item: str | None, first: datetime, at: datetime) -> tuple[object, ...]:
    newest = max(same, key=lambda question: question.day)
    row = {
        "id": id_,
        "feed": feed,
        **{name: getattr(newest, name) for name in ("what", "structure", "code", "name", "parent", "level", "day", "reason")},
        "candidates": [candidate.plain() for candidate in newest.candidates],
        "rows": len(same),
        "item": item,
        "first_seen_at": first,
        "last_seen_at": at,
    }
    return tuple(row[name] for name in _COLUMNS)


def reviews(connection: Connection) -> pd.DataFrame:
    """Every review with what holds about it (decision, chosen_code, chosen_name, decided_by, decided_at; None while it is open).

    The newest first. Columns besides: those of name_reviews.
    """
    held = _standing().subquery()
    r = name_reviews.c
    statement = (
        select(*r, held.c.decision, held.c.chosen_code, held.c.chosen_name, held.c.decided_by, held.c.decided_at)
        .select_from(name_reviews.join(held, (held.c.review_id == r.id) & (held.c.decision != FORGOTTEN), isouter=True))
        .order_by(r.last_seen_at.desc(), r.name, r.id)
    )
    return frame(connection, statement)


def count_open(connection: Connection) -> int:
    """How many reviews nobody has settled."""
    held = _standing().subquery()
    settled = select(held.c.review_id).where(held.c.decision != FORGOTTEN)
    found = connection.scalar(select(func.count()).select_from(name_reviews).where(name_reviews.c.id.not_in(settled)))
    return int(found or 0)


def decide(
    connection: Connection, review: str, *, decision: str, by: str, at: datetime, code: str | None = None, name: str | None = None
) -> bool:
    """Note what a person decided about a review; False when there is no such review. by: who.

    decision: chosen (with `code`: unit or village id, and its name), ignored (it is none), forgotten (open again).
    """
    if connection.execute(select(name_reviews.c.id).where(name_reviews.c.id == review)).first() is None:
        return False
    values = {"review_id": review, "decision": decision, "chosen_code": code, "chosen_name": name, "decided_by": by, "decided_at": at}
    connection.execute(insert(name_decisions).values(**values))
    bump(connection, LAYER)
    return True


def decisions(connection: Connection, limit: int = 100) -> pd.DataFrame:
    """What was decided, the newest first: the columns of name_decisions, and feed, what, name, code, parent, structure."""
    d, r = name_decisions.c, name_reviews.c
    joined = name_decisions.join(name_reviews, r.id == d.review_id)
    columns = (*d, r.feed, r.what, r.structure, r.code, r.name, r.parent)
    return frame(connection, select(*columns).select_from(joined).order_by(d.id.desc()).limit(limit))


# ── Rows that wait ───────────────────────────────────────────────────────────────────────────────────────────────────────


def row_hash(raw: Mapping[str, Any]) -> str:
    """By which a row is known: the same for the same row in a later file."""
    return hashlib.sha256(json.dumps(as_json(raw), sort_keys=True).encode()).hexdigest()[:32]


def wait(connection: Connection, feed: str, rows: Sequence[Waiting], *, at: datetime) -> None:
    """Keep rows until their names are settled; one that waits already waits on with what is newer about it."""
    values = [(feed, row.row_hash, row.review_id, row.item, row.row_number, as_json(row.raw), row.reported_at, at) for row in rows]
    upsert(connection, name_waiting, _WAITING, values, ignore=("raw", "stored_at"))
    w = name_waiting.c
    for review in sorted({row.review_id for row in rows}):
        spare = select(w.row_hash).where(w.feed == feed, w.review_id == review)
        spare = spare.order_by(w.reported_at.desc(), w.row_hash).limit(-1 if connection.dialect.name == "sqlite" else None)
        connection.execute(delete(name_waiting).where(w.feed == feed, w.row_hash.in_(spare.offset(MOST_WAITING))))


def settled_rows(connection: Connection, feed: str) -> list[Waiting]:
    """The rows of a feed that need wait no longer, the oldest word first, as they lie in their item."""
    w, held = name_waiting.c, _standing().subquery()
    statement = (
        select(w.row_hash, w.review_id, w.item, w.row_number, w.raw, w.reported_at)
        .select_from(name_waiting.join(held, held.c.review_id == w.review_id))
        .where(w.feed == feed, held.c.decision == CHOSEN)
        .order_by(w.reported_at, w.item, w.row_number)
    )
    return [Waiting(*row) for row in connection.execute(statement)]


def no_longer_waiting(connection: Connection, feed: str, hashes: Sequence[str]) -> None:
    """Forget rows that have been taken up again, whatever became of them."""
    for start in range(0, len(hashes), 500):
        part = name_waiting.c.row_hash.in_(hashes[start : start + 500])
        connection.execute(delete(name_waiting).where(name_waiting.c.feed == feed, part))


def waiting_counts(connection: Connection) -> dict[str, int]:
    """Review id → rows that wait for it."""
    w = name_waiting.c
    return {row.review_id: row.n for row in connection.execute(select(w.review_id, func.count().label("n")).group_by(w.review_id))}


# ── Settling ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def places_on(connection: Connection, day: date) -> pd.DataFrame:
    """Every unit that a name may mean on a day: code, full_name, level; ordered by name."""
    u = units.c
    return frame(connection, select(u.code, u.full_name, u.level).where(valid_on(units, day)).order_by(u.full_name, u.code))


def settle(connection: Connection, review: str, *, code: str | None, by: str, at: datetime) -> str:
    """Note that the name means the unit, or village, `code`; None: no unit at all. The feed's waiting rows go through at its next run.

    A word means one of the codes that it was asked with; None: it says nothing, as an empty cell.

    Returns settled, no_review, or no_place when nothing bears that code on the day of the records.
    """
    row = connection.execute(select(name_reviews).where(name_reviews.c.id == review)).first()
    if row is None:
        return "no_review"
    if row.what == WORD:
        return _settle_word(connection, row, code, by, at)
    name = None if code is None else _place_name(connection, row.what, row.day, code)
    if code is not None and name is None:
        return "no_place"
    decide(connection, review, decision=IGNORED if code is None else CHOSEN, code=code, name=name, by=by, at=at)
    request_run(connection, row.feed, at)
    return "settled"


def _settle_word(connection: Connection, review: Any, code: str | None, by: str, at: datetime) -> str:
    known = {candidate["code"]: candidate["name"] for candidate in review.candidates} | {"": ""}
    if (code or "") not in known:
        return "no_place"
    decide(connection, review.id, decision=CHOSEN, code=code or "", name=known[code or ""], by=by, at=at)
    request_run(connection, review.feed, at)
    return "settled"


def _place_name(connection: Connection, what: str, day: date, code: str) -> str | None:
    if what == "village":
        return connection.scalar(select(villages.c.name).where(villages.c.id == code))
    return connection.scalar(select(units.c.full_name).where(units.c.code == code, valid_on(units, day)))
