"""Reads of coverage: what each source last said about a village by a moment, and which of several words counts.

at: what was true by then; known_at: as far as was known then, None for all that is known now.

A word is a span: its source says so from `observed_at` to `confirmed_at`. As of a moment it is as old as the last time it was said by
then. Of several sources of one method the newest word counts; of words of the same moment the one that has been said for less long, then
the lower status, then the source's name. A source that is declared to be replaced counts only where its successor has not spoken.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, Connection, String, case, cast, func, literal, select
from sqlalchemy.sql.selectable import FromClause

from store.frames import frame
from store.history import as_known
from store.precedence import Precedence, precedence
from store.schema import coverage, operators, technologies
from store.types import UTCDateTime

CELL = ("village_id", "operator", "technology", "method")
VILLAGE_COLUMNS = (*CELL, "source", "status", "observed_at", "confirmed_at", "reported_at", "synthetic")
LOWEST_FIRST = {"none": 0, "weak": 1, "covered": 2}


def newest_words(connection: Connection, at: datetime, known_at: datetime | None = None, village_id: str | None = None) -> pd.DataFrame:
    """The newest word by `at` of each village × operator × technology × method, whichever source said it.

    Columns: village_id, operator, technology, method, status, source (the one that it counts for), synthetic; since and said_at: from
    when it has been said and when last by then, in µs since 1970.
    """
    known = as_known(coverage, known_at)
    rules = precedence(connection, known_at)
    words = _words(connection, known, at, rules, village_id)
    if rules.replaced:
        words = _of_successors(words)
    newest = func.row_number().over(partition_by=[words.c[name] for name in CELL], order_by=_newest_first(words)).label("place")
    columns = [*(words.c[name] for name in (*CELL, "status", "synthetic", "observed_at", "said_at")), words.c.speaker.label("source")]
    n = select(*columns, newest).subquery("numbered").c
    times = [cast(n.observed_at, String).label("since"), cast(n.said_at, String).label("said_at")]
    found = frame(connection, select(*(n[name] for name in (*CELL, "status", "source", "synthetic")), *times).where(n.place == 1))
    return found.assign(since=_microseconds(found["since"]), said_at=_microseconds(found["said_at"]))


def _words(connection: Connection, known: FromClause, at: datetime, rules: Precedence, village_id: str | None) -> FromClause:
    """All words by `at`, with who speaks (a successor, where one is declared) and when they were last said by then."""
    moment = literal(at, UTCDateTime)
    said_at = case((known.c.confirmed_at > moment, moment), else_=known.c.confirmed_at).label("said_at")
    columns = [known.c[name] for name in (*CELL, "source", "status", "synthetic", "observed_at")]
    speaker, steps = _speaker(connection, known, rules)
    statement = select(*columns, said_at, speaker.label("speaker"), steps.label("steps")).where(known.c.observed_at <= at)
    if village_id is not None:
        statement = statement.where(known.c.village_id == village_id)
    return statement.subquery("words")


def _speaker(connection: Connection, known: FromClause, rules: Precedence) -> tuple[ColumnElement[str], ColumnElement[int]]:
    """In SQL: whom a word counts for, and over how many replacements."""
    if not rules.replaced:
        return known.c.source, literal(0)
    sources = list(connection.scalars(select(known.c.source).distinct()))
    of = {source: rules.speaker(source) for source in sources}
    replaced = {source: speaker for source, speaker in of.items() if speaker[1]}
    if not replaced:
        return known.c.source, literal(0)
    names = case({source: name for source, (name, _) in replaced.items()}, value=known.c.source, else_=known.c.source)
    return names, case({source: steps for source, (_, steps) in replaced.items()}, value=known.c.source, else_=0)


def _of_successors(words: FromClause) -> FromClause:
    """Of each speaker's words about a cell, the newest that itself said, or else the newest of the latest source that it replaced."""
    speaker = [*(words.c[name] for name in CELL), words.c.speaker]
    newest = func.row_number().over(partition_by=speaker, order_by=[words.c.steps, *_newest_first(words)]).label("own_place")
    numbered = select(*words.c, newest).subquery("own")
    return select(*(numbered.c[column.key] for column in words.c)).where(numbered.c.own_place == 1).subquery("spoken")


def _newest_first(words: FromClause) -> list[ColumnElement[Any]]:
    status = case(LOWEST_FIRST, value=words.c.status, else_=3)
    return [words.c.said_at.desc(), words.c.observed_at.desc(), status, words.c.speaker, words.c.source]


def _microseconds(said_at: pd.Series) -> pd.Series:
    """Times as the database writes them, most of them many times over, as µs since 1970."""
    codes, texts = pd.factorize(said_at)
    moments = pd.to_datetime(pd.Series(texts, dtype=object), utc=True, format="ISO8601").astype("datetime64[us, UTC]").astype("int64")
    return pd.Series(moments.to_numpy()[codes] if len(texts) else [], index=said_at.index, dtype="int64")


def village_claims(connection: Connection, village_id: str, at: datetime, known_at: datetime | None = None) -> pd.DataFrame:
    """Every source's last word by `at` about one village, with its times and the source that speaks in its stead.

    Columns: operator, technology, method, source, status, observed_at, confirmed_at (not after `at`), reported_at, synthetic, speaker,
    newest (whether it is the one of its method that is taken).
    """
    known, rules = as_known(coverage, known_at), precedence(connection, known_at)
    by = [known.c[name] for name in (*CELL, "source")]
    newest = func.row_number().over(partition_by=by, order_by=known.c.observed_at.desc()).label("place")
    words = select(*(known.c[name] for name in VILLAGE_COLUMNS), newest).where(known.c.observed_at <= at, known.c.village_id == village_id)
    numbered = words.subquery("words")
    statement = select(*(numbered.c[name] for name in VILLAGE_COLUMNS[1:])).where(numbered.c.place == 1)
    found = frame(connection, statement.order_by(*(numbered.c[name] for name in VILLAGE_COLUMNS[1:5])))
    found["confirmed_at"] = [min(confirmed_at, at) for confirmed_at in found["confirmed_at"]]
    found["speaker"] = [rules.speaker(source)[0] for source in found["source"]]
    taken = newest_words(connection, at, known_at, village_id)[["operator", "technology", "method", "source", "since"]]
    keys = set(taken.itertuples(index=False, name=None))
    return found.assign(newest=[bool({(*row[:3], name, row.since) for name in (row.source, row.speaker)} & keys) for row in _keyed(found)])


def _keyed(claims: pd.DataFrame) -> Iterator[Any]:
    """operator, technology, method, source, speaker, since (µs since 1970) of each claim."""
    since = pd.to_datetime(claims["observed_at"], utc=True).astype("datetime64[us, UTC]").astype("int64")
    return claims[["operator", "technology", "method", "source", "speaker"]].assign(since=since).itertuples(index=False)


def operators_all(connection: Connection, known_at: datetime | None = None) -> pd.DataFrame:
    """Operators in display order: key, name, valid_from, valid_to, synthetic."""
    o = as_known(operators, known_at).c
    return frame(connection, select(o.key, o.name, o.valid_from, o.valid_to, o.synthetic).order_by(o.position, o.key))


def technologies_all(connection: Connection, known_at: datetime | None = None) -> pd.DataFrame:
    """Technologies in display order: key, name, kind, valid_from, valid_to, source."""
    t = as_known(technologies, known_at).c
    return frame(connection, select(t.key, t.name, t.kind, t.valid_from, t.valid_to, t.source).order_by(t.position, t.key))
