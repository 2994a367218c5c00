"""What is drawn and what is labelled are the same rows: the label "Sơ đồ" is there exactly while a drawn outline is schematic."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely
from sqlalchemy import Engine

from feeds.boundaries import import_boundaries
from feeds.default.init import init_province
from geo.units import OLD_TO
from ioc.api.context import Context
from ioc.drawn import drawn_rows, visible
from ioc.gaps import read_gaps
from ioc.geometry import Geometries
from ioc.layers import all_layers
from ioc.page import render
from ioc.selection import Selection
from ioc.snapshots import Snapshots
from ioc.take_along import map_file
from store.engine import open_engine
from store.places import outlines_on
from store.transactions import reading

NOW, THEN = date(2026, 11, 21), OLD_TO
LABEL = "Sơ đồ, không phải địa giới"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("drawn") / "ioc.db"
    engine = open_engine(f"sqlite:///{path}")
    init_province(engine, "11", empty=True)
    engine.dispose()
    return path


@pytest.fixture
def engine(made: Path, tmp_path: Path) -> Iterator[Engine]:
    path = tmp_path / "ioc.db"
    path.write_bytes(made.read_bytes())
    engine = open_engine(f"sqlite:///{path}")
    yield engine
    engine.dispose()


def bring_in(engine: Engine, folder: Path, level: str, day: date, codes: list[str] | None = None, grow: float = 0.0) -> list[str]:
    """Import outlines of a level as real ones: the schematic ones a little larger or smaller; the codes."""
    with reading(engine) as connection:
        outlines = outlines_on(connection, day)
    chosen = outlines[(outlines["level"] == level) & (outlines["code"].isin(codes) if codes else True)]
    shapes = shapely.buffer(chosen.geometry.to_numpy(), grow)
    frame = gpd.GeoDataFrame({"code": chosen["code"], "name": chosen["full_name"]}, geometry=shapes, crs="EPSG:4326")
    path = folder / f"{level}-{day}-{len(frame)}.gpkg"
    frame.to_file(path, layer="x")
    import_boundaries(engine, path, layer="x", level=level, valid_from=day, source="thử", licence="thử", crs=None, encoding=None)
    return list(frame["code"])


def drawn(engine: Engine, day: date) -> dict[str, dict[str, Any]]:
    """By code of what the map's source holds: level, drawn, shape."""
    snapshots = Snapshots(engine)
    snapshot = snapshots.get(day)
    (layer,) = (layer for layer in all_layers() if layer.key == "units")
    found = layer.features(snapshot, snapshots.outlines(snapshot))
    return {f["properties"]["code"]: {**f["properties"], "shape": shapely.geometry.shape(f["geometry"])} for f in found}


def overlap(one: shapely.Geometry, other: shapely.Geometry) -> float:
    """Intersection over union."""
    return float(one.intersection(other).area / one.union(other).area)


def labelled(engine: Engine, query: str) -> bool:
    """Whether the notes of the map and of the wall carry the label; both the same."""
    context = Context.of(Snapshots(engine), "test")
    found = {LABEL in str(render(context, path, query)["map_notes"]) for path in ("/map", "/wall")}
    (both,) = found
    return both


def test_the_label_goes_when_all_communes_are_real_though_an_undrawn_province_is_not(engine: Engine, tmp_path: Path) -> None:
    assert labelled(engine, "")
    codes = bring_in(engine, tmp_path, "commune", NOW)
    assert len(codes) == 45
    assert not labelled(engine, "")
    snapshots = Snapshots(engine)
    assert Geometries(snapshots).index(snapshots.get())["schematic"] is False
    _, document = map_file(snapshots, Selection())
    assert LABEL not in document
    assert labelled(engine, f"?as_of={THEN}")


