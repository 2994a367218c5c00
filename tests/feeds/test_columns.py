"""Headers are found whatever their case; a renamed one is named together with what it was probably renamed to."""

import pytest

from feeds.columns import nearest, resolve
from feeds.errors import ContentError
from feeds.records import Field
from feeds.tables import Table

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
    assert caught.value.values["columns"] == "id, state"


@pytest.mark.parametrize(("slip", "meant"), [("tiemout_s", "timeout_s"), ("URL", "url"), ("zzz", None)])
def test_nearest_finds_a_slip_and_nothing_far(slip: str, meant: str | None) -> None:
    assert nearest(slip, ["timeout_s", "url", "folder"]) == meant
