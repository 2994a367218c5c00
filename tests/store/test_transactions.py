"""One writer at a time, in the order of asking; readers see one moment; a database that is away is said to be."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, select

from store.engine import open_engine
from store.errors import StoreUnavailableError
from store.schema import meta, versions
from store.transactions import reading, writing
from store.write import bump
from tests.support.postgres import Cluster


def _put(engine: Engine, key: str) -> None:
    with writing(engine) as connection:
        connection.execute(insert(meta).values(key=key, value="x"))


def _put_after(engine: Engine, happens: Callable[[], None]) -> None:
    with writing(engine) as connection:
        happens()
        connection.execute(insert(meta).values(key="b", value="x"))


def _keys(engine: Engine) -> list[str]:
    with reading(engine) as connection:
        return list(connection.execute(select(meta.c.key).order_by(meta.c.key)).scalars())


def test_a_block_is_committed_as_a_whole_or_not_at_all(engine: Engine) -> None:
    _put(engine, "a")
    with pytest.raises(ZeroDivisionError), writing(engine) as connection:
        assert connection.execute(insert(meta).values(key="b", value="x")).rowcount / 0
    assert _keys(engine) == ["a"]


def test_a_reader_sees_one_moment_whatever_is_written_meanwhile(engine: Engine) -> None:
    _put(engine, "a")
    with reading(engine) as connection:
        before = connection.execute(select(meta.c.key)).all()
        _put(engine, "b")
        assert connection.execute(select(meta.c.key)).all() == before
    assert _keys(engine) == ["a", "b"]


def test_writing_inside_writing_is_a_mistake_that_is_said_at_once(engine: Engine) -> None:
    with writing(engine), pytest.raises(RuntimeError, match="inside"), writing(engine):
        pass
    _put(engine, "a")


def test_threads_write_in_the_order_in_which_they_asked(engine: Engine) -> None:
    order: list[int] = []

    def write(number: int) -> None:
        with writing(engine):
            order.append(number)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    with writing(engine):
        for thread in threads:
            thread.start()
            time.sleep(0.02)
    for thread in threads:
        thread.join()
    assert order == list(range(8))


def test_many_writers_that_bump_layers_in_opposite_order_all_get_through(store_url: str) -> None:
    """Each thread has its own engine, as processes do."""
    failures: list[Exception] = []

    def write(layers: tuple[str, str]) -> None:
        engine = open_engine(store_url)
        try:
            for _ in range(15):
                with writing(engine) as connection:
                    bump(connection, layers[0])
                    bump(connection, layers[1])
        except StoreUnavailableError as error:
            failures.append(error)
        finally:
            engine.dispose()

    threads = [threading.Thread(target=write, args=(layers,)) for layers in [("a", "b"), ("b", "a")] * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    engine = open_engine(store_url)
    with reading(engine) as connection:
        raised = {row.layer: row.version for row in connection.execute(select(versions))}
    engine.dispose()
    assert failures == []
    assert raised == {"a": 60, "b": 60, "all": 120}


def test_a_writer_waits_for_another_process(store_url: str, engine: Engine) -> None:
    program = (
        "import sys, time\n"
        "from store.engine import open_engine\n"
        "from store.transactions import writing\n"
        f"with writing(open_engine({store_url!r})):\n"
        "    print('writing', flush=True)\n"
        "    time.sleep(0.7)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, cwd=Path.cwd()) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"writing\n"
        started = time.monotonic()
        _put(engine, "a")
        assert time.monotonic() - started > 0.4
    assert other.returncode == 0


@pytest.mark.postgres
def test_a_server_that_goes_away_is_unavailable_and_writing_works_after_it_is_back(cluster: Cluster, postgres_url: str) -> None:
    engine = open_engine(postgres_url)
    _put(engine, "a")
    try:
        with pytest.raises(StoreUnavailableError):
            _put_after(engine, cluster.stop)
        with pytest.raises(StoreUnavailableError):
            _keys(engine)
    finally:
        cluster.start()
    _put(engine, "c")
    assert _keys(engine) == ["a", "c"]
    engine.dispose()


def test_a_folder_that_is_gone_is_unavailable(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'gone' / 'ioc.db'}")
    (tmp_path / "gone").rmdir()
    with pytest.raises(StoreUnavailableError, match="unable to open"), reading(engine):
        pass
    with pytest.raises(StoreUnavailableError), writing(engine):
        pass
