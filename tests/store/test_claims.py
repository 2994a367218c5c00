"""Which word about coverage counts: by source, method and time, as of any moment and as known at any, as an independent reading has it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine

from feeds.kinds import coverage as kind
from feeds.records import Stamp
from geo.cube import STATUS_WORDS, build_cube
from store.claims import newest_words, village_claims
from store.engine import open_engine
from store.precedence import Precedence, circle_of, declare, precedence

DAY = timedelta(days=1)
Moments = list[tuple[int, int | None]]
START = datetime(2026, 1, 1, 5, tzinfo=UTC)
SOURCES, STATUSES = ("Sở cũ", "Sở mới"), ("none", "weak", "covered")
MEASURED_DAYS = 4


class Said(NamedTuple):
    """One word: said on a day, and known to the store from another day on."""

    source: str
    method: str
    day: int
    status: str
    stored: int


def at(day: float) -> datetime:
    return START + day * DAY


# ── The independent reading: every word that was known, one by one ───────────────────────────────────────────────────────────


def last_said(words: list[Said], source: str, method: str, day: int, known: int) -> tuple[int, int, str] | None:
    """(when last, since when, what) one source had said by a day, of what was known on another day; it says two things at most.

    What is said again, in the order in which it came, has been said all the while in between.
    """
    mine = sorted(
        (word for word in words if (word.source, word.method) == (source, method) and word.stored <= known), key=lambda word: word.day
    )
    again = len(mine) == 2 and mine[0].status == mine[1].status and mine[0].stored < mine[1].stored
    said = [word for word in mine if word.day <= day]
    if not said:
        return None
    if again:
        return min(mine[1].day, day), mine[0].day, mine[0].status
    return said[-1].day, said[-1].day, said[-1].status


def counts(words: list[Said], day: int, known: int, replaced: bool) -> tuple[str, str] | None:
    """(method, status) of the word that counts."""
    newest: dict[str, tuple[int, str]] = {}
    for method in ("declared", "measured"):
        old, new = (last_said(words, source, method, day, known) for source in SOURCES)
        said = [one for one in (old, new) if one is not None]
        if replaced and new is not None:
            said = [new]
        if said:
            best = sorted(said, key=lambda one: (-one[0], -one[1], STATUSES.index(one[2])))[0]
            newest[method] = best[0], best[2]
    if "measured" in newest and ("declared" not in newest or day - newest["measured"][0] < MEASURED_DAYS):
        return "measured", newest["measured"][1]
    return ("declared", newest["declared"][1]) if "declared" in newest else None


# ── What the store says ──────────────────────────────────────────────────────────────────────────────────────────────────────


def tell(connection: Connection, words: list[Said]) -> None:
    """Take the words in as a feed does, in the order in which they became known."""
    for word in sorted(words, key=lambda word: word.stored):
        stamp = Stamp("phu-song", word.source, False, at(word.stored), at(word.stored))
        claim = kind.Claim(1, "V1", "op-a", "4g", word.method, at(word.day), word.status)
        kind.store(connection, [claim], stamp, kind.Options(operator="op-a", method=word.method))


def counted(connection: Connection, day: int, known: int | None) -> tuple[str, str] | None:
    known_at = None if known is None else at(known)
    words, rules = newest_words(connection, at(day), known_at), precedence(connection, known_at)
    limits = {method: int(limit.timestamp()) * 1_000_000 for method, limit in rules.outranks_after(at(day)).items()}
    cube = build_cube(words, ["V1"], ["op-a"], ["4g"], limits)
    position = int(cube.word[0, 0, 0])
    if position < 0:
        return None
    assert words["status"][position] == STATUS_WORDS[int(cube.values[0, 0, 0])]
    return words["method"][position], words["status"][position]


def check(connection: Connection, words: list[Said], replaced: bool, moments: Moments) -> None:
    rules = Precedence(MEASURED_DAYS, 0, {SOURCES[0]: SOURCES[1]} if replaced else {})
    declare(connection, rules, START)
    tell(connection, words)
    for day, known in moments:
        expected = counts(words, day, 99 if known is None else known, replaced)
        assert counted(connection, day, known) == expected, (day, known)


@contextmanager
def undone(engine: Engine) -> Iterator[Connection]:
    """A transaction that leaves nothing behind."""
    with engine.connect() as connection:
        transaction = connection.begin()
        try:
            yield connection
        finally:
            transaction.rollback()


@st.composite
def told(draw: st.DrawFn) -> list[Said]:
    """Two sources, each by two methods, each at up to two times; stored in any order, after they were said."""
    words: list[Said] = []
    for source in SOURCES:
        for method in ("declared", "measured"):
            days = draw(st.lists(st.integers(0, 5), max_size=2, unique=True))
            words += [Said(source, method, day, draw(st.sampled_from(STATUSES)), 0) for day in days]
    return [word._replace(stored=number + 6) for number, word in enumerate(draw(st.permutations(words)))]


@pytest.fixture(scope="module")
def shared(migrated_sqlite) -> Iterator[Engine]:
    engine = open_engine(f"sqlite:///{migrated_sqlite}")
    yield engine
    engine.dispose()


MOMENTS = st.lists(st.tuples(st.integers(-1, 10), st.one_of(st.none(), st.integers(5, 14))), min_size=3, max_size=3)
COMBINATIONS = given(told(), st.booleans(), MOMENTS)
ANY = [(day, known) for day in (0, 1, 2, 3, 6, 7) for known in (6, 7, None)]
QUIETLY = {"deadline": None, "derandomize": True, "suppress_health_check": [HealthCheck.function_scoped_fixture]}


@COMBINATIONS
@example([Said("Sở cũ", "declared", 0, "covered", 6), Said("Sở mới", "declared", 1, "none", 7)], False, ANY)
@example([Said("Sở cũ", "declared", 2, "covered", 6), Said("Sở mới", "declared", 1, "none", 7)], True, ANY)
@example([Said("Sở cũ", "declared", 3, "covered", 6), Said("Sở mới", "measured", 3, "none", 7)], False, ANY)
@settings(max_examples=100, **QUIETLY)
def test_every_combination_of_sources_methods_times_and_knowledge(
    shared: Engine, words: list[Said], replaced: bool, moments: Moments
) -> None:
    with undone(shared) as connection:
        check(connection, words, replaced, moments)


@pytest.mark.postgres
@COMBINATIONS
@settings(max_examples=12, **QUIETLY)
def test_the_same_on_postgresql(postgres_url: str, words: list[Said], replaced: bool, moments: Moments) -> None:
    engine = open_engine(postgres_url)
    with undone(engine) as connection:
        check(connection, words, replaced, moments)
    engine.dispose()


# ── Single rules ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_newer_none_of_another_source_counts(engine: Engine) -> None:
    with undone(engine) as connection:
        tell(connection, [Said("Sở cũ", "declared", 0, "covered", 1), Said("Sở mới", "declared", 5, "none", 6)])
        assert counted(connection, 4, None) == ("declared", "covered")
        assert counted(connection, 5, None) == ("declared", "none")
        assert counted(connection, 5, 5) == ("declared", "covered"), "not known yet"


def test_a_word_that_is_confirmed_again_is_newer_than_one_said_in_between(engine: Engine) -> None:
    words = [
        Said("Sở cũ", "declared", 0, "covered", 1),
        Said("Sở mới", "declared", 3, "none", 4),
        Said("Sở cũ", "declared", 6, "covered", 7),
    ]
    with undone(engine) as connection:
        tell(connection, words)
        assert counted(connection, 6, None) == ("declared", "covered")
        assert counted(connection, 6, 6) == ("declared", "none")


def test_a_measurement_lowers_until_it_is_too_old(engine: Engine) -> None:
    with undone(engine) as connection:
        declare(connection, Precedence(MEASURED_DAYS), START)
        tell(connection, [Said("Sở mới", "declared", 3, "covered", 4), Said("Đo kiểm", "measured", 2, "none", 4)])
        assert [counted(connection, day, None) for day in (3, 5, 6)] == [
            ("measured", "none"),
            ("measured", "none"),
            ("declared", "covered"),
        ]


def test_a_report_counts_before_a_declaration_only_where_that_is_declared(engine: Engine) -> None:
    words = [Said("Sở mới", "declared", 3, "covered", 4), Said("Kỹ thuật", "reported", 3, "none", 4)]
    with undone(engine) as connection:
        tell(connection, words)
        assert counted(connection, 4, None) == ("declared", "covered")
        declare(connection, Precedence(0, 30), at(8))
        assert counted(connection, 4, None) == ("reported", "none")
        assert counted(connection, 4, 7) == ("declared", "covered"), "the rule was not known yet"


def test_a_renamed_source_ends_what_it_said_under_its_old_name(engine: Engine) -> None:
    words = [Said("Sở cũ", "declared", 5, "covered", 6), Said("Sở mới", "declared", 3, "none", 7)]
    with undone(engine) as connection:
        tell(connection, words)
        assert counted(connection, 5, None) == ("declared", "covered")
        declare(connection, Precedence(replaced={"Sở cũ": "Sở mới"}), at(8))
        assert counted(connection, 5, None) == ("declared", "none")
        assert counted(connection, 5, 7) == ("declared", "covered")
        found = village_claims(connection, "V1", at(5))
        assert dict(zip(found["source"], found["speaker"], strict=True)) == {"Sở cũ": "Sở mới", "Sở mới": "Sở mới"}


def test_where_the_successor_has_said_nothing_the_old_word_counts_for_it(engine: Engine) -> None:
    with undone(engine) as connection:
        declare(connection, Precedence(replaced={"Sở cũ": "Sở mới"}), START)
        tell(connection, [Said("Sở cũ (An ✓ Bình)", "declared", 0, "covered", 1)])
        (word,) = newest_words(connection, at(3)).itertuples(index=False)
        assert (word.status, word.source) == ("covered", "Sở mới")


def test_a_circle_of_replacements_is_found() -> None:
    assert circle_of({"a": "b", "b": "c"}) == []
    assert circle_of({"x": "a", "a": "b", "b": "a"}) == ["a", "b"]


def test_rules_that_are_withdrawn_are_remembered(engine: Engine) -> None:
    with engine.begin() as connection:
        declare(connection, Precedence(7, 3, {"Sở cũ": "Sở mới"}), at(0))
    with engine.begin() as connection:
        declare(connection, Precedence(9, 3), at(1))
    with engine.connect() as connection:
        assert precedence(connection) == Precedence(9, 3)
        assert precedence(connection, at(0.5)) == Precedence(7, 3, {"Sở cũ": "Sở mới"})
        assert precedence(connection, at(-1)) == Precedence()
