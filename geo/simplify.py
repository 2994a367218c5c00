"""Outlines with fewer corners, for drawing."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely

PROVINCE_VIEW_DEG = 0.002


def simplify_together(outlines: npt.NDArray[np.object_], tolerance_deg: float = PROVINCE_VIEW_DEG) -> npt.NDArray[np.object_]:
    """The outlines (EPSG:4326) simplified so that neighbours stay joined; in the same order, valid, none lost.

    An outline that would become invalid or empty keeps all its corners.
    """
    if len(outlines) == 0:
        return outlines
    simple = shapely.coverage_simplify(outlines, tolerance_deg)
    good = shapely.is_valid(simple) & ~shapely.is_empty(simple)
    return np.where(good, simple, outlines)
