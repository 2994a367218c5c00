"""A whole store into a backup, out of one, and from one database into another: every table, in one view of one moment.

Writing a store is one transaction: whoever reads meanwhile sees the store from before, and when anything fails nothing has happened. What
was written is read again and compared before it counts. Every version is then higher than it ever was, so that nobody takes the new
content for what they remember.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, func, inspect, select, update
from sqlalchemy.exc import DataError, IntegrityError

from store import identity, portable, schema_version
from store.archive import Archive, Manifest, Writer, writing_archive
from store.deployment import province_code
from store.engine import BUSY_TIMEOUT_MS, make_file, sqlite_path
from store.errors import ContentDiffersError, RowsRefusedError, StoreDamagedError, StoreEmptyError, StoreNewerError, StoreNotEmptyError
from store.merging import quoted
from store.portable import Content, Row, Shape
from store.schema import meta, store_identity, versions
from store.transactions import reading, writing
from store.write import bump

Batches = Generator[list[Row], None, None]


@dataclass(frozen=True)
class Moved:
    """What came over. revision: of the schema where it came from."""

    revision: str
    province: str | None
    tables: int
    rows: int


@dataclass(frozen=True)
class _Source:
    """Where rows come from: the revision of its schema, its tables, each one's rows, and afterwards the content of each."""

    revision: str
    shapes: list[Shape]
    rows_of: Callable[[Shape], Batches]
    content: Callable[[Shape], Content]


def revision_of(connection: Connection) -> str:
    """The store's revision. Raises StoreEmptyError when it has none and StoreNewerError when this software does not know it."""
    found = schema_version.current(connection)
    if found is None:
        raise StoreEmptyError()
    if found > schema_version.newest():
        raise StoreNewerError(found=found, known=schema_version.newest())
    return found


def back_up(engine: Engine, path: Path, software: str, files: Iterable[tuple[str, Path]] = ()) -> Manifest:
    """Write the store as it is at this moment to `path`, while others go on writing; an older schema as it is.

    files: what goes along, relative name and path. Raises BackupError, StoreDamagedError, StoreEmptyError, StoreNewerError.
    """
    with reading(engine) as connection, writing_archive(path) as archive:
        revision = revision_of(connection)
        _check_integrity(connection)
        for shape in portable.shapes(connection):
            with closing(portable.rows_of(connection, shape)) as batches:
                archive.table(shape, batches)
        for name, file in files:
            archive.file(name, file)
        manifest = _manifest(connection, archive, revision, software)
        archive.manifest(manifest)
    return manifest


def _manifest(connection: Connection, archive: Writer, revision: str, software: str) -> Manifest:
    made_at = datetime.now(UTC).isoformat(timespec="seconds")
    database = connection.dialect.name
    return Manifest(revision, province_code(connection), made_at, software, database, archive.tables, archive.files)


def _check_integrity(connection: Connection) -> None:
    """SQLite is asked whether its file is sound; PostgreSQL finds out while it reads."""
    if connection.dialect.name == "sqlite":
        said = str(connection.exec_driver_sql("PRAGMA quick_check(1)").scalar())
        if said != "ok":
            raise StoreDamagedError(said, url=str(connection.engine.url))


def restore(engine: Engine, archive: Archive, *, replace: bool = False) -> Moved:
    """Put a verified backup into the store and bring it to the newest schema.

    replace: also into one that holds a province, which is then gone. Raises StoreNotEmptyError, StoreNewerError, BackupError,
    ContentDiffersError and StoreUnavailableError; then the store is as before.
    """
    manifest = archive.manifest
    if manifest.revision > schema_version.newest():
        raise StoreNewerError(found=manifest.revision, known=schema_version.newest())

    def expected(shape: Shape) -> Content:
        saved = manifest.tables[shape.name]
        return Content.of(saved.rows, saved.content)

    source = _Source(
        manifest.revision, [archive.shape(name) for name in manifest.tables], lambda shape: archive.rows_of(shape.name), expected
    )
    return _bring_in(engine, source, replace)


