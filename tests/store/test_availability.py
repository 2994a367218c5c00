"""Availability is that of a recount from raw samples, for any window; what nobody knows is in neither side of it."""

from __future__ import annotations

import math
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from store.availability import availability
from store.samples import Sample, add_samples, forget
from store.transactions import reading, writing

NOON = datetime(2026, 11, 21, 5, tzinfo=UTC)
COLUMNS = ["endpoint_id", "up_pct", "known_pct", "up_s", "down_s", "unknown_s"]
STATES = {"u": True, "d": False, "?": None}


def add(engine: Engine, start: datetime, states: str, id_: str = "E1", span_s: int = 30, what: str = "endpoint") -> list[Sample]:
    """One sample for each letter: u(p), d(own), ?, or a dot for none."""
    ts = int(start.timestamp())
    samples = [Sample(ts + n * span_s, id_, STATES[state], None, span_s) for n, state in enumerate(states) if state != "."]
    with writing(engine) as connection:
        add_samples(connection, samples, what)
    return samples


def ask(engine: Engine, start: datetime, end: datetime, **which: Any) -> dict[str, tuple[Any, ...]]:
    with reading(engine) as connection:
        frame = availability(connection, start, end, **which)
    assert list(frame.columns) == COLUMNS
    return {row[0]: tuple(row[1:]) for row in frame.itertuples(index=False)}


def recount(samples: list[Sample], start: datetime, end: datetime) -> dict[str, list[int]]:
    sums: dict[str, list[int]] = {}
    for sample in samples:
        if start.timestamp() <= sample.ts < end.timestamp():
            sums.setdefault(sample.id, [0, 0, 0])[{True: 0, False: 1, None: 2}[sample.up]] += sample.span_s
    return sums


def test_unknown_and_silence_are_neither_up_nor_down(engine: Engine) -> None:
    add(engine, NOON, "uuud" + "?" * 4 + "." * 112)
    hour = ask(engine, NOON, NOON + timedelta(hours=1))
    assert hour == {"E1": (75.0, pytest.approx(100 * 4 / 120), 90, 30, 120)}


def test_nothing_known_is_no_figure(engine: Engine) -> None:
    add(engine, NOON, "????")
    up_pct, known_pct, *_ = ask(engine, NOON, NOON + timedelta(hours=1))["E1"]
    assert math.isnan(up_pct)
    assert known_pct == 0


def test_an_empty_store_and_an_empty_window_have_nobody_in_them(engine: Engine) -> None:
    assert ask(engine, NOON, NOON + timedelta(days=30)) == {}
    add(engine, NOON, "u")
    assert ask(engine, NOON, NOON) == {}
    assert ask(engine, NOON + timedelta(hours=1), NOON + timedelta(days=3)) == {}


def test_a_window_that_ends_before_it_begins_is_refused(engine: Engine) -> None:
    with pytest.raises(ValueError, match="before it begins"):
        ask(engine, NOON, NOON - timedelta(seconds=1))


def test_who_is_asked_for_and_in_which_register(engine: Engine) -> None:
    for id_ in ("E1", "E2", "E3"):
        add(engine, NOON, "u", id_)
    add(engine, NOON, "d", "E1", what="system")
    end = NOON + timedelta(minutes=1)
    assert set(ask(engine, NOON, end)) == {"E1", "E2", "E3"}
    assert set(ask(engine, NOON, end, endpoint_ids=["E3", "E9"])) == {"E3"}
    assert ask(engine, NOON, end, endpoint_ids=[]) == {}
    assert ask(engine, NOON, end, what="system") == {"E1": (0.0, 50.0, 0, 30, 0)}


def test_samples_weigh_by_the_time_that_they_speak_for(engine: Engine) -> None:
    add(engine, NOON, "u" * 60, span_s=30)
    add(engine, NOON + timedelta(minutes=30), "d" * 10, span_s=180)
    assert ask(engine, NOON, NOON + timedelta(hours=1)) == {"E1": (50.0, 100.0, 1800, 1800, 0)}


@pytest.mark.parametrize("seed", range(4))
def test_any_window_is_that_of_a_recount(engine: Engine, seed: int) -> None:
    chance = random.Random(seed)
    samples = []
    for id_ in ("E1", "E2"):
        samples += add(engine, NOON, "".join(chance.choices("ud?.", (8, 2, 1, 1), k=4 * 24 * 6)), id_, span_s=600)
        samples += add(engine, NOON + timedelta(days=4), "".join(chance.choices("ud.", k=300)), id_, span_s=30)
    for _ in range(40):
        start = NOON + timedelta(seconds=chance.randrange(-5000, 4 * 86_400 + 9000))
        end = start + timedelta(seconds=chance.choice([chance.randrange(7000), chance.randrange(5 * 86_400)]))
        found = ask(engine, start, end)
        assert {id_: list(row[2:]) for id_, row in found.items()} == recount(samples, start, end), (start, end)


def test_where_raw_samples_are_forgotten_a_cut_hour_is_left_out_of_the_window(engine: Engine) -> None:
    samples = add(engine, NOON, "ud" * 60 * 24)
    forget(engine, NOON + timedelta(days=20), timedelta(days=7))
    cut = NOON + timedelta(minutes=20), NOON + timedelta(hours=5, minutes=50)
    whole = NOON + timedelta(hours=1), NOON + timedelta(hours=5)
    assert ask(engine, *cut) == ask(engine, *whole) == {"E1": (50.0, 100.0, 7200, 7200, 0)}
    assert recount(samples, *whole) == {"E1": [7200, 7200, 0]}
    assert ask(engine, NOON, NOON + timedelta(minutes=50)) == {}


def test_sums_overlapping_by_a_changed_span_never_claim_more_than_all_of_the_time(engine: Engine) -> None:
    add(engine, NOON, "u" * 60, span_s=60)
    add(engine, NOON + timedelta(seconds=30), "u" * 60, span_s=60)
    assert ask(engine, NOON, NOON + timedelta(hours=1))["E1"][:2] == (100.0, 100.0)
