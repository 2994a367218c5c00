"""Invented villages: around the seats of the communes, in a known commune of both structures, people by a log-normal."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from feeds.default.register import Register, capital
from feeds.default.synthetic import SOURCE, random, size_of
from geo.crs import project, reproject
from geo.names import search_key
from geo.units import NEW_FROM, OLD_FROM, OLD_TO

LEAST_PER_PIECE = 3
_TOWN_KINDS = ("phường", "thị trấn")
_EDGE_M = 60.0


def invent_villages(register: Register, seed: int) -> pd.DataFrame:
    """The villages of a province.

    Columns: those of the villages table but stored_at, and for what follows from them old_code, new_code (their communes),
    seat_m (metres from the seat of the old commune) and remoteness (standard scores: far from seat and capital, few people).
    """
    chance = random(seed, "villages")
    size = size_of(register.code, register.crosswalk["old_code"].nunique())
    pieces = _described(register).sort_values(["new_code", "old_code"], na_position="first").reset_index(drop=True)
    at = np.repeat(np.arange(len(pieces)), _counts(pieces, size.villages, chance))
    xy = np.vstack([_spots(piece, int(n), chance) for piece, n in zip(pieces.itertuples(), np.bincount(at), strict=True)])
    frame = pieces.loc[at, ["old_code", "new_code", "town", "capital_m"]].reset_index(drop=True)
    frame["seat_m"] = np.hypot(*(xy - pieces.loc[at, ["x", "y"]].to_numpy()).T)
    frame["population"] = _people(frame, size.people, chance)
    frame["households"] = np.maximum(1, np.rint(frame["population"] / chance.uniform(3.9, 5.2, len(frame)))).astype(int)
    frame["remoteness"] = _remoteness(frame, chance)
    frame["grid_power"] = frame["remoteness"] < np.quantile(frame["remoteness"], 0.975)
    return _named(frame, register, xy).drop(columns=["town", "capital_m"])


def village_places(villages: pd.DataFrame) -> pd.DataFrame:
    """Rows of place_units for the villages: their old commune until 2025-06-30, their new one since."""
    return places("village", villages["id"], villages["old_code"], villages["new_code"])


def places(kind: str, ids: pd.Series, before: pd.Series, after: pd.Series) -> pd.DataFrame:
    """Rows of place_units: in unit `before` until 2025-06-30, in `after` since; a missing unit gives no row."""
    common = {"place_kind": kind, "place_id": ids}
    old = pd.DataFrame({**common, "unit_valid_from": OLD_FROM, "unit_code": before, "unit_valid_to": OLD_TO})
    new = pd.DataFrame({**common, "unit_valid_from": NEW_FROM, "unit_code": after, "unit_valid_to": None})
    return pd.concat([old, new], ignore_index=True).dropna(subset="unit_code").reset_index(drop=True)


def _described(register: Register) -> pd.DataFrame:
    """The pieces, with whether they are a town and how far their seat is from the province's capital."""
    pieces = register.pieces.copy()
    old = register.units[register.units["level"] == "commune"].drop_duplicates("code").set_index("code")["kind"]
    pieces["town"] = pieces["old_code"].map(old).isin(_TOWN_KINDS)
    lon, lat = capital(register)
    centre = project([lon], [lat], register.metric_crs)[0]
    pieces["capital_m"] = np.hypot(pieces["x"] - centre[0], pieces["y"] - centre[1])
    return pieces


def _counts(pieces: pd.DataFrame, total: int, chance: np.random.Generator) -> npt.NDArray[np.int64]:
    weight = np.sqrt(pieces["area_km2"].to_numpy(float)) * chance.lognormal(0.0, 0.25, len(pieces))
    wanted = max(0, total - LEAST_PER_PIECE * len(pieces)) * weight / weight.sum()
    counts = np.floor(wanted).astype(int)
    rest = max(0, total - LEAST_PER_PIECE * len(pieces)) - int(counts.sum())
    counts[np.argsort(counts - wanted)[:rest]] += 1
    return np.asarray(counts + LEAST_PER_PIECE)


def _spots(piece: object, count: int, chance: np.random.Generator) -> npt.NDArray[np.float64]:
    """`count` places in the piece, thinning out from the seat of its commune."""
    cell: shapely.Geometry = piece.cell  # type: ignore[attr-defined]
    inset = cell.buffer(-_EDGE_M)
    room = cell if inset.is_empty else inset
    shapely.prepare(room)
    found = np.empty((0, 2))
    radius = 0.6 * np.sqrt(cell.area / np.pi)
    seat = np.array([piece.x, piece.y])  # type: ignore[attr-defined]
    while len(found) < count:
        tried = seat + radius * chance.standard_normal((8 * count + 32, 2))
        found = np.vstack([found, tried[shapely.contains_xy(room, tried)]])
        radius *= 1.3
    return found[:count]


def _people(frame: pd.DataFrame, total: int, chance: np.random.Generator) -> npt.NDArray[np.int64]:
    near = np.exp(-frame["seat_m"].to_numpy() / 9_000)
    weight = chance.lognormal(0.0, 0.45, len(frame)) * (0.5 + near) * np.where(frame["town"], 1.8, 1.0)
    return np.asarray(np.maximum(25, np.rint(total * weight / weight.sum())), dtype=int)


def _remoteness(frame: pd.DataFrame, chance: np.random.Generator) -> npt.NDArray[np.float64]:
    """Higher is more remote; the village nearest to a commune's seat is never remote."""
    parts = (1.0, frame["seat_m"]), (0.6, frame["capital_m"]), (-0.7, np.log(frame["population"]))
    score = sum(weight * _standard(part.to_numpy(float)) for weight, part in parts) + 0.35 * chance.standard_normal(len(frame))
    central = frame.groupby(frame["old_code"].fillna(frame["new_code"]))["seat_m"].idxmin()
    score[central] = score.min() - 1.0
    return np.asarray(score)


def _standard(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    spread = float(values.std())
    return np.asarray((values - values.mean()) / (spread or 1.0))


def _named(frame: pd.DataFrame, register: Register, xy: npt.NDArray[np.float64]) -> pd.DataFrame:
    lon_lat = shapely.get_coordinates(reproject(shapely.points(xy), register.metric_crs, "EPSG:4326"))
    numbers = [f"{number:04d}" for number in range(1, len(frame) + 1)]
    names = [f"Bản mẫu {number}" for number in numbers]
    return frame.assign(
        id=[f"V{register.code}-{number}" for number in numbers],
        name=names,
        search_key=[search_key(name) for name in names],
        lon=lon_lat[:, 0].round(6),
        lat=lon_lat[:, 1].round(6),
        valid_from=OLD_FROM,
        valid_to=None,
        source=SOURCE,
        synthetic=True,
    )
