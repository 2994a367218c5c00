"""What a machine must have: a store and a dashboard with the villages of one province, of several, and of many; `python -m bench.sizing`.

The default province, its villages and their coverage (five technologies, each operator and method that the default data has) multiplied.
Printed for each size: the store's file, a backup and how long it and restoring it take, the dashboard's memory once the map and the
panel have been asked for, and how long the first and a repeated answer take.

    python -m bench.sizing [--times 1 4 16]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import httpx

from bench.serving import dashboard, province_store
from store import transfer
from store.archive import Archive
from store.engine import open_engine
from store.schema import coverage, place_units, villages
from store.write import bump, writing

PATHS = ("/api/v1/map", "/api/v1/values?tech=4g", "/api/v1/summary?unit=11")


def multiply(store: str, times: int) -> int:
    """Put every village there `times` times, with its coverage and its unit; how many there are then."""
    engine = open_engine(store)
    with writing(engine) as connection:
        for table, key in ((place_units, "place_id"), (coverage, "village_id"), (villages, "id")):
            columns = [column.name for column in table.c]
            read = ", ".join(f"{key} || '-' || number" if name == key else name for name in columns)
            only = "AND place_kind = 'village'" if table is place_units else ""
            connection.exec_driver_sql(
                f"WITH RECURSIVE n(number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM n WHERE number < {times - 1}) "
                f"INSERT INTO {table.name} ({', '.join(columns)}) SELECT {read} FROM {table.name}, n WHERE {times} > 1 {only}"
            )
        bump(connection, "villages", "place_units", "coverage")
        count = connection.exec_driver_sql("SELECT count(*) FROM villages").scalar_one()
    engine.dispose()
    return int(count)


def backup(store: str, folder: Path) -> tuple[float, float, float]:
    """Seconds to back up and to restore, MB of the backup."""
    engine, path = open_engine(store), folder / "sizing.zip"
    started = time.perf_counter()
    transfer.back_up(engine, path, "bench")
    made = time.perf_counter()
    other = open_engine(f"sqlite:///{folder}/restored.db")
    archive = Archive(path)
    archive.verify()
    transfer.restore(other, archive)
    restored = time.perf_counter()
    for one in (engine, other):
        one.dispose()
    return made - started, restored - made, path.stat().st_size / 1e6


def ask(url: str) -> float:
    """Seconds that all of the paths together take."""
    started = time.perf_counter()
    with httpx.Client(base_url=url, timeout=120) as client:
        for path in PATHS:
            client.get(path).raise_for_status()
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, nargs="+", default=[1, 4, 16])
    print(f"{'villages':>8} {'store MB':>9} {'backup MB':>10} {'backup s':>9} {'restore s':>10} ", end="")
    print(f"{'dashboard MB':>13} {'first s':>8} {'again s':>8}")
    for times in parser.parse_args().times:
        with province_store() as store, tempfile.TemporaryDirectory(prefix="ioc-bench-") as folder:
            count = multiply(store, times)
            size_mb = Path(store.removeprefix("sqlite:///")).stat().st_size / 1e6
            made_s, restored_s, backup_mb = backup(store, Path(folder))
            with dashboard(store) as served:
                first_s = ask(served.url)
                again_s = ask(served.url)
                cells = f"{made_s:>9.1f} {restored_s:>10.1f} {served.memory_mb():>13.0f} {first_s:>8.1f} {again_s:>8.2f}"
                print(f"{count:>8} {size_mb:>9.1f} {backup_mb:>10.1f} {cells}", flush=True)


if __name__ == "__main__":
    main()
