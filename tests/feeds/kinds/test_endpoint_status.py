"""Endpoint states: the newest observation wins whatever the order of arrival, and every change and sample is counted once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, select

from feeds.errors import ContentError
from feeds.kinds import endpoint_status
from feeds.records import Parsed, Stamp
from feeds.tables import Row, Table
from store.schema import endpoint_changes, endpoint_state, series_hourly, series_samples
from store.write import writing
from tests.feeds.kinds.conftest import counted

NOW = datetime(2026, 11, 21, 3, 0, 10, tzinfo=UTC)
KNOWN = frozenset({"E11-001", "E11-002"})
OPTIONS = endpoint_status.Options()


def stamp(now: datetime = NOW) -> Stamp:
    return Stamp("mcu", "MCU", True, now, now)


def table(*rows: dict[str, Any]) -> Table:
    return Table(tuple({name: None for row in rows for name in row}), [Row(number, row) for number, row in enumerate(rows, start=1)])


def parse(*rows: dict[str, Any], now: datetime = NOW) -> Parsed:
    return endpoint_status.parse(table(*rows), {}, KNOWN, OPTIONS, stamp(now))


def seen(endpoint_id: str, state: str, at: datetime, **more: Any) -> dict[str, Any]:
    return {"endpoint_id": endpoint_id, "state": state, "observed_at": at, **more}


def take(engine: Engine, *rows: dict[str, Any], now: datetime = NOW) -> tuple[int, ...]:
    parsed = parse(*rows, now=now)
    assert parsed.rejections == []
    with writing(engine) as connection:
        return counted(endpoint_status.store(connection, parsed.records, stamp(now), OPTIONS))


def states(connection: Connection) -> dict[str, tuple[str, datetime, datetime]]:
    s = endpoint_state.c
    rows = connection.execute(select(s.endpoint_id, s.state, s.since_at, s.observed_at))
    return {row.endpoint_id: (row.state, row.since_at, row.observed_at) for row in rows}


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("UP", "up"),
        ("offline", "down"),
        (1, "up"),
        (0, "down"),
        (True, "up"),
        (False, "down"),
        ("Mất kết nối", "down"),
        ("Không rõ", "unknown"),
    ],
)
def test_words_of_both_languages_are_understood(word: object, state: str) -> None:
    (record,) = parse(seen("E11-001", word, NOW)).records  # type: ignore[arg-type]
    assert record.state == state


def test_a_row_without_a_time_speaks_of_the_moment_of_the_answer() -> None:
    parsed = parse({"endpoint_id": "E11-001", "state": "up"})
    assert parsed.records[0].observed_at == NOW
    assert parsed.true_at == NOW


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (seen("E11-999", "up", NOW), "row.unknown_endpoint"),
        (seen("E11-001", "maybe", NOW), "row.bad_state"),
        (seen("E11-001", "", NOW), "row.missing"),
        (seen("E11-001", "up", NOW + timedelta(seconds=61)), "row.future"),
        (seen("E11-001", "up", NOW, latency_ms="fast"), "row.bad_number"),
    ],
)
def test_one_bad_row_is_turned_away_and_the_others_stay(row: dict[str, Any], code: str) -> None:
    parsed = parse(seen("E11-002", "up", NOW), row)
    assert [record.endpoint_id for record in parsed.records] == ["E11-002"]
    assert [(rejected.number, rejected.code) for rejected in parsed.rejections] == [(2, code)]


def test_a_clock_a_little_ahead_is_tolerated() -> None:
    assert len(parse(seen("E11-001", "up", NOW + timedelta(seconds=59))).records) == 1


def test_a_renamed_field_is_named() -> None:
    with pytest.raises(ContentError) as caught:
        parse({"endpoint_id": "E11-001", "status": "up"})
    assert caught.value.values["meant"] == "Trạng thái → status"


def test_state_change_and_since_follow_the_observations(province: Engine) -> None:
    minute = timedelta(minutes=1)
    assert take(province, seen("E11-001", "up", NOW), seen("E11-002", "down", NOW)) == (2, 0, 0)
    assert take(province, seen("E11-001", "up", NOW + minute), seen("E11-002", "up", NOW + minute), now=NOW + minute) == (0, 1, 1)
    with province.connect() as connection:
        assert states(connection) == {"E11-001": ("up", NOW, NOW + minute), "E11-002": ("up", NOW + minute, NOW + minute)}
        c = endpoint_changes.c
        changes = connection.execute(select(c.endpoint_id, c.at, c.state, c.previous).order_by(c.endpoint_id, c.at)).all()
    assert [tuple(row) for row in changes] == [
        ("E11-001", NOW, "up", None),
        ("E11-002", NOW, "down", None),
        ("E11-002", NOW + minute, "up", "down"),
    ]


def test_late_and_repeated_observations_never_overwrite_a_newer_state(province: Engine) -> None:
    take(province, seen("E11-001", "up", NOW))
    assert take(province, seen("E11-001", "down", NOW - timedelta(hours=2))) == (0, 0, 0, 1)
    assert take(province, seen("E11-001", "down", NOW)) == (0, 0, 0, 1)
    with province.connect() as connection:
        assert states(connection)["E11-001"] == ("up", NOW, NOW)
        assert len(connection.execute(select(endpoint_changes)).all()) == 1


def test_observations_out_of_order_in_one_batch_are_taken_in_the_order_of_time(province: Engine) -> None:
    later = NOW + timedelta(seconds=40)
    assert take(province, seen("E11-001", "down", later), seen("E11-001", "up", NOW), now=later) == (1, 1, 0)
    with province.connect() as connection:
        assert states(connection)["E11-001"] == ("down", later, later)
        assert [row.state for row in connection.execute(select(endpoint_changes).order_by(endpoint_changes.c.at))] == ["up", "down"]


def test_samples_are_one_for_each_span_and_counted_into_their_hour_once(province: Engine) -> None:
    base = datetime(2026, 11, 21, 3, tzinfo=UTC)
    for second, state in [(0, "up"), (10, "down"), (30, "down"), (31, "up"), (60, "unknown"), (3600, "up"), (0, "down")]:
        take(province, seen("E11-001", state, base + timedelta(seconds=second)), now=base + timedelta(hours=1))
    start = int(base.timestamp())
    with province.connect() as connection:
        samples = connection.execute(select(series_samples).order_by(series_samples.c.ts)).all()
        hours = connection.execute(select(series_hourly).order_by(series_hourly.c.hour)).all()
    assert [(row.ts - start, row.span_s, row.up) for row in samples] == [(0, 30, True), (30, 30, False), (60, 30, None), (3600, 30, True)]
    assert [(row.hour - start // 3600, row.up_s, row.down_s, row.unknown_s) for row in hours] == [(0, 30, 30, 30), (1, 30, 0, 0)]
