"""Schematic outlines, for a province whose real ones nobody may redistribute. They are not boundaries.

A commune is the Voronoi cell of its point among the whole country's commune points; a province is the union of discs of radius
√(area/π) around its communes, closed by 8 km, and cuts the cells. Compared with real outlines by intersection over union: 0.88 for
Điện Biên, 0.93 for Nghệ An. Communes of an earlier structure are cells within the commune they went into, so both structures nest.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely

from geo.errors import OutlineError

CLOSING_M = 8_000.0
GRID_M = 10.0
"""Corners keep this far from other edges, so that long edges, which bend by metres when reprojected, do not cross them."""

FAR_M = 15_000.0
"""A point farther than this from the cell it should lie in says nothing about where in the cell it lies."""

APART_M = 400.0
_GOLDEN_ANGLE = np.pi * (3 - np.sqrt(5))

Points = npt.NDArray[np.float64]
Polygons = npt.NDArray[np.object_]


def province_mask(xy: Points, area_km2: npt.NDArray[np.float64]) -> shapely.Geometry:
    """The shape of a province from its communes' points (metres) and areas: discs of the same area, closed by 8 km."""
    if len(xy) == 0:
        raise OutlineError("a province without communes has no shape")
    discs = shapely.buffer(shapely.points(xy), np.sqrt(area_km2 * 1e6 / np.pi))
    return shapely.union_all(discs).buffer(CLOSING_M).buffer(-CLOSING_M)


def voronoi_cells(xy: Points) -> Polygons:
    """The Voronoi cell of each point (metres), in the same order; points on one spot are first moved a few metres apart."""
    places = shapely.multipoints(_distinct(xy))
    around = shapely.box(*places.bounds).buffer(100_000)
    if len(xy) == 1:
        return np.array([around], dtype=object)
    return np.asarray(shapely.get_parts(shapely.voronoi_polygons(places, extend_to=around, ordered=True)), dtype=object)


def commune_cells(xy: Points, inside: npt.NDArray[np.bool_], area_km2: npt.NDArray[np.float64]) -> Polygons:
    """Cells of the communes of one province, cut to its shape.

    xy: points in metres of the whole country's communes. inside: which of them are the province's. area_km2: of those.
    """
    mask = province_mask(xy[inside], area_km2)
    return _clipped(voronoi_cells(xy)[inside], mask)


def seeds_inside(cell: shapely.Geometry, xy: Points) -> Points:
    """The points `xy`, moved into `cell` where they are not: to its nearest place, or its middle when they are far; none together."""
    inset = cell.buffer(-min(600.0, 0.2 * float(np.sqrt(cell.area))))
    room = cell if inset.is_empty else inset
    placed: list[shapely.Point] = []
    for point in shapely.points(xy):
        placed.append(_free_spot(room, _moved_in(room, point), placed))
    return np.asarray(shapely.get_coordinates(placed), dtype=float)


def split_cell(cell: shapely.Geometry, seeds: Points) -> Polygons:
    """`cell` divided among `seeds` (inside it, in metres) by nearness, in the same order."""
    return _clipped(voronoi_cells(seeds), cell)


def joined(polygons: Polygons) -> Polygons:
    """The same polygons as MultiPolygons with every corner shared by the neighbours that touch it, so that they simplify together.

    Raises OutlineError when a polygon vanishes.
    """
    lines = shapely.union_all(shapely.boundary(polygons), grid_size=GRID_M)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))
    owner, face = shapely.STRtree(polygons).query(shapely.point_on_surface(faces), predicate="within")[::-1]
    _, first = np.unique(face, return_index=True)
    owner, face = owner[first], face[first]
    if len(np.unique(owner)) < len(polygons):
        raise OutlineError(f"{len(polygons) - len(np.unique(owner))} outlines vanish")
    return np.array([merged(faces[face[owner == i]]) for i in range(len(polygons))], dtype=object)


def merged(polygons: Polygons) -> shapely.MultiPolygon:
    """The union of polygons as one valid MultiPolygon."""
    whole = shapely.union_all(polygons)
    parts = [part for part in shapely.get_parts(whole) if part.geom_type == "Polygon"]
    return shapely.MultiPolygon(parts)


def _clipped(cells: Polygons, shape: shapely.Geometry) -> Polygons:
    return np.array([merged(shapely.get_parts(cell)) for cell in shapely.intersection(cells, shape)], dtype=object)


def _distinct(xy: Points) -> Points:
    _, first, again = np.unique(np.round(xy), axis=0, return_index=True, return_inverse=True)
    repeat = np.arange(len(xy)) - first[again.ravel()]
    angle = repeat * _GOLDEN_ANGLE
    return xy + np.where(repeat[:, None] > 0, 50.0 * np.column_stack([np.cos(angle), np.sin(angle)]), 0.0)


def _moved_in(room: shapely.Geometry, point: shapely.Point) -> shapely.Point:
    distance_m = room.distance(point)
    if distance_m == 0:
        return point
    return room.point_on_surface() if distance_m > FAR_M else shapely.Point(shapely.shortest_line(room, point).coords[0])


def _free_spot(room: shapely.Geometry, start: shapely.Point, taken: list[shapely.Point]) -> shapely.Point:
    """The nearest spot to `start` on a spiral that lies in `room` and keeps its distance from those taken."""
    for apart_m in (APART_M, APART_M / 4):
        for turn in range(200):
            radius, angle = 0.5 * apart_m * np.sqrt(turn), turn * _GOLDEN_ANGLE
            spot = shapely.Point(start.x + radius * np.cos(angle), start.y + radius * np.sin(angle))
            if room.intersects(spot) and all(spot.distance(other) >= apart_m for other in taken):
                return spot
    raise OutlineError("no room for another point in a cell")
