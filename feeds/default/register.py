"""The units of one province in both structures, their schematic outlines, and the crosswalk between them.

A deployment is one province of today. Before 2025-07-01 its land may have been several provinces (today's Lào Cai, code 15, was
Lào Cai, 10, and Yên Bái, 15): all of them are in the register. Names, codes and points are real; outlines are schematic.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

from feeds.default.dataset import Dataset, load
from geo.crs import metric_crs, project, reproject
from geo.names import search_key, split_kind, written_name
from geo.schematic import commune_cells, joined, merged, seeds_inside, split_cell
from geo.units import NEW_FROM, OLD_FROM, OLD_TO

KNOWN = ("11", "15", "04", "40")
OUTLINE_LICENCE = "MIT"


class UnknownProvinceError(Exception):
    """No province of today has this code."""


@dataclass(frozen=True)
class Register:
    """units: the columns of the store's table but stored_at, outlines as EPSG:4326 MultiPolygons; crosswalk: likewise.

    pieces: one row per old commune and new one it went into (old_code, new_code, share; x, y: the commune's seat in metres; cell: a
    polygon in metres; outline: the same in EPSG:4326; area_km2). Together they tile the province, so whatever is placed in a piece
    lies in a known commune of both structures.
    """

    code: str
    name: str
    metric_crs: str
    units: pd.DataFrame
    crosswalk: pd.DataFrame
    pieces: pd.DataFrame
    source: str


def capital(register: Register) -> tuple[float, float]:
    """Longitude and latitude of the province's seat: that of its one former city, or of the province where it had several or none."""
    old = register.units[register.units["valid_from"] == OLD_FROM]
    cities = old[(old["level"] == "district") & (old["kind"] == "thành phố") & (old["parent_code"] == register.code)]
    seat = cities.iloc[0] if len(cities) == 1 else _today(register)
    return float(seat["lon"]), float(seat["lat"])


def kind_of(register: Register) -> str:
    """What the province is: "tỉnh" or "thành phố". Its name changed with the structure in some, so institutions go without it."""
    return str(_today(register)["kind"])


def _today(register: Register) -> pd.Series:
    units = register.units
    return units[(units["level"] == "province") & (units["valid_from"] == NEW_FROM)].iloc[0]


def province_register(code: str, dataset: Dataset | None = None) -> Register:
    """The register of the province that bears `code` today. Raises UnknownProvinceError."""
    data = dataset or load()
    new = data.new[data.new["province_code"] == code].reset_index(drop=True)
    if new.empty:
        raise UnknownProvinceError(code)
    metric = metric_crs(code, lon=float(new["lon"].median()))
    before = data.conversion["DICT_PROVINCE"][new["province_key"].iloc[0]]
    old = data.old[data.old["province_key"].isin(before)].drop_duplicates("code").reset_index(drop=True)
    succession = _succession(old, new, data.conversion)
    pieces = _pieces(data.new, new, old, succession, metric)
    units = pd.concat([_old_units(old, pieces, metric), _new_units(new, old, pieces)], ignore_index=True)
    units["outline_source"] = f"{data.source} · Voronoi"
    units["outline_licence"] = OUTLINE_LICENCE
    units["outline_schematic"] = True
    name = split_kind(new["province"].iloc[0])[1]
    return Register(code, name, metric, units, _crosswalk(succession, data.source), pieces, data.source)


# ── What became of the old communes ──────────────────────────────────────────────────────────────────────────────────────


def _succession(old: pd.DataFrame, new: pd.DataFrame, conversion: dict[str, object]) -> pd.DataFrame:
    """old_code, new_code, share, method: one row for each new commune an old one went into."""
    key = new["province_key"].iloc[0]
    whole: dict[str, list[str]] = conversion["DICT_PROVINCE_WARD_NO_DIVIDED"][key]  # type: ignore[index]
    divided: dict[str, list[dict[str, object]]] = conversion["DICT_PROVINCE_WARD_DIVIDED"].get(key, {})  # type: ignore[attr-defined]
    pairs = {(before, after) for after, befores in whole.items() for before in befores}
    pairs |= {(before, str(after["newWardKey"])) for before, afters in divided.items() for after in afters}
    old_codes, new_codes = dict(zip(old["key"], old["code"], strict=True)), dict(zip(new["key"], new["code"], strict=True))
    known = [(old_codes[before], new_codes[after]) for before, after in pairs if before in old_codes and after in new_codes]
    rows = pd.DataFrame(sorted(known), columns=["old_code", "new_code"])
    parts = rows.groupby("old_code")["new_code"].transform("size")
    return rows.assign(share=1.0 / parts, method=np.where(parts == 1, "whole", "equal"))


def _crosswalk(succession: pd.DataFrame, source: str) -> pd.DataFrame:
    return succession.assign(old_valid_from=OLD_FROM, new_valid_from=NEW_FROM, source=source)


