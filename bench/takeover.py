"""How long nobody reads the feeds when the leading worker is killed: three workers, SIGKILL, again and again, on both databases.

Measured from the kill to the first run of a feed that the next leader has stored. A worker is started in place of the dead one each time.

    python -m bench.takeover [--kills 10]
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, func, select

from feeds.default.init import init_province
from store.engine import open_engine
from store.schema import feed_runs, workers
from tests.support.postgres import Cluster, PostgresMissing
from tests.support.sources import body, web

FEED = """[feeds.dossiers]
title = "Hồ sơ"
title_en = "Dossiers"
connector = "http"
kind = "dossiers"
url = "URL"
source = "bench"
every_s = 5
late_after_s = 60
stale_after_s = 600
"""
ANSWER = b"""[{"centre_id": "C11-001", "period": "2026-10", "observed_at": "2026-11-01T00:00:00+07:00", "received": 9, "in_progress": 1,
"due": 8, "on_time": 7, "overdue": 1, "online": 5}]"""


def start(store: str, home: Path) -> subprocess.Popen[bytes]:
    environment = os.environ | {"IOC_STORE": store, "IOC_HOME": str(home)}
    with (home / "workers.log").open("ab") as log:
        return subprocess.Popen([sys.executable, "-P", "-m", "feeds", "worker"], env=environment, stdout=log, stderr=log)


def leader(engine: Engine, alive: set[int]) -> int | None:
    with engine.connect() as connection:
        query = select(workers.c.pid).where(workers.c.leader, workers.c.pid.in_(alive)).order_by(workers.c.started_at.desc())
        return connection.execute(query).scalar()


def are_there(engine: Engine, alive: set[int]) -> bool:
    """Whether all of them have said that they work or stand by."""
    with engine.connect() as connection:
        return alive <= set(connection.scalars(select(workers.c.pid)))


def runs_of_others(engine: Engine, pid: int, after: int) -> bool:
    with engine.connect() as connection:
        query = select(func.count()).where(feed_runs.c.id > after, feed_runs.c.worker.not_like(f"%-{pid}"))
        return bool(connection.execute(query).scalar())


def last_run(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(select(func.max(feed_runs.c.id))).scalar() or 0)


def measure(store: str, home: Path, kills: int) -> list[float]:
    """Seconds from each kill to the next leader's first run."""
    engine = open_engine(store)
    team = {process.pid: process for process in (start(store, home) for _ in range(3))}
    took: list[float] = []
    try:
        for _ in range(kills):
            while (pid := leader(engine, set(team))) is None or not last_run(engine) or not are_there(engine, set(team)):
                time.sleep(0.1)
            time.sleep(1)
            before = last_run(engine)
            killed_at = time.monotonic()
            team[pid].kill()
            while not runs_of_others(engine, pid, before):
                time.sleep(0.02)
            took.append(time.monotonic() - killed_at)
            team.pop(pid).wait()
            new = start(store, home)
            team[new.pid] = new
    finally:
        for process in team.values():
            process.kill()
            process.wait()
        engine.dispose()
    return took


@contextmanager
def stores() -> Iterator[tuple[Path, dict[str, str]]]:
    with tempfile.TemporaryDirectory(prefix="ioc-bench-") as folder:
        urls = {"SQLite": f"sqlite:///{folder}/ioc.db"}
        try:
            cluster = Cluster()
        except PostgresMissing as missing:
            print(f"PostgreSQL was not measured: {missing}")
            yield Path(folder), urls
            return
        try:
            yield Path(folder), urls | {"PostgreSQL": cluster.url(cluster.new_database())}
        finally:
            cluster.remove()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=10)
    kills = parser.parse_args().kills
    print("seconds from SIGKILL of the leader to the first run of the next one")
    print(f"{'database':<11} {'kills':>6} {'p50':>6} {'p95':>6} {'max':>6}")
    with stores() as (home, urls), web() as server:
        server.answers["/"] = body(ANSWER)
        (home / "feeds.toml").write_text(FEED.replace("URL", server.url()), encoding="utf-8")
        for database, store in urls.items():
            engine = open_engine(store)
            init_province(engine, "11")
            engine.dispose()
            took = sorted(measure(store, home, kills))
            p95 = took[min(len(took) - 1, round(0.95 * (len(took) - 1)))]
            print(f"{database:<11} {len(took):>6} {statistics.median(took):>6.2f} {p95:>6.2f} {took[-1]:>6.2f}", flush=True)


if __name__ == "__main__":
    main()
