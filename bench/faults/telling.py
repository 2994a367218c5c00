"""Faults of a source, one after another: break, look, heal, look again."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from bench.faults.sources import Source
from bench.faults.stage import Stage
from bench.faults.table import Line
from feeds.texts import CATALOGUE

HARMLESS = ("duplicate file", "same answer twice", "same message twice")


def broken_sources(stage: Stage, sources: list[Source], only: str) -> Iterator[Line]:
    """One line for each fault of each source whose name contains `only`."""
    stage.declare("".join(source.toml() for source in sources))
    stage.start()
    for source in sources:
        source.begin()
        stage.wait_for_run(source.key, 0, lambda run: run.state == "ok")
        last, version = stage.last_run(), 2
        source.good(version)
        stage.wait_for_run(source.key, last, lambda run: run.state == "ok")
        rows = source.held(stage)[1]
        for fault in source.faults:
            if only in fault:
                line, version, rows = _broken(stage, source, fault, version, rows)
                yield line


def _broken(stage: Stage, source: Source, fault: str, version: int, rows: int) -> tuple[Line, int, int]:
    """The line, the version that is stored now, and the number of stored rows."""
    before, _ = source.held(stage)
    last, began = stage.last_run(), time.monotonic()
    source.faults[fault](version + 1)
    seen, during = _seen(stage, source, fault, last)
    passed = source.passes.get(fault)
    kept = all(during[0].get(key) == value for key, value in (before | (passed(version + 1) if passed else {})).items())
    healthy = version + 2
    last = stage.last_run()
    source.cure(healthy)
    stage.wait_for_run(source.key, last, lambda run: run.state == "ok")
    after, now_rows = source.held(stage)
    lost = after != source.expected(healthy)
    grown = now_rows - rows
    waited_s = stage.longest_wait_s(began)
    return Line(fault, source.title, seen, kept, not lost, grown == source.grown(passed is not None), waited_s), healthy, now_rows


def _seen(stage: Stage, source: Source, fault: str, last: int) -> tuple[str, Any]:
    """What the feeds page says of it, in Vietnamese, and what the store holds meanwhile."""
    if fault in HARMLESS:
        if fault.startswith("same"):
            _wait_a_while(stage)
            return CATALOGUE.text("vi", "state.unchanged"), source.held(stage)
        run = stage.wait_for_run(source.key, last, lambda run: True)
        return (_text(run) if run.error_code else CATALOGUE.text("vi", f"state.{run.state}")), source.held(stage)
    run = stage.wait_for_run(source.key, last, lambda run: run.state in ("failed", "partial"))
    refused = [f"dòng {row.row_number}: {CATALOGUE.text('vi', row.reason_code, **row.reason_args)}" for row in stage.refused(run.id)[:1]]
    said = _text(run) if run.error_code else f"một phần: {run.rows_rejected} dòng bị loại"
    return "; ".join([said, *refused]), source.held(stage)


def _wait_a_while(stage: Stage) -> None:
    """An answer that says nothing new makes no record; the witness goes on for three seconds meanwhile."""
    asked = len(stage.asked_at)
    while len(stage.asked_at) < asked + 3:
        time.sleep(0.05)


def _text(run: Any) -> str:
    return CATALOGUE.text("vi", run.error_code, **(run.error_args or {}))
