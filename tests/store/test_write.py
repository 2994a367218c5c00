"""Changed-only upserts write what differs, count it right and raise versions only then; the same on both databases."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
import shapely
from sqlalchemy import Boolean, Column, Connection, Engine, Float, Integer, MetaData, String, Table, func, select
from sqlalchemy.exc import DBAPIError, IntegrityError

from store.binding import BATCH_ROWS
from store.schema import coverage, feed_runs, indicators, meta, units, versions, villages
from store.write import Written, bump, upsert, writing

NOON = datetime(2026, 11, 21, 5, 0, tzinfo=UTC)
LATER = NOON + timedelta(minutes=7)
INDICATOR = ("key", "name_vi", "name_en", "unit", "stored_at")
SAMPLE = ("ts", "place", "up", "value")
measurements = Table(
    "measurements",
    MetaData(),
    Column("ts", Integer, primary_key=True),
    Column("place", String, primary_key=True),
    Column("up", Boolean),
    Column("value", Float),
)


@pytest.fixture
def engine(engine: Engine) -> Engine:
    """With a table that has every kind of value."""
    measurements.create(engine)
    return engine


def _indicator(key: str, name: str = "Tỷ lệ thôn, bản", stored_at: datetime = NOON) -> tuple[Any, ...]:
    return (key, name, "Share of villages", "percent", stored_at)


def _write(engine: Engine, table: Table, columns: tuple[str, ...], rows: list[tuple[Any, ...]], **options: Any) -> Written:
    with writing(engine) as connection:
        return upsert(connection, table, columns, rows, **options)


def _rows(engine: Engine, table: Table, *columns: str) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        statement = select(*(table.c[name] for name in columns)) if columns else select(table)
        return [tuple(row) for row in connection.execute(statement.order_by(*table.primary_key))]


def _versions(engine: Engine) -> dict[str, int]:
    return dict(_rows(engine, versions, "layer", "version"))


def test_new_rows_are_added(engine: Engine) -> None:
    assert _write(engine, indicators, INDICATOR, [_indicator("a"), _indicator("b")]) == Written(2, 0, 0)
    assert _rows(engine, indicators, "key", "name_vi", "stored_at") == [("a", "Tỷ lệ thôn, bản", NOON), ("b", "Tỷ lệ thôn, bản", NOON)]


def test_added_changed_and_unchanged_are_told_apart(engine: Engine) -> None:
    _write(engine, indicators, INDICATOR, [_indicator("a"), _indicator("b")])
    assert _write(engine, indicators, INDICATOR, [_indicator("a"), _indicator("b", "Khác"), _indicator("c")]) == Written(1, 1, 1)
    assert _rows(engine, indicators, "key", "name_vi") == [("a", "Tỷ lệ thôn, bản"), ("b", "Khác"), ("c", "Tỷ lệ thôn, bản")]


def test_a_new_storing_time_alone_is_no_change_and_is_not_written(engine: Engine) -> None:
    _write(engine, indicators, INDICATOR, [_indicator("a")])
    assert _write(engine, indicators, INDICATOR, [_indicator("a", stored_at=LATER)]) == Written(0, 0, 1)
    assert _rows(engine, indicators, "stored_at") == [(NOON,)]


def test_an_ignored_column_is_written_along_with_a_change(engine: Engine) -> None:
    _write(engine, indicators, INDICATOR, [_indicator("a")])
    _write(engine, indicators, INDICATOR, [_indicator("a", "Khác", LATER)])
    assert _rows(engine, indicators, "name_vi", "stored_at") == [("Khác", LATER)]


def test_when_every_column_is_ignored_rows_are_only_added(engine: Engine) -> None:
    _write(engine, meta, ("key", "value"), [("seed", "1")])
    assert _write(engine, meta, ("key", "value"), [("seed", "2"), ("province", "11")], ignore=["value"]) == Written(1, 0, 1)
    assert _rows(engine, meta) == [("province", "11"), ("seed", "1")]


def test_columns_that_are_not_named_keep_their_values(engine: Engine) -> None:
    row = ("V11-0001", "Bản mẫu 0001", "ban mau 0001", 103.1, 21.4, 320, None, True, date(2021, 1, 1), None, "tỉnh", True, NOON)
    row += (NOON, NOON, "list")
    columns = tuple(villages.c.keys())
    _write(engine, villages, columns, [row])
    some = ("id", "name", "search_key", "lon", "lat", "valid_from", "source", "synthetic", "stored_at")
    partial = ("V11-0001", "Bản mẫu 1", "ban mau 1", 103.1, 21.4, date(2021, 1, 1), "tỉnh", True, LATER)
    assert _write(engine, villages, some, [partial]) == Written(0, 1, 0)
    assert _rows(engine, villages, "name", "population", "grid_power", "stored_at") == [("Bản mẫu 1", 320, True, LATER)]


def _unit(outline: shapely.Geometry | None) -> tuple[Any, ...]:
    names = ("commune", "phường", "Him Lam", "Phường Him Lam", "phuong him lam")
    place = (
        "11",
        None,
        103.03,
        21.39,
        outline,
        None if outline is None else "Sở",
        None,
        outline is None,
        61.5,
        NOON,
        None,
        LATER,
        None,
        "Sở",
    )
    return ("03127", date(2004, 8, 31), date(2025, 6, 30), *names, *place)


def test_every_type_comes_back_as_it_went_in_and_is_then_unchanged(engine: Engine) -> None:
    outline = shapely.MultiPolygon([shapely.box(103.0, 21.3, 103.1, 21.4), shapely.box(103.2, 21.3, 103.3, 21.4)])
    columns = tuple(units.c.keys())
    _write(engine, units, columns, [_unit(outline)])
    assert _rows(engine, units) == [_unit(outline)]
    assert _write(engine, units, columns, [_unit(outline)]) == Written(0, 0, 1)
    assert _write(engine, units, columns, [_unit(None)]) == Written(0, 1, 0)
    assert _write(engine, units, columns, [_unit(None)]) == Written(0, 0, 1)
    assert _write(engine, units, columns, [_unit(outline)]) == Written(0, 1, 0)


RUN = ("id", "feed", "started_at", "finished_at", "state", "attempts", "rows_read", "rows_added", "rows_changed", "rows_unchanged")
RUN += ("rows_rejected", "error_args", "worker")


def _run(error_args: Any) -> tuple[Any, ...]:
    return (1, "coverage", NOON, LATER, "failed", 1, 0, 0, 0, 0, 0, error_args, "w")


@pytest.mark.parametrize("args", [{"path": 'C:\\tháng 10\t"x"', "rows": [1, 2.5, None, True]}, {}, [], None])
def test_json_comes_back_and_is_then_unchanged(engine: Engine, args: Any) -> None:
    _write(engine, feed_runs, RUN, [_run(args)])
    assert _rows(engine, feed_runs, "error_args") == [(args,)]
    assert _write(engine, feed_runs, RUN, [_run(args)]) == Written(0, 0, 1)
    assert _write(engine, feed_runs, RUN, [_run({"other": 1})]) == Written(0, 1, 0)


def test_none_in_json_is_null(engine: Engine) -> None:
    _write(engine, feed_runs, RUN, [_run(None)])
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM feed_runs WHERE error_args IS NULL").scalar() == 1


AWKWARD = ["a\tb", "a\nb", "a\r\nb", "\\N", "\\", "\\.", "'", '"', "", " ", "Điện Biên", "Điện Biên", "%s ? :x", "🛰️"]


def test_awkward_text_survives(engine: Engine) -> None:
    rows = [_indicator(f"{number:02}{text}", text) for number, text in enumerate(AWKWARD)]
    _write(engine, indicators, INDICATOR, rows)
    assert _rows(engine, indicators, "name_vi") == [(text,) for text in AWKWARD]
    assert _write(engine, indicators, INDICATOR, rows) == Written(0, 0, len(AWKWARD))


def test_missing_true_false_zero_and_not_a_number_stay_apart(engine: Engine) -> None:
    rows = [(1, "a", None, None), (2, "a", True, 0.0), (3, "a", False, math.nan), (4, "a", True, 1e-12), (5, "a", True, 123456.789)]
    _write(engine, measurements, SAMPLE, rows)
    stored = _rows(engine, measurements, "up", "value")
    assert stored == [(None, None), (True, 0.0), (False, None), (True, 1e-12), (True, 123456.789)]
    assert _write(engine, measurements, SAMPLE, rows) == Written(0, 0, 5)


def test_a_value_that_becomes_missing_is_a_change(engine: Engine) -> None:
    _write(engine, measurements, SAMPLE, [(1, "a", True, 3.5)])
    assert _write(engine, measurements, SAMPLE, [(1, "a", None, 3.5)]) == Written(0, 1, 0)
    assert _write(engine, measurements, SAMPLE, [(1, "a", False, 3.5)]) == Written(0, 1, 0)


def _claim(village: str, observed_at: datetime, status: str = "covered") -> tuple[Any, ...]:
    return (village, "op-a", "4g", "declared", "op-a", observed_at, status, observed_at, observed_at, observed_at, None, True)


def test_the_same_moment_in_another_zone_is_the_same_row(engine: Engine) -> None:
    columns = tuple(coverage.c.keys())
    there = NOON.astimezone(timezone(timedelta(hours=7)))
    assert _write(engine, coverage, columns, [_claim("V1", NOON)]) == Written(1, 0, 0)
    assert _write(engine, coverage, columns, [_claim("V1", there)]) == Written(0, 0, 1)
    assert _rows(engine, coverage, "observed_at") == [(NOON,)]


def test_of_one_key_in_several_rows_the_last_wins_and_counts_once(engine: Engine) -> None:
    there = NOON.astimezone(timezone(timedelta(hours=7)))
    rows = [_claim("V1", NOON, "none"), _claim("V2", NOON), _claim("V1", there, "weak")]
    assert _write(engine, coverage, tuple(coverage.c.keys()), rows) == Written(2, 0, 0)
    assert _rows(engine, coverage, "village_id", "status") == [("V1", "weak"), ("V2", "covered")]


@pytest.mark.parametrize("count", [99, 100, 101, BATCH_ROWS, BATCH_ROWS + 1, 3 * BATCH_ROWS + 257])
def test_any_number_of_rows_is_counted_right(engine: Engine, count: int) -> None:
    def rows(changed_each: int, first: int) -> list[tuple[Any, ...]]:
        return [(ts, "a", True, 2.0 if ts % changed_each == 0 else 1.0) for ts in range(first, first + count)]

    assert _write(engine, measurements, SAMPLE, rows(10**9, 1)) == Written(count, 0, 0)
    assert _write(engine, measurements, SAMPLE, rows(10**9, 1)) == Written(0, 0, count)
    changed = sum(ts % 20 == 0 for ts in range(11, 1 + count))
    assert _write(engine, measurements, SAMPLE, rows(20, 11)) == Written(10, changed, count - 10 - changed)
    with engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(measurements)).scalar() == count + 10


def test_a_second_upsert_on_the_same_connection_counts_only_its_own(engine: Engine) -> None:
    with writing(engine) as connection:
        assert upsert(connection, indicators, INDICATOR, [_indicator("a")]) == Written(1, 0, 0)
        assert upsert(connection, indicators, INDICATOR, [_indicator("a", "x"), _indicator("b")]) == Written(1, 1, 0)
        assert upsert(connection, measurements, SAMPLE, [(1, "a", True, None)]) == Written(1, 0, 0)


def test_an_upsert_while_a_read_is_open_on_the_same_connection(engine: Engine) -> None:
    _write(engine, indicators, INDICATOR, [_indicator(key) for key in "abc"])
    with writing(engine) as connection:
        result = connection.execute(select(indicators.c.key).order_by(indicators.c.key))
        assert result.fetchone() == ("a",)
        assert upsert(connection, indicators, INDICATOR, [_indicator("b", "x")]) == Written(0, 1, 0)
        assert result.fetchall() == [("b",), ("c",)]


def test_no_rows_are_no_operation(engine: Engine) -> None:
    assert _write(engine, indicators, INDICATOR, []) == Written(0, 0, 0)
    assert _versions(engine) == {}


@pytest.mark.postgres
def test_postgresql_does_not_rewrite_unchanged_rows(postgres_url: str) -> None:
    from store.engine import open_engine

    engine = open_engine(postgres_url)
    where = "SELECT ctid::text, xmin::text, xmax::text FROM indicators ORDER BY key"
    _write(engine, indicators, INDICATOR, [_indicator("a"), _indicator("b")])
    with engine.connect() as connection:
        before = connection.exec_driver_sql(where).all()
    _write(engine, indicators, INDICATOR, [_indicator("a"), _indicator("b", stored_at=LATER)])
    with engine.connect() as connection:
        assert connection.exec_driver_sql(where).all() == before
    engine.dispose()


# ── What is refused ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("columns", "row", "says"),
    [
        (INDICATOR, _indicator("a")[:-1], "do not all have the 5 values"),
        (INDICATOR, (*_indicator("a"), 1), "do not all have the 5 values"),
        (INDICATOR, (), "do not all have the 5 values"),
        (("key", "nom"), ("a", "b"), "no column nom"),
        (("name_vi",), ("a",), "lack the key column key"),
        (INDICATOR, (None, *_indicator("a")[1:]), "key column key of indicators is None"),
        (INDICATOR, (*_indicator("a")[:-1], datetime(2026, 1, 1)), "naive"),  # noqa: DTZ001
    ],
)
def test_rows_that_do_not_fit_are_refused_and_nothing_is_written(engine: Engine, columns: tuple[str, ...], row: Any, says: str) -> None:
    good = _indicator("z") if len(columns) == 5 else row
    with pytest.raises(ValueError, match=says):
        _write(engine, indicators, columns, [good, row])
    assert _rows(engine, indicators) == []
    assert _versions(engine) == {}


def test_a_missing_value_that_the_schema_wants_is_an_integrity_error(engine: Engine) -> None:
    with pytest.raises(IntegrityError):
        _write(engine, indicators, INDICATOR, [_indicator("a"), ("b", None, "x", "percent", NOON)])
    assert _rows(engine, indicators) == []


@pytest.mark.postgres
def test_what_copy_cannot_take_is_an_error_of_sqlalchemy(postgres_url: str) -> None:
    from store.engine import open_engine

    engine = open_engine(postgres_url)
    with pytest.raises(DBAPIError):
        _write(engine, indicators, INDICATOR, [_indicator("a", "NUL \x00 in it")])
    engine.dispose()


# ── Versions ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_versions_rise_with_a_change_and_only_then(engine: Engine) -> None:
    _write(engine, indicators, INDICATOR, [_indicator("a")])
    assert _versions(engine) == {"all": 1, "indicators": 1}
    _write(engine, indicators, INDICATOR, [_indicator("a", stored_at=LATER)])
    assert _versions(engine) == {"all": 1, "indicators": 1}
    _write(engine, indicators, INDICATOR, [_indicator("a", "Khác")])
    _write(engine, measurements, SAMPLE, [(1, "a", True, None)])
    assert _versions(engine) == {"all": 3, "indicators": 2, "measurements": 1}


def test_bump_raises_each_layer_once_and_all(engine: Engine) -> None:
    with writing(engine) as connection:
        bump(connection, "coverage", "units", "coverage")
        bump(connection, "units")
    assert _versions(engine) == {"all": 2, "coverage": 1, "units": 2}


def test_a_rollback_leaves_neither_rows_nor_versions(engine: Engine) -> None:
    class Stop(Exception):
        pass

    def fail(connection: Connection) -> None:
        upsert(connection, indicators, INDICATOR, [_indicator("a")])
        raise Stop

    with pytest.raises(Stop), writing(engine) as connection:
        fail(connection)
    assert _rows(engine, indicators) == []
    assert _versions(engine) == {}
    assert _write(engine, indicators, INDICATOR, [_indicator("a")]) == Written(1, 0, 0)
