"""Files as departments send them: a table that reads them is proposed, and what is not sure is said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine

from feeds.errors import ContentError
from feeds.guess.guessing import guess
from feeds.guess.said import Said
from feeds.registry import registry

OPERATOR = {"operator"}
PROPOSED = {
    # file: kind, rows that would be taken, rows that would be refused, what has to be answered first
    "a1_extra_cells.csv": ("dossiers", 1, 1, set()),
    "a2_stray_quote.csv": ("villages", 3, 1, set()),
    "a3_title_above.csv": ("coverage", 3, 0, OPERATOR),
    "a5_sep_line.csv": ("coverage", 3, 0, OPERATOR),
    "a7_zwsp.csv": ("coverage", 4, 0, OPERATOR),
    "a8_two_digit_year.csv": ("coverage", 8, 2, OPERATOR),
    "a9_status_words.csv": ("coverage", 14, 1, OPERATOR),
    "b1_serial.xlsx": ("coverage", 3, 0, OPERATOR),
    "b2_month_cell.xlsx": ("dossiers", 2, 0, set()),
    "b3_chartsheet_first.xlsx": ("coverage", 3, 0, OPERATOR),
    "b4_merged_down.xlsx": ("villages", 3, 0, set()),
    "b5_two_row_header.xlsx": ("coverage", 3, 0, OPERATOR),
    "b11_hidden_first.xlsx": ("coverage", 3, 0, OPERATOR),
    "b12_twin_headers.xlsx": ("coverage", 3, 0, OPERATOR),
    "b14_numbering_total.xlsx": ("coverage", 3, 0, OPERATOR),
    "b17_separate_time.xlsx": ("meetings", 2, 0, set()),
    "d7_null_geometry_own_lonlat.geojson": ("villages", 3, 0, set()),
    "d8c_bad_polygon.geojson": ("villages", 1, 1, set()),
    "d12b_layer_and_readme.zip": ("villages", 2, 0, set()),
    "d13b_no_geometry.gpkg": ("villages", 1, 0, set()),
    "shp/THON_BAN.shp": ("villages", 2, 0, set()),
    "p24_units_of_the_country.csv": ("units", 2, 0, {"constant_day"}),
}
REFUSED = {
    "b6_password.xlsx": "run.workbook_encrypted",
    "b7_html.xls": "run.sheet_is_page",
    "b9_uncached_formula.xlsx": "run.formula_not_calculated",
}


@pytest.fixture
def dien_bien(open_store: Callable[[str], Engine]) -> Engine:
    return open_store("11")


@pytest.mark.parametrize("name", PROPOSED)
def test_a_table_that_reads_the_file_is_proposed(dien_bien: Engine, cases: Path, name: str) -> None:
    kind, taken, refused, asked = PROPOSED[name]
    found = guess(dien_bien, cases / name, registry())
    stored = found.trial.stored
    assert (found.table["kind"], sum(stored), len(found.trial.rejections)) == (kind, taken, refused)
    assert {doubt.code for doubt in found.doubts if doubt.must} == asked
    assert (refused == 0) == ("rows_refused" not in {doubt.code for doubt in found.doubts})
    if asked == OPERATOR:
        assert guess(dien_bien, cases / name, registry(), Said(values={"operator": "op-b"})).usable


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_cannot_be_read_says_why(dien_bien: Engine, cases: Path, name: str) -> None:
    with pytest.raises(ContentError) as refused:
        guess(dien_bien, cases / name, registry())
    assert refused.value.code == REFUSED[name]


def test_every_file_of_the_folder_is_tried(cases: Path) -> None:
    there = {
        str(path.relative_to(cases))
        for path in cases.rglob("*")
        if path.is_file() and path.suffix not in (".md", ".dbf", ".shx", ".prj", ".cpg")
    }
    assert there <= PROPOSED.keys() | REFUSED.keys()
