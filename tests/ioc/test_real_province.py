"""A province that began with samples and has its own villages, operators, endpoints and centres now: nothing calls itself simulated.

300 villages of Cao Bằng, invented here but told by feeds as the province's own; the samples of `ioc init` are still in the store.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from openpyxl import load_workbook
from sqlalchemy import Engine

from feeds.config import load
from feeds.default.init import init_province
from feeds.pipeline import Pipeline
from feeds.worker import register
from ioc import clock, page
from ioc.api.context import Context
from ioc.snapshots import Snapshots
from ioc.summary import summarise
from store.engine import open_engine
from tests.ioc.conftest import served

VILLAGES, CENTRES, ENDPOINTS = 300, 56, 60
OPERATORS = ("viettel", "vnpt", "mobifone")
SIMULATED = ("mô phỏng", "simulated data", "simulated:", "bản mẫu", "nhà mạng mẫu")
COMMON = """connector = "folder"
settle_s = 0.01
after = "leave"
title_en = "x"
every_s = 10
late_after_s = 6000000
stale_after_s = 9000000
"""


TECHNOLOGIES = 'technologies = ["3g", "4g", "5g", "broadband"]\n'


def feed(key: str, kind: str, source: str, more: str = "") -> str:
    return f'[feeds.{key}]\nkind = "{kind}"\nfolder = "{key}"\ntitle = "{source}"\nsource = "{source}"\n{more}{COMMON}\n'


CONFIGURATION = "".join(
    [
        *(f'[operators.{key}]\nname = "{key.title()}"\n' for key in OPERATORS),
        feed("villages", "villages", "Sở Nội vụ"),
        feed("endpoints", "endpoints", "Trung tâm Chuyển đổi số"),
        feed("centres", "centres", "Văn phòng UBND tỉnh"),
        feed("states", "endpoint_status", "Hệ thống hội nghị"),
        feed("dossiers", "dossiers", "Cổng dịch vụ công"),
        *(
            feed(key, "coverage", f"Báo cáo {key}", f'operator = "{key}"\ntechnologies = ["3g", "4g", "5g", "broadband"]\n')
            for key in OPERATORS
        ),
        feed("measured", "coverage", "Đo kiểm của Sở", 'operator = "viettel"\nmethod = "measured"\ntechnologies = ["4g"]\n'),
    ]
)


class Province:
    """The store and the files that its offices send."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.engine, self.folder, self.now = engine, folder, clock.now()
        file = folder / "feeds.toml"
        file.write_text(CONFIGURATION, encoding="utf-8")
        for key in ("villages", "endpoints", "centres", "states", "dossiers", *OPERATORS, "measured"):
            (folder / key).mkdir()
        self.feeds = load(file, {})
        register(engine, self.feeds)
        units = Snapshots(engine).get().places.units
        self.communes = list(units[units["level"] == "commune"].itertuples(index=False))

    def drop(self, key: str, columns: str, rows: list[str]) -> None:
        path = self.folder / key / "1.csv"
        path.write_text("\n".join([columns, *rows]) + "\n", encoding="utf-8")
        before = datetime.now(UTC).timestamp() - 60
        os.utime(path, (before, before))
        (run,) = Pipeline(self.engine, self.feeds[key], "w").run()
        assert run.state == "ok", run

    def commune(self, number: int) -> tuple[str, float, float]:
        row = self.communes[number % len(self.communes)]
        return row.code, row.lon + 0.0007 * (number % 11), row.lat

    def tell(self) -> None:
        at = (self.now - timedelta(minutes=2)).isoformat()
        day = (clock.local(self.now).date() - timedelta(days=9)).isoformat()
        villages = [
            f"CB{n:03d},Xóm Nà {n},{','.join(map(str, self.commune(n)))},{'' if n % 50 == 7 else 100 + n},{at}" for n in range(VILLAGES)
        ]
        self.drop("villages", "id,name,unit_code,lon,lat,population,observed_at", villages)
        endpoints = [f"DC{n:03d},Điểm cầu {n},commune,{','.join(map(str, self.commune(n)))},{at}" for n in range(ENDPOINTS)]
        self.drop("endpoints", "id,name,level,unit_code,lon,lat,observed_at", endpoints)
        centres = [f"MC{n:03d},Một cửa {n},one_stop,{','.join(map(str, self.commune(n)))},{at}" for n in range(CENTRES)]
        self.drop("centres", "id,name,kind,unit_code,lon,lat,observed_at", centres)
        self.drop("states", "endpoint_id,state,observed_at", [f"DC{n:03d},{'down' if n % 9 == 1 else 'up'},{at}" for n in range(ENDPOINTS)])
        month = f"{clock.local(self.now):%Y-%m}"
        counts = [f"MC{n:03d},{month},{at},100,10,90,80,5,50" for n in range(CENTRES)]
        self.drop("dossiers", "centre_id,period,observed_at,received,in_progress,due,on_time,overdue,online", counts)
        for i, key in enumerate(OPERATORS):
            words = [f"CB{n:03d},{day},{_word(n + i)},{_word(n + i + 1)},không,{_word(n)}" for n in range(VILLAGES)]
            self.drop(key, "village_id,observed_at,3g,4g,5g,broadband", words)
        self.drop("measured", "village_id,observed_at,4g", [f"CB{n:03d},{day},không" for n in range(12)])


