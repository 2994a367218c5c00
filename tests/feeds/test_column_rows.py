"""Columns become rows, and their headers say the fields: "4G Viettel", "VNPT / 4G / Có sóng"."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from feeds.cells import Unreadable
from feeds.errors import ContentError
from feeds.kinds import coverage
from feeds.mapping import Declared
from feeds.mapping_check import MappingReader
from feeds.tables import Row, Table

SAID = datetime(2026, 11, 21, 3, tzinfo=UTC)
FIELDS = coverage.fields(coverage.Options(form="long"))


def declared(unpivot: dict[str, Any], **more: Any) -> Declared:
    reader = MappingReader({"unpivot": unpivot, **more}, FIELDS)
    read = reader.read()
    assert reader.mistakes == []
    return read


def rows(mapping: Declared, *written: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Village, operator, technology and status of each row that comes of it."""
    table = Table(tuple(written[0]), [Row(number, row) for number, row in enumerate(written, start=2)])
    made = mapping.apply(table, FIELDS, SAID)
    return [tuple(row.values.get(name) for name in ("Mã thôn", "operator", "technology", "status")) for row in made.rows]


@pytest.mark.parametrize(
    ("form", "header", "operator", "technology"),
    [
        ("{technology} {operator}", "4G Viettel", "Viettel", "4g"),
        ("{operator} {technology}", "Nhà mạng A  5g", "Nhà mạng A", "5g"),
        ("{operator} / {technology} / Có sóng", "VNPT / 4G / Có sóng", "VNPT", "4g"),
        ("{operator}/{technology}/có sóng", "VNPT / 4G / Có sóng", "VNPT", "4g"),
        ("{technology} ({operator})", "4G (MobiFone)", "MobiFone", "4g"),
        ("{operator} - {technology}", "VNPT-Băng rộng cố định", "VNPT", "broadband"),
        ("Phủ sóng {technology} của {operator}", "Phủ sóng 3G của Viettel", "Viettel", "3g"),
    ],
)
def test_headers_say_technology_and_operator(form: str, header: str, operator: str, technology: str) -> None:
    written = {"Mã thôn": "V1", "Ngày báo cáo": "05/11/2026", header: "x", "Ghi chú thêm": "không"}
    assert rows(declared({"headers": form, "value": "status"}), written) == [("V1", operator, technology, "x")]


def test_several_forms_and_only_the_columns_that_fit_one() -> None:
    mapping = declared({"headers": ["{technology} {operator}", "{operator} / {technology}"], "value": "status"})
    written = {"Mã thôn": "V1", "Ngày báo cáo": "5/11/2026", "Tên thôn": "4G", "4G A": "x", "B / 3G": None, "C/2G": "lõm"}
    assert rows(mapping, written) == [("V1", "A", "4g", "x"), ("V1", "C", "2g", "lõm")]


def test_an_empty_cell_makes_a_row_where_it_means_something() -> None:
    mapping = declared({"headers": "{technology} {operator}", "value": "status"}, empty={"coverage": "none"})
    assert rows(mapping, {"Mã thôn": "V1", "4G A": None, "3G A": "x"}) == [("V1", "A", "4g", "none"), ("V1", "A", "3g", "x")]


def test_a_mark_says_that_the_header_holds() -> None:
    mapping = declared({"headers": "{technology} / {status}"}, constants={"operator": "op-a"})
    written = {"Mã thôn": "V1", "4G / Có sóng": "x", "4G / Lõm sóng": None, "3G / Có sóng": "không", "3G / Trắng sóng": "✓"}
    assert rows(mapping, written) == [("V1", "op-a", "4g", "covered"), ("V1", "op-a", "3g", "none")]
    ((_, _, _, status),) = rows(mapping, {"Mã thôn": "V1", "4G / Có sóng": "?"})
    assert isinstance(status, Unreadable)


def test_the_sources_names_of_operators_may_be_declared() -> None:
    mapping = declared({"headers": "{technology} {operator}", "value": "status"}, codes={"operator": {"VTL": "viettel"}})
    assert rows(mapping, {"Mã thôn": "V1", "4G VTL": "x"}) == [("V1", "viettel", "4g", "x")]


def test_where_no_header_fits_the_form_and_the_headers_are_named() -> None:
    with pytest.raises(ContentError) as caught:
        rows(declared({"headers": "{technology} {operator}", "value": "status"}), {"Mã thôn": "V1", "6G Viettel": "x"})
    assert caught.value.code == "run.no_header_fits"
    assert caught.value.values == {"pattern": "{technology} {operator}", "found": "6G Viettel"}
    listed = declared({"headers": "{technology} {operator}", "value": "status", "columns": ["4G A", "Khác"]})
    with pytest.raises(ContentError) as caught:
        rows(listed, {"Mã thôn": "V1", "4G A": "x", "Khác": "x"})
    assert caught.value.values["found"] == "Khác"


@pytest.mark.parametrize(
    ("unpivot", "code"),
    [
        ({"headers": "không có gì", "value": "status"}, "config.bad_value"),
        ({"headers": "{technologie} {operator}", "value": "status"}, "config.unknown_column_meant"),
        ({"headers": "{technology}", "value": "statos"}, "config.unknown_column_meant"),
        ({"headers": [], "value": "status"}, "config.bad_value"),
        ({"header": "{technology}"}, "config.unknown_key_meant"),
    ],
)
def test_mistakes_in_the_form_are_named(unpivot: dict[str, Any], code: str) -> None:
    reader = MappingReader({"unpivot": unpivot}, FIELDS)
    reader.read()
    assert code in [mistake[1] for mistake in reader.mistakes]
