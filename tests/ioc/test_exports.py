"""The files of the gaps page: the page's rows exactly, readable by a spreadsheet program, harmless."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
import zipfile
from collections import Counter
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
from sqlalchemy import update

from geo.export import refuse_remote
from ioc.gaps import read_gaps
from ioc.selection import Selection
from ioc.spreadsheet import Column, csv_file, harmless
from ioc.text import TEXT
from store.schema import villages
from store.write import bump, writing


def csv_rows(body: bytes, separator: str = ";") -> list[list[str]]:
    assert body.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""), delimiter=separator))


def sheet_of(body: bytes):
    return openpyxl.load_workbook(io.BytesIO(body)).active


def table_of(sheet) -> list[tuple]:
    rows = list(sheet.iter_rows(values_only=True))
    head = next(i for i, row in enumerate(rows) if row[0] in ("Mã", "Code"))
    return rows[head:]


def test_csv_has_the_villages_that_the_summary_counts_as_uncovered(client, snapshots):
    answer = client.get("/export/gaps.csv?tech=3g4g&as_of=2022-04-30")
    head, *rows = csv_rows(answer.content)
    figures = client.get("/api/v1/summary?unit=11&as_of=2022-04-30").json()["figures"]
    figure = next(figure for figure in figures if figure["key"] == "villages_3g4g_pct")
    assert len(rows) == figure["denominator"] - figure["numerator"] == 82
    gaps = read_gaps(snapshots, Selection.parse("tech=3g4g&as_of=2022-04-30"))
    assert [row[0] for row in rows] == list(gaps.frame["id"])
    assert [int(row[5]) for row in rows] == list(gaps.frame["people"])
    assert head[:4] == ["Mã", "Tên thôn bản", "Xã phường", "Huyện"]
    assert [float(row[8].replace(",", ".")) for row in rows] == [round(distance / 1000, 2) for distance in gaps.frame["distance_m"]]
    assert answer.headers["content-disposition"] == 'attachment; filename="vung-lom_11_3g4g_2022-04-30.csv"'
    assert answer.headers["cache-control"] == "no-store"


def test_dates_are_iso_and_invented_rows_say_so(client):
    _, *rows = csv_rows(client.get("/export/gaps.csv?tech=3g4g").content)
    assert {row[10] for row in rows} == {"2022-04-30"}
    assert {row[13] for row in rows} == {"Dữ liệu mô phỏng"}


def read_by_another_program(path: Path) -> gpd.GeoDataFrame:
    """With all of GDAL's drivers, which a process that has read files for a feed does not have any more."""
    told = 'AUTODETECT_TYPE="YES", X_POSSIBLE_NAMES="lon", Y_POSSIBLE_NAMES="lat"'
    script = f"import sys, pyogrio; pyogrio.read_dataframe(sys.argv[1], {told}).to_pickle(sys.argv[2])"
    kept = path.with_suffix(".pickle")
    subprocess.run([sys.executable, "-c", script, str(path), str(kept)], check=True, timeout=120)
    return pd.read_pickle(kept)


@pytest.mark.parametrize("language", ["vi", "en"])
def test_gis_programs_read_every_column_and_the_places(client, snapshots, tmp_path, language):
    path = tmp_path / "gaps.csv"
    path.write_bytes(client.get(f"/export/gaps.csv?tech=3g4g&lang={language}").content)
    read = read_by_another_program(path)
    head = csv_rows(path.read_bytes(), {"vi": ";", "en": ","}[language])[0]
    assert list(read.columns) == [*head, "geometry"]
    assert len(head) == 14
    assert not any(mark in title for title in head for mark in ',;\t"\n')
    gaps = read_gaps(snapshots, Selection.parse("tech=3g4g")).frame
    kilometres = next(title for title in head if title.endswith("(km)"))
    for column, expected, digits in (("lon", gaps["lon"], 5), ("lat", gaps["lat"], 5), (kilometres, gaps["distance_m"] / 1000, 2)):
        assert read[column].dtype == float
        assert list(read[column]) == [round(float(value), digits) for value in expected]
    assert list(read.geometry.x) == list(read["lon"])


