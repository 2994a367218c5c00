"""Every read says what was known at a moment, whatever came later: corrections, late words, closings, new outlines, silent feeds."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Connection, Engine, delete, update

from store import claims, conditions, places, runs, schema
from store.transactions import reading, writing
from store.write import upsert

DAY = timedelta(days=1)
SINCE = date(2025, 7, 1)
FIRST = datetime(2026, 11, 19, 1, tzinfo=UTC)  # 08:00 in Viet Nam
NEXT = FIRST + DAY
NOW = FIRST + 2 * DAY
TODAY = date(2026, 11, 21)


def put(connection: Connection, table: Any, *rows: dict[str, Any]) -> None:
    columns = tuple(rows[0])
    upsert(connection, table, columns, [tuple(row[name] for name in columns) for row in rows])


def unit(name: str, stored_at: datetime) -> dict[str, Any]:
    texts = {"code": "03127", "level": "commune", "kind": "phường", "name": name, "full_name": f"Phường {name}", "search_key": name.lower()}
    return texts | {"valid_from": SINCE, "lon": 103.0, "lat": 21.4, "outline_schematic": True, "stored_at": stored_at}


def village(id_: str, population: int, stored_at: datetime, valid_to: date | None = None) -> dict[str, Any]:
    texts = {"id": id_, "name": id_, "search_key": id_, "source": "danh mục"}
    rest = {"lon": 103.0, "lat": 21.4, "population": population, "valid_from": SINCE, "valid_to": valid_to, "synthetic": True}
    return texts | rest | {"stored_at": stored_at}


def lies_in(id_: str, unit_code: str, stored_at: datetime) -> dict[str, Any]:
    return {"place_kind": "village", "place_id": id_, "unit_valid_from": SINCE, "unit_code": unit_code, "stored_at": stored_at}


def claim(village_id: str, status: str, observed_at: datetime, stored_at: datetime, confirmed_at: datetime | None = None) -> dict[str, Any]:
    key = {"village_id": village_id, "operator": "op-a", "technology": "4g", "method": "declared", "source": "báo cáo"}
    times = {"observed_at": observed_at, "confirmed_at": confirmed_at or observed_at, "reported_at": stored_at, "stored_at": stored_at}
    return key | times | {"status": status, "synthetic": True}


@pytest.fixture
def corrected(engine: Engine) -> Engine:
    """Known on the first day; corrected, added to, closed and deleted on the next."""
    with writing(engine) as connection:
        put(connection, schema.units, unit("Him Lam", FIRST))
        put(connection, schema.villages, *(village(id_, 100, FIRST) for id_ in "abc"))
        put(connection, schema.place_units, *(lies_in(id_, "03127", FIRST) for id_ in "abc"))
        put(connection, schema.coverage, *(claim(id_, "none", FIRST - 30 * DAY, FIRST) for id_ in "abc"))
    with writing(engine) as connection:
        put(connection, schema.units, unit("Điện Biên Phủ", NEXT))
        put(connection, schema.villages, village("a", 250, NEXT), village("c", 100, NEXT, date(2026, 10, 1)))
        put(connection, schema.place_units, lies_in("a", "03130", NEXT))
        put(connection, schema.coverage, claim("a", "covered", FIRST - 30 * DAY, NEXT))
        put(connection, schema.coverage, claim("b", "none", FIRST - 30 * DAY, NEXT, FIRST - 20 * DAY))
        put(connection, schema.coverage, claim("a", "weak", FIRST - 40 * DAY, NEXT), claim("b", "covered", FIRST - 10 * DAY, NEXT))
        connection.execute(delete(schema.coverage).where(schema.coverage.c.village_id == "c"))
    return engine


def known(engine: Engine, read: Any, *arguments: Any, known_at: datetime | None) -> pd.DataFrame:
    with reading(engine) as connection:
        found: pd.DataFrame = read(connection, *arguments, known_at=known_at)
    return found


def test_units_and_outlines_are_those_that_were_known(corrected: Engine) -> None:
    for known_at, expected in ((FIRST - DAY, []), (FIRST, ["Him Lam"]), (NEXT, ["Điện Biên Phủ"]), (None, ["Điện Biên Phủ"])):
        assert list(known(corrected, places.units_on, TODAY, known_at=known_at)["name"]) == expected
    assert len(known(corrected, places.outlines_on, TODAY, known_at=FIRST)) == 0


def test_villages_are_those_that_were_known_where_they_were_known(corrected: Engine) -> None:
    first = known(corrected, places.villages_on, TODAY, known_at=FIRST)
    assert list(first[["id", "population", "unit_code"]].itertuples(index=False, name=None)) == [(id_, 100, "03127") for id_ in "abc"]
    for known_at in (NEXT, None):
        now = known(corrected, places.villages_on, TODAY, known_at=known_at)
        assert list(now[["id", "population", "unit_code"]].itertuples(index=False, name=None)) == [("a", 250, "03130"), ("b", 100, "03127")]


def statuses(engine: Engine, at: datetime, known_at: datetime | None) -> dict[str, str]:
    found = known(engine, claims.newest_words, at, known_at=known_at)
    return dict(zip(found["village_id"], found["status"], strict=True))


def test_words_are_those_that_were_known_and_were_said_by_then(corrected: Engine) -> None:
    assert statuses(corrected, NOW, FIRST) == {"a": "none", "b": "none", "c": "none"}
    assert statuses(corrected, NOW, NEXT) == {"a": "covered", "b": "covered", "c": "none"}
    assert statuses(corrected, NOW, None) == {"a": "covered", "b": "covered"}, "deleted when the test ran"
    assert statuses(corrected, FIRST - 35 * DAY, None) == {"a": "weak"}
    assert statuses(corrected, FIRST - 35 * DAY, FIRST) == {}
    assert statuses(corrected, NOW, FIRST - DAY) == {}


def test_a_village_shows_the_words_that_were_known(corrected: Engine) -> None:
    then, now = (known(corrected, claims.village_claims, "b", NOW, known_at=known_at) for known_at in (FIRST, None))
    assert list(then["status"]) == ["none"]
    assert list(then["confirmed_at"]) == [FIRST - 30 * DAY]
    assert list(now["status"]) == ["covered"]


def test_a_word_is_as_old_and_said_for_as_long_as_was_known(corrected: Engine) -> None:
    def times(known_at: datetime | None) -> dict[str, tuple[datetime, datetime]]:
        found = known(corrected, claims.newest_words, NOW, known_at=known_at)
        moments = (pd.to_datetime(found[name], unit="us", utc=True) for name in ("since", "said_at"))
        return dict(zip(found["village_id"], zip(*moments, strict=True), strict=True))

    assert set(times(FIRST).values()) == {(FIRST - 30 * DAY, FIRST - 30 * DAY)}
    assert times(None) == {"a": (FIRST - 30 * DAY, FIRST - 30 * DAY), "b": (FIRST - 10 * DAY, FIRST - 10 * DAY)}


# ── Feeds, and what they say of endpoints ────────────────────────────────────────────────────────────────────────────────────


def declare(connection: Connection, stored_at: datetime, **changes: Any) -> None:
    texts = {"key": "mcu", "title_vi": "Hội nghị", "title_en": "MCU", "connector": "http", "kind": "endpoint_status", "source": "MCU"}
    rest = {"every_s": 10, "late_after_s": 60, "stale_after_s": 300, "enabled": True, "synthetic": True}
    runs.register_feeds(connection, [texts | rest | changes], stored_at)


def run(connection: Connection, at: datetime, state: str = "ok") -> None:
    runs.record_run(connection, feed="mcu", started_at=at, finished_at=at, state=state, worker="w")
    if state == "ok":
        runs.feed_succeeded(connection, "mcu", at=at, true_at=at - timedelta(seconds=4))


def change(endpoint_id: str, at: datetime, state: str, stored_at: datetime) -> dict[str, Any]:
    return {"endpoint_id": endpoint_id, "at": at, "state": state, "source": "MCU", "stored_at": stored_at, "synthetic": True}


@pytest.fixture
def spoken(engine: Engine) -> Engine:
    """A feed that spoke, then failed; an endpoint lost on the first day, heard of by then; one whose loss was only learnt later."""
    with writing(engine) as connection:
        declare(connection, FIRST - DAY)
        for minutes in (-3, -2, -1):
            run(connection, FIRST + timedelta(minutes=minutes))
        lost_at = FIRST - timedelta(minutes=30)
        put(connection, schema.endpoint_changes, *(change(id_, FIRST - DAY, "up", FIRST - DAY) for id_ in "ab"))
        put(connection, schema.endpoint_changes, change("a", lost_at, "down", lost_at), change("b", lost_at, "down", NEXT))
        run(connection, FIRST + timedelta(minutes=1), "failed")
        run(connection, NEXT)
        declare(connection, NEXT, late_after_s=6000)
    return engine


def test_a_feed_is_as_it_was_known(spoken: Engine) -> None:
    (then,) = known(spoken, conditions.feeds_all, known_at=FIRST).itertuples()
    assert (then.late_after_s, then.last_ok_at) == (60, FIRST - timedelta(minutes=1))
    assert then.true_at == FIRST - timedelta(seconds=64)
    (now,) = known(spoken, conditions.feeds_all, known_at=None).itertuples()
    assert (now.late_after_s, now.last_ok_at) == (6000, NEXT)
    assert known(spoken, conditions.feeds_all, known_at=FIRST - 2 * DAY).empty
    (unheard,) = known(spoken, conditions.feeds_all, known_at=FIRST - DAY).itertuples()
    assert pd.isna(unheard.true_at)


def test_runs_are_those_that_had_ended(spoken: Engine) -> None:
    assert len(known(spoken, conditions.last_runs, known_at=FIRST)) == 3
    assert list(known(spoken, conditions.newest_run_of_each, known_at=FIRST)["state"]) == ["ok"]
    assert list(known(spoken, conditions.newest_run_of_each, known_at=FIRST + timedelta(minutes=2))["state"]) == ["failed"]


def states(engine: Engine, at: datetime, known_at: datetime | None) -> dict[str, tuple[str, datetime]]:
    found = known(engine, conditions.endpoint_states_at, at, known_at=known_at)
    return {row.endpoint_id: (row.state, row.observed_at) for row in found.itertuples()}


def test_an_endpoint_is_as_it_was_known_and_as_old_as_its_sources_word(spoken: Engine) -> None:
    heard = FIRST - timedelta(seconds=64)
    assert states(spoken, FIRST, FIRST) == {"a": ("down", heard), "b": ("up", heard)}
    assert states(spoken, FIRST, None) == {"a": ("down", heard), "b": ("down", heard)}
    hour_later = FIRST + timedelta(hours=1)
    assert states(spoken, hour_later, hour_later) == {"a": ("down", heard), "b": ("up", heard)}, "the feed had failed since"


def test_a_state_nobody_confirmed_is_as_old_as_its_change(engine: Engine) -> None:
    with writing(engine) as connection:
        put(connection, schema.endpoint_changes, change("a", FIRST - DAY, "up", FIRST - DAY))
    assert states(engine, FIRST, FIRST) == {"a": ("up", FIRST - DAY)}


def test_events_are_those_that_were_known(spoken: Engine) -> None:
    then, now = (known(spoken, conditions.endpoint_events, FIRST - DAY / 2, known_at=known_at) for known_at in (FIRST, None))
    assert set(then["endpoint_id"]) == {"a"}
    assert set(now["endpoint_id"]) == {"a", "b"}


def test_figures_targets_and_dossiers_are_those_that_were_known(engine: Engine) -> None:
    value = {"indicator": "i", "unit_code": "11", "scope": "province", "label_vi": "x", "period": "2026", "source": "s", "label_en": "x"}
    target = {key: value[key] for key in ("indicator", "unit_code", "scope", "label_vi", "source", "label_en")} | {
        "due_on": date(2030, 12, 31)
    }
    counts = dict.fromkeys(("received", "in_progress", "due", "overdue", "online"), 9)
    month = {
        "centre_id": "c",
        "authority_code": "11",
        "period": "2026-11",
        "period_from": date(2026, 11, 1),
        "period_to": date(2026, 11, 30),
    }
    for at, number in ((FIRST, 5), (NEXT, 7)):
        with writing(engine) as connection:
            put(connection, schema.indicators, {"key": "i", "name_vi": str(number), "name_en": "x", "unit": "count", "stored_at": at})
            put(connection, schema.indicator_values, value | {"value": number, "comparator": "=", "synthetic": False, "stored_at": at})
            put(connection, schema.targets, target | {"value": number, "comparator": "=", "stored_at": at})
            spoken_at = {"observed_at": at, "reported_at": at, "stored_at": at, "source": "s", "synthetic": True}
            put(connection, schema.dossiers, month | counts | {"on_time": number} | spoken_at)
    for known_at, expected in ((FIRST - DAY, []), (FIRST, [5]), (NEXT, [7]), (None, [7])):
        assert list(known(engine, conditions.indicator_rows, "11", date(2026, 12, 31), known_at=known_at)["value"]) == expected
        assert list(known(engine, conditions.target_rows, "11", known_at=known_at)["value"]) == expected
        assert list(known(engine, conditions.dossier_counts, TODAY, NOW, known_at=known_at)["on_time"]) == expected


def test_operators_and_technologies_are_those_that_were_known(engine: Engine) -> None:
    with writing(engine) as connection:
        put(connection, schema.operators, {"key": "op-a", "name": "A", "position": 1, "synthetic": True, "stored_at": FIRST})
        row = {"key": "2g", "name": "2G", "kind": "mobile", "position": 1, "source": "s", "valid_to": None, "stored_at": FIRST}
        put(connection, schema.technologies, row)
    with writing(engine) as connection:
        put(connection, schema.technologies, row | {"valid_to": date(2026, 9, 15), "stored_at": NEXT})
        connection.execute(update(schema.operators).values(name="B", stored_at=NEXT))
    assert list(known(engine, claims.operators_all, known_at=FIRST)["name"]) == ["A"]
    assert list(known(engine, claims.technologies_all, known_at=FIRST)["valid_to"]) == [None]
    assert list(known(engine, claims.technologies_all, known_at=None)["valid_to"]) == [date(2026, 9, 15)]


def test_rows_set_aside_are_those_that_were_known(engine: Engine) -> None:
    with writing(engine) as connection:
        for at in (FIRST, NEXT):
            runs.quarantine_rows(connection, 1, feed="mcu", rows=[runs.Refused(2, "row.missing", {}, {})], stored_at=at)
    assert [len(known(engine, conditions.quarantined, known_at=at)) for at in (FIRST - DAY, FIRST, None)] == [0, 1, 2]
