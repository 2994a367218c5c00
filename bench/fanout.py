"""Live fan-out: what 200 and 1,000 open pages cost the server, by stream and by polling, in one run.

Every second all 150 endpoint states are written to the store; each page either holds a Server-Sent Events stream or polls the same
state once a second with its ETag. Printed: share of one core the dashboard used, and how long after the state was published a page
had it (p50, p99). Clients run in a process of their own.

    python -m bench.fanout [--seconds 20] [--pages 200 1000]
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import statistics
import time
from datetime import UTC, datetime

from sqlalchemy import select

from bench.serving import Served, dashboard, province_store
from store.engine import open_engine
from store.schema import endpoint_state, endpoints
from store.write import upsert, writing

COLUMNS = ("endpoint_id", "state", "since_at", "observed_at", "reported_at", "stored_at", "source", "feed", "synthetic")
MARK = b'"now":"'


def write_states(store: str, seconds: float, every_s: float = 1.0) -> None:
    """Flip a third of the states every second; all of them are confirmed."""
    engine = open_engine(store)
    with engine.connect() as connection:
        ids = [row.id for row in connection.execute(select(endpoints.c.id))]
    until = time.monotonic() + seconds
    turn = 0
    while time.monotonic() < until:
        now = datetime.now(UTC)
        rows = [(id_, "up" if (i + turn) % 3 else "down", now, now, now, now, "bench", None, True) for i, id_ in enumerate(ids)]
        with writing(engine) as connection:
            upsert(connection, endpoint_state, COLUMNS, rows)
        turn += 1
        time.sleep(max(0.0, every_s - (datetime.now(UTC) - now).total_seconds()))


async def _stream(port: int, until: float, delays_ms: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /api/v1/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
    first = True
    while time.monotonic() < until:
        try:
            line = await asyncio.wait_for(reader.readline(), max(0.1, until - time.monotonic()))
        except TimeoutError:
            break
        if not line:
            break
        if line.startswith(b"data: ") and b'"endpoints"' in line:
            if not first:
                delays_ms.append(_delay_ms(line))
            first = False
    writer.close()


async def _poll(port: int, until: float, delays_ms: list[float], offset_s: float) -> None:
    await asyncio.sleep(offset_s)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    etag = b""
    while time.monotonic() < until:
        begun = time.monotonic()
        writer.write(b"GET /api/v1/state HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\nIf-None-Match: " + etag + b"\r\n\r\n")
        head = await reader.readuntil(b"\r\n\r\n")
        headers = dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line)
        lower = {key.lower(): value for key, value in headers.items()}
        if int(lower.get(b"content-length", b"0")):
            await reader.readexactly(int(lower[b"content-length"]))
        etag = lower.get(b"etag", etag)
        delays_ms.append(1000 * (time.monotonic() - begun))
        await asyncio.sleep(max(0.0, 1.0 - (time.monotonic() - begun)))
    writer.close()


def _delay_ms(line: bytes) -> float:
    at = line.rindex(MARK) + len(MARK)
    published = datetime.fromisoformat(line[at : line.index(b'"', at)].decode().replace("Z", "+00:00"))
    return (datetime.now(UTC) - published).total_seconds() * 1000


async def _clients(port: int, pages: int, seconds: float, polling: bool) -> list[float]:
    until = time.monotonic() + seconds
    delays_ms: list[float] = []
    if polling:
        work = [_poll(port, until, delays_ms, i / pages) for i in range(pages)]
    else:
        work = [_stream(port, until, delays_ms) for _ in range(pages)]
    await asyncio.gather(*work)
    return delays_ms


def _run_clients(port: int, pages: int, seconds: float, polling: bool, result: multiprocessing.Queue) -> None:
    result.put(asyncio.run(_clients(port, pages, seconds, polling)))


def measure(served: Served, pages: int, seconds: float, polling: bool) -> tuple[float, list[float]]:
    """Share of a core, and delays in milliseconds."""
    context = multiprocessing.get_context("spawn")
    result = context.Queue()
    clients = context.Process(target=_run_clients, args=(served.port, pages, seconds + 3, polling, result))
    clients.start()
    time.sleep(3)
    writer = context.Process(target=write_states, args=(served.store, seconds))
    writer.start()
    cpu, begun = served.cpu_s(), time.monotonic()
    time.sleep(seconds - 1)
    share = (served.cpu_s() - cpu) / (time.monotonic() - begun)
    delays = result.get()
    for process in (clients, writer):
        process.join()
    return share, delays


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--seconds", type=float, default=20)
    arguments.add_argument("--pages", type=int, nargs="+", default=[200, 1000])
    options = arguments.parse_args()
    with province_store() as store, dashboard(store) as served:
        idle, _ = measure(served, 0, options.seconds, polling=False)
        print(f"{'pages':>6} {'by':>8} {'core %':>7} {'of it for pages':>16} {'events':>8} {'p50 ms':>8} {'p99 ms':>8} {'MB':>6}")
        print(f"{0:>6} {'–':>8} {100 * idle:>7.1f}")
        for pages in options.pages:
            for polling in (False, True):
                share, delays = measure(served, pages, options.seconds, polling)
                delays.sort()
                p50, p99 = statistics.median(delays), delays[int(0.99 * (len(delays) - 1))]
                how = "polling" if polling else "stream"
                print(
                    f"{pages:>6} {how:>8} {100 * share:>7.1f} {100 * (share - idle):>16.1f} {len(delays):>8} {p50:>8.1f} {p99:>8.1f}"
                    f" {served.memory_mb():>6.0f}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