def test_every_file_and_the_page_have_one_unit_of_distance(client):
    head, *rows = csv_rows(client.get("/export/gaps.csv?tech=3g4g").content)
    sheet_head, *sheet_rows = table_of(sheet_of(client.get("/export/gaps.xlsx?tech=3g4g").content))
    assert list(sheet_head) == head
    assert [row[8] for row in sheet_rows] == [float(row[8].replace(",", ".")) for row in rows]
    assert TEXT.text("vi", "gaps.column.distance_km") == head[8] == "Đến nơi đã có (km)"


@pytest.mark.parametrize("odd", ["\uffff", "\ufffe", "\x01", "\x1f", "\x0b"])
def test_characters_that_no_xml_holds_are_left_out_of_files(client, province, snapshots, odd):
    village = read_gaps(snapshots, Selection.parse("tech=3g4g")).frame["id"].iloc[0]
    with writing(province) as connection:
        connection.execute(update(villages).where(villages.c.id == village).values(name=f"Bản{odd} Ngò\u200b 𠀀"))
        bump(connection, "villages")
    row = next(row for row in csv_rows(client.get("/export/gaps.csv?tech=3g4g").content) if row[0] == village)
    book = client.get("/export/gaps.xlsx?tech=3g4g").content
    cell = next(row[1].value for row in sheet_of(book).iter_rows() if row[0].value == village)
    assert row[1] == cell == "Bản Ngò\u200b 𠀀"
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        for name in parts.namelist():
            ElementTree.fromstring(parts.read(name))  # as strict as a spreadsheet program


def test_halves_of_pairs_and_negative_numbers_in_files():
    body = csv_file([Column("a"), Column("b"), Column("c")], [["x\ud800y", -5, -2.5], ["-2,5", float("nan"), None]], "vi")
    assert csv_rows(body)[1:] == [["xy", "-5", "-2,5"], ["'-2,5", "", ""]]


def test_english_csv_is_apart_by_commas(client):
    answer = client.get("/export/gaps.csv?tech=4g&lang=en&op=op-a")
    head, *rows = csv_rows(answer.content, ",")
    assert head[1] == "Village"
    assert {len(row) for row in rows} == {len(head)}
    assert "gaps_11_4g_op-a_" in answer.headers["content-disposition"]


def test_workbook_says_what_it_is_about_and_holds_numbers(client, snapshots):
    answer = client.get("/export/gaps.xlsx?tech=3g4g&unit=096&op=op-a&as_of=2022-04-30")
    sheet = sheet_of(answer.content)
    facts = {row[0]: row[1] for row in sheet.iter_rows(max_row=12, max_col=2, values_only=True)}
    assert sheet["A1"].value == "Thôn, bản chưa có 3G/4G"
    assert facts["Khu vực"] == "Huyện Mường Nhé"
    assert facts["Nhà mạng"] == "Nhà mạng mẫu A"
    assert facts["Tính đến hết ngày"] == "30/04/2022"
    assert facts["Nguồn"] == "mô phỏng"
    assert "Dữ liệu mô phỏng" in facts
    gaps = read_gaps(snapshots, Selection.parse("tech=3g4g&unit=096&op=op-a&as_of=2022-04-30"))
    assert facts["Thôn, bản chưa có"] == f"{gaps.villages.numerator} / {gaps.villages.denominator}"
    _, *rows = table_of(sheet)
    assert [row[0] for row in rows] == list(gaps.frame["id"])
    assert [row[5] for row in rows] == list(gaps.frame["people"])
    assert [row[8] for row in rows] == [round(distance / 1000, 2) for distance in gaps.frame["distance_m"]]
    assert {row[10].date() for row in rows} == {date(2022, 4, 30)}
    assert answer.headers["content-disposition"].endswith('"vung-lom_096_3g4g_op-a_2022-04-30.xlsx"')


