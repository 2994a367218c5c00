"""Old encodings are read letter for letter, refused when they are something else, and pointed out only when that is certain."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from feeds.default.dataset import load
from geo.legacy_text import LEGACY, LegacyTextError, decode, decode_latin, is_vietnamese, letters, looks_like, register
from geo.names import same_spelling


@pytest.fixture(scope="module")
def names() -> list[str]:
    """Every unit of the country, in both structures."""
    data = load()
    columns = [frame[name] for frame in (data.old, data.new) for name in ("full_name", "province") if name in frame]
    return sorted({same_spelling(str(name)).replace("’", "'") for column in columns for name in column})


def written(text: str, encoding: str) -> bytes:
    """`text` as a program of the time wrote it."""
    back = {letter: key for key, letter in letters(encoding).items()}
    return "".join(back.get(c, c) for c in text).encode("latin-1")


@pytest.mark.parametrize("encoding", LEGACY)
def test_every_name_of_the_country_comes_back(names: list[str], encoding: str) -> None:
    assert len(names) > 8_000
    assert [name for name in names if decode(written(name, encoding), encoding) != name] == []


@pytest.mark.parametrize("encoding", LEGACY)
def test_names_in_an_old_encoding_look_like_it_and_names_in_unicode_do_not(names: list[str], encoding: str) -> None:
    sheets = [names[start : start + 100] for start in range(0, len(names), 100)]
    found = [looks_like(written(name, encoding).decode("latin-1") for name in sheet) for sheet in sheets]
    assert found.count(encoding) > 0.7 * len(sheets)  # words of other tongues keep it from being certain
    assert set(found) <= {encoding, None}
    assert {looks_like(sheet) for sheet in sheets} == {None}


@pytest.mark.parametrize(
    ("came", "encoding", "text"),
    [
        ("§iÖn Biªn", "tcvn3", "Điện Biên"),
        ("X· M­êng Ph¨ng", "tcvn3", "Xã Mường Phăng"),
        ("Ñieän Bieân", "vni", "Điện Biên"),
        ("ÑIEÄN BIEÂN", "vni", "ĐIỆN BIÊN"),
        ("Xaõ Möôøng Phaêng", "vni", "Xã Mường Phăng"),
        ("Myõ Lyù, Kyø Sôn", "vni", "Mỹ Lý, Kỳ Sơn"),
        ("Phuù Quyù\xa05", "vni", "Phú Quý 5"),
        ("", "tcvn3", ""),
        ("Him Lam", "vni", "Him Lam"),
    ],
)
def test_known_texts(came: str, encoding: str, text: str) -> None:
    assert decode_latin(came, encoding) == text
    assert decode(came.encode("latin-1"), encoding) == text


@pytest.mark.parametrize("encoding", LEGACY)
def test_what_is_utf8_already_is_refused(encoding: str) -> None:
    with pytest.raises(LegacyTextError, match="UTF-8"):
        decode("Xã Mường Phăng".encode(), encoding)
    with pytest.raises(LegacyTextError):
        decode_latin("Xã Mường Phăng", encoding)


def test_a_byte_that_no_letter_has_is_refused_with_its_place() -> None:
    with pytest.raises(LegacyTextError) as caught:
        decode(b"Him \xff", "tcvn3")
    assert caught.value.start == 4


def test_python_reads_them_by_name() -> None:
    register()
    register()
    assert b"\xa7i\xd6n Bi\xaan".decode("tcvn3") == "Điện Biên"
    with pytest.raises(UnicodeEncodeError):
        "Điện Biên".encode("vni")


def test_tcvn3_is_what_the_c_library_says_of_its_standard() -> None:
    if shutil.which("iconv") is None:
        pytest.skip("the C library's iconv is not installed, and nothing else here knows TCVN 5712")
    for byte, letter in letters("tcvn3").items():
        done = subprocess.run(["iconv", "-f", "TCVN", "-t", "UTF-8"], input=byte.encode("latin-1"), capture_output=True, check=True)
        assert done.stdout.decode() == letter


@pytest.mark.parametrize(
    "texts",
    [
        [],
        ["Him Lam", "Thanh Minh"],
        ["§iÖn"],
        ["Café", "Zürich", "Málaga", "Besançon", "Århus"],
        ["Xã Mường Phăng", "Phường Điện Biên Phủ", "Xã Núa Ngam"],
        ["Điện Biên", "§iÖn Biªn"],
        ["°C", "±5", "½"],
        ["X\x00\xe3\x00 \x00M\x00\xb0\x01\xdd\x1en\x00g\x00", "\x00ÿ\x00", "ÿ\x00þ"],
    ],
    ids=str,
)
def test_nothing_is_pointed_out_that_is_not_certain(texts: list[str]) -> None:
    assert looks_like(texts) is None


@pytest.mark.parametrize("word", ["Điện", "Nghiêng", "Khuỷu", "Đắk", "Krông", "Phan-Xi-Păng", "Quẩy"])
def test_syllables(word: str) -> None:
    assert is_vietnamese(word)


@pytest.mark.parametrize("word", ["§iÖn", "Zürich", "Möôøng", "Điệnn", "Đìện"])
def test_no_syllables(word: str) -> None:
    assert not is_vietnamese(word)
