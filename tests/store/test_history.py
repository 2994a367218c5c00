"""Former versions of rows are kept by the database itself, and a table can be read as it was known at any moment."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import shapely
from sqlalchemy import Engine, bindparam, delete, func, insert, select, text, update

from store.history import as_known
from store.schema import coverage, endpoint_changes, feeds, metadata, technologies, units, villages
from store.schema.history import SUPERSEDED_AT, has_twin, twin_of
from store.transactions import reading, writing
from store.types import UTCDateTime
from store.write import upsert

DAY = timedelta(days=1)
MONDAY = datetime(2026, 11, 16, 1, tzinfo=UTC)
TUESDAY, WEDNESDAY, THURSDAY = MONDAY + DAY, MONDAY + 2 * DAY, MONDAY + 3 * DAY
VILLAGE = ("id", "name", "search_key", "lon", "lat", "valid_from", "source", "synthetic", "stored_at")
WITHOUT_TWIN = {
    "endpoint_state": "changes every two seconds; its past is endpoint_changes",
    "endpoint_changes": "rows are only added",
    "quarantine": "rows are only added",
    "system_state": "changes every few seconds; its past is system_changes",
    "system_changes": "rows are only added",
    "name_waiting": "a queue of rows that were not taken yet",
    "manual_forms": "what a form asks for, no fact",
}


def village(id_: str, name: str, stored_at: datetime) -> tuple[Any, ...]:
    return (id_, name, name.lower(), 103.0, 21.4, date(2025, 7, 1), "danh mục", True, stored_at)


def put(engine: Engine, *rows: tuple[Any, ...]) -> None:
    with writing(engine) as connection:
        upsert(connection, villages, VILLAGE, rows)


def names(engine: Engine, known_at: datetime | None) -> dict[str, str]:
    with reading(engine) as connection:
        known = as_known(villages, known_at)
        found = connection.execute(select(known.c.id, known.c.name)).all()
    assert len({row.id for row in found}) == len(found)
    return {row.id: row.name for row in found}


def test_every_table_of_facts_keeps_history() -> None:
    facts = {name for name, table in metadata.tables.items() if "stored_at" in table.c and SUPERSEDED_AT not in table.c}
    without = {name for name in facts if not has_twin(metadata.tables[name])}
    assert without <= WITHOUT_TWIN.keys(), "say keeps_history(table, found_by) in store/schema, and make_twin in its migration"
    assert WITHOUT_TWIN.keys() <= facts


def test_a_twin_has_the_columns_of_its_table_and_when_the_store_knew_better() -> None:
    for table in metadata.tables.values():
        if has_twin(table):
            assert set(twin_of(table).c.keys()) == {*table.c.keys(), SUPERSEDED_AT}


def test_a_row_is_known_from_the_moment_it_was_stored(engine: Engine) -> None:
    put(engine, village("a", "Bản Phủ", TUESDAY))
    assert names(engine, MONDAY) == {}
    assert names(engine, TUESDAY - timedelta(microseconds=1)) == {}
    assert names(engine, TUESDAY) == {"a": "Bản Phủ"}
    assert names(engine, None) == {"a": "Bản Phủ"}


def test_a_correction_leaves_what_was_known_before_it(engine: Engine) -> None:
    put(engine, village("a", "Bản Phủ", MONDAY), village("b", "Noong Bua", MONDAY))
    put(engine, village("a", "Bản Phú", TUESDAY), village("b", "Noong Bua", TUESDAY))
    put(engine, village("a", "Bản Phu", THURSDAY))
    assert names(engine, MONDAY) == {"a": "Bản Phủ", "b": "Noong Bua"}
    assert names(engine, TUESDAY) == names(engine, WEDNESDAY) == {"a": "Bản Phú", "b": "Noong Bua"}
    assert names(engine, THURSDAY) == names(engine, None) == {"a": "Bản Phu", "b": "Noong Bua"}


def test_the_same_again_keeps_no_version(engine: Engine) -> None:
    put(engine, village("a", "Bản Phủ", MONDAY))
    put(engine, village("a", "Bản Phủ", TUESDAY))
    assert names(engine, MONDAY) == {"a": "Bản Phủ"}
    assert _versions(engine, villages) == 0


def test_two_words_at_the_same_moment_are_one(engine: Engine) -> None:
    put(engine, village("a", "Bản Phủ", MONDAY))
    put(engine, village("a", "Bản Phú", MONDAY))
    assert names(engine, MONDAY) == {"a": "Bản Phú"}


def test_a_deleted_row_was_known_until_then(engine: Engine) -> None:
    put(engine, village("a", "Bản Phủ", MONDAY), village("b", "Noong Bua", MONDAY))
    with writing(engine) as connection:
        connection.execute(delete(villages).where(villages.c.id == "a"))
    assert names(engine, None) == {"b": "Noong Bua"}
    assert names(engine, TUESDAY) == {"a": "Bản Phủ", "b": "Noong Bua"}
    put(engine, village("a", "Bản Phủ", datetime.now(UTC)))
    assert names(engine, TUESDAY) == {"a": "Bản Phủ", "b": "Noong Bua"}


def test_a_key_that_is_given_away_was_known_until_then(engine: Engine) -> None:
    put(engine, village("a", "Bản Phủ", MONDAY))
    with writing(engine) as connection:
        connection.execute(update(villages).values(id="c", stored_at=datetime.now(UTC)))
    assert names(engine, TUESDAY) == {"a": "Bản Phủ"}
    assert names(engine, None) == {"c": "Bản Phủ"}


def test_a_clock_that_was_moved_back_makes_no_row_twice(engine: Engine) -> None:
    put(engine, village("a", "Bản Phủ", WEDNESDAY))
    put(engine, village("a", "Bản Phú", MONDAY))
    assert names(engine, MONDAY) == names(engine, THURSDAY) == {"a": "Bản Phú"}
    assert _versions(engine, villages) == 1


def test_whoever_writes_the_database_keeps_the_version(engine: Engine) -> None:
    """No writer of ours: a person at the database's own prompt."""
    put(engine, village("a", "Bản Phủ", MONDAY))
    with engine.begin() as connection:
        connection.execute(text("UPDATE villages SET name = 'Bản Phú', stored_at = :at").bindparams(bindparam("at", TUESDAY, UTCDateTime)))
    assert names(engine, MONDAY) == {"a": "Bản Phủ"}


