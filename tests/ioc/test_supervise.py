"""Children are started again when they end by themselves, end when they are told to, and never outlive their parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from threading import Event

import pytest

from ioc.supervise import LOG_LIMIT_BYTES, ChildFailedError, Patience, Program, Supervisor, ending, last_lines
from tests.support.processes import is_running, wait_for

SLEEPS = "import time; print('up', flush=True); time.sleep(60)"
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
QUICK = Patience(pauses_s=(0.05, 0.1), sound_after_s=5, grace_s=0.5)


class Told(list[tuple[str, dict[str, object]]]):
    def __call__(self, code: str, **values: object) -> None:
        self.append((code, values))


@pytest.fixture
def program(tmp_path):
    def make(code: str, name: str = "worker") -> Program:
        return Program(name, (sys.executable, "-c", code), dict(os.environ), tmp_path / "log" / f"{name}.log")

    return make


@pytest.fixture
def told():
    return Told()


@pytest.fixture
def supervisor(told):
    made = Supervisor(told, QUICK)
    yield made
    made.end()


def test_output_goes_to_the_log(supervisor, program):
    child = supervisor.start(program("import sys; print('một'); print('two', file=sys.stderr)"))
    child.process.wait(10)
    assert sorted(last_lines(child.program.log)) == ["một", "two"]


def test_a_child_that_was_killed_is_started_again_and_said_so(supervisor, program, told):
    child = supervisor.start(program(SLEEPS))
    first = child.process.pid
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: supervisor.watch() or child.process.pid != first)
    assert is_running(child.process.pid)
    (code, values), *others = told
    assert (code, values["name"], values["ending"], others) == ("demo.restart", "worker", "SIGKILL", [])


def test_a_child_that_ends_well_is_missed_too(supervisor, program, told):
    supervisor.start(program("pass"))
    wait_for(lambda: supervisor.watch() or told)
    assert told[0][1]["ending"] == "0"


def test_repeated_failure_is_given_up_with_the_last_words(supervisor, program):
    child = supervisor.start(program("print('không mở được kho'); raise SystemExit(3)"))
    with pytest.raises(ChildFailedError) as failed:
        wait_for(lambda: supervisor.watch())
    assert failed.value.exit_code == 3
    assert failed.value.tail == ["không mở được kho"] * (1 + len(QUICK.pauses_s))
    assert child.process.returncode == 3


def test_a_long_sound_run_wipes_out_earlier_failures(told, program):
    patient = Supervisor(told, Patience(pauses_s=(0.01,), sound_after_s=0.2))
    patient.start(program("import time; time.sleep(0.4)"))
    wait_for(lambda: patient.watch() or len(told) >= 3)
    patient.end()


def test_one_failing_child_leaves_the_others_alone(supervisor, program, told):
    steady, failing = supervisor.start(program(SLEEPS, "dashboard")), supervisor.start(program("raise SystemExit(1)"))
    wait_for(lambda: supervisor.watch() or len(told) == 2)
    assert steady.process.poll() is None
    assert failing.failures == 2


def test_the_end_of_all_is_clean(supervisor, program, told):
    children = [supervisor.start(program(SLEEPS, name)) for name in ("dashboard", "worker")]
    for child in children:
        wait_for(lambda log=child.program.log: last_lines(log))
    supervisor.end()
    assert [child.process.returncode for child in children] == [-signal.SIGTERM] * 2
    assert told == []


def test_who_started_last_ends_first_and_may_use_the_others_until_then(told, program, tmp_path):
    patient = Supervisor(told, Patience(grace_s=10))
    slow = "import signal, sys, time\ndef leave(*_):\n    time.sleep(0.3)\n    print(time.time(), flush=True)\n    sys.exit()\n"
    slow += "signal.signal(signal.SIGTERM, leave)\nprint('up', flush=True)\ntime.sleep(60)"
    children = [patient.start(program(slow, name)) for name in ("simulate", "worker")]
    for child in children:
        wait_for(lambda log=child.program.log: last_lines(log))
    patient.end()
    simulator_left, worker_left = (float(last_lines(child.program.log)[-1]) for child in children)
    assert simulator_left - worker_left >= 0.3


def test_a_child_that_will_not_hear_is_killed_after_the_grace(supervisor, program, told):
    child = supervisor.start(program(DEAF))
    wait_for(lambda: last_lines(child.program.log))
    supervisor.end()
    assert child.process.returncode == -signal.SIGKILL
    assert told == [("demo.killed", {"name": "worker"})]


def test_somebody_in_a_hurry_does_not_wait_for_the_grace(told, program):
    patient, hurried = Supervisor(told, Patience(grace_s=60)), Event()
    child = patient.start(program(DEAF))
    wait_for(lambda: last_lines(child.program.log))
    hurried.set()
    started = time.monotonic()
    patient.end(hurried)
    assert time.monotonic() - started < 5
    assert child.process.returncode == -signal.SIGKILL


def test_children_end_when_their_parent_is_killed(tmp_path):
    log = tmp_path / "child.log"
    code = f"""
import os, sys, time
from pathlib import Path
from ioc.supervise import Program, Supervisor
child = Supervisor(print).start(Program("child", (sys.executable, "-c", {SLEEPS!r}), dict(os.environ), Path({str(log)!r})))
print(child.process.pid, flush=True)
time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        wait_for(lambda: last_lines(log))
        assert is_running(child)
        parent.kill()
    wait_for(lambda: not is_running(child))


def test_the_terminals_interrupt_reaches_only_the_parent(supervisor, program):
    child = supervisor.start(program(SLEEPS))
    assert os.getpgid(child.process.pid) != os.getpgid(0)


def test_an_overgrown_log_is_put_aside(supervisor, program):
    talker = program("print('new')")
    talker.log.parent.mkdir()
    with talker.log.open("wb") as log:
        log.truncate(LOG_LIMIT_BYTES + 1)
    supervisor.start(talker).process.wait(10)
    assert last_lines(talker.log) == ["new"]
    assert talker.log.with_suffix(".old.log").stat().st_size == LOG_LIMIT_BYTES + 1


@pytest.mark.parametrize(("exit_code", "word"), [(0, "0"), (3, "3"), (-9, "SIGKILL"), (-15, "SIGTERM")])
def test_an_ending_is_a_code_or_a_signal(exit_code, word):
    assert ending(exit_code) == word
