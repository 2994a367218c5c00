"""A store knows its revision, and the migrations make exactly the tables of store.schema."""

from __future__ import annotations

import re
import subprocess
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, insert, inspect, text

from store import schema_version
from store.engine import open_engine
from store.errors import StoreEmptyError, StoreNewerError, StoreOlderError, StoreUnavailableError
from store.schema import meta, metadata

CHANGED = "store/schema and the migrations disagree: add a migration to store/migrations/versions."


@pytest.fixture
def empty(empty_store_url: str) -> Any:
    engine = open_engine(empty_store_url)
    yield engine
    engine.dispose()


def _set_revision(engine: Engine, revision: str) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})


def test_migrations_make_the_tables_of_the_schema(engine: Engine) -> None:
    with engine.connect() as connection, warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Did not recognize type 'geometry'")
        ours = {"include_name": lambda name, kind, _: kind != "table" or not _is_not_ours(name)}
        context = MigrationContext.configure(connection, opts={"compare_type": _geometry_is_geometry, **ours})
        assert compare_metadata(context, metadata) == [], CHANGED


def _is_not_ours(table: str) -> bool:
    return table in {"spatial_ref_sys", "alembic_version"} or table.startswith("series_samples_")


def _geometry_is_geometry(_context: Any, _inspected: Any, column: Any, _reflected: Any, _declared: Any) -> bool | None:
    return False if column.name == "outline" else None


def test_migrations_make_the_same_database_as_create_all(engine: Engine, empty: Engine) -> None:
    with empty.begin() as connection:
        metadata.create_all(connection)
        declared = _everything_in(connection)
    with engine.connect() as connection:
        migrated = _everything_in(connection)
    assert migrated - declared == set(), CHANGED
    assert declared - migrated == set(), CHANGED
    assert len(declared) > len(metadata.tables)


def _everything_in(connection: Connection) -> set[tuple[str, ...]]:
    """Tables, columns, indexes and triggers as the database itself describes them; alembic's and PostGIS's own left out."""
    if connection.dialect.name == "sqlite":
        rows = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name <> 'alembic_version'")
        return {(name, re.sub(r"\s+(?=[,)])", "", re.sub(r"\s+", " ", sql))) for name, sql in rows}
    columns = """SELECT attrelid::regclass::text, attname, format_type(atttypid, atttypmod), attnotnull::text,
                        coalesce(pg_get_expr(adbin, adrelid), '')
                 FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
                 WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace AND attnum > 0
                 AND relname NOT IN ('alembic_version', 'spatial_ref_sys')"""
    indexes = (
        "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename NOT IN ('alembic_version', 'spatial_ref_sys')"
    )
    triggers = "SELECT tgname, pg_get_triggerdef(oid), pg_get_functiondef(tgfoid) FROM pg_trigger WHERE NOT tgisinternal"
    return {tuple(row) for query in (columns, indexes, triggers) for row in connection.exec_driver_sql(query)}


def test_newest_revision_is_alembics_head() -> None:
    script = ScriptDirectory.from_config(_config())
    assert script.get_current_head() == schema_version.newest()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(schema_version.MIGRATIONS))
    return config


def test_upgrade_of_an_empty_store_makes_the_schema(empty: Engine) -> None:
    schema_version.upgrade(empty)
    with empty.connect() as connection:
        assert schema_version.current(connection) == schema_version.newest()
        assert set(metadata.tables) <= set(inspect(connection).get_table_names())


def test_upgrade_keeps_what_is_stored(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(insert(meta).values(key="province", value="11"))
    schema_version.upgrade(engine)
    schema_version.check(engine)


def test_upgrade_by_several_at_once_makes_one_schema(empty_store_url: str) -> None:
    def one(_: int) -> None:
        engine = open_engine(empty_store_url)
        schema_version.upgrade(engine)
        engine.dispose()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(one, range(4))) == [None] * 4


def test_upgrade_and_check_of_a_ready_store_do_without_alembic(store_url: str) -> None:
    program = (
        "import sys\n"
        "from store.engine import open_engine\n"
        "from store import schema_version\n"
        "from store.errors import StoreEmptyError\n"
        f"engine = open_engine({store_url!r})\n"
        "engine.connect().close()\n"
        "schema_version.upgrade(engine)\n"
        "try: schema_version.check(engine)\n"
        "except StoreEmptyError: pass\n"
        "print([name for name in sys.modules if name.startswith('alembic')])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=Path.cwd(), check=True)
    assert done.stdout.strip() == "[]"


def test_check_of_an_empty_database_says_so(empty: Engine) -> None:
    with pytest.raises(StoreEmptyError):
        schema_version.check(empty)


def test_check_of_a_store_without_a_province_says_so(engine: Engine) -> None:
    with pytest.raises(StoreEmptyError):
        schema_version.check(engine)


def test_a_newer_store_is_refused_and_left_alone(engine: Engine) -> None:
    _set_revision(engine, "9999")
    for refuse in (schema_version.check, schema_version.upgrade):
        with pytest.raises(StoreNewerError) as caught:
            refuse(engine)
        assert caught.value.args_["found"] == "9999"
        assert caught.value.args_["known"] == schema_version.newest()
    with engine.connect() as connection:
        assert schema_version.current(connection) == "9999"


def test_check_of_an_older_store_says_so(engine: Engine) -> None:
    _set_revision(engine, "0000")
    with pytest.raises(StoreOlderError):
        schema_version.check(engine)


@pytest.mark.parametrize("ask", [schema_version.upgrade, schema_version.check])
def test_a_database_that_is_away_is_unavailable_and_its_password_stays_secret(ask: Any) -> None:
    engine = open_engine("postgresql+psycopg://ioc:secret@127.0.0.1:1/ioc")
    with pytest.raises(StoreUnavailableError) as caught:
        ask(engine)
    assert "secret" not in str(caught.value.args_)


def test_a_failed_migration_leaves_nothing_behind(empty: Engine) -> None:
    with empty.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE meta (something INTEGER)")
    with pytest.raises(Exception, match="meta"):
        schema_version.upgrade(empty)
    with empty.connect() as connection:
        assert schema_version.current(connection) is None
        assert "units" not in inspect(connection).get_table_names()


def test_wal_is_on_after_upgrade(empty_sqlite_url: str) -> None:
    engine = open_engine(empty_sqlite_url)
    schema_version.upgrade(engine)
    plain = create_engine(empty_sqlite_url)
    with plain.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
    engine.dispose()
    plain.dispose()
