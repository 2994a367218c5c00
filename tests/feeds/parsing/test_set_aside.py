"""A file that breaks what reads it is set aside once, with a reference; whoever made it, the feeds page, /healthz and the doctor say so."""

from __future__ import annotations

import io
import zipfile
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine

from feeds.checks.e_feeds import check
from feeds.doctor import Patient
from feeds.errors import ContentError
from feeds.fetching import Layout
from feeds.parsing.limits import Limits
from feeds.parsing.process import Parsers
from feeds.pipeline import Pipeline
from feeds.run import Run
from feeds.settings import Settings
from feeds.tables import read_table
from ioc.health import health
from store.errors import StoreUnavailableError
from tests.feeds.test_pipeline import COVERAGE, make, recorded
from tests.feeds.test_tables import xlsx

GOOD = "Mã thôn,Ngày,4G\nV11-0001,2026-10-31,có\n"


def changed(data: bytes, **parts: tuple[bytes, bytes]) -> bytes:
    """A workbook with something else in one of its parts: name of the part without its folder → what is there, what comes in its stead."""
    told = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(told, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in source.infolist():
            old, new = parts.get(Path(entry.filename).stem, (b"", b""))
            text = source.read(entry)
            assert not old or old in text
            target.writestr(entry.filename, text.replace(old, new) if old else text)
    return told.getvalue()


def drop(folder: Path, name: str, data: bytes) -> None:
    (folder / "drop" / name).write_bytes(data)


def ran(pipeline: Pipeline) -> list[Run]:
    return [run for run in pipeline.run() if run.item is not None]


def broken(*_: object) -> object:
    raise ZeroDivisionError("what nobody foresaw")


def test_an_unforeseen_error_sets_the_file_aside_once(province: Engine, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    pipeline = make(province, tmp_path, COVERAGE)
    sound = pipeline.feed
    pipeline.feed = replace(sound, kind=replace(sound.kind, parse=broken))  # type: ignore[arg-type]
    drop(tmp_path, "a.csv", GOOD.encode())
    (run,) = ran(pipeline)
    reference = (run.error_args or {})["reference"]
    assert (run.error_code, run.lasting) == ("run.unforeseen", True)
    assert reference in [getattr(record, "values", {}).get("reference") for record in caplog.records]
    assert reference in (tmp_path / "drop" / "rejected" / "a.csv.why.txt").read_text("utf-8-sig")
    assert "ZeroDivision" not in (tmp_path / "drop" / "rejected" / "a.csv.why.txt").read_text("utf-8-sig")
    assert ran(pipeline) == []
    pipeline.feed = sound
    drop(tmp_path, "b.csv", GOOD.encode())
    assert [(run.item, run.state) for run in ran(pipeline)] == [("b.csv", "ok")]
    assert [row.item for row in recorded(province)] == ["a.csv", "b.csv"]
    _, told = health(province)
    assert [(one["feed"], one["item"], one["reference"]) for one in told["set_aside"]] == [("coverage", "a.csv", reference)]
    findings = [found for found in check(_Sound(province, tmp_path)) if found.code == "doctor.set_aside"]
    assert [reference in found.text(language) for found in findings for language in ("vi", "en")] == [True, True]


class _Sound(Patient):
    """The doctor's view of a store that is open already."""

    def __init__(self, engine: Engine, home: Path) -> None:
        super().__init__(Settings(home=home))
        self.sound = engine


def test_a_store_that_is_away_leaves_the_file_where_it_is(province: Engine, tmp_path: Path) -> None:
    def away(*_: object) -> object:
        raise StoreUnavailableError("gone")

    pipeline = make(province, tmp_path, COVERAGE)
    sound = pipeline.feed
    pipeline.feed = replace(sound, kind=replace(sound.kind, store=away))  # type: ignore[arg-type]
    drop(tmp_path, "a.csv", GOOD.encode())
    (run,) = ran(pipeline)
    assert (run.good, run.lasting) == (False, False)
    pipeline.feed = sound
    assert [(run.item, run.state) for run in ran(pipeline)] == [("a.csv", "ok")]


@pytest.mark.parametrize(
    "parts",
    [
        {"sheet1": (b'<row r="2"', b'<row r="2000000000"')},
        {"sheet1": (b'r="B2"', b'r="XFD2"')},
        {"sheet1": (b"</sheetData>", b'<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c></row></sheetData>')},
        {"sheet1": (b"<sheetData>", b"<sheetData><row><c><v>" + b"9" * 400 + b"</v></c></row>")},
        {"sheet1": (b"<sheetData>", b'<sheetData><row><c t="s"><v>999</v></c></row>')},
        {"workbook": (b"<sheet ", b"<chart ")},
        {"styles": (b"<cellXfs", b"<cellStyles")},
    ],
    ids=["row two billion", "column XFD", "last cell", "number of 400 digits", "missing shared string", "no sheet", "no styles"],
)
def test_a_workbook_that_is_not_what_it_should_be_ends_in_time_and_memory(parts: dict[str, tuple[bytes, bytes]]) -> None:
    parsers = Parsers()
    data = changed(xlsx(["Mã thôn", "4G"], ["V11-0001", "có"]), **parts)
    with closing(parsers), suppress(ContentError):  # read or refused, but nothing else
        assert len(parsers.run(read_table, data, Layout("xlsx"), limits=Limits(400_000_000, 20, 60)).rows) <= 3
