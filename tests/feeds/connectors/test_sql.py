"""Other systems' databases, real ones: read with one SELECT, piece by piece, and never written to."""

from __future__ import annotations

import socket
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine

from feeds.connectors import sql
from feeds.databases import only_select
from feeds.errors import FeedError
from feeds.fetching import Content, Visit
from store import schema
from tests.conftest import Cluster
from tests.feeds.test_pipeline import COMMON, counts, make, rows
from tests.support.mariadb import MariaDB, MariaMissing, mariadb
from tests.support.sources import free_port, listener

NOW = datetime(2026, 11, 21, 3, tzinfo=UTC)
MADE = (
    "CREATE TABLE ho_so (ma VARCHAR(20), nhan INTEGER, ty_le DECIMAL(6,2), ghi_chu VARCHAR(80), luc {moment})",
    "INSERT INTO ho_so VALUES ('C11-001', 5, 12.50, 'Hồ sơ đất đai', '2026-11-20 08:00:00')",
    "INSERT INTO ho_so VALUES ('C11-002', 7, 3.00, NULL, '2026-11-21 09:30:00')",
)
ALL = "SELECT * FROM ho_so ORDER BY ma"
NEW = "SELECT * FROM ho_so WHERE luc >= :since ORDER BY ma"


@dataclass
class Source:
    """A database with the table ho_so. run: statements by its owner, the last one's rows."""

    backend: str
    url: str
    base: Path
    run: Callable[..., list[tuple[object, ...]]]

    def read(
        self, query: str = ALL, *, newest: datetime | None = None, timeout_s: float = 10.0, max_bytes: int = 10**6, **more: object
    ) -> Content:
        return read(more.pop("url", self.url), query, base=self.base, newest=newest, timeout_s=timeout_s, max_bytes=max_bytes, **more)

    def refused(self, query: str = ALL, **more: object) -> FeedError:
        with pytest.raises(FeedError) as caught:
            self.read(query, **more)  # type: ignore[arg-type]
        return caught.value


def read(url: object, query: str, *, base: Path, newest: datetime | None, timeout_s: float, max_bytes: int, **more: object) -> Content:
    visit = Visit(NOW, time.monotonic() + timeout_s, base, max_bytes=max_bytes, newest=lambda: newest)
    (fetched,) = sql.fetch(sql.Options(url=url, query=query, **more), visit)  # type: ignore[arg-type]
    return fetched.read()


@pytest.fixture(scope="module")
def maria() -> Iterator[MariaDB]:
    try:
        with mariadb() as server:
            server.run("CREATE DATABASE nguon CHARACTER SET utf8mb4", "USE nguon", *(text.format(moment="DATETIME") for text in MADE))
            yield server
    except MariaMissing as missing:
        pytest.skip(f"needs a real MariaDB: {missing}")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres), "mariadb"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Source:
    if request.param == "mariadb":
        server: MariaDB = request.getfixturevalue("maria")
        return Source("mariadb", server.url(), tmp_path, lambda *texts: server.run("USE nguon", *texts))
    if request.param == "postgresql":
        url: str = request.getfixturevalue("empty_postgres_url").replace("+psycopg", "")
        _in_postgres(url, *(text.format(moment="TIMESTAMP") for text in MADE))
        return Source("postgresql", url, tmp_path, lambda *texts: _in_postgres(url, *texts))
    _in_sqlite(tmp_path / "nguon.db", *(text.format(moment="TEXT") for text in MADE))
    return Source("sqlite", "sqlite:///nguon.db", tmp_path, lambda *texts: _in_sqlite(tmp_path / "nguon.db", *texts))


