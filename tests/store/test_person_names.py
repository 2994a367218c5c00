"""Two names of one person are one; two people are two."""

from __future__ import annotations

import itertools
import unicodedata

import pytest

from store.person_names import same_person, visible

TONES = "\u0300\u0301\u0309\u0303\u0323"
LETTERS = set("aăâbcdđeêghiklmnoôơpqrstuưvxyfjwz") | {
    unicodedata.normalize("NFC", vowel + tone) for vowel in "aăâeêioôơuưy" for tone in TONES
}


@pytest.mark.parametrize(
    "other",
    [
        "Lò Thị\u200b Inh", "Lò\u2060 Thị Inh", "Lò Thị Inh\u00ad", "\ufeffLò Thị Inh", "Lò Thị Inh\u3164",
        "Lò Thị \u202eInh\u202c", "Lò Thị Inh\ufe0f",
        "Lò Thị Inh\U000e0041", "Lò\u00a0Thị\u2003Inh", "LÒ THỊ INH", "lò thị inh", "Lo\u0300 Thi\u0323 Inh", "Ｌò Thị Inh",
        "Lò Thị lnh", "Lὸ Thị Inh",
        "Lò Тhị Іnh", "𝐋ò Thị Inh", "LòThịInh", "Lò Thị Inh\u2800", "Lò Thị In\u034fh",
    ],
)  # fmt: skip
def test_a_name_that_reads_the_same_is_the_same_person(other):
    assert same_person("Lò Thị Inh", other)
    assert same_person(other, "Lò Thị Inh")


@pytest.mark.parametrize(
    ("one", "other"), [("Nguyễn Hoà", "Nguyễn Hòa"), ("Vũ Thuý", "Vũ Thúy"), ("Đỗ Đức", "Ðỗ Ɖức"), ("Trần Mai", "Trần Μаі")]
)
def test_two_ways_to_write_vietnamese_are_one_name(one, other):
    assert same_person(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Minh Quán", "Minh Quân"),
        ("Đỗ Đức", "Dỗ Đức"),
        ("Lê Hà", "Lê Hạ"),
        ("Vàng A Sử", "Vàng A Sứ"),
        ("Lò Văn An", "Lò Văn Ân"),
        ("Lò A", "Lò A A"),
    ],
)
def test_people_whose_names_differ_by_a_mark_are_two(one, other):
    assert not same_person(one, other)


def test_every_vietnamese_letter_is_its_own():
    alike = [(a, b) for a, b in itertools.combinations(sorted(LETTERS), 2) if same_person(f"Trần {a}h", f"Trần {b}h")]
    assert alike == []


@pytest.mark.parametrize("name", ["\u200b\u200c", "\u3164\u3164\u3164", "\u2800 \u00ad", "\u115f\u1160", "\ufe0f\U000e0041", " \t\n", ""])
def test_nothing_to_see_is_no_name(name):
    assert visible(name) == ""


def test_what_is_seen_is_kept_as_it_is():
    assert visible(" Nguye\u0302\u0303n\u200b  Thị\tMỹ  Lệ ") == "Nguyễn Thị Mỹ Lệ"
