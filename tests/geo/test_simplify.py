"""Simplified outlines stay joined and valid."""

from __future__ import annotations

import numpy as np
import shapely

from geo.simplify import simplify_together


def wavy_neighbours() -> np.ndarray:
    """Two polygons that share a border of 200 corners."""
    y = np.linspace(0, 1, 200)
    border = np.column_stack([103.5 + 0.001 * np.sin(40 * y), 21 + y])
    left = shapely.Polygon(np.vstack([border, [[103.0, 22.0], [103.0, 21.0]]]))
    right = shapely.Polygon(np.vstack([border, [[104.0, 22.0], [104.0, 21.0]]]))
    return np.array([left, right], dtype=object)


def test_neighbours_share_the_simplified_border() -> None:
    outlines = wavy_neighbours()
    simple = simplify_together(outlines)
    assert shapely.get_num_coordinates(simple).sum() < 0.3 * shapely.get_num_coordinates(outlines).sum()
    assert shapely.coverage_is_valid(simple)
    assert simple[0].intersection(simple[1]).area == 0


def test_an_outline_smaller_than_the_tolerance_is_kept() -> None:
    tiny = shapely.box(103.0, 21.0, 103.0001, 21.0001)
    simple = simplify_together(np.array([tiny, *wavy_neighbours()], dtype=object))
    assert len(simple) == 3
    assert shapely.is_valid(simple).all()
    assert not shapely.is_empty(simple).any()


def test_no_outlines_simplify_to_none() -> None:
    assert len(simplify_together(np.array([], dtype=object))) == 0