# ── Schematic cells ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _pieces(country: pd.DataFrame, new: pd.DataFrame, old: pd.DataFrame, succession: pd.DataFrame, metric: str) -> pd.DataFrame:
    inside = (country["province_code"] == new["province_code"].iloc[0]).to_numpy()
    area_km2 = new["area_km2"].fillna(new["area_km2"].median()).to_numpy(float)
    cells = dict(zip(new["code"], commune_cells(project(country["lon"], country["lat"], metric), inside, area_km2), strict=True))
    points = dict(zip(old["code"], project(old["lon"], old["lat"], metric), strict=True))
    befores = {code: list(group) for code, group in succession.groupby("new_code")["old_code"]}
    shares = dict(zip(zip(succession["old_code"], succession["new_code"], strict=True), succession["share"], strict=True))
    rows: list[tuple[object, ...]] = []
    for code, cell in cells.items():
        olds = befores.get(code, [None])  # an island that was a district without communes
        known = [points[old_code] for old_code in olds if old_code is not None]
        seeds = seeds_inside(cell, np.array(known or [shapely.get_coordinates(cell.point_on_surface())[0]]))
        for old_code, seed, part in zip(olds, seeds, split_cell(cell, seeds), strict=True):
            rows += [(old_code, code, shares.get((old_code, code), 1.0), seed[0], seed[1], part)]
    pieces = pd.DataFrame(rows, columns=["old_code", "new_code", "share", "x", "y", "cell"])
    cells_joined = joined(pieces["cell"].to_numpy())
    outlines = reproject(cells_joined, metric, "EPSG:4326")
    return pieces.assign(cell=cells_joined, outline=outlines, area_km2=shapely.area(cells_joined) / 1e6)


# ── Rows of the units table ──────────────────────────────────────────────────────────────────────────────────────────────


def _old_units(old: pd.DataFrame, pieces: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Provinces, districts and communes until 2025-06-30."""
    members = old[["province_code", "district_code", "code"]].merge(pieces, left_on="code", right_on="old_code")
    seats = members.sort_values("share", ascending=False, kind="stable").drop_duplicates("code")
    seated = old.drop(columns=["lon", "lat"]).merge(_lon_lat(seats, metric), on="code")
    districts = old.drop_duplicates("district_code").drop(columns=["code", "full_name", "lon", "lat"])
    districts = districts.rename(columns={"district_code": "code", "district": "full_name", "district_lon": "lon", "district_lat": "lat"})
    levels = [
        _level(_provinces(old), "province", _outlines(members, "province_code")),
        _level(districts, "district", _outlines(members, "district_code"), parent="province_code"),
        _level(seated, "commune", _outlines(members, "code"), parent="district_code"),
    ]
    return pd.concat(levels, ignore_index=True).assign(valid_from=OLD_FROM, valid_to=OLD_TO, grouping_code=None)


def _new_units(new: pd.DataFrame, old: pd.DataFrame, pieces: pd.DataFrame) -> pd.DataFrame:
    """The province and its communes since 2025-07-01."""
    communes = _level(new, "commune", _outlines(pieces, "new_code"), parent="province_code")
    former = _former_district(old, pieces)
    communes["grouping_code"] = [former.get(code) for code in communes["code"]]
    whole = _outlines(pieces.assign(code=new["province_code"].iloc[0]), "code")
    province = _level(_provinces(new), "province", whole).assign(grouping_code=None)
    return pd.concat([province, communes], ignore_index=True).assign(valid_from=NEW_FROM, valid_to=None)


def _lon_lat(seats: pd.DataFrame, metric: str) -> pd.DataFrame:
    points = shapely.get_coordinates(reproject(shapely.points(seats[["x", "y"]].to_numpy()), metric, "EPSG:4326"))
    return pd.DataFrame({"code": seats["code"].to_numpy(), "lon": points[:, 0], "lat": points[:, 1]})


def _provinces(communes: pd.DataFrame) -> pd.DataFrame:
    columns = {"province_code": "code", "province": "full_name", "province_lon": "lon", "province_lat": "lat"}
    return communes.drop_duplicates("province_code")[list(columns)].rename(columns=columns)


def _outlines(members: pd.DataFrame, by: str) -> pd.DataFrame:
    """By code: outline (EPSG:4326) and area_km2, put together from pieces."""
    rows = [(str(code), merged(group["outline"].to_numpy()), group["area_km2"].sum()) for code, group in members.groupby(by)]
    return pd.DataFrame(rows, columns=["code", "outline", "area_km2"]).set_index("code")


def _former_district(old: pd.DataFrame, pieces: pd.DataFrame) -> dict[str, str]:
    """New commune → the district that most of its predecessors belonged to; of several, the one with more of its land."""
    weights = pieces.merge(old[["code", "district_code"]], left_on="old_code", right_on="code")
    totals = weights.groupby(["new_code", "district_code"])[["share", "area_km2"]].sum().reset_index()
    first = totals.sort_values(["new_code", "share", "area_km2"], ascending=[True, False, False]).drop_duplicates("new_code")
    return dict(zip(first["new_code"], first["district_code"], strict=True))


def _level(rows: pd.DataFrame, level: str, outlines: pd.DataFrame, *, parent: str | None = None) -> pd.DataFrame:
    """Units of one level from rows of code, full_name, lon, lat. A point outside its unit's outline is replaced by one inside."""
    full_names = [written_name(unicodedata.normalize("NFC", name)) for name in rows["full_name"]]
    shapes = outlines.loc[rows["code"], "outline"].to_numpy()
    points = shapely.points(rows[["lon", "lat"]].to_numpy(float))
    lon_lat = shapely.get_coordinates(np.where(shapely.intersects(shapes, points), points, shapely.point_on_surface(shapes)))
    return pd.DataFrame(
        {
            "code": rows["code"].to_numpy(),
            "level": level,
            "kind": [split_kind(name)[0] for name in full_names],
            "name": [split_kind(name)[1] for name in full_names],
            "full_name": full_names,
            "search_key": [search_key(name) for name in full_names],
            "parent_code": None if parent is None else rows[parent].to_numpy(),
            "lon": lon_lat[:, 0].round(6),
            "lat": lon_lat[:, 1].round(6),
            "outline": shapes,
            "area_km2": outlines.loc[rows["code"], "area_km2"].to_numpy().round(2),
        }
    )
