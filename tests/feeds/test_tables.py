"""Bytes become rows with the numbers that a person sees; what is not what it claims to be is said so."""

import io
import unicodedata

import pytest
from openpyxl import Workbook

from feeds.errors import ContentError
from feeds.fetching import Layout
from feeds.tables import read_table

CSV = Layout("csv")
JSON = Layout("json")


def xlsx(*lines: list[object], title: str = "Báo cáo") -> bytes:
    book = Workbook()
    page = book.active
    assert page is not None
    page.title = title
    for line in lines:
        page.append(line)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def refused(data: bytes, layout: Layout) -> ContentError:
    with pytest.raises(ContentError) as caught:
        read_table(data, layout)
    return caught.value


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le-bom"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_of_every_accepted_encoding_and_delimiter_reads_the_same(encoding: str, delimiter: str) -> None:
    text = delimiter.join(["Mã thôn", "Tên"]) + "\r\n" + delimiter.join(["V1", "Bản Mẫu"]) + "\r\n"
    data = b"\xff\xfe" + text.encode("utf-16-le") if encoding == "utf-16-le-bom" else text.encode(encoding)
    table = read_table(data, CSV)
    assert table.columns == ("Mã thôn", "Tên")
    assert [(row.number, row.values) for row in table.rows] == [(2, {"Mã thôn": "V1", "Tên": "Bản Mẫu"})]


def test_headers_in_nfd_read_as_nfc() -> None:
    table = read_table("Mã thôn,b\nV1,2\n".encode().replace("ã".encode(), "a\u0303".encode()), CSV)
    assert table.columns[0] == "Mã thôn"


@pytest.mark.parametrize(("encoding", "row"), [("windows-1258", 2), ("utf-16-be", 2)])
def test_another_encoding_is_refused_and_says_where(encoding: str, row: int) -> None:
    error = refused("id,name\n1,Điện Biên\n".encode(encoding, "replace"), CSV)
    assert error.code == "run.encoding"
    assert error.values["row"] == row


def test_blank_lines_keep_the_numbers_of_the_rows_below() -> None:
    table = read_table(b"a,b\n1,2\n\n,\n3,4\n", CSV)
    assert [row.number for row in table.rows] == [2, 5]


def test_a_quoted_line_break_counts_as_one_row_as_a_spreadsheet_shows_it() -> None:
    table = read_table(b'a,b\n"x\ny",2\n3,4\n', CSV)
    assert [row.number for row in table.rows] == [2, 3]


def test_the_header_may_stand_below_a_title() -> None:
    table = read_table("BÁO CÁO,\n,\nMã,Tên\n1,2\n".encode(), Layout("csv", header_row=3))
    assert table.columns == ("Mã", "Tên")
    assert table.rows[0].number == 4


def test_spreadsheet_rows_have_the_numbers_of_the_sheet() -> None:
    table = read_table(xlsx(["a", "b"], [1, 2.5], [None, None], ["x", None]), Layout("xlsx"))
    assert [(row.number, row.values) for row in table.rows] == [(2, {"a": 1, "b": 2.5}), (4, {"a": "x"})]


def test_a_named_sheet_is_read_and_a_missing_one_is_named() -> None:
    data = xlsx(["a"], [1])
    assert len(read_table(data, Layout("xlsx", sheet="Báo cáo")).rows) == 1
    error = refused(data, Layout("xlsx", sheet="Tháng 1"))
    assert (error.code, error.values["found"]) == ("run.sheet_missing", "Báo cáo")


@pytest.mark.parametrize("data", [b"PK\x03\x04 not a zip", b"just text", xlsx(["a"], [1])[:-200]])
def test_a_broken_spreadsheet_is_refused(data: bytes) -> None:
    assert refused(data, Layout("xlsx")).code == "run.xlsx_invalid"


def test_json_rows_are_numbered_from_one_below_their_path() -> None:
    table = read_table(b'{"data": {"items": [{"a": 1}, {"a": 2, "b": 3}]}}', Layout("json", records="data.items"))
    assert table.columns == ("a", "b")
    assert [row.number for row in table.rows] == [1, 2]


@pytest.mark.parametrize(
    ("data", "layout", "code"),
    [
        (b'[{"a": 1}, {"a"', JSON, "run.json_invalid"),
        (b"<!doctype html><title>Login</title>", JSON, "run.html_instead"),
        (b"<html><body>Login</body></html>", CSV, "run.html_instead"),
        (b"  <DIV>Login</DIV>", JSON, "run.html_instead"),
        (b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"/>', JSON, "run.html_instead"),
        (b'<?xml version="1.0"?><soap:Envelope xmlns:soap="x"><soap:Fault/></soap:Envelope>', JSON, "run.xml_instead"),
        (b"\xef\xbb\xbf<ServiceExceptionReport/>", CSV, "run.xml_instead"),
        (b'{"items": []}', Layout("json", records="data"), "run.records_missing"),
        (b'{"items": {}}', Layout("json", records="items"), "run.records_not_list"),
        (b"[1, 2]", JSON, "run.json_not_object"),
        (b"\xff\xfa", JSON, "run.encoding"),
        (b"", CSV, "run.empty"),
        (b"  \n", JSON, "run.empty"),
        (b"\n1,2\n", CSV, "run.no_header"),
        (b"a,b,A\n1,2,3\n", CSV, "run.column_twice"),
        (b"[" * 100_000, JSON, "run.json_invalid"),
    ],
)
def test_what_cannot_be_read_says_why(data: bytes, layout: Layout, code: str) -> None:
    assert refused(data, layout).code == code


def test_csv_in_windows_1258_reads_as_unicode_when_it_is_declared() -> None:
    data = "Ma\u0303 thôn;Tên\nV1;Điê\u0323n Biên\n".encode("windows-1258")
    table = read_table(data, Layout("csv", encoding="windows-1258"))
    assert table.columns == ("Mã thôn", "Tên")
    assert unicodedata.normalize("NFC", table.rows[0].values["Tên"]) == "Điện Biên"
    assert refused(data, CSV).code.startswith("run.encoding")
