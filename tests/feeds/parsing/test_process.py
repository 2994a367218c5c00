"""Whatever bytes of others do to what reads them, the worker gets a value or an error with a code, and goes on."""

from __future__ import annotations

import ctypes
import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from feeds.errors import ContentError, FetchError
from feeds.parsing import process
from feeds.parsing.answers import loads
from feeds.parsing.limits import Limits
from feeds.parsing.process import Parsers
from tests.feeds.parsing import work
from tests.support.sources import listener

SMALL = Limits(memory_bytes=200_000_000, cpu_s=2, wall_s=20)


@pytest.fixture(scope="module")
def parsers() -> Iterator[Parsers]:
    made = Parsers()
    yield made
    made.close()


def refused(parsers: Parsers, function: object, *arguments: object, limits: Limits = SMALL) -> ContentError:
    with pytest.raises(ContentError) as caught:
        parsers.run(function, *arguments, limits=limits)  # type: ignore[arg-type]
    assert parsers.run(work.doubled, 4) == 8  # whatever became of it, the next is read
    return caught.value


def test_work_is_done_by_one_process_that_stays(parsers: Parsers) -> None:
    first, second = parsers.run(work.process_id), parsers.run(work.process_id)
    assert first == second != os.getpid()


def test_an_error_with_a_code_arrives_as_it_was_raised(parsers: Parsers) -> None:
    error = refused(parsers, work.says_what_is_wrong)
    assert (type(error), error.code, error.values) == (ContentError, "run.no_header", {"row": 7})
    with pytest.raises(FetchError) as caught:
        parsers.run(work.asks_again)
    assert (caught.value.transient, caught.value.values) == (True, {"detail": "full"})


@pytest.mark.parametrize("function", [work.breaks, work.recurses])
def test_an_unforeseen_error_has_a_reference_that_is_in_the_log(
    parsers: Parsers, function: object, caplog: pytest.LogCaptureFixture
) -> None:
    error = refused(parsers, function)
    assert error.code == "run.unforeseen"
    (record,) = [record for record in caplog.records if record.message == "content_broke_its_reader"]
    assert record.values["reference"] == error.values["reference"]  # type: ignore[attr-defined]
    assert "Error" in record.values["trace"]  # type: ignore[attr-defined]


def test_too_much_memory_ends_the_work_and_not_the_worker(parsers: Parsers) -> None:
    error = refused(parsers, work.hoards)
    assert (error.code, error.values["limit_mb"]) == ("run.parse_memory", 200)


def test_too_much_processor_time_ends_the_process(parsers: Parsers) -> None:
    assert refused(parsers, work.spins, limits=Limits(cpu_s=1, wall_s=60)).code == "run.parse_time"


def test_what_waits_for_ever_is_ended(parsers: Parsers) -> None:
    assert refused(parsers, work.waits, 60.0, limits=Limits(wall_s=0.3)).code == "run.parse_time"


@pytest.mark.parametrize(
    ("how", "code"), [(signal.SIGSEGV, "run.unforeseen"), (signal.SIGABRT, "run.parse_memory"), (signal.SIGKILL, "run.parse_memory")]
)
def test_a_process_that_dies_says_so_of_its_content(parsers: Parsers, how: int, code: str) -> None:
    assert refused(parsers, work.ends, how).code == code


def test_a_process_that_somebody_ended_is_not_held_against_the_content(parsers: Parsers, tmp_path: Path) -> None:
    assert parsers.run(work.ends_once, tmp_path / "flag") == "read"
    for pid in parsers.pids():
        os.kill(pid, signal.SIGKILL)
    assert parsers.run(work.doubled, 2) == 4


def test_the_signals_that_stop_a_worker_do_not_stop_what_it_reads(parsers: Parsers) -> None:
    pid = parsers.run(work.process_id)
    os.kill(pid, signal.SIGTERM)
    os.kill(pid, signal.SIGINT)
    assert parsers.run(work.process_id) == pid


def test_a_slow_content_does_not_hold_up_another(parsers: Parsers, tmp_path: Path) -> None:
    slow = threading.Thread(target=parsers.run, args=(work.waits_for, tmp_path / "done"))
    slow.start()
    assert parsers.run(work.doubled, 3) == 6
    assert slow.is_alive()
    (tmp_path / "done").touch()
    slow.join()


def test_those_that_came_to_rest_are_ended_but_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    made = Parsers()
    slow = threading.Thread(target=made.run, args=(work.waits_for, tmp_path / "done"))
    slow.start()
    made.run(work.doubled, 1)
    (tmp_path / "done").touch()
    slow.join()
    assert len(made.pids()) == 2
    monkeypatch.setattr(process, "IDLE_S", 0.0)
    made.run(work.doubled, 1)
    assert len(made.pids()) == 1
    made.close()


def test_what_a_library_prints_is_no_answer(parsers: Parsers) -> None:
    assert parsers.run(work.prints, "\x00" * 100) == 100


def test_no_secret_of_the_worker_is_in_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IOC_STORE", "postgresql://ioc:secret@db/ioc")
    made = Parsers()  # started with the secret around it
    assert "secret" not in repr(made.run(work.environment))
    made.close()


def test_an_answer_that_is_code_is_not_run(parsers: Parsers) -> None:
    assert refused(parsers, work.answers_with_code).code == "run.unforeseen"


def test_the_process_reaches_no_host(parsers: Parsers) -> None:
    alone = [sys.executable, "-c", "import ctypes, sys; sys.exit(ctypes.CDLL(None).unshare(0x10000000 | 0x40000000) != 0)"]
    if ctypes.CDLL(None) is None or subprocess.run(alone, check=False).returncode:
        pytest.skip("this kernel lets no process give up its network")
    with listener() as port:
        assert work.reaches(port)
        assert not parsers.run(work.reaches, port)


def test_a_large_answer_arrives_whole(parsers: Parsers) -> None:
    data = os.urandom(8_000_000)
    assert parsers.run(bytes, data) == data


def test_processes_end_with_those_who_asked() -> None:
    made = Parsers()
    pid = made.run(work.process_id)
    made.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@pytest.mark.parametrize(
    "named",
    ["numpy.testing._private.utils\nrunstring", "os\nsystem", "builtins\ngetattr", "feeds.parsing.child\nmain", "pathlib\nPath.home"],
)
def test_an_answer_that_names_code_is_no_answer(named: str) -> None:
    with pytest.raises(pickle.UnpicklingError):
        loads(f"c{named}\n.".encode())
