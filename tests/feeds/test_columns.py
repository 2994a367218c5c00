"""Headers are found whatever their case; a renamed one is named together with what it was probably renamed to."""

import pytest

from feeds.cells import Cells
from feeds.columns import headers_of, label, nearest, resolve
from feeds.errors import ContentError, RowError
from feeds.records import Field
from feeds.registry import all_kinds
from feeds.tables import Row, Table

FIELDS = (Field("id"), Field("state", aliases=("Trạng thái",)), Field("note", required=False))


def test_mapping_comes_before_name_and_name_before_alias() -> None:
    table = Table(("MÃ", "id", "trạng thái"), [])
    assert resolve(table, FIELDS, {"id": "Mã"}) == {"id": "MÃ", "state": "trạng thái"}


def test_a_missing_column_is_named_with_what_came_and_what_was_meant() -> None:
    with pytest.raises(ContentError) as caught:
        resolve(Table(("id", "trang_thai_moi"), []), FIELDS, {"state": "trang_thai"})
    assert caught.value.code == "run.missing_column_meant"
    assert caught.value.values == {"columns": "trang_thai", "found": "id, trang_thai_moi", "meant": "trang_thai → trang_thai_moi"}


def test_a_lone_leftover_column_is_the_heir_of_a_lone_missing_one() -> None:
    with pytest.raises(ContentError) as caught:
        resolve(Table(("id", "xyz"), []), FIELDS, {"state": "trang_thai"})
    assert caught.value.values["meant"] == "trang_thai → xyz"


def test_a_mapped_optional_column_must_be_there_and_an_unmapped_one_need_not() -> None:
    table = Table(("id", "state"), [])
    assert resolve(table, FIELDS, {}) == {"id": "id", "state": "state"}
    with pytest.raises(ContentError) as caught:
        resolve(table, FIELDS, {"note": "ghi_chu"})
    assert caught.value.code == "run.missing_column"
    assert caught.value.values["columns"] == "ghi_chu"


def test_all_missing_columns_are_named_at_once() -> None:
    with pytest.raises(ContentError) as caught:
        resolve(Table(("q", "w"), []), FIELDS, {})
    assert caught.value.values["columns"] == "id, Trạng thái"


@pytest.mark.parametrize(("slip", "meant"), [("tiemout_s", "timeout_s"), ("URL", "url"), ("zzz", None)])
def test_nearest_finds_a_slip_and_nothing_far(slip: str, meant: str | None) -> None:
    assert nearest(slip, ["timeout_s", "url", "folder"]) == meant


PLACES = (Field("id", aliases=("Mã thôn", "Mã bản")), Field("name", aliases=("Tên thôn",)), Field("people", False, ("Số dân", "Nhân khẩu")))


@pytest.mark.parametrize(
    ("columns", "found"),
    [
        (("MA_THON", "TEN_THON", "SO_DAN"), {"id": "MA_THON", "name": "TEN_THON", "people": "SO_DAN"}),
        (("ma ban", "Ten thon", "NHAN KHAU"), {"id": "ma ban", "name": "Ten thon", "people": "NHAN KHAU"}),
        (("Mã thôn", "MA_BAN", "Tên thôn"), {"id": "Mã thôn", "name": "Tên thôn"}),
        (("ma_thon", "Ma thon", "ten thon"), {"name": "ten thon"}),
        (("Ma_thon", "ma_ban", "ten thon"), {"name": "ten thon"}),
    ],
)
def test_usual_headers_count_without_accents_where_one_column_has_them_alone(columns: tuple[str, ...], found: dict[str, str]) -> None:
    assert headers_of(Table(columns, []), PLACES, {}) == found


def test_a_declared_header_is_taken_as_it_is_declared() -> None:
    assert headers_of(Table(("MA_THON", "Tên thôn"), []), PLACES, {"id": "Mã thôn"}) == {"name": "Tên thôn"}


def test_what_is_missing_is_named_as_people_name_it() -> None:
    with pytest.raises(ContentError) as caught:
        resolve(Table(("Cột 1", "Tên thôn"), []), PLACES, {})
    assert caught.value.values["columns"] == "Mã thôn (= Mã bản)"
    assert caught.value.values["meant"] == "Mã thôn → Cột 1"
    headers = resolve(Table(("Mã thôn", "Tên thôn"), []), PLACES, {})
    with pytest.raises(RowError) as missing:
        Cells(Row(2, {}), headers).whole("people")
    assert missing.value.values["column"] == "Số dân"


def test_every_field_of_every_kind_has_a_name_for_a_clerk_and_no_two_share_one() -> None:
    for kind in all_kinds().values():
        for options in (kind.Options(), *([kind.Options(form="long")] if kind.key == "coverage" else [])):
            fields = kind.fields(options)
            names = [label(field) for field in fields]
            assert len(set(names)) == len(names), kind.key
            for field in fields:
                assert not label(field).isascii() or field.name in ("2g", "3g", "4g", "5g"), (kind.key, field.name)
