"""The dashboard as a process: store checked, port taken, one uvicorn server until it is told to stop."""

from __future__ import annotations

import resource
import signal
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine

from ioc.cli_terminal import complain, say
from ioc.ports import listen
from ioc.settings import Settings
from store.engine import open_engine
from store.errors import StoreEmptyError, StoreOlderError
from store.logs import open_log
from store.replica import attach
from store.schema_version import check, upgrade

if TYPE_CHECKING:
    import uvicorn

REQUESTS_GRACE_S = 2  # for requests at work when the stop comes; live streams end at once
OPEN_FILES = 65_536
SPARE_FILES = 100  # of the store, the log and the libraries


def serve(settings: Settings) -> int:
    """Serve the dashboard until SIGINT or SIGTERM; returns the exit code.

    Raises CommandError when the port cannot be taken and StoreError when the store is away, empty or of a newer version.
    """
    engine = open_store(settings)
    listening = listen(settings.host, settings.port)
    warn_of_open_door(settings)

    from ioc.app import create_app
    from ioc.security.connections import StoppableServer

    open_log(settings.log_form, ("", settings.log_level))
    files = _allow_many_streams()
    app = create_app(engine, settings).server
    say("serve.ready", url=address(settings))
    signal.signal(signal.SIGTERM, lambda *_: None)  # uvicorn raises the signal again once it has shut down
    with suppress(KeyboardInterrupt):
        StoppableServer(configuration(app, settings, files), app.state.live).run(sockets=[listening])
    engine.dispose()
    return 0


def configuration(app: Any, settings: Settings, files: int) -> uvicorn.Config:
    """files: how many this process may have open; connections beyond them are answered with 503 instead of an error."""
    from uvicorn import Config

    from ioc.security.connections import TimedProtocol

    return Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.proxies),
        forwarded_allow_ips=settings.proxies,
        limit_concurrency=max(files - SPARE_FILES, SPARE_FILES),
        timeout_graceful_shutdown=REQUESTS_GRACE_S,
        ws="none",
        http=TimedProtocol,
    )


def open_store(settings: Settings) -> Engine:
    """The engine of a store that can be worked with; an older schema is brought up to date first."""
    path = settings.sqlite_path
    if path is not None and not path.exists():
        raise StoreEmptyError()
    engine = open_engine(settings.store)
    if settings.store_read:
        attach(engine, settings.store_read)
    try:
        check(engine)
    except StoreOlderError as error:
        say("serve.upgrading", **error.args_)
        upgrade(engine)
        check(engine)
    return engine


def warn_of_open_door(settings: Settings) -> None:
    """Say plainly that whoever reaches this address may look."""
    if not settings.is_loopback:
        complain("serve.no_sign_in", host=settings.host, port=settings.port)


def address(settings: Settings) -> str:
    """Where a browser on this machine finds the dashboard."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host, settings.host)  # noqa: S104
    return f"http://{f'[{host}]' if ':' in host and not host.startswith('[') else host}:{settings.port}"


def _allow_many_streams() -> int:
    """Every open page holds a stream; the usual limit of 1,024 files is too few. Returns the limit from now on."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        return wanted
    return OPEN_FILES if soft == resource.RLIM_INFINITY else soft
