"""A deployment's own connector and kind: one file each, no edit elsewhere; a broken one is named and stands in nobody's way."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from feeds.cli import main
from feeds.config import load
from feeds.errors import ConfigError
from feeds.pipeline import Pipeline
from feeds.registry import registry
from feeds.texts import CATALOGUE
from store import schema

CONNECTOR = '''"""The lines of a file that a weather station keeps writing: name and millimetres."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel

from feeds.fetching import Content, Fetched, Layout, Visit


class Options(BaseModel):
    path: Path


@dataclass(frozen=True)
class Reading:
    station: str
    rain_mm: str


def fetch(options: Options, visit: Visit) -> Iterator[Fetched]:
    lines = (visit.base / options.path).read_text(encoding="utf-8").splitlines()
    rows = [vars(Reading(*line.split())) for line in lines]
    yield Fetched(options.path.name, lambda: Content(rows, Layout("rows"), visit.now))
'''
KIND = '''"""Rain at the stations of a province, kept as figures of the province."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import BaseModel
from sqlalchemy import Connection

from feeds.cells import Cells
from feeds.columns import resolve
from feeds.errors import RowError
from feeds.records import Field, Parsed, Stamp, Stored, rejection
from store.schema import indicator_values
from store.write import upsert

COLUMNS = ("indicator", "unit_code", "scope", "label_vi", "label_en", "period", "source", "value", "comparator", "stored_at", "synthetic")


class Options(BaseModel):
    unit_code: str


@dataclass(frozen=True)
class Rain:
    station: str
    mm: int


def fields(options: Options) -> tuple[Field, ...]:
    return (Field("station"), Field("rain_mm", type="whole"))


def reference(connection: Connection) -> None:
    return None


def parse(table, mapping, reference, options: Options, stamp: Stamp) -> Parsed:
    headers = resolve(table, fields(options), mapping)
    records, rejections = [], []
    for row in table.rows:
        try:
            cells = Cells(row, headers)
            records.append(Rain(cells.text("station"), cells.whole("rain_mm")))
        except RowError as error:
            rejections.append(rejection(row, error))
    return Parsed(len(table.rows), records, rejections, stamp.reported_at)


def store(connection: Connection, records: list[Rain], stamp: Stamp, options: Options) -> Stored:
    rows = [
        ("rain", options.unit_code, "province", rain.station, rain.station, "", stamp.source, rain.mm, "=", stamp.stored_at, False)
        for rain in records
    ]
    return Stored(*upsert(connection, indicator_values, COLUMNS, rows))
'''
FEED = """[feeds.rain]
title = "Mưa"
title_en = "Rain"
source = "Đài khí tượng"
connector = "station"
kind = "rain"
path = "rain.txt"
unit_code = "11"
every_s = 60
late_after_s = 600
stale_after_s = 6000
"""


def plug_in(folder: Path, sort: str, name: str, text: str) -> Path:
    path = folder / "plugins" / sort / f"{name}.py"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def home(tmp_path: Path) -> Path:
    plug_in(tmp_path, "connectors", "station", CONNECTOR)
    plug_in(tmp_path, "kinds", "rain", KIND)
    (tmp_path / "feeds.toml").write_text(FEED, encoding="utf-8")
    (tmp_path / "rain.txt").write_text("Mường-Thanh 12\nMường-Nhé nhiều\nTủa-Chùa 0\n", encoding="utf-8")
    return tmp_path


def test_a_connector_and_a_kind_in_one_file_each_work_end_to_end(province: Engine, home: Path) -> None:
    feed = load(home / "feeds.toml", {}, home / "plugins")["rain"]
    runs = [run for _ in range(2) for run in Pipeline(province, feed, "test").run()]
    assert [(run.state, tuple(run.stored)[:3], run.rows_read) for run in runs] == [("partial", (2, 0, 0), 3), ("partial", (0, 0, 2), 3)]
    assert [(row.number, row.code) for row in runs[0].rejections] == [(2, "row.bad_number")]
    with province.connect() as connection:
        v = schema.indicator_values.c
        stored = connection.execute(select(v.label_vi, v.value).where(v.indicator == "rain").order_by(v.label_vi)).all()
    assert [tuple(row) for row in stored] == [("Mường-Thanh", 12.0), ("Tủa-Chùa", 0.0)]


def test_a_plugin_is_the_same_until_its_file_changes_and_then_the_new_one(home: Path) -> None:
    first, again = registry(home / "plugins"), registry(home / "plugins")
    assert first.kinds["rain"] == again.kinds["rain"]
    plug_in(home, "kinds", "rain", KIND.replace('Field("rain_mm"', 'Field("rain_in_mm"'))
    assert "rain_in_mm" in {field.name for field in registry(home / "plugins").kinds["rain"].fields(None)}


def test_a_new_file_is_found_without_a_restart(home: Path) -> None:
    assert "snow" not in registry(home / "plugins").kinds
    plug_in(home, "kinds", "snow", KIND)
    assert "snow" in registry(home / "plugins").kinds


@pytest.mark.parametrize(
    ("name", "text", "code", "detail"),
    [
        ("broken", "def fetch(:\n", "config.plugin_broken", "SyntaxError"),
        ("broken", "import no_such_module\n", "config.plugin_broken", "no_such_module"),
        ("broken", "raise SystemExit('aua')\n", "config.plugin_broken", "aua"),
        ("broken", "def fetch(): ...\n", "config.plugin_broken", "Options"),
        ("broken", "Options = 3\ndef fetch(): ...\n", "config.plugin_broken", "BaseModel"),
        ("http", CONNECTOR, "config.plugin_shadows", ""),
    ],
)
def test_a_plugin_that_cannot_be_used_is_named_and_the_others_work(home: Path, name: str, text: str, code: str, detail: str) -> None:
    path = plug_in(home, "connectors", name, text)
    found = registry(home / "plugins")
    assert [(part.path, part.code) for part in found.broken] == [(path, code)]
    assert detail in found.broken[0].detail
    assert "\n" not in found.broken[0].detail
    assert found.connectors["http"] == registry().connectors["http"]
    assert list(load(home / "feeds.toml", {}, home / "plugins")) == ["rain"]


def test_a_feed_of_a_broken_plugin_says_why(home: Path) -> None:
    path = plug_in(home, "kinds", "rain", "import no_such_module\n")
    with pytest.raises(ConfigError) as caught:
        load(home / "feeds.toml", {}, home / "plugins")
    (problem,) = caught.value.problems
    assert (problem.line, problem.code) == (6, "config.plugin_broken")
    for language in ("vi", "en"):
        sentence = CATALOGUE.text(language, problem.code, **problem.values)
        assert str(path) in sentence
        assert "no_such_module" in sentence


def test_names_with_an_underscore_and_an_absent_folder_are_nothing(home: Path, tmp_path: Path) -> None:
    plug_in(home, "kinds", "_shared", "raise SystemError\n")
    assert registry(home / "plugins").broken == ()
    assert registry(tmp_path / "nowhere").kinds == registry().kinds


def test_check_names_a_broken_plugin(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("IOC_HOME", str(home))
    assert main(["feeds", "check"]) == 0
    plug_in(home, "connectors", "broken", "1/0\n")
    capsys.readouterr()
    assert main(["feeds", "check"]) == 1
    assert "ZeroDivisionError" in capsys.readouterr().out


def test_the_worker_finds_the_plugins_of_its_home(home: Path) -> None:
    """A program of its own, as the launcher starts it."""
    program = "from feeds.cli import main; raise SystemExit(main(['feeds', 'list']))"
    done = subprocess.run(
        [sys.executable, "-c", program], env={"IOC_HOME": str(home)}, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "rain" in done.stdout