def _word(n: int) -> str:
    return "không" if n % 7 == 0 else "yếu" if n % 7 == 1 else "có"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Engine]]:
    folder = tmp_path_factory.mktemp("cao-bang")
    url = f"sqlite:///{folder / 'ioc.db'}"
    engine = open_engine(url)
    init_province(engine, "04", today=clock.today())
    Province(engine, folder).tell()
    yield url, engine
    engine.dispose()


@pytest.fixture(scope="module")
def real(store: tuple[str, Engine]) -> Snapshots:
    return Snapshots(store[1])


@pytest.fixture(scope="module")
def web(store: tuple[str, Engine]) -> Iterator[httpx.Client]:
    with served(store[1], store[0]) as client:
        yield client


def simulated(text: str) -> list[str]:
    """The words of the text that say that something is invented, each with what stands around it."""
    folded = text.casefold()
    return [text[max(0, folded.index(word) - 80) : folded.index(word) + 80] for word in SIMULATED if word in folded]


def test_every_figure_names_the_sources_that_are_counted_and_no_others(real: Snapshots) -> None:
    named = {figure.key: {source.name for source in figure.sources} for figure in summarise(real.get()).figures}
    operators = {f"Báo cáo {key}" for key in OPERATORS}
    assert named["villages_4g_pct"] == operators | {"Đo kiểm của Sở"}
    assert named["villages_broadband_pct"] == operators
    assert named["endpoints_up"] == {"Hệ thống hội nghị"}
    assert named["dossiers_on_time_pct"] == {"Cổng dịch vụ công"}
    for figure in summarise(real.get()).figures:
        assert (figure.synthetic, figure.state) in ((False, "fresh"), (False, "ended")), figure


def test_shares_of_the_sources_are_those_of_the_rows(real: Snapshots) -> None:
    figure = next(figure for figure in summarise(real.get()).figures if figure.key == "villages_4g_pct")
    rows = {source.name: source.rows for source in figure.sources}
    assert rows == {"Báo cáo vnpt": 300, "Báo cáo mobifone": 300, "Báo cáo viettel": 288, "Đo kiểm của Sở": 12}
    assert figure.denominator == VILLAGES


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("path", ["/map", "/gaps", "/wall", "/feeds", "/entry", "/names", "/connect"])
def test_no_page_says_simulated(real: Snapshots, path: str, language: str) -> None:
    context = Context.of(real, "b")
    commune = str(real.get().places.units.query("level == 'commune'")["code"].iloc[0])
    queries = ["", "tech=5g", "tech=3g4g&op=viettel", f"unit={commune}", "layers=villages,endpoints,centres"]
    if path == "/map":
        queries += ["village=CB003", "endpoint=DC001", "centre=MC000"]
    for query in queries:
        parts = page.render(context, path, f"?{query}&lang={language}")
        assert simulated(str(parts)) == [], query


def test_no_document_says_simulated(web: httpx.Client) -> None:
    for path in ("/map", "/gaps", "/wall", "/feeds"):
        assert simulated(web.get(path).text) == []


@pytest.mark.parametrize("query", ["tech=5g", "tech=4g&op=viettel", "tech=broadband&op=vnpt&lang=en"])
def test_no_export_says_simulated(web: httpx.Client, query: str) -> None:
    text = web.get(f"/export/gaps.csv?{query}").content.decode("utf-8-sig")
    assert simulated(text) == []
    assert len(list(csv.reader(io.StringIO(text), delimiter=";" if ";" in text.splitlines()[0] else ","))) > 1
    workbook = load_workbook(io.BytesIO(web.get(f"/export/gaps.xlsx?{query}").content))
    cells = [str(value) for sheet in workbook for row in sheet.iter_rows(values_only=True) for value in row if value is not None]
    assert simulated(" ".join(cells)) == []
    assert simulated(web.get(f"/export/map.html?{query}").text) == []


def test_no_answer_of_the_api_says_simulated(web: httpx.Client) -> None:
    answer = web.get("/api/v1/summary")
    assert simulated(answer.text) == []
    for figure in answer.json()["figures"]:
        assert figure["synthetic"] is False
        assert all(source["synthetic_rows"] == 0 for source in figure["sources"])
    for url in ("/api/v1/values?tech=4g", "/api/v1/map", "/api/v1/state"):
        assert simulated(web.get(url).text) == []


def test_the_sources_are_listed_on_demand(real: Snapshots) -> None:
    shown = str(page.render(Context.of(real, "b"), "/map", "")["panel"])
    assert "4 nguồn" in shown
    assert "Đo kiểm của Sở: 12 dòng (1,3 %)" in shown
    assert "Báo cáo vnpt: 300 dòng (33,3 %)" in shown


def test_people_figures_say_how_many_villages_have_no_population(real: Snapshots) -> None:
    figure = next(figure for figure in summarise(real.get()).figures if figure.key == "people_3g4g_pct")
    assert ("note.people_unknown", {"count": 6}) in figure.notes


def test_a_day_before_the_villages_came_is_still_the_sample_and_says_so(real: Snapshots) -> None:
    before = real.get(clock.today() - timedelta(days=400))
    figure = next(figure for figure in summarise(before).figures if figure.key == "villages_4g_pct")
    assert figure.basis is not None
    assert figure.basis.synthetic_rows == figure.basis.rows > 0
