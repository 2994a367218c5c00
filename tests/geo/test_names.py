"""Names compare strictly, search generously, and join without guessing."""

from __future__ import annotations

import unicodedata

import pandas as pd
import pytest

from geo.name_join import Join, join_units
from geo.names import matches, same_spelling, search_key, split_kind, written_name


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Hoà Bình", "Hòa Bình"),
        ("Thuỷ", "Thủy"),
        ("Khoẻ", "Khỏe"),
        ("Quý", "Qúy"),
        ("Xã  Mường Phăng ", "xã mường phăng"),
        ("ĐIỆN BIÊN", "Điện Biên"),
        (unicodedata.normalize("NFD", "Thị trấn Tủa Chùa"), "Thị trấn Tủa Chùa"),
    ],
)
def test_one_name_spelt_two_ways_is_the_same(one: str, other: str) -> None:
    assert same_spelling(one) == same_spelling(other)


@pytest.mark.parametrize(("one", "other"), [("Minh Quán", "Minh Quân"), ("Nậm Kè", "Nậm Kề"), ("Múa", "Mua"), ("Đa", "Da"), ("Hoá", "Hoà")])
def test_different_names_stay_different(one: str, other: str) -> None:
    assert same_spelling(one) != same_spelling(other)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Điện Biên", "dien bien"),
        ("  THỊ XÃ   Mường Lay ", "thi xa muong lay"),
        (unicodedata.normalize("NFD", "Đặc khu Phú Quốc"), "dac khu phu quoc"),
        ("Ia H'Drai", "ia hdrai"),
        ("Thôn 3 – Bản Pú_Nhi", "thon 3 ban pu nhi"),
        ("", ""),
    ],
)
def test_search_key_has_no_accents_and_single_spaces(text: str, key: str) -> None:
    assert search_key(text) == key


@pytest.mark.parametrize("query", ["dien bien", "Điện Biên", "điện", "tinh dien", "DIEN  BIEN", "di bi"])
def test_search_finds_dien_bien(query: str) -> None:
    assert matches(query, search_key("Tỉnh Điện Biên"))


@pytest.mark.parametrize("query", ["", "   ", "bien dien", "ien", "dien bien phu"])
def test_search_does_not_find_what_is_not_asked(query: str) -> None:
    assert not matches(query, search_key("Tỉnh Điện Biên"))


@pytest.mark.parametrize(
    ("full_name", "expected"),
    [
        ("Phường Him Lam", ("phường", "Him Lam")),
        ("Thành phố Điện Biên Phủ", ("thành phố", "Điện Biên Phủ")),
        ("THỊ XÃ MƯỜNG LAY", ("thị xã", "MƯỜNG LAY")),
        (unicodedata.normalize("NFD", "Xã Xá Nhè"), ("xã", "Xá Nhè")),
        ("Phường 1", ("phường", "1")),
        ("Him Lam", ("", "Him Lam")),
        ("Xãng", ("", "Xãng")),
    ],
)
def test_the_kind_is_split_from_the_name(full_name: str, expected: tuple[str, str]) -> None:
    assert split_kind(full_name) == expected


@pytest.fixture
def units() -> pd.DataFrame:
    rows = [
        ("03127", "Phường Him Lam", "094"),
        ("03325", "Xã Mường Phăng", "094"),
        ("04540", "Xã Minh Quán", "138"),
        ("04541", "Xã Minh Quân", "138"),
        ("03217", "Thị trấn Tủa Chùa", "098"),
        ("03218", "Xã Tủa Chùa", "098"),
        ("03352", "Xã Thanh An", "100"),
        ("03353", "Xã Thanh An", "101"),
        ("00001", "Xã Hòa Thủy", "102"),
    ]
    return pd.DataFrame(rows, columns=["code", "full_name", "parent_code"])


def join(units: pd.DataFrame, *rows: tuple[str | None, str, str | None]) -> Join:
    return join_units(pd.DataFrame(list(rows), columns=["code", "name", "parent_code"]), units)