def _in_postgres(url: str, *statements: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements[:-1]:
            connection.execute(statement)
        cursor = connection.execute(statements[-1])
        return cursor.fetchall() if cursor.description else []


def _in_sqlite(path: Path, *statements: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path)
    with connection:
        found = [connection.execute(statement).fetchall() for statement in statements][-1]
    connection.close()
    return found


# ── Reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_rows_come_with_values_that_the_kinds_know(source: Source) -> None:
    first, second = source.read().data
    assert isinstance(first, dict)
    assert (first["ma"], first["nhan"], first["ty_le"], first["ghi_chu"]) == ("C11-001", 5, 12.5, "Hồ sơ đất đai")
    assert isinstance(second, dict)
    assert (second["ghi_chu"], second["ty_le"]) == (None, 3)
    moment = first["luc"]
    assert str(moment) == "2026-11-20 08:00:00" if source.backend == "sqlite" else moment == datetime(2026, 11, 20, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("newest", "expected"), [(None, 2), ("2026-11-20T00:59", 2), ("2026-11-20T01:00", 2), ("2026-11-20T01:01", 1), ("2026-11-21T02:31", 0)]
)
def test_since_is_the_newest_moment_that_was_stored(source: Source, newest: str | None, expected: int) -> None:
    moment = None if newest is None else datetime.fromisoformat(newest).replace(tzinfo=UTC)
    content = source.read(NEW, newest=moment, overlap_s=0)
    assert len(content.data) == expected
    assert content.unchanged is (expected == 0)


def test_since_goes_back_for_rows_that_were_entered_late(source: Source) -> None:
    newest = datetime(2026, 11, 21, 2, 31, tzinfo=UTC)
    assert len(source.read(NEW, newest=newest, overlap_s=120).data) == 1


def test_the_beginning_may_be_declared(source: Source) -> None:
    assert len(source.read(NEW, since_start="2026-11-21T00:00:00+07:00").data) == 1


def test_no_rows_at_all_are_no_silence(source: Source) -> None:
    content = source.read("SELECT * FROM ho_so WHERE nhan > 100")
    assert (content.data, content.unchanged) == ([], False)


# ── Never writing ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "query",
    [
        "UPDATE ho_so SET nhan = 0",
        "DELETE FROM ho_so",
        "SELECT 1; DELETE FROM ho_so",
        "WITH x AS (SELECT 1) DELETE FROM ho_so",
        "WITH x AS (DELETE FROM ho_so RETURNING *) SELECT * FROM x",
        "INSERT INTO ho_so VALUES (1)",
        "SELECT * INTO khac FROM ho_so",
        "SELECT * FROM ho_so INTO OUTFILE '/tmp/x'",
        "DROP TABLE ho_so",
        "SET TRANSACTION READ WRITE",
        "PRAGMA query_only=OFF",
        "ATTACH 'x.db' AS x",
        "COMMIT",
        "",
        ";",
        "-- nothing",
    ],
)
def test_only_one_select_is_accepted(query: str) -> None:
    with pytest.raises(ValueError, match="SELECT"):
        only_select(query)


@pytest.mark.parametrize(
    "query",
    ["SELECT 1;", " select 'a;b' AS \"update\" -- ;\n", "WITH a AS (SELECT 1) SELECT * FROM a", "SELECT replace(a, 'x', 'y') FROM b"],
)
def test_what_only_reads_is_accepted(query: str) -> None:
    assert only_select(query).lower().startswith(("select", "with"))


