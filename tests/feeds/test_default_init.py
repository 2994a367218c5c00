"""`ioc init`: one province in an empty store, once, within seconds, on both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Engine, Table, func, select, text

from feeds.default.init import STEPS, init_province
from feeds.errors import CommandError
from feeds.texts import CATALOGUE
from geo.cube import build_cube, share
from store import schema
from store.claims import newest_words, operators_all, technologies_all
from store.engine import open_engine
from store.places import centres_on, endpoints_on, outlines_on, units_on, villages_on
from store.transactions import reading
from store.write import writing

TODAY = date(2026, 11, 21)
BEFORE, AFTER = date(2022, 4, 30), date(2026, 1, 1)


def count(engine: Engine, table: Table) -> int:
    with reading(engine) as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def versions(engine: Engine) -> dict[str, int]:
    with reading(engine) as connection:
        return {row.layer: row.version for row in connection.execute(select(schema.versions.c.layer, schema.versions.c.version))}


def test_dien_bien_is_ready(engine: Engine) -> None:
    summary = init_province(engine, "11", today=TODAY)
    assert (summary.created, summary.name, summary.rows["villages"], summary.rows["endpoints"]) == (True, "Điện Biên", 1440, 150)
    assert summary.rows["units"] == count(engine, schema.units) == 186
    with reading(engine) as connection:
        meta = {row.key: row.value for row in connection.execute(select(schema.meta.c.key, schema.meta.c.value))}
    assert meta.items() >= {"province": "11", "name": "Điện Biên", "metric_crs": "EPSG:9205", "seed": "7"}.items()
    assert datetime.fromisoformat(meta["created_at"]).tzinfo == UTC


def test_the_store_answers_for_both_structures(engine: Engine) -> None:
    init_province(engine, "11", today=TODAY)
    with reading(engine) as connection:
        levels = [units_on(connection, day)["level"].value_counts().to_dict() for day in (BEFORE, AFTER)]
        names = [units_on(connection, day).set_index("code")["name"]["03127"] for day in (BEFORE, AFTER)]
        outlines = outlines_on(connection, AFTER)
        counts = [
            (len(villages_on(connection, day)), len(endpoints_on(connection, day)), len(centres_on(connection, day)))
            for day in (BEFORE, AFTER)
        ]
    assert levels == [{"commune": 129, "district": 10, "province": 1}, {"commune": 45, "district": 10, "province": 1}]
    assert names == ["Him Lam", "Điện Biên Phủ"]
    assert len(outlines) == 56
    assert outlines["outline_schematic"].all()
    assert outlines.geometry.is_valid.all()
    assert counts == [(1440, 150, 11), (1440, 150, 46)]


def test_the_published_shares_are_in_the_store(engine: Engine) -> None:
    init_province(engine, "11", today=TODAY)
    end_of_day = datetime(2022, 4, 30, 16, 59, 59, tzinfo=UTC)
    with reading(engine) as connection:
        operators, technologies = list(operators_all(connection)["key"]), list(technologies_all(connection)["key"])
        ids = list(villages_on(connection, BEFORE)["id"])
        cube = build_cube(newest_words(connection, end_of_day), ids, operators, technologies)
        before = build_cube(newest_words(connection, datetime(2022, 4, 29, tzinfo=UTC)), ids, operators, technologies)
    assert [share(cube.best(key)).numerator for key in ("2g", "3g4g", "broadband")] == [1420, 1358, 1267]
    assert share(cube.best("2g")).denominator == 1440
    assert share(before.best("2g")).denominator == 0


def test_a_second_run_changes_nothing_and_says_so(engine: Engine) -> None:
    init_province(engine, "11", today=TODAY)
    with writing(engine) as connection:
        connection.execute(schema.units.update().where(schema.units.c.code == "11").values(outline_schematic=False))
    before = versions(engine)
    again = init_province(engine, "11", seed=8, today=TODAY)
    assert (again.created, again.rows, again.seed) == (False, {}, 7)
    assert versions(engine) == before
    with reading(engine) as connection:
        schematic = connection.execute(select(schema.units.c.outline_schematic).where(schema.units.c.code == "11")).scalars().all()
    assert schematic == [False, False]


def test_a_store_takes_no_second_province(engine: Engine) -> None:
    init_province(engine, "11", today=TODAY)
    with pytest.raises(CommandError) as refused:
        init_province(engine, "40")
    said = CATALOGUE.both(refused.value.code, **refused.value.values)
    assert "Điện Biên" in said
    assert "IOC_STORE" in said
    assert count(engine, schema.villages) == 1440


def test_an_unknown_province_is_refused_with_the_known_ones(engine: Engine) -> None:
    with pytest.raises(CommandError) as refused:
        init_province(engine, "99")
    said = CATALOGUE.text("en", refused.value.code, **refused.value.values)
    assert said.endswith("11 (Điện Biên), 15 (Lào Cai), 04 (Cao Bằng), 40 (Nghệ An)")
    assert count(engine, schema.units) == count(engine, schema.meta) == 0


def test_a_store_without_schema_gets_one(empty_sqlite_url: str) -> None:
    engine = open_engine(empty_sqlite_url)
    assert init_province(engine, "04", today=TODAY).rows["units"] == 229
    engine.dispose()


def test_the_same_seed_makes_the_same_store(sqlite_url: str, empty_sqlite_url: str) -> None:
    dumps = []
    for url in (sqlite_url, empty_sqlite_url):
        engine = open_engine(url)
        init_province(engine, "11", seed=3, today=TODAY)
        with reading(engine) as connection:
            tables = [table for table in schema.metadata.sorted_tables if table.name not in ("meta", "store_identity", "versions")]
            dumps += [
                {
                    t.name: connection.execute(select(*(c for c in t.c if c.key != "stored_at")).order_by(*t.primary_key)).all()
                    for t in tables
                }
            ]
        engine.dispose()
    assert dumps[0] == dumps[1]


def test_progress_is_told_step_by_step_in_both_languages(engine: Engine) -> None:
    told: list[tuple[str, int, int]] = []
    init_province(engine, "11", today=TODAY, progress=lambda *step: told.append(step))
    assert [number for _, number, _ in told] == list(range(1, len(STEPS) + 1))
    assert {total for *_, total in told} == {len(STEPS)}
    assert all(CATALOGUE.text(language, key) != key for key, *_ in told for language in ("vi", "en"))


def test_an_interrupted_run_leaves_the_store_empty(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TRIGGER full BEFORE INSERT ON targets BEGIN SELECT RAISE(ABORT, 'disk full'); END"))
    with pytest.raises(Exception, match="disk full"):
        init_province(engine, "11", today=TODAY)
    assert count(engine, schema.units) == count(engine, schema.meta) == 0
    engine.dispose()