def test_the_code_decides_and_forgives_the_spelling(units: pd.DataFrame) -> None:
    joined = join(units, ("03127", "PHƯỜNG HIM LẠM", None), ("03325", "", None))
    assert joined.codes == {0: "03127", 1: "03325"}
    assert joined.how == {"code": 2}


def test_a_code_used_again_for_another_place_is_left_to_a_person(units: pd.DataFrame) -> None:
    joined = join(units, ("03127", "Phường Điện Biên Phủ", "094"))
    assert not joined.codes
    assert (joined.unmatched[0].reason, joined.unmatched[0].candidates) == ("name_differs", ("Phường Him Lam (03127)",))


def test_a_misspelt_name_with_its_code_is_joined_and_mentioned(units: pd.DataFrame) -> None:
    joined = join(units, ("03325", "Xã Mường Phẳn", "094"))
    assert joined.codes == {0: "03325"}
    assert joined.respelt == ("Xã Mường Phẳn",)


def test_names_join_exactly_then_by_tone_then_without_accents(units: pd.DataFrame) -> None:
    nfd = unicodedata.normalize("NFD", "Xã Mường Phăng")
    joined = join(units, (None, nfd, "094"), (None, "Xã Hoà Thuỷ", "102"), (None, "thi tran tua chua", "098"))
    assert joined.codes == {0: "03325", 1: "00001", 2: "03217"}
    assert joined.how == {"name": 1, "tone": 1, "accentless": 1}


def test_an_accentless_name_that_fits_two_units_is_never_guessed(units: pd.DataFrame) -> None:
    joined = join(units, (None, "Minh Quan", "138"))
    assert not joined.codes
    assert joined.unmatched[0].reason == "ambiguous"
    assert joined.unmatched[0].candidates == ("Xã Minh Quán (04540)", "Xã Minh Quân (04541)")


def test_other_accents_are_another_name_even_where_only_one_unit_is_alike(units: pd.DataFrame) -> None:
    joined = join(units, (None, "Xã Mường Phắng", "094"))
    assert [(miss.reason, miss.candidates) for miss in joined.unmatched] == [("no_match", ("Xã Mường Phăng (03325)",))]


def test_a_name_without_its_kind_must_be_the_only_one_in_its_parent(units: pd.DataFrame) -> None:
    joined = join(units, (None, "Tủa Chùa", "098"), (None, "Xã Tủa Chùa", "098"))
    assert joined.codes == {1: "03218"}
    assert joined.unmatched[0].reason == "ambiguous"


def test_the_parent_tells_namesakes_apart(units: pd.DataFrame) -> None:
    joined = join(units, (None, "Xã Thanh An", "101"), (None, "Xã Thanh An", None), (None, "Xã Thanh An", "999"))
    assert joined.codes == {0: "03353"}
    assert [miss.reason for miss in joined.unmatched] == ["ambiguous", "no_match"]


def test_two_records_for_one_unit_are_both_left_out(units: pd.DataFrame) -> None:
    joined = join(units, ("03127", "Him Lam", None), (None, "Phường Him Lam", "094"))
    assert not joined.codes
    assert [miss.reason for miss in joined.unmatched] == ["twice", "twice"]


def test_empty_lists_join_to_nothing(units: pd.DataFrame) -> None:
    assert join(units).codes == {}
    assert join_units(pd.DataFrame({"name": ["Xã Nà Hỳ"]}), units.iloc[:0]).unmatched[0].reason == "no_match"


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("Thị Xã Mường Lay", "Thị xã Mường Lay"),
        ("Thành Phố Điện Biên Phủ", "Thành phố Điện Biên Phủ"),
        ("THỊ TRẤN Tủa Chùa", "Thị trấn Tủa Chùa"),
        ("xã Mường Nhé", "Xã Mường Nhé"),
        ("Đặc Khu Lý Sơn", "Đặc khu Lý Sơn"),
        ("Mường Xã", "Mường Xã"),
    ],
)
def test_a_kind_is_written_as_a_sentence_begins(given: str, written: str) -> None:
    assert written_name(given) == written
