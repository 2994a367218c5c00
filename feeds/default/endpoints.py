"""Invented video-conference endpoints: the province's hall, departments, and the seats of its districts and communes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from feeds.default.register import Register, capital, kind_of
from feeds.default.synthetic import SOURCE, random
from feeds.default.villages import places
from geo.crs import reproject
from geo.names import search_key
from geo.units import OLD_FROM

HALL = "Hội trường UBND"
DEPARTMENTS = (
    "Sở Khoa học và Công nghệ",
    "Sở Nội vụ",
    "Sở Tài chính",
    "Sở Y tế",
    "Sở Giáo dục và Đào tạo",
    "Sở Nông nghiệp và Môi trường",
    "Sở Xây dựng",
    "Sở Công Thương",
    "Sở Tư pháp",
    "Thanh tra tỉnh",
)
_SPREAD_M = 700.0


def invent_endpoints(register: Register, seed: int, probe_base_port: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The endpoints and where they belong: rows of the endpoints table but stored_at, rows of place_units.

    Endpoints of districts and communes answer on 127.0.0.1, one port each from `probe_base_port` up; those of the province have no
    address, their state comes from the conference system. A seat keeps its endpoint after 2025-06-30, in the commune it then lies in.
    """
    units = register.units[register.units["valid_from"] == OLD_FROM]
    rows = pd.concat([_province_rows(register, seed), _seat_rows(units, "district"), _seat_rows(units, "commune")], ignore_index=True)
    rows["id"] = [f"E{register.code}-{number:03d}" for number in range(1, len(rows) + 1)]
    rows["contact"] = [_contact(number, office) for number, office in enumerate(rows["office"], start=1)]
    probed = rows["level"] != "province"
    port = probe_base_port + probed.cumsum() - 1
    rows["address"] = [f"127.0.0.1:{number}" if has else None for number, has in zip(port, probed, strict=True)]
    rows["after"] = _unit_now(register, rows)
    frame = rows.assign(search_key=rows["name"].map(search_key), valid_from=OLD_FROM, valid_to=None, source=SOURCE, synthetic=True)
    return frame.drop(columns=["before", "after", "office"]), places("endpoint", rows["id"], rows["before"], rows["after"])


def _contact(number: int, office: str) -> str:
    """Nobody's name, and a number that no telephone has."""
    return f"Cán bộ mẫu {number:03d}, Tổ CNTT {office}, 0000 000 {number:03d}"


def _province_rows(register: Register, seed: int) -> pd.DataFrame:
    chance = random(seed, "endpoints")
    lon, lat = capital(register)
    centre = reproject(shapely.Point(lon, lat), "EPSG:4326", register.metric_crs)
    xy = np.array([centre.x, centre.y]) + _SPREAD_M * chance.standard_normal((len(DEPARTMENTS), 2))
    spots = shapely.get_coordinates(reproject(shapely.points(xy), register.metric_crs, "EPSG:4326")).round(6)
    named = [(f"{HALL} {kind_of(register)}", lon, lat), *((name, *spot) for name, spot in zip(DEPARTMENTS, spots, strict=True))]
    frame = pd.DataFrame(named, columns=["name", "lon", "lat"])
    return frame.assign(level="province", office=frame["name"], before=register.code, after=register.code)


def _seat_rows(units: pd.DataFrame, level: str) -> pd.DataFrame:
    seats = units[units["level"] == level]
    titles = seats["kind"] + " " + seats["name"]
    return pd.DataFrame(
        {
            "name": ("UBND " + titles).to_numpy(),
            "lon": seats["lon"].to_numpy(),
            "lat": seats["lat"].to_numpy(),
            "level": level,
            "office": titles.to_numpy(),
            "before": seats["code"].to_numpy(),
        }
    )


def _unit_now(register: Register, rows: pd.DataFrame) -> list[str]:
    """The unit of today of each endpoint: the successor of its commune, the commune that a district's seat lies in, the province."""
    successor = register.pieces.sort_values("share").set_index("old_code")["new_code"].to_dict()
    points = shapely.points(rows[["lon", "lat"]].to_numpy(float))
    nearest = shapely.STRtree(register.pieces["outline"].to_numpy()).nearest(points)
    here = register.pieces["new_code"].to_numpy()[nearest]
    now = zip(rows["level"], rows["before"], here, strict=True)
    return [
        register.code if level == "province" else successor.get(code, place) if level == "commune" else place for level, code, place in now
    ]