def test_a_list_without_rows_is_still_a_file(client):
    assert len(csv_rows(client.get("/export/gaps.csv?tech=5g").content)) == 1
    assert len(table_of(sheet_of(client.get("/export/gaps.xlsx?tech=5g").content))) == 1


@pytest.mark.parametrize("name", ["=HYPERLINK(1)", "+84", "-1+2", "@SUM(A1)", "\t=1", "＝1"])
def test_a_name_that_looks_like_a_formula_stays_a_name(client, province, snapshots, name):
    village = read_gaps(snapshots, Selection.parse("tech=3g4g")).frame["id"].iloc[0]
    with writing(province) as connection:
        connection.execute(update(villages).where(villages.c.id == village).values(name=name))
        bump(connection, "villages")
    row = next(row for row in csv_rows(client.get("/export/gaps.csv?tech=3g4g").content) if row[0] == village)
    assert row[1] == f"'{name}"
    sheet = sheet_of(client.get("/export/gaps.xlsx?tech=3g4g").content)
    cell = next(row[1] for row in sheet.iter_rows() if row[0].value == village)
    assert (cell.data_type, cell.value, cell.quotePrefix) == ("s", name, True)


@pytest.mark.parametrize("value", ["Bản mẫu 0001", "", "V11-0001", None, -5, 2.5])
def test_what_is_no_formula_is_left_as_it_is(value):
    assert harmless(value) is value


@pytest.mark.parametrize(
    ("query", "code"),
    [("unit=999", "api.unit_unknown"), ("tech=6g", "export.technology_unknown"), ("op=op-z", "export.operator_unknown")],
)
@pytest.mark.parametrize("file", ["gaps.csv", "gaps.xlsx"])
def test_what_is_not_known_is_404_with_a_sentence(client, file, query, code):
    answer = client.get(f"/export/{file}?{query}")
    assert answer.status_code == 404
    assert answer.json()["detail"]["code"] == code


# ── The map ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def features_of(document: str, layer: str) -> list[dict]:
    """Features that the document adds to one of its two GeoJSON layers, by what they carry."""
    found = [json.loads(match) for match in re.findall(r"_add\((\{.*\})\);", document)]
    key = {"units": "dash", "villages": "status"}[layer]
    return [feature for each in found for feature in each["features"] if key in feature["properties"]]


def test_the_map_shows_all_villages_by_the_status_of_the_summary(client):
    answer = client.get("/export/map.html?tech=3g4g&as_of=2022-04-30")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "content-disposition" not in answer.headers
    statuses = Counter(feature["properties"]["status"] for feature in features_of(answer.text, "villages"))
    assert statuses["covered"] == 1358
    assert statuses["weak"] + statuses["none"] == 82
    assert len(features_of(answer.text, "units")) == 129
    for words in ("Tỉnh Điện Biên", "82 &#47; 1.440 thôn, bản chưa có", "Sơ đồ, không phải địa giới", "Dữ liệu mô phỏng"):
        assert words in answer.text


def test_the_map_of_a_former_district_has_its_communes_of_today(client, unchanged):
    document = client.get("/export/map.html?unit=096&lang=en").text
    places = unchanged.get().places
    assert len(features_of(document, "units")) == len(places.children("096"))
    assert len(features_of(document, "villages")) == int(places.inside(places.villages, "096").sum())
    assert "Simulated data" in document


def test_a_technology_that_has_ended_has_no_statuses_on_the_map(client):
    statuses = {feature["properties"]["status"] for feature in features_of(client.get("/export/map.html?tech=2g").text, "villages")}
    assert statuses == {"no_data"}


def test_the_map_names_no_other_host_and_downloads_under_its_name(client):
    answer = client.get("/export/map.html?tech=4g&download=1")
    assert refuse_remote(answer.text) == answer.text
    assert re.fullmatch(r'attachment; filename="ban-do_11_4g_\d{4}-\d\d-\d\d\.html"', answer.headers["content-disposition"])


def test_a_map_of_an_unknown_unit_is_404(client):
    assert client.get("/export/map.html?unit=999").json()["detail"]["code"] == "api.unit_unknown"