def copy(source: Engine, target: Engine) -> Moved:
    """Write all that `source` holds at this moment into the empty store `target`, on whichever database each is.

    Raises what `restore` does; `source` is only read.
    """
    with reading(source) as connection:
        read: dict[str, Content] = {}

        def rows_of(shape: Shape) -> Batches:
            content = read[shape.name] = Content()
            with closing(portable.rows_of(connection, shape)) as batches:
                for batch in batches:
                    for row in batch:
                        content.add(portable.line_of(row))
                    yield batch

        revision = revision_of(connection)
        shapes = portable.shapes(connection)
        return _bring_in(target, _Source(revision, shapes, rows_of, lambda shape: read[shape.name]), replace=False)


def holds_a_province(engine: Engine) -> bool:
    """Whether a store is there that somebody would miss."""
    path = sqlite_path(engine)
    if path is not None and not path.exists():
        return False
    with reading(engine) as connection:
        return _province(connection) is not None


def row_counts(connection: Connection) -> dict[str, int]:
    """Rows of every table."""
    counted = {}
    for shape in portable.shapes(connection):
        counted[shape.name] = int(connection.exec_driver_sql(f"SELECT count(*) FROM {quoted(shape.name)}").scalar_one())
    return counted


def _bring_in(engine: Engine, source: _Source, replace: bool) -> Moved:
    make_file(engine)
    with writing(engine) as connection:
        if not replace and (held := _province(connection)) is not None:
            raise StoreNotEmptyError(province=held, url=engine.url.render_as_string(hide_password=True))
        before, own_id = _versions(connection), _own_id(connection)
        _drop_all(connection)
        schema_version.migrate(connection, source.revision)
        rows = _fill(connection, source)
        if source.revision != schema_version.newest():
            schema_version.migrate(connection)
        _raise_versions(connection, before)
        identity.settle(connection, own_id)
        moved = Moved(source.revision, province_code(connection), len(source.shapes), rows)
    _tidy(engine)
    return moved


def _fill(connection: Connection, source: _Source) -> int:
    there = portable.shapes(connection)
    rows = 0
    for shape in [*there, *there]:  # a migration may have written rows of its own; twice, for triggers keep what is deleted
        connection.exec_driver_sql(f"DELETE FROM {quoted(shape.name)}")
    for shape in source.shapes:
        try:
            with closing(source.rows_of(shape)) as batches:
                portable.insert_rows(connection, shape, batches)
        except (DataError, IntegrityError, ValueError) as error:
            raise RowsRefusedError(str(getattr(error, "orig", error)).splitlines()[0], table=shape.name) from error
        portable.set_sequences(connection, shape)
    for shape in source.shapes:
        content = portable.content_of(connection, shape)
        if content != source.content(shape):
            raise ContentDiffersError(table=shape.name, rows=content.rows, expected=source.content(shape).rows)
        rows += content.rows
    return rows


def _province(connection: Connection) -> str | None:
    if not inspect(connection).has_table(meta.name):
        return None
    return province_code(connection)


def _own_id(connection: Connection) -> str | None:
    """The id of the store that is written over: its dashboards go on. An empty one takes the id that comes along."""
    return identity.id_of(connection) if inspect(connection).has_table(store_identity.name) and _province(connection) is not None else None


def _versions(connection: Connection) -> dict[str, int]:
    if not inspect(connection).has_table(versions.name):
        return {}
    return {row.layer: row.version for row in connection.execute(select(versions.c.layer, versions.c.version))}


def _drop_all(connection: Connection) -> None:
    cascade = " CASCADE" if connection.dialect.name == "postgresql" else ""
    names = [shape.name for shape in portable.shapes(connection)]
    if inspect(connection).has_table("alembic_version"):
        names.append("alembic_version")
    for name in names:
        connection.exec_driver_sql(f"DROP TABLE {quoted(name)}{cascade}")


def _raise_versions(connection: Connection, before: dict[str, int]) -> None:
    highest = max([*before.values(), connection.scalar(select(func.max(versions.c.version))) or 0])
    bump(connection, *before, *connection.scalars(select(versions.c.layer)))
    connection.execute(update(versions).values(version=highest + 1))


def _tidy(engine: Engine) -> None:
    """SQLite's log is as long as all that was written; let it be short again when nobody reads from it."""
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            for pragma in ("busy_timeout=200", "wal_checkpoint(TRUNCATE)", f"busy_timeout={BUSY_TIMEOUT_MS}"):
                connection.exec_driver_sql(f"PRAGMA {pragma}")
