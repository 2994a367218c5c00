"""Text in TCVN3 and VNI: read when declared, refused with what to declare when a column looks like it."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from feeds.errors import ContentError
from feeds.fetching import Layout, known_encoding
from feeds.geo_files import GeoFileError, layer_frame
from feeds.tables import read_table
from tests.feeds.test_tables import xlsx
from tests.support.old_text import NAMES, TCVN3, VNI

OLD = {"tcvn3": TCVN3, "vni": VNI}


def sheet(texts: list[str], encoding: str = "latin-1") -> bytes:
    return "\n".join(["Ma;Ten", *(f"{n};{text}" for n, text in enumerate(texts))]).encode(encoding)


def names(data: bytes, layout: Layout) -> list[str]:
    return [row.values["Ten"] for row in read_table(data, layout).rows]


@pytest.mark.parametrize("encoding", OLD)
@pytest.mark.parametrize("saved_as", ["latin-1", "utf-8", "utf-8-sig"])
def test_a_declared_csv_is_read(encoding: str, saved_as: str) -> None:
    assert known_encoding(encoding) == encoding
    assert names(sheet(OLD[encoding], saved_as), Layout("csv", encoding=encoding)) == NAMES


@pytest.mark.parametrize("encoding", OLD)
def test_a_declared_spreadsheet_is_read(encoding: str) -> None:
    data = xlsx(["Ma", "Ten"], *([n, text] for n, text in enumerate(OLD[encoding])))
    assert names(data, Layout("xlsx", encoding=encoding)) == NAMES


def refused(data: bytes, layout: Layout) -> tuple[str, object]:
    with pytest.raises(ContentError) as caught:
        read_table(data, layout)
    return caught.value.code, caught.value.values.get("encoding")


@pytest.mark.parametrize("encoding", OLD)
def test_what_looks_old_and_is_not_declared_is_refused_with_what_to_declare(encoding: str) -> None:
    texts = OLD[encoding]
    assert refused(sheet(texts), Layout("csv")) == ("run.encoding_like", encoding)
    assert refused(sheet(texts, "utf-8"), Layout("csv")) == ("run.encoding_old", encoding)
    assert refused(xlsx(["Ma", "Ten"], *([n, text] for n, text in enumerate(texts))), Layout("xlsx")) == ("run.encoding_old", encoding)


def test_text_that_is_unicode_already_is_refused_when_declared_otherwise() -> None:
    assert refused(sheet(NAMES, "utf-8"), Layout("csv", encoding="tcvn3")) == ("run.encoding_other", "tcvn3")
    assert refused(xlsx(["Ma", "Ten"], [1, NAMES[0]]), Layout("xlsx", encoding="vni")) == ("run.encoding_other", "vni")


def test_other_text_and_text_declared_to_be_as_it_is_are_let_through() -> None:
    assert names(sheet(NAMES, "utf-8"), Layout("csv")) == NAMES
    assert names(sheet(TCVN3, "utf-8"), Layout("csv", encoding="utf-8")) == TCVN3
    assert names(sheet(["Café", "Zürich", "Málaga", "Århus"], "utf-8"), Layout("csv")) == ["Café", "Zürich", "Málaga", "Århus"]


def test_an_unknown_encoding_is_no_encoding() -> None:
    with pytest.raises(ValueError, match="tcvn3"):
        known_encoding("tcvn9")


@pytest.mark.parametrize("encoding", OLD)
def test_a_shapefiles_names_are_read(tmp_path: Path, encoding: str) -> None:
    shapes = gpd.GeoDataFrame({"Ten": OLD[encoding]}, geometry=[shapely.Point(103, 21)] * 4, crs="EPSG:4326")
    shapes.to_file(tmp_path / "xa.shp", encoding="ISO-8859-1")
    (tmp_path / "xa.cpg").unlink()
    known_encoding(encoding)
    assert list(layer_frame(str(tmp_path / "xa.shp"), "xa", encoding)["Ten"]) == NAMES
    shapes.assign(Ten=NAMES).to_file(tmp_path / "new.shp", encoding="UTF-8")
    with pytest.raises(GeoFileError, match="UTF-8"):
        layer_frame(str(tmp_path / "new.shp"), "new", encoding)
