"""Which revision of the schema a store has, and bringing it to the newest.

Alembic is imported only when there is something to do: it costs 0.3 s, and a process that starts on an up-to-date store should not pay.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Engine, column, inspect, select, table

from store.errors import StoreEmptyError, StoreNewerError, StoreOlderError
from store.schema import meta
from store.transactions import reading, writing

MIGRATIONS = Path(__file__).parent / "migrations"

_alembic_version = table("alembic_version", column("version_num"))


def newest() -> str:
    """The revision that this software knows and writes."""
    return max(path.name.split("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*_*.py"))


def current(connection: Connection) -> str | None:
    """The store's revision; None when it has no schema."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(select(_alembic_version.c.version_num)).scalar()


def upgrade(engine: Engine) -> None:
    """Bring the store's schema to the newest revision, all in one transaction; a store that has it is only asked (a millisecond).

    Several processes may call it at once: one works, the others wait. Raises StoreNewerError when the store is ahead of this
    software and StoreUnavailableError when the database does not answer or refuses, e.g. to create the extension PostGIS.
    """
    with reading(engine) as connection:
        found = current(connection)
    if not _is_behind(found):
        return
    with writing(engine) as connection:
        if _is_behind(current(connection)):
            migrate(connection)


def check(engine: Engine) -> None:
    """Make sure that the store can be worked with: its schema is the newest and it holds a province.

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
