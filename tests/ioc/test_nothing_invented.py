"""A province with its own 300 villages: after an empty start, and after the samples were removed, nothing on any screen is invented."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import Engine

from feeds.default.init import init_province
from feeds.records import Stamp
from feeds.registry import all_kinds
from feeds.tables import Row, Table
from ioc import clock
from ioc.api.context import Context
from ioc.page import render
from ioc.snapshots import Snapshots
from store import invented_rows
from store.engine import open_engine
from store.places import units_on
from store.transactions import reading, writing
from tests.ioc.conftest import served

VILLAGES = 300
PAGES = ("/map", "/gaps", "/wall", "/feeds", "/entry", "/names")
WORDS = ("mô phỏng", "Bản mẫu", "Nhà mạng mẫu", "Simulated")
QUERIES = ("", "?tech=3g4g", "?tech=broadband&op=viettel", "?lang=en")


def take(engine: Engine, kind: str, rows: list[dict[str, Any]], source: str) -> None:
    """Rows into the store as a feed of that kind takes them, all of them."""
    of, now = all_kinds()[kind], datetime.now(UTC)
    table = Table(tuple(rows[0]), [Row(number, row) for number, row in enumerate(rows, start=2)])
    stamp, options = Stamp(kind, source, False, now - timedelta(minutes=1), now), of.Options()
    with reading(engine) as connection:
        known = of.reference(connection)
    parsed = of.parse(table, {}, known, options, stamp)
    assert parsed.rejections == []
    with writing(engine) as connection:
        of.store(connection, parsed.records, stamp, options)


def bring_in_the_real_ones(engine: Engine) -> None:
    with reading(engine) as connection:
        units = units_on(connection, clock.local(datetime.now(UTC)).date())
    communes = units[units["level"] == "commune"].to_dict("records")
    where = [communes[number % len(communes)] for number in range(VILLAGES)]
    villages = [
        {"id": f"T{number}", "name": f"Thôn {number}", "unit_code": unit["code"], "lon": unit["lon"], "lat": unit["lat"], "population": 100}
        for number, unit in enumerate(where)
    ]
    operators = [{"key": "viettel", "name": "Viettel", "technologies": "2g, 3g, 4g, 5g, broadband", "colour": "#ee0033"}]
    words = [
        {"village_id": f"T{number}", "operator": "Viettel", "observed_at": datetime.now(UTC) - timedelta(hours=1), "3g": word, "4g": word,
         "broadband": word}
        for number, word in enumerate(["có", "yếu", "không"] * (VILLAGES // 3))
    ]  # fmt: skip
    take(engine, "villages", villages, "Sở NN&MT")
    take(engine, "operators", operators, "Sở KH&CN")
    take(engine, "coverage", words, "Viettel")


@pytest.fixture(params=["empty", "removed"])
def real(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(f"sqlite:///{tmp_path / 'ioc.db'}")
    init_province(engine, "04", empty=request.param == "empty")
    bring_in_the_real_ones(engine)
    if request.param == "removed":
        with writing(engine) as connection:
            invented_rows.remove(connection, datetime.now(UTC))
    yield engine
    engine.dispose()


def test_no_screen_and_no_file_speaks_of_anything_invented(real: Engine) -> None:
    context = Context.of(Snapshots(real), "test")
    for path in PAGES:
        for query in QUERIES:
            page = str(render(context, path, query))
            assert [word for word in WORDS if word in page] == [], (path, query)
    snapshot = context.snapshots.get()
    assert (len(snapshot.places.villages), list(snapshot.coverage.operators["key"])) == (VILLAGES, ["viettel"])
    with served(real, str(real.url)) as client:
        summary = client.get("/api/v1/summary").json()
        assert {figure["synthetic"] for figure in summary["figures"]} == {False}
        assert client.get("/api/v1/map").json()["synthetic"] is False
        texts = [client.get(f"/export/{name}?tech=4g").text for name in ("gaps.csv", "map.html")]
        book = load_workbook(BytesIO(client.get("/export/gaps.xlsx?tech=4g").content))
    texts += [str([[cell.value for cell in row] for row in sheet.iter_rows()]) for sheet in book.worksheets]
    assert [word for text in texts for word in WORDS if word in text] == []
