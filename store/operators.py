"""The register of operators: who they are, from when until when, what each offers, and their colours.

An operator without a row of `operator_technologies` has not said what it offers, and may offer anything.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

import pandas as pd
from sqlalchemy import Connection, and_, func, or_, select, update
from sqlalchemy.sql.selectable import FromClause

from store.frames import frame
from store.history import as_known
from store.schema import operator_technologies, operators
from store.write import bump, upsert

CONFIGURED = "feeds.toml"
"""The `feed` of operators that the configuration declares; no feed says anything else about them."""

Span = tuple[date | None, date | None]

_COLUMNS = ("key", "name", "position", "valid_from", "valid_to", "colour", "source", "feed", "synthetic")
_TIMES = ("observed_at", "reported_at", "stored_at")
_OFFERED = ("operator", "technology", "valid_from", "valid_to", "synthetic", "stored_at")


class Operator(NamedTuple):
    """One operator. offers: first and last day in service by technology, None for what it does not say; colour: "#rrggbb"."""

    key: str
    name: str
    valid_from: date | None = None
    valid_to: date | None = None
    colour: str | None = None
    offers: Mapping[str, Span] | None = None

    def is_there(self, day: date) -> bool:
        return within((self.valid_from, self.valid_to), day)

    def is_offering(self, technology: str, day: date) -> bool:
        return self.offers is None or (technology in self.offers and within(self.offers[technology], day))


class Origin(NamedTuple):
    """Where a word about operators comes from. observed_at: None for what is declared without a date."""

    source: str
    feed: str
    synthetic: bool
    observed_at: datetime | None
    reported_at: datetime | None
    stored_at: datetime


def within(span: Span, day: date) -> bool:
    """Whether `day` lies in a span whose ends count, None being open."""
    first, last = span
    return (first is None or first <= day) and (last is None or day <= last)


def all_operators(connection: Connection) -> dict[str, Operator]:
    """Every operator that there is or was, in display order, by key."""
    o, t = operators.c, operator_technologies.c
    offers: dict[str, dict[str, Span]] = {}
    for operator, technology, *span in connection.execute(select(t.operator, t.technology, t.valid_from, t.valid_to)):
        offers.setdefault(operator, {})[technology] = (span[0], span[1])
    statement = select(o.key, o.name, o.valid_from, o.valid_to, o.colour).order_by(o.position, o.key)
    return {row.key: Operator(*row, offers.get(row.key)) for row in connection.execute(statement)}


def _open(table: FromClause, day: date) -> Any:
    first, last = table.c.valid_from, table.c.valid_to
    return and_(or_(first.is_(None), first <= day), or_(last.is_(None), last >= day))


def operators_on(connection: Connection, day: date, known_at: datetime | None = None) -> pd.DataFrame:
    """Operators there on `day`, in display order: key, name, valid_from, valid_to, colour, source, synthetic."""
    known = as_known(operators, known_at)
    o = known.c
    columns = (o.key, o.name, o.valid_from, o.valid_to, o.colour, o.source, o.synthetic)
    return frame(connection, select(*columns).where(_open(known, day)).order_by(o.position, o.key))


def not_offered_on(connection: Connection, day: date, known_at: datetime | None = None) -> set[tuple[str, str]]:
    """(operator, technology) that an operator's list of what it offers names, but not for `day`."""
    known = as_known(operator_technologies, known_at)
    return {
        (row.operator, row.technology) for row in connection.execute(select(known.c.operator, known.c.technology).where(~_open(known, day)))
    }


def configured_keys(connection: Connection) -> frozenset[str]:
    """Operators that the configuration declares."""
    return frozenset(connection.scalars(select(operators.c.key).where(operators.c.feed == CONFIGURED)))


def has_real(connection: Connection) -> bool:
    """Whether there is an operator that is not invented."""
    return connection.scalar(select(operators.c.key).where(operators.c.synthetic.is_(False)).limit(1)) is not None


def write_operators(connection: Connection, said: Sequence[Operator], origin: Origin) -> dict[str, str]:
    """Write operators; what that did by key: added | changed | unchanged | older, said before what is stored.

    A technology that an operator's list names no longer has ended; one that says nothing of technologies keeps them.
    """
    before = {row["key"]: dict(row) for row in connection.execute(select(operators)).mappings()}
    offered = _offered(connection, {operator.key for operator in said})
    following = int(connection.scalar(select(func.max(operators.c.position))) or 0)
    outcomes: dict[str, str] = {}
    rows, spans = [], []
    for operator in said:
        stored = before.get(operator.key)
        if stored is not None and _is_late(stored, origin):
            outcomes[operator.key] = "older"
            continue
        following += stored is None
        row = _row(operator, stored, following, origin)
        own = _spans(operator, offered.get(operator.key, {}), origin)
        same = stored is not None and all(stored[name] == value for name, value in zip(_COLUMNS, row, strict=True))
        outcomes[operator.key] = "added" if stored is None else "unchanged" if same and not own else "changed"
        rows.append((*row, origin.observed_at, origin.reported_at, origin.stored_at))
        spans += own
    upsert(connection, operators, (*_COLUMNS, *_TIMES), rows, ignore=("stored_at", "reported_at", "observed_at"))
    upsert(connection, operator_technologies, _OFFERED, spans)
    return outcomes


def _is_late(stored: Mapping[str, Any], origin: Origin) -> bool:
    return None not in (stored["observed_at"], origin.observed_at) and origin.observed_at < stored["observed_at"]


def _row(operator: Operator, stored: Mapping[str, Any] | None, following: int, origin: Origin) -> tuple[Any, ...]:
    position = following if stored is None else stored["position"]
    days = operator.valid_from, operator.valid_to
    return operator.key, operator.name, position, *days, operator.colour, origin.source, origin.feed, origin.synthetic


def _offered(connection: Connection, keys: Collection[str]) -> dict[str, dict[str, tuple[Span, bool]]]:
    t = operator_technologies.c
    found: dict[str, dict[str, tuple[Span, bool]]] = {}
    for row in connection.execute(
        select(t.operator, t.technology, t.valid_from, t.valid_to, t.synthetic).where(t.operator.in_(sorted(keys)))
    ):
        found.setdefault(row.operator, {})[row.technology] = ((row.valid_from, row.valid_to), row.synthetic)
    return found


def _spans(operator: Operator, stored: Mapping[str, tuple[Span, bool]], origin: Origin) -> list[tuple[Any, ...]]:
    """Rows of operator_technologies that differ from the stored ones; what is named no longer ended on the day before."""
    if operator.offers is None:
        return []
    last = (origin.observed_at or origin.stored_at).date()
    ended = {
        technology: (first, min(last, until) if until is not None else last)
        for technology, ((first, until), _) in stored.items()
        if technology not in operator.offers and (until is None or until > last)
    }
    wanted = {**operator.offers, **ended}
    return [
        (operator.key, technology, *span, origin.synthetic, origin.stored_at)
        for technology, span in wanted.items()
        if stored.get(technology) != (span, origin.synthetic)
    ]


def declare_operators(connection: Connection, declared: Sequence[Operator], stored_at: datetime) -> None:
    """Make the configuration's operators those that it declares now. One that it names no longer stays, and a feed may speak of it."""
    write_operators(connection, declared, Origin(CONFIGURED, CONFIGURED, False, None, None, stored_at))
    gone = (operators.c.feed == CONFIGURED) & operators.c.key.not_in([operator.key for operator in declared])
    if connection.execute(update(operators).where(gone).values(feed=None, stored_at=stored_at)).rowcount:
        bump(connection, operators.name)