def test_one_schematic_commune_keeps_the_label(engine: Engine, tmp_path: Path) -> None:
    codes = bring_in(engine, tmp_path, "commune", NOW)
    assert codes
    with reading(engine) as connection:
        missing = str(outlines_on(connection, NOW).query("level == 'commune'")["code"].iloc[7])
    other = Path(tmp_path / "other")
    other.mkdir()
    path = other / "ioc.db"
    second = open_engine(f"sqlite:///{path}")
    init_province(second, "11", empty=True)
    bring_in(second, other, "commune", NOW, [code for code in codes if code != missing])
    assert labelled(second, "")
    second.dispose()


def test_imported_districts_and_provinces_are_drawn_as_they_are(engine: Engine, tmp_path: Path) -> None:
    """The schematic communes make another shape; what was imported is what is drawn."""
    before = drawn(engine, NOW)
    assert {row["level"] for row in before.values() if row["drawn"]} == {"commune", "district"}
    districts = bring_in(engine, tmp_path, "district", THEN, grow=-0.01)
    provinces = bring_in(engine, tmp_path, "province", NOW, grow=0.02)
    assert (len(districts), provinces) == (10, ["11"])
    with reading(engine) as connection:
        imported = dict(outlines_on(connection, THEN).set_index("code")["outline"])
    for day in (NOW, THEN):
        after = drawn(engine, day)
        for code in districts:
            assert after[code]["drawn"]
            assert overlap(after[code]["shape"], imported[code]) > 0.99
            assert day == THEN or overlap(before[code]["shape"], imported[code]) < 0.97
    assert drawn(engine, NOW)["11"]["drawn"]
    assert drawn(engine, NOW)["11"]["shape"].area > before["11"]["shape"].area
    assert not before["11"]["drawn"]


def test_while_there_were_districts_the_label_follows_what_the_view_shows(engine: Engine, tmp_path: Path) -> None:
    """The whole province shows districts alone, a district its communes too."""
    districts = bring_in(engine, tmp_path, "district", THEN)
    assert not labelled(engine, f"?as_of={THEN}")
    assert labelled(engine, f"?as_of={THEN}&unit={districts[0]}")
    snapshot = Snapshots(engine).get(THEN)
    communes = list(snapshot.places.lineage.index[snapshot.places.lineage["district"] == districts[0]])
    bring_in(engine, tmp_path, "commune", THEN, [code for code in communes if code not in districts])
    assert not labelled(engine, f"?as_of={THEN}&unit={districts[0]}")
    assert labelled(engine, f"?as_of={THEN}&unit={districts[1]}")
    commune = next(code for code in communes if code not in districts)
    assert not labelled(engine, f"?as_of={THEN}&unit={commune}")


def test_what_a_view_shows_is_made_of_rows_with_outlines(engine: Engine) -> None:
    snapshot = Snapshots(engine).get()
    rows = drawn_rows(snapshot.places)
    assert all(snapshot.places.units.at[code, "outlined"] for own in rows.values() for code in own)
    assert visible(snapshot.places, Selection()) == set(rows)
    assert read_gaps(Snapshots(engine), Selection()).frame.empty


@pytest.mark.parametrize(
    "layers", [("commune_2025",), ("commune_2025", "province_2025", "district_2021"), ("district_2021", "commune_2021")]
)
def test_real_outlines_of_a_province_take_the_label_away(engine: Engine, shared_boundaries: Path, layers: tuple[str, ...]) -> None:
    for layer in layers:
        level, _, year = layer.partition("_")
        day = date(2025, 7, 1) if year == "2025" else date(2021, 7, 1)
        path = shared_boundaries / "11_dien_bien.gpkg"
        import_boundaries(engine, path, layer=layer, level=level, valid_from=day, source="thử", licence="thử", crs=None, encoding=None)
    day = NOW if "commune_2025" in layers else date(2021, 7, 1)
    assert not labelled(engine, f"?as_of={day}" if day != NOW else "")
    found = drawn(engine, day)
    with reading(engine) as connection:
        stored = outlines_on(connection, day).set_index("code")
    for code, row in found.items():
        if row["drawn"] and code in stored.index and not stored.at[code, "outline_schematic"]:
            assert overlap(row["shape"], stored.at[code, "outline"]) > 0.97
    assert found["11"]["drawn"] is ("province_2025" in layers)