@pytest.mark.parametrize("query", ["UPDATE ho_so SET nhan = 0", "DELETE FROM ho_so", "CREATE TABLE khac (a INTEGER)"])
def test_the_session_cannot_write_either(source: Source, query: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the first lock had been picked."""
    options = sql.Options(url=source.url, query="SELECT 1").model_copy(update={"query": query})
    (fetched,) = sql.fetch(options, Visit(NOW, time.monotonic() + 10, source.base))
    with pytest.raises(FeedError) as caught:
        fetched.read()
    assert caught.value.code in ("run.sql_writes", "run.sql_invalid")
    assert source.run("SELECT sum(nhan) FROM ho_so") == [(12,)]


@pytest.mark.postgres
def test_a_function_that_writes_cannot(cluster: Cluster, empty_postgres_url: str, tmp_path: Path) -> None:
    url = empty_postgres_url.replace("+psycopg", "")
    _in_postgres(
        url, "CREATE TABLE a (n int)", "CREATE FUNCTION sneak() RETURNS int LANGUAGE sql AS 'INSERT INTO a VALUES (1) RETURNING n'"
    )
    with pytest.raises(FeedError) as caught:
        read(url, "SELECT sneak()", base=tmp_path, newest=None, timeout_s=5, max_bytes=1000)
    assert caught.value.code == "run.sql_writes"


# ── Faults ───────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("SELECT * FROM khong_co", "run.sql_no_table"),
        ("SELECT khong_co FROM ho_so", "run.sql_no_column"),
        ("SELECT FROM WHERE", "run.sql_invalid"),
    ],
)
def test_a_wrong_query_is_named(source: Source, query: str, code: str) -> None:
    error = source.refused(query)
    assert (error.code, error.transient) == (code, False)
    assert "khong_co" in str(error.values["detail"]) or code == "run.sql_invalid"


def test_too_many_rows_are_refused_and_as_many_as_allowed_are_not(source: Source) -> None:
    assert source.refused(max_rows=1).code == "run.sql_too_many"
    assert len(source.read(max_rows=2).data) == 2


def test_too_many_bytes_are_refused(source: Source) -> None:
    assert source.refused(max_bytes=50).code == "run.too_large"


def test_a_column_that_comes_twice_is_named(source: Source) -> None:
    assert source.refused("SELECT a.ma, b.ma FROM ho_so a, ho_so b").code == "run.column_twice"


SLOW = {
    "sqlite": "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n",
    "postgresql": "SELECT pg_sleep(30)",
    "mariadb": "SELECT count(*) FROM information_schema.columns a, information_schema.columns b, information_schema.columns c",
}


def test_a_slow_query_ends_at_the_deadline(source: Source) -> None:
    started = time.monotonic()
    error = source.refused(SLOW[source.backend], timeout_s=1.0)
    assert (error.code, error.transient) == ("run.sql_slow", True)
    assert time.monotonic() - started < 8


def test_a_wrong_password_is_named_without_showing_it(maria: MariaDB, tmp_path: Path) -> None:
    with pytest.raises(FeedError) as caught:
        read(maria.url(password="not-the-word"), ALL, base=tmp_path, newest=None, timeout_s=5, max_bytes=1000)
    assert caught.value.code == "run.sql_denied"
    assert "not-the-word" not in str(caught.value)


@pytest.mark.postgres
def test_a_user_that_postgres_does_not_know_is_named(cluster: Cluster, empty_postgres_url: str, tmp_path: Path) -> None:
    url = empty_postgres_url.replace("+psycopg", "").replace("postgres@", "nobody:not-the-word@")
    with pytest.raises(FeedError) as caught:
        read(url, ALL, base=tmp_path, newest=None, timeout_s=5, max_bytes=1000)
    assert caught.value.code == "run.sql_denied"
    assert "not-the-word" not in str(caught.value)


def test_an_account_without_the_right_is_named(maria: MariaDB, tmp_path: Path) -> None:
    maria.run("CREATE OR REPLACE USER doc@'127.0.0.1' IDENTIFIED BY 'doc'", "GRANT SELECT (ma) ON nguon.ho_so TO doc@'127.0.0.1'")
    url = maria.url(user="doc", password="doc")
    assert len(read(url, "SELECT ma FROM ho_so", base=tmp_path, newest=None, timeout_s=5, max_bytes=1000).data) == 2
    with pytest.raises(FeedError) as caught:
        read(url, ALL, base=tmp_path, newest=None, timeout_s=5, max_bytes=1000)
    assert caught.value.code == "run.sql_not_allowed"


@pytest.mark.parametrize("scheme", ["postgresql", "mariadb"])
def test_nobody_there_is_transient(scheme: str, tmp_path: Path) -> None:
    with pytest.raises(FeedError) as caught:
        read(f"{scheme}://u:secret@127.0.0.1:{free_port()}/d", ALL, base=tmp_path, newest=None, timeout_s=5, max_bytes=1000)
    assert (caught.value.code, caught.value.transient) == ("run.sql_no_connection", True)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("scheme", ["postgresql", "mariadb"])
def test_a_server_that_says_nothing_ends_at_the_deadline(scheme: str, tmp_path: Path) -> None:
    started = time.monotonic()
    with listener() as port, pytest.raises(FeedError) as caught:
        read(f"{scheme}://u:w@127.0.0.1:{port}/d", ALL, base=tmp_path, newest=None, timeout_s=2, max_bytes=1000)
    assert caught.value.transient
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("scheme", ["postgresql", "mariadb"])
def test_a_server_of_another_kind_is_a_failed_connection(scheme: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        import threading

        def nonsense() -> None:
            peer, _ = server.accept()
            peer.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            peer.close()

        thread = threading.Thread(target=nonsense, daemon=True)
        thread.start()
        with pytest.raises(FeedError) as caught:
            read(f"{scheme}://u:w@127.0.0.1:{server.getsockname()[1]}/d", ALL, base=tmp_path, newest=None, timeout_s=3, max_bytes=1000)
        thread.join(5)
    assert caught.value.code in ("run.sql_no_connection", "run.sql_failed")


def test_an_absent_database_is_named(source: Source, tmp_path: Path) -> None:
    error = source.refused(url=source.url.rpartition("/")[0] + "/khong_co")
    assert error.code == "run.sql_no_database"
    assert not (tmp_path / "khong_co").exists()


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_text("not a database, but long enough to look at" * 50)
    with pytest.raises(FeedError) as caught:
        read("sqlite:///x.db", ALL, base=tmp_path, newest=None, timeout_s=5, max_bytes=1000)
    assert caught.value.code == "run.sql_no_database"


@pytest.mark.parametrize("url", ["oracle://h/d", "postgresql://h", "nonsense", "", "mssql+pyodbc://h/d", "postgresql://h:port/d"])
def test_another_kind_of_database_is_refused_in_the_configuration(url: str) -> None:
    with pytest.raises(ValueError, match="url"):
        sql.Options(url=url, query="SELECT 1")


# ── The whole path ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_big_table_is_read_piece_by_piece_and_nothing_twice(province: Engine, maria: MariaDB, tmp_path: Path) -> None:
    maria.run(
        "USE nguon",
        "CREATE OR REPLACE TABLE thang (centre_id VARCHAR(20), period VARCHAR(10), observed_at DATETIME, received INT, in_progress INT,"
        " due INT, on_time INT, overdue INT, online INT)",
        "INSERT INTO thang VALUES ('C11-001', '2026-10', '2026-11-01 08:00', 9, 1, 8, 8, 0, 4)",
        "INSERT INTO thang VALUES ('C11-002', '2026-10', '2026-11-02 08:00', 9, 1, 8, 8, 0, 4)",
    )
    query = "SELECT * FROM thang WHERE observed_at > :since"
    text = f'[feeds.d]\nconnector = "sql"\nkind = "dossiers"\nurl = "{maria.url()}"\nquery = "{query}"\n{COMMON}overlap_s = 0\n'
    pipeline = make(province, tmp_path, text)
    (first,) = pipeline.run()
    assert (first.error_code, counts(first)) == (None, (2, 2, 0, 0, 0))
    (idle,) = pipeline.run()
    assert (idle.state, counts(idle)) == ("unchanged", (0, 0, 0, 0, 0))
    maria.run("USE nguon", "INSERT INTO thang VALUES ('C11-001', '2026-11', '2026-11-03 08:00', 3, 1, 2, 2, 0, 1)")
    (last,) = make(province, tmp_path, text).run()
    assert counts(last) == (1, 1, 0, 0, 0)
    assert rows(province, schema.dossiers) == 3
    assert first.item == f"mariadb://127.0.0.1:{maria.port}/nguon"
    assert timedelta(0) < last.finished_at - last.started_at
