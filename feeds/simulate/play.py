"""Runs the simulator: one event loop with the HTTP service, the endpoints' ports and the operators who drop their sheets."""

from __future__ import annotations

import asyncio
import errno
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from feeds.errors import CommandError
from feeds.simulate.cast import Cast
from feeds.simulate.comings import Comings
from feeds.simulate.doors import Doors
from feeds.simulate.reports import Reports, utc_now
from feeds.simulate.service import Moods, make_service

TICK_S = 1.0
STOP_WITHIN_S = 2


@dataclass(frozen=True)
class Play:
    """What to play and how. faults: share of answers and updates that go wrong; update_every_s: between the operators' updates."""

    cast: Cast
    folder: Path
    port: int
    seed: int = 11
    faults: float = 0.03
    update_every_s: float = 180.0


class _Server(uvicorn.Server):
    """Leaves the signals to us: uvicorn would raise them again when it is done, and the process would die of them."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def play(plan: Play, ready: Callable[[str, int], None]) -> None:
    """Play until SIGTERM or SIGINT. ready: told the address and the number of ports. Raises CommandError when a port is busy."""
    asyncio.run(_play(plan, ready))


async def _play(plan: Play, ready: Callable[[str, int], None]) -> None:
    comings = Comings([*plan.cast.addresses, *plan.cast.reported], plan.seed)
    doors = Doors(plan.cast.addresses)
    listening = _listen(plan.port)
    port = listening.getsockname()[1]
    await doors.open_all()
    app = make_service(plan.cast, comings, doors, Moods(plan.faults, plan.seed), seed=plan.seed, clock=utc_now)
    server = _Server(uvicorn.Config(app, log_level="error", lifespan="off", timeout_graceful_shutdown=STOP_WITHIN_S))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, lambda: setattr(server, "should_exit", True))
    life = [asyncio.create_task(_come_and_go(comings, doors)), asyncio.create_task(_report(plan))]
    ready(f"http://127.0.0.1:{port}", doors.open_count)
    try:
        await server.serve(sockets=[listening])
    finally:
        for task in life:
            task.cancel()
        await asyncio.gather(*life, return_exceptions=True)
        doors.close_all()


def _listen(port: int) -> socket.socket:
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(("127.0.0.1", port))
    except OSError as error:
        listening.close()
        code = "cli.port_busy" if error.errno == errno.EADDRINUSE else "cli.port_refused"
        raise CommandError(code, port=port, detail=error.strerror or "") from error
    return listening


async def _come_and_go(comings: Comings, doors: Doors) -> None:
    while True:
        for endpoint_id, up in comings.states().items():
            await doors.set(endpoint_id, up)
        await asyncio.sleep(TICK_S)
        comings.tick(TICK_S)


async def _report(plan: Play) -> None:
    reports = Reports(plan.cast, plan.folder, seed=plan.seed, faults=plan.faults)
    for path in await asyncio.to_thread(lambda: list(reports.backlog(utc_now()))):
        assert path.parent == plan.folder
    while True:
        await asyncio.sleep(plan.update_every_s)
        await asyncio.to_thread(reports.update, utc_now())
