"""`ioc worker` and `ioc simulate`, the commands that stay, and `ioc doctor`."""

from __future__ import annotations

import argparse
import os
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine

from feeds.cells import LOCAL
from feeds.cli_province import make_folder
from feeds.settings import Settings
from feeds.texts import CATALOGUE
from store.engine import open_engine
from store.errors import StoreOlderError
from store.schema_version import check, upgrade


def work(settings: Settings, options: argparse.Namespace) -> int:
    """Run the feeds until asked to stop."""
    import stamina.instrumentation

    from feeds.journal import open_journal
    from feeds.worker import Worker, worker_name

    open_journal(settings.log_level, settings.log_form)
    stamina.instrumentation.set_on_retry_hooks([])  # the run's record says how many attempts it took
    engine = _ready(settings, worker_name())
    kept = settings.samples_kept_days
    worker = Worker(engine, settings.feeds_file, settings.environment, settings.spool_folder, kept, settings.plugins_folder)
    if not worker.run():
        os._exit(1)  # a run that would not end holds a thread, which an orderly exit would wait for
    engine.dispose()
    return 0


def simulate(settings: Settings, options: argparse.Namespace) -> int:
    """Play the province's systems until asked to stop."""
    from feeds.simulate.cast import read_cast
    from feeds.simulate.play import Play, play
    from store.transactions import reading

    folder: Path = options.folder or settings.drop_folder
    make_folder(folder)
    engine = _ready(settings)
    with reading(engine) as connection:
        cast = read_cast(connection, datetime.now(UTC).astimezone(LOCAL).date())
    engine.dispose()

    def ready(url: str, listeners: int) -> None:
        print(CATALOGUE.both("cli.simulator_ready", url=url, listeners=listeners, folder=folder), flush=True)

    plan = Play(cast, folder, options.port, seed=options.seed, faults=options.faults, update_every_s=options.update_every)
    play(plan, ready)
    return 0


def doctor(settings: Settings, options: argparse.Namespace) -> int:
    """Say what is wrong and what to type; 1 when something is."""
    from feeds.doctor import as_json, examine, report

    findings = list(examine(settings))
    print(as_json(findings) if options.json else "\n".join(report(findings)))
    return int(any(finding.level == "wrong" for finding in findings))


def _ready(settings: Settings, name: str = "ioc") -> Engine:
    """The store with its schema up to date. Raises StoreError."""
    engine = open_engine(settings.store, name=name)
    try:
        check(engine)
    except StoreOlderError:
        upgrade(engine)
        check(engine)
    return engine
