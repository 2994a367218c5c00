"""Which revision of the schema a store has, and bringing it to the newest.

Alembic is imported only when there is something to do: it costs 0.3 s, and a process that starts on an up-to-date store should not pay.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Engine, column, inspect, select, table

from store import identity
from store.engine import make_file
from store.errors import StoreEmptyError, StoreNewerError, StoreOlderError, StoreUnavailableError
from store.schema import meta
from store.transactions import reading, writing

MIGRATIONS = Path(__file__).parent / "migrations"

LOCK_WAIT_MS = 1000
RETRIED_FOR_S = 120.0

_alembic_version = table("alembic_version", column("version_num"))


def revisions() -> list[str]:
    """The revisions that this software knows, oldest first."""
    return sorted(path.name.split("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*_*.py"))


def newest() -> str:
    """The revision that this software writes."""
    return revisions()[-1]


def current(connection: Connection) -> str | None:
    """The store's revision; None when it has no schema."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(select(_alembic_version.c.version_num)).scalar()


def upgrade(engine: Engine) -> None:
    """Bring the store's schema to the newest revision, each in a transaction of its own; a store that has it is only asked (a millisecond).
    A new SQLite store's file is made.

    Others go on reading and writing meanwhile: on PostgreSQL a table that cannot be had at once is tried for again, for those who come
    after us would queue behind us. Several processes may call it at once: one works, the others wait. Raises StoreNewerError when the
    store is ahead of this software and StoreUnavailableError when the database does not answer or refuses, e.g. to create the
    extension PostGIS.
    """
    make_file(engine)
    with reading(engine) as connection:
        found = current(connection)
    if not _is_behind(found):
        return
    import stamina

    for revision in [newest()] if found is None else [known for known in revisions() if known > found]:
        for attempt in stamina.retry_context(on=_in_the_way, attempts=None, timeout=RETRIED_FOR_S, wait_initial=0.2, wait_max=3):
            with attempt, writing(engine) as connection:
                _step(connection, revision)


def _step(connection: Connection, revision: str) -> None:
    if (current(connection) or "") < revision:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{LOCK_WAIT_MS}ms'")
        migrate(connection, revision)


def _in_the_way(error: Exception) -> bool:
    """Somebody reads or writes a table that the migration changes."""
    cause = getattr(error.__cause__, "orig", None)
    return isinstance(error, StoreUnavailableError) and getattr(cause, "sqlstate", None) in ("55P03", "40P01")


def check(engine: Engine) -> None:
    """Make sure that the store can be worked with: its schema is the newest and it holds a province. From then on this engine writes to no
    other store.

    Raises StoreEmptyError, StoreOlderError, StoreNewerError or StoreUnavailableError.
    """
    with reading(engine) as connection:
        found = current(connection)
        if found is None:
            raise StoreEmptyError()
        if _is_behind(found):
            raise StoreOlderError(found=found, known=newest())
        if connection.execute(select(meta.c.value).where(meta.c.key == "province")).scalar() is None:
            raise StoreEmptyError()
        identity.remember(engine, connection)


def refuse_newer(connection: Connection) -> None:
    """Raises StoreNewerError when the store is ahead of this software."""
    _is_behind(current(connection))


def _is_behind(found: str | None) -> bool:
    known = newest()
    if found is not None and found > known:
        raise StoreNewerError(found=found, known=known)
    return found != known


def migrate(connection: Connection, revision: str = "head") -> None:
    """Bring the schema up to a revision in the caller's transaction."""
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    command.upgrade(config, revision)