def test_a_write_that_is_taken_back_takes_its_versions_along(engine: Engine) -> None:
    put(engine, village("a", "Bản Phủ", MONDAY))
    with engine.connect() as connection:
        connection.exec_driver_sql("BEGIN")
        upsert(connection, villages, VILLAGE, [village("a", "Bản Phú", TUESDAY)])
        connection.rollback()
    assert names(engine, WEDNESDAY) == {"a": "Bản Phủ"}
    assert _versions(engine, villages) == 0


def test_an_upsert_counts_rows_not_versions(engine: Engine) -> None:
    columns = ("key", "name", "kind", "position", "source", "stored_at")
    with writing(engine) as connection:
        upsert(connection, technologies, columns, [(str(i), "x", "mobile", i, "s", MONDAY) for i in range(250)])
        rows = [(str(i), "y" if i % 2 else "x", "mobile", i, "s", TUESDAY) for i in range(300)]
        assert upsert(connection, technologies, columns, rows) == (50, 125, 125)
    assert _versions(engine, technologies) == 125


def test_an_outline_is_known_as_it_was(engine: Engine) -> None:
    square, larger = shapely.box(103, 21, 104, 22), shapely.box(102, 21, 104, 22)
    columns = (
        "code", "valid_from", "level", "kind", "name", "full_name", "search_key", "lon", "lat", "outline", "outline_schematic", "stored_at",
    )  # fmt: skip
    for outline, stored_at in ((square, MONDAY), (larger, TUESDAY)):
        row = (
            "11",
            date(2025, 7, 1),
            "province",
            "tỉnh",
            "Điện Biên",
            "Tỉnh Điện Biên",
            "dien bien",
            103.0,
            21.4,
            outline,
            True,
            stored_at,
        )
        with writing(engine) as connection:
            upsert(connection, units, columns, [row])
    with reading(engine) as connection:
        for known_at, expected in ((MONDAY, square), (TUESDAY, larger), (None, larger)):
            assert connection.execute(select(as_known(units, known_at).c.outline)).scalar_one().equals(expected)


def test_what_a_feed_is_waiting_for_is_no_version(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(insert(feeds), [_feed(MONDAY)])
        connection.execute(update(feeds).values(last_ok_at=TUESDAY, true_at=TUESDAY, next_run_at=WEDNESDAY))
    assert _versions(engine, feeds) == 0
    with writing(engine) as connection:
        connection.execute(update(feeds).values(enabled=False, stored_at=WEDNESDAY))
    assert _versions(engine, feeds) == 1


def _feed(stored_at: datetime) -> dict[str, Any]:
    texts = dict.fromkeys(("key", "title_vi", "title_en", "connector", "kind", "source"), "mcu")
    return texts | {"every_s": 10, "late_after_s": 60, "stale_after_s": 300, "enabled": True, "synthetic": True, "stored_at": stored_at}


def test_of_a_table_that_rows_are_only_added_to_those_stored_by_then_are_known(engine: Engine) -> None:
    row = {"endpoint_id": "e", "state": "up", "source": "mcu", "synthetic": True}
    with writing(engine) as connection:
        connection.execute(insert(endpoint_changes), [row | {"at": MONDAY, "stored_at": MONDAY}])
        connection.execute(insert(endpoint_changes), [row | {"at": MONDAY + DAY / 2, "stored_at": WEDNESDAY}])
    with reading(engine) as connection:
        counts = [connection.scalar(select(func.count()).select_from(as_known(endpoint_changes, at))) for at in (TUESDAY, WEDNESDAY, None)]
    assert counts == [1, 2, 2]


def test_rows_for_a_table_that_keeps_history_say_when_they_were_stored(engine: Engine) -> None:
    with writing(engine) as connection, pytest.raises(ValueError, match="stored_at"):
        upsert(connection, coverage, [column.key for column in coverage.primary_key], [("v", "op", "4g", "declared", "s", MONDAY)])


def _versions(engine: Engine, table: Any) -> int:
    with reading(engine) as connection:
        return int(connection.scalar(select(func.count()).select_from(twin_of(table))) or 0)
