"""Schematic outlines tile the province, nest, and resemble the real ones about as much as the documentation says."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from geo.errors import OutlineError
from geo.schematic import APART_M, commune_cells, joined, merged, province_mask, seeds_inside, split_cell, voronoi_cells

POINTS = np.array([[0.0, 0.0], [10_000.0, 0.0], [0.0, 10_000.0], [10_000.0, 10_000.0], [60_000.0, 5_000.0]])
INSIDE = np.array([True, True, True, True, False])
AREAS = np.full(4, 100.0)


def test_a_cell_holds_its_own_point_and_cells_do_not_overlap() -> None:
    cells = voronoi_cells(POINTS)
    assert shapely.contains(cells, shapely.points(POINTS)).all()
    assert shapely.area(shapely.union_all(cells)) == pytest.approx(shapely.area(cells).sum())


def test_points_on_one_spot_still_get_a_cell_each() -> None:
    cells = voronoi_cells(np.vstack([POINTS, POINTS[:1], POINTS[:1]]))
    assert len(cells) == 7
    assert (shapely.area(cells) > 0).all()


def test_one_point_has_everything_around_it() -> None:
    assert voronoi_cells(POINTS[:1])[0].contains(shapely.Point(0, 0))


def test_the_province_is_its_discs_with_the_narrow_places_between_them_closed() -> None:
    mask = province_mask(POINTS[:4], AREAS)
    assert mask.contains(shapely.Point(5_000, 5_000))
    assert not mask.contains(shapely.Point(30_000, 5_000))
    assert province_mask(POINTS[:1], AREAS[:1]).area == pytest.approx(100e6, rel=0.01)
    with pytest.raises(OutlineError):
        province_mask(POINTS[:0], AREAS[:0])


def test_the_communes_of_a_province_fill_its_shape_and_leave_the_neighbour_its_land() -> None:
    cells = commune_cells(POINTS, INSIDE, AREAS)
    assert len(cells) == 4
    assert shapely.area(cells).sum() == pytest.approx(province_mask(POINTS[:4], AREAS).area, rel=1e-6)
    near = commune_cells(POINTS - [[0, 0], [0, 0], [0, 0], [0, 0], [45_000, 0]], INSIDE, AREAS)
    assert shapely.union_all(near).bounds[2] < shapely.union_all(cells).bounds[2]


def test_seeds_lie_in_their_cell_and_apart() -> None:
    cell = shapely.box(0, 0, 20_000, 10_000)
    outside = np.array([[5_000.0, 5_000.0], [5_000.0, 5_000.0], [21_000.0, 5_000.0], [900_000.0, 0.0]])
    seeds = seeds_inside(cell, outside)
    assert tuple(seeds[0]) == (5_000.0, 5_000.0)
    assert shapely.contains(cell, shapely.points(seeds)).all()
    assert seeds[2][0] > 19_000
    assert min(np.linalg.norm(seeds[i] - seeds[j]) for i in range(4) for j in range(i)) >= APART_M


def test_a_cell_is_divided_without_rest_and_the_corners_are_shared() -> None:
    cells = commune_cells(POINTS, INSIDE, AREAS)
    parts = np.concatenate([split_cell(cell, seeds_inside(cell, cell_seeds(cell))) for cell in cells])
    tiles = joined(parts)
    assert shapely.coverage_is_valid(tiles)
    assert shapely.is_valid(tiles).all()
    assert {tile.geom_type for tile in tiles} == {"MultiPolygon"}
    assert shapely.area(tiles).sum() == pytest.approx(shapely.area(cells).sum(), rel=1e-3)
    assert all(tile.intersection(part).area > 0.99 * part.area for tile, part in zip(tiles, parts, strict=True))


def cell_seeds(cell: shapely.Geometry) -> np.ndarray:
    centre = cell.centroid
    return np.array([[centre.x, centre.y], [centre.x + 1_500, centre.y], [centre.x, centre.y + 2_000]])


def test_an_outline_too_small_to_draw_is_an_error_not_a_loss() -> None:
    with pytest.raises(OutlineError, match="1 outlines vanish"):
        joined(np.array([shapely.box(0, 0, 1_000, 1_000), shapely.box(2_000, 0, 2_001, 1)], dtype=object))


def test_the_union_keeps_polygons_only() -> None:
    pieces = np.array([shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1), shapely.box(5, 5, 6, 6)], dtype=object)
    assert len(merged(pieces).geoms) == 2
    assert merged(np.array([shapely.from_wkt("GEOMETRYCOLLECTION (POLYGON ((0 0, 1 0, 1 1, 0 0)), LINESTRING (0 0, 5 5))")])).area == 0.5
