"""Five hundred mutated files through feeds, imports and the sheet of /entry, with a real worker: `python -m bench.hostile`.

Prints what became of them, whether a file outside of the folders was opened (strace, where there is one), whether a host was asked, the
peak memory of the worker and of its readers, and how late a feed beside them ever was.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path

from bench.memory import Peaks
from feeds.boundary_files import read_boundaries
from feeds.errors import CommandError
from store import manual
from store.engine import open_engine
from store.transactions import reading, writing
from tests.support.hostile import hostile_files
from tests.support.programs import clean_environment, run
from tests.support.sources import Web, web

SECRET = "CANARY-91d0"
STEADY_S = 2
COMMON = 'title = "x"\ntitle_en = "x"\nsource = "x"\nlate_after_s = 60\nstale_after_s = 600\n'
COVERAGE = 'kind = "coverage"\noperator = "op-a"\ntechnologies = ["4g"]\n'
COLUMNS = 'columns = { village_id = "Mã thôn", observed_at = "Ngày", "4g" = "4G" }\n'
FEEDS = f"""[feeds.hostile]
connector = "folder"
folder = "hostile"
settle_s = 0.1
every_s = 1
{COVERAGE}{COMMON}{COLUMNS}
[feeds.hand]
connector = "manual"
every_s = 3600
{COVERAGE}{COMMON}{COLUMNS}
[feeds.steady]
connector = "http"
kind = "dossiers"
url = "URL"
every_s = {STEADY_S}
{COMMON}
"""


@contextmanager
def worker(home: Path, traced: bool) -> Iterator[subprocess.Popen[bytes]]:
    trace = ["strace", "-f", "-qq", "-e", "trace=openat,open,connect", "-o", str(home / "trace"), "--seccomp-bpf"] if traced else []
    with (home / "log").open("wb") as log:
        started = subprocess.Popen(
            [*trace, sys.executable, "-P", "-m", "feeds", "worker"],
            env=clean_environment() | {"IOC_HOME": str(home)},
            cwd=home,
            stdout=log,
            stderr=log,
        )
    try:
        yield started
    finally:
        if started.poll() is None:
            os.kill(_below(started.pid) if traced else started.pid, signal.SIGTERM)
        started.wait(60)


def measure(seed: int, count: int, traced: bool) -> dict[str, object]:
    with tempfile.TemporaryDirectory(prefix="hostile-") as folder, web() as trap, web() as steady:
        home = Path(folder) / "home"
        inner = Path(folder) / "inner" / "feeds.csv"
        inner.parent.mkdir()
        inner.write_text(f"khoa,lon,lat\n{SECRET},103,21\n")
        _serve(trap, steady)
        done = run(("init", "--province", "11"), {"IOC_HOME": str(home)}, Path(folder), 120)
        assert done.returncode == 0, done.stderr
        (home / "feeds.toml").write_text(FEEDS.replace("URL", steady.url()), encoding="utf-8")
        (home / "hostile").mkdir()
        files = list(hostile_files(seed, count, inner, trap.url()))
        with worker(home, traced) as started:
            found = _through(home, files, started, traced)
        found |= _imported(files, Path(folder))
        found["hosts_asked"] = len(trap.asked)
        found["canary_opened"] = _opened(home / "trace", inner) if traced else "not traced"
        leaks = [path.name for path in home.rglob("*") if path.is_file() and path.name != "trace" and SECRET.encode() in path.read_bytes()]
        found["canary_in"] = leaks
        return found


def _serve(trap: Web, steady: Web) -> None:
    answer = {"type": "FeatureCollection", "name": SECRET, "features": []}
    for served, body in ((trap, answer), (steady, [])):
        served.answers["/"] = lambda request, body=body: _send(request, json.dumps(body).encode())  # type: ignore[misc]


ASKED_AT: list[float] = []


def _send(request: object, data: bytes) -> None:
    ASKED_AT.append(time.monotonic())
    request.send_response(200)  # type: ignore[attr-defined]
    request.send_header("Content-Length", str(len(data)))  # type: ignore[attr-defined]
    request.end_headers()  # type: ignore[attr-defined]
    request.wfile.write(data)  # type: ignore[attr-defined]


def _through(home: Path, files: list[tuple[str, bytes]], started: subprocess.Popen[bytes], traced: bool) -> dict[str, object]:
    time.sleep(15)
    pid = _below(started.pid) if traced else started.pid
    peaks = Peaks(pid)
    peaks.start()
    ASKED_AT.clear()
    for name, data in files:
        (home / "hostile" / name).write_bytes(data)
    handed = _hand_over(home, files)
    begun = time.monotonic()
    while time.monotonic() - begun < 1500 and started.poll() is None and (_left(home) or _unchecked(home)):
        time.sleep(1)
    time.sleep(2 * STEADY_S)
    gaps = [later - earlier for earlier, later in pairwise(ASKED_AT)]
    with sqlite3.connect(home / "ioc.db") as store:
        codes = store.execute("SELECT coalesce(error_code, state) FROM feed_runs WHERE feed = 'hostile' AND item IS NOT NULL").fetchall()
    store.close()
    return {
        "files": len(files),
        "seconds": round(time.monotonic() - begun),
        "left_in_folder": _left(home),
        "runs": len(codes),
        "became": dict(Counter(code for (code,) in codes).most_common()),
        "sheets_handed_over": handed,
        "sheets_unchecked": _unchecked(home),
        "worker_alive": started.poll() is None,
        "worker_peak_mb": peaks.worker,
        "reader_peak_mb": peaks.reader,
        "steady_feed_longest_gap_s": round(max(gaps, default=0), 1),
        "steady_feed_every_s": STEADY_S,
    }


def _below(pid: int) -> int:
    """The worker that strace runs."""
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])


def _left(home: Path) -> int:
    return sum(path.is_file() for path in (home / "hostile").iterdir())


def _hand_over(home: Path, files: list[tuple[str, bytes]]) -> int:
    engine, count = open_engine(f"sqlite:///{home}/ioc.db"), 0
    with writing(engine) as connection:
        form = manual.forms_all(connection)["hand"]
        for name, data in files:
            if data and name.endswith((".xlsx", ".csv", ".ods", ".xls")):
                named = name if name.endswith((".xlsx", ".csv")) else f"{name}.xlsx"
                manual.submit(connection, form, "Lò Thị An", datetime.now(UTC), file_name=named, file=data)
                count += 1
    engine.dispose()
    return count


def _unchecked(home: Path) -> int:
    engine = open_engine(f"sqlite:///{home}/ioc.db")
    with reading(engine) as connection:
        left = len(manual.to_check(connection))
    engine.dispose()
    return left


def _imported(files: list[tuple[str, bytes]], folder: Path) -> dict[str, object]:
    said: Counter[str] = Counter()
    for name, data in files:
        path = folder / name
        path.write_bytes(data)
        try:
            read_boundaries(path, layer=None, level="commune", day=date(2025, 7, 1), crs=None)
            said["read"] += 1
        except CommandError as error:
            said["SECRET TOLD" if SECRET in repr(error.values) else error.code] += 1
        path.unlink()
    return {"imports": dict(said.most_common())}


def _opened(trace: Path, canary: Path) -> list[str]:
    """Lines of the trace that open the canary or connect to anything but the store and the steady feed."""
    with trace.open(errors="replace") as lines:
        return [line.strip()[:200] for line in lines if str(canary) in line][:5]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=20261125)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--no-trace", action="store_true")
    options = parser.parse_args()
    found = measure(options.seed, options.count, shutil.which("strace") is not None and not options.no_trace)
    for name, value in found.items():
        print(f"{name:28} {value}")


if __name__ == "__main__":
    main()
