"""Coverage gaps: how far a village without service is from the nearest one that has it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial import cKDTree

from geo.crs import project


def nearest_covered(villages: pd.DataFrame, covered: npt.NDArray[np.bool_], metric_crs: str) -> pd.DataFrame:
    """The nearest covered village of every village that is not covered.

    villages: columns id, name, lon, lat (EPSG:4326), may be empty. covered: one flag per row of `villages`.
    metric_crs: projected CRS of the deployment.
    Returns one row for each village not covered, on the index of `villages`: nearest_id, nearest_name (None when no village is
    covered), distance_m (NaN then).
    """
    flags = np.asarray(covered, bool)
    xy = project(villages["lon"], villages["lat"], metric_crs)
    gaps, sites = villages.index[~flags], villages[flags]
    if sites.empty or gaps.empty:
        return pd.DataFrame({"nearest_id": None, "nearest_name": None, "distance_m": np.nan}, index=gaps)
    distance_m, at = cKDTree(xy[flags]).query(xy[~flags])
    nearest = sites.iloc[at]
    return pd.DataFrame(
        {"nearest_id": nearest["id"].to_numpy(), "nearest_name": nearest["name"].to_numpy(), "distance_m": distance_m}, index=gaps
    )
