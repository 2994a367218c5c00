"""The register of operators: by list, file and configuration; what else speaks of operators reads it as of its own day."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from feeds.config import load
from feeds.errors import ConfigError, ContentError
from feeds.registry import all_kinds
from feeds.worker import register
from store import schema
from store.operators import Operator, all_operators, operators_on
from store.transactions import reading
from tests.feeds.kinds.conftest import NOW, Way, fill_units

OPERATORS = pytest.mark.parametrize("way", ["operators"], indirect=True)
NEXT_DAY = NOW + timedelta(days=1)
TODAY = date(2026, 11, 21)
FOUR = ("2g", "4g", "5g", "broadband")
VIETTEL = {"Mã nhà mạng": "Viettel", "Tên nhà mạng": "Viettel Điện Biên", "Màu": "#EE0033", "Từ ngày": "15/10/2004"}


def real(engine: Engine) -> dict[str, Operator]:
    with engine.connect() as connection:
        return {key: operator for key, operator in all_operators(connection).items() if not key.startswith("op-")}


def listed(engine: Engine, day: date, known_at: datetime | None = None) -> list[str]:
    with reading(engine) as connection:
        return [key for key in operators_on(connection, day, known_at)["key"] if not key.startswith("op-")]


@OPERATORS
def test_an_operator_has_its_technologies_with_their_days_in_one_cell(way: Way) -> None:
    row = {**VIETTEL, "Các công nghệ": "2G đến 15/09/2026, 4G (từ 2017-01-01), 5G; Băng rộng cố định"}
    assert way.take(row) == (1, 0, 0)
    offers = {"2g": (None, date(2026, 9, 15)), "4g": (date(2017, 1, 1), None), "5g": (None, None), "broadband": (None, None)}
    assert real(way.engine) == {"viettel": Operator("viettel", "Viettel Điện Biên", date(2004, 10, 15), None, "#ee0033", offers)}
    assert way.take(row, now=NEXT_DAY) == (0, 0, 1)
    assert way.take({**VIETTEL, "Các công nghệ": "4g 5g"}, now=NEXT_DAY) == (0, 1, 0)
    now = real(way.engine)["viettel"].offers or {}
    assert {key: span[1] for key, span in now.items()} == {
        "2g": date(2026, 9, 15), "4g": None, "5g": None, "broadband": date(2026, 11, 22)
    }  # fmt: skip
    assert way.take({**VIETTEL, "Tên nhà mạng": "Cũ", "observed_at": NOW - timedelta(days=9)}, now=NEXT_DAY) == (0, 0, 0, 1)


@OPERATORS
def test_an_operator_may_have_a_row_for_each_technology(way: Way) -> None:
    rows = [
        {"key": "vnpt", "name": "VNPT", "technology": "2g", "technology_to": "15/09/2026"},
        {"key": "vnpt", "name": "VNPT", "technology": "4G", "technology_to": None},
        {"key": "fpt", "name": "FPT", "technology": "broadband", "technology_to": None},
        {"key": "vnpt", "name": "VNPT", "technology": "2g", "technology_to": None},
        {"key": "fpt", "name": "FPT Telecom", "technology": "4g", "technology_to": None},
    ]
    assert way.codes(*rows) == [(5, "row.duplicate"), (6, "row.duplicate")]
    assert way.take(*rows) == (3, 0, 0)
    found = real(way.engine)
    assert (found["vnpt"].offers, found["fpt"].offers) == (
        {"2g": (None, date(2026, 9, 15)), "4g": (None, None)},
        {"broadband": (None, None)},
    )


@OPERATORS
@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"key": None}, "row.missing"),
        ({"key": "Nhà mạng 1"}, "row.bad_operator_key"),
        ({"name": ""}, "row.missing"),
        ({"colour": "đỏ"}, "row.bad_colour"),
        ({"colour": "#e03"}, "row.bad_colour"),
        ({"technologies": "6g"}, "row.unknown_technology"),
        ({"technologies": "4g từ hôm qua"}, "row.unknown_technology"),
        ({"technologies": "4g từ 31/02/2020"}, "row.bad_technologies"),
        ({"technologies": "2g từ 01/01/2027 đến 01/01/2026"}, "row.ends_before"),
        ({"valid_to": "01/01/2000"}, "row.ends_before"),
    ],
)
def test_what_is_no_operator_is_turned_away(way: Way, change: dict[str, Any], code: str) -> None:
    row = {"key": "vnpt", "name": "VNPT", "colour": "#0066cc", "technologies": "4g", "valid_from": "01/01/2010", "valid_to": None}
    assert way.codes({**row, **change}) == [(2, code)]


@OPERATORS
def test_operators_are_those_of_the_day_and_of_what_was_known(way: Way) -> None:
    way.take(
        {"key": "gone", "name": "Đã thôi", "valid_from": None, "valid_to": "31/12/2024"},
        {"key": "new", "name": "Mới", "valid_from": "01/01/2026"},
    )
    days = (date(2024, 12, 31), date(2025, 1, 1), date(2026, 1, 1))
    assert [listed(way.engine, day) for day in days] == [["gone"], [], ["new"]]
    assert listed(way.engine, TODAY, NOW - timedelta(hours=1)) == []
    with pytest.raises(ContentError) as caught:
        way.take({"key": "x", "name": "X"}, synthetic=True)
    assert caught.value.code == "run.invented_over_real"


CONFIG = """
[operators.viettel]
name = "Viettel"
colour = "#EE0033"
technologies = ["4g", "5G"]
[operators.viettel.technology.2g]
to = 2026-09-15
[operators.vnpt]
name = "VNPT"
valid_to = "2030-12-31"
"""


def test_the_configuration_declares_operators(province: Engine, tmp_path: Path) -> None:
    path = tmp_path / "feeds.toml"
    path.write_text(CONFIG, "utf-8")
    for _ in range(2):
        register(province, load(path, {}))
    offers = {"4g": (None, None), "5g": (None, None), "2g": (None, date(2026, 9, 15))}
    assert real(province) == {
        "viettel": Operator("viettel", "Viettel", None, None, "#ee0033", offers),
        "vnpt": Operator("vnpt", "VNPT", None, date(2030, 12, 31)),
    }
    fill_units(province)
    way = Way(province, all_kinds()["operators"])
    assert way.codes({"key": "vnpt", "name": "Khác"}, {"key": "fpt", "name": "FPT"}) == [(2, "row.operator_configured")]
    path.write_text(CONFIG.partition("[operators.vnpt]")[0], "utf-8")
    register(province, load(path, {}))
    assert way.codes({"key": "vnpt", "name": "Khác"}) == []


@pytest.mark.parametrize(
    ("text", "line", "code"),
    [
        ("[operators.Viettel]\nname = 'V'", 2, "config.bad_operator_key"),
        ("[operators.viettel]\ncolour = '#ee0033'", 2, "config.operator_missing"),
        ("[operators.viettel]\nname = 'V'\ncolor = '#ee0033'", 4, "config.unknown_key_meant"),
        ("[operators.viettel]\nname = 'V'\ncolour = 'red'", 4, "config.bad_value"),
        ("[operators.viettel]\nname = 'V'\nvalid_from = 2020-01-02\nvalid_to = 2020-01-01", 2, "config.operator_ends_before"),
        ("[operators.viettel]\nname = 'V'\n[operators.viettel.technology.2g]\nuntil = 2026-01-01", 5, "config.unknown_key"),
    ],
)
def test_a_mistake_in_an_operator_is_named_with_its_line(tmp_path: Path, text: str, line: int, code: str) -> None:
    path = tmp_path / "feeds.toml"
    path.write_text("[calendar]\n" + text, "utf-8")
    with pytest.raises(ConfigError) as caught:
        load(path, {})
    assert [(problem.line, problem.code) for problem in caught.value.problems] == [(line, code)]


def claim(operator: str, day: str = "2026-11-20", **words: str) -> dict[str, Any]:
    return {"village_id": "V11-0001", "operator": operator, "observed_at": day, **words}


@pytest.fixture
def claims(province: Engine) -> Way:
    fill_units(province)
    Way(province, all_kinds()["operators"]).take(
        {"key": "viettel", "name": "Viettel", "technologies": "4g, 2g đến 15/09/2026", "valid_to": None},
        {"key": "gone", "name": "Nhà mạng cũ", "technologies": None, "valid_to": "31/12/2024"},
    )
    return Way(province, all_kinds()["coverage"])


def test_coverage_names_an_operator_by_key_or_name_as_of_its_own_day(claims: Way) -> None:
    good = [claim("viettel", **{"4g": "có"}), {**claim("VIETTEL", **{"4g": "có"}), "village_id": "V11-0002"}]
    assert [one.operator for one in claims.parse(*good, technologies=FOUR).records] == ["viettel", "viettel"]
    assert claims.codes(claim("Nhà mạng cũ", "2024-12-30", **{"4g": "có"}), claim("Nhà mạng cũ", **{"4g": "có"}), technologies=FOUR) == [
        (3, "row.operator_not_there")
    ]
    assert claims.codes(claim("viettel", broadband="có"), claim("op-a", broadband="có"), technologies=FOUR) == [
        (2, "row.operator_offers_not")
    ]
    assert claims.codes(claim("viettel", **{"4g": "có", "broadband": "không"}), technologies=FOUR) == []


def test_an_unknown_operator_is_told_how_to_be_added(claims: Way) -> None:
    (refused,) = claims.parse(claim("VNPT VinaPhone", **{"4g": "có"}), technologies=FOUR).rejections
    assert refused.code == "row.unknown_operator"
    assert (refused.values["value"], refused.values["key"]) == ("VNPT VinaPhone", "vnpt-vinaphone")
    assert "viettel (Viettel)" in refused.values["known"]
    with pytest.raises(ContentError) as caught:
        claims.parse(claim("x", **{"4g": "có"}), operator="mobifone")
    assert (caught.value.code, caught.value.values["operator"]) == ("run.unknown_operator", "mobifone")


def test_a_base_station_is_of_an_operator_that_is_there_and_offers_what_it_sends(claims: Way) -> None:
    sites = Way(claims.engine, all_kinds()["sites"])
    site = {
        "id": "S1",
        "name": "Trạm",
        "unit_code": "03127",
        "lon": 103,
        "lat": 21.4,
        "operator": "Viettel",
        "technologies": "4G",
        "status": "on",
    }
    sites.take(site)
    assert sites.rows(schema.sites, "operator") == [("viettel",)]
    assert sites.codes(
        {**site, "operator": "Ai đó"}, {**site, "technologies": "4g 5g"}, {**site, "technologies": "5g", "status": "plan"}
    ) == [
        (2, "row.unknown_operator"),
        (3, "row.operator_offers_not"),
    ]
