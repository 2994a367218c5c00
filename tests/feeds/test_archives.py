"""Zip files from outside: within limits, or refused with the reason; never a byte outside of memory."""

import io
import struct
import zipfile

import pytest

from feeds.archives import MAX_ENTRIES, find_table, unpack
from feeds.errors import ContentError


def packed(**files: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def refused(data: bytes, limit: int = 1_000_000) -> ContentError:
    with pytest.raises(ContentError) as caught:
        find_table(unpack(data, limit))
    return caught.value


def test_what_is_in_it_comes_out_whole() -> None:
    assert unpack(packed(**{"a/m.csv": b"x", "b.txt": b""}), 10) == {"a/m.csv": b"x", "b.txt": b""}


def test_the_limit_holds_for_all_files_together_to_the_byte() -> None:
    data = packed(a=b"x" * 600, b=b"y" * 400)
    assert sum(map(len, unpack(data, 1000).values())) == 1000
    assert refused(data, 999).code == "run.too_large"


def test_a_bomb_is_refused_by_its_ratio_and_by_its_size() -> None:
    bomb = packed(**{"m.csv": bytes(30_000_000)})
    assert len(bomb) < 100_000
    assert refused(bomb, 50_000_000).code == "run.zip_bomb"
    assert refused(bomb, 20_000_000).code == "run.too_large"


def test_a_size_that_the_archive_lies_about_is_not_believed() -> None:
    honest = packed(**{"m.csv": bytes(5_000_000)})
    lying = honest.replace(struct.pack("<I", 5_000_000), struct.pack("<I", 10))
    assert lying != honest
    assert refused(lying, 1_000_000).code in ("run.zip_invalid", "run.too_large")


@pytest.mark.parametrize("name", ["../m.csv", "a/../../m.csv", "/etc/m.csv", "C:\\m.csv", "..\\m.csv", "\\\\host\\m.csv"])
def test_names_that_lead_elsewhere_are_refused(name: str) -> None:
    assert refused(packed(**{name: b"a\n1\n"})).code == "run.zip_unsafe"


@pytest.mark.parametrize("name", ["m.zip", "a/M.RAR", "m.csv.gz", "m.tar"])
def test_archives_within_are_refused(name: str) -> None:
    assert refused(packed(**{name: b"x"})).code == "run.zip_nested"


def test_too_many_entries_are_refused() -> None:
    assert refused(packed(**{f"{n}.csv": b"" for n in range(MAX_ENTRIES + 1)})).code == "run.zip_entries"


def test_a_password_is_named() -> None:
    data = bytearray(packed(**{"m.csv": b"a\n1\n"}))
    data[6] |= 1  # the flag in the local header, and in the central directory
    data[data.index(b"PK\x01\x02") + 8] |= 1
    assert refused(bytes(data)).code == "run.zip_encrypted"


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"not a zip", id="text"),
        pytest.param(packed(**{"m.csv": b"a\n" * 500})[:-30], id="cut short"),
        pytest.param(b"PK\x05\x06" + bytes(10), id="the end alone"),
    ],
)
def test_a_broken_archive_is_named(data: bytes) -> None:
    assert refused(data).code == "run.zip_invalid"


def test_a_broken_entry_is_named() -> None:
    data = bytearray(packed(**{"m.csv": bytes(range(256)) * 20}))
    data[60] ^= 0xFF
    assert refused(bytes(data)).code == "run.zip_invalid"


@pytest.mark.parametrize("names", [[], ["doc.pdf"], ["a.csv", "b.csv"], ["a.csv", "a.xlsx"]])
def test_exactly_one_table_is_expected(names: list[str]) -> None:
    assert refused(packed(**dict.fromkeys(names, b"a\n1\n"))).code == "run.zip_tables"


def test_half_a_shapefile_is_named_with_what_it_lacks() -> None:
    error = refused(packed(**{"Thon.SHP": b"x", "thon.dbf": b"x"}))
    assert (error.code, error.values["missing"]) == ("run.shapefile_incomplete", ".shx")
