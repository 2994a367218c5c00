"""Faults of a source, one after another: break, look, heal, look again."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from bench.faults.feeds.common import Expected, Held, Source
from bench.faults.stage import Stage
from bench.faults.table import STORED, Line, not_done
from feeds.reasons import note_text
from feeds.tables import Note
from feeds.texts import CATALOGUE

HARMLESS = ("duplicate file", "same answer twice", "same message twice")


def broken_sources(stage: Stage, sources: list[Source], only: str) -> Iterator[Line]:
    """One line for each fault of each source whose name contains `only`."""
    chosen = [source for source in sources if any(only in fault for fault in source.faults)]
    if not chosen:
        return
    stage.declare("".join(source.toml() for source in chosen))
    stage.start()
    for source in chosen:
        source.begin()
        stage.wait_for_run(source.key, 0, lambda run: run.state == "ok")
        last, version = stage.last_run(), 2
        source.good(version)
        stage.wait_for_run(source.key, last, lambda run: run.state == "ok")
        rows = source.held(stage)[1]
        for fault in source.faults:
            if only in fault:
                try:
                    line, version, rows = _broken(stage, source, fault, version, rows)
                except AssertionError as error:
                    yield not_done(fault, source.title, error)
                    break  # what is stored of this source now is not known
                yield line


def _broken(stage: Stage, source: Source, fault: str, version: int, rows: int) -> tuple[Line, int, int]:
    """The line, the version that is stored now, and the number of stored rows."""
    before, _ = source.held(stage)
    last, began, peaks = stage.last_run(), time.monotonic(), stage.peaks()
    source.faults[fault](version + 1)
    seen, as_expected, during = _seen(stage, source, fault, last)
    passed = source.passes.get(fault)
    brought = passed(version + 1) if passed else {}
    kept = all(during.get(key) == value for key, value in (before | brought).items())
    healthy = version + 2
    last = stage.last_run()
    source.cure(healthy)
    stage.wait_for_run(source.key, last, lambda run: run.state == "ok")
    after, now_rows = source.held(stage)
    twice = now_rows - rows != source.grown(len(brought))
    waited_s, wanted = stage.longest_wait_s(began), source.expects.get(fault)
    line = Line(fault, source.title, seen, kept, after == source.expected(healthy), not twice, waited_s)
    return replace(line, expected=wanted.text if wanted else STORED, as_expected=as_expected, peak_mb=peaks.end()), healthy, now_rows


def _seen(stage: Stage, source: Source, fault: str, last: int) -> tuple[str, bool | None, Held]:
    """What the feeds page says of it, in Vietnamese, whether that is what must be said, and what the store holds meanwhile."""
    wanted = source.expects.get(fault)
    if wanted is not None:
        seen, right = _expected(stage, source.key, wanted, last)
        return seen, right, source.held(stage)[0]
    if fault in HARMLESS:
        if fault.startswith("same"):
            wait_a_while(stage)
            return CATALOGUE.text("vi", "state.unchanged"), None, source.held(stage)[0]
        run = stage.wait_for_run(source.key, last, lambda run: True)
        return (text_of(run) if run.error_code else CATALOGUE.text("vi", f"state.{run.state}")), None, source.held(stage)[0]
    run = stage.wait_for_run(source.key, last, lambda run: run.state in ("failed", "partial"))
    return said_of(stage, run)[0], None, source.held(stage)[0]


def _expected(stage: Stage, feed: str, wanted: Expected, last: int) -> tuple[str, bool]:
    if not wanted.states:
        wait_a_while(stage)
        found = stage.runs_since(feed, last)
        return ("; ".join(said_of(stage, run)[0] for run in found) or "nothing is taken"), not found and wanted.holds(stage, None)
    run = stage.wait_for_run(feed, last, lambda run: True, 120)
    seen, codes = said_of(stage, run)
    return seen, run.state in wanted.states and (not wanted.code or wanted.code in codes) and wanted.holds(stage, run)


def said_of(stage: Stage, run: Any) -> tuple[str, list[str]]:
    """Everything that the feeds page says of a run, and the codes of it."""
    refused = stage.refused(run.id)[:1]
    told = [f"dòng {row.row_number}: {CATALOGUE.text('vi', row.reason_code, **row.reason_args)}" for row in refused]
    notes = [note_text("vi", Note(note["code"], note["count"], note["values"])) for note in run.notes or ()]
    codes = [run.error_code, *(row.reason_code for row in refused), *(note["code"] for note in run.notes or ())]
    if run.error_code:
        said = text_of(run)
    elif run.state == "partial":
        said = f"một phần: {run.rows_rejected} dòng bị loại"
    else:
        said = CATALOGUE.text("vi", f"state.{run.state}")
    return "; ".join([said, *told, *notes]), codes


def wait_a_while(stage: Stage) -> None:
    """An answer that says nothing new makes no record; the steady feed goes on for some seconds meanwhile."""
    asked = len(stage.asked_at)
    while len(stage.asked_at) < asked + 3:
        time.sleep(0.05)


def text_of(run: Any) -> str:
    return CATALOGUE.text("vi", run.error_code, **(run.error_args or {}))
