"""Distance from a village without service to the nearest one that has it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from geo.gaps import nearest_covered

CRS = "EPSG:9205"


@pytest.fixture
def villages() -> pd.DataFrame:
    rows = [
        ("V1", "Bản Một", 103.00, 21.50),
        ("V2", "Bản Hai", 103.01, 21.50),
        ("V3", "Bản Ba", 103.20, 21.50),
        ("V4", "Bản Bốn", 103.0, 21.6),
    ]
    return pd.DataFrame(rows, columns=["id", "name", "lon", "lat"], index=[10, 11, 12, 13])


def test_the_nearest_covered_village_and_how_far_it_is(villages: pd.DataFrame) -> None:
    gaps = nearest_covered(villages, np.array([False, True, True, False]), CRS)
    assert list(gaps.index) == [10, 13]
    assert list(gaps["nearest_id"]) == ["V2", "V2"]
    assert list(gaps["nearest_name"]) == ["Bản Hai", "Bản Hai"]
    assert gaps["distance_m"].iloc[0] == pytest.approx(1037, rel=0.01)
    assert gaps["distance_m"].iloc[1] == pytest.approx(np.hypot(1037, 11_073), rel=0.01)


def test_no_covered_village_means_no_distance(villages: pd.DataFrame) -> None:
    gaps = nearest_covered(villages, np.zeros(4, bool), CRS)
    assert gaps["distance_m"].isna().all()
    assert gaps["nearest_id"].isna().all()
    assert len(gaps) == 4


def test_nothing_is_missing_when_all_are_covered_or_there_are_none(villages: pd.DataFrame) -> None:
    assert nearest_covered(villages, np.ones(4, bool), CRS).empty
    assert list(nearest_covered(villages.iloc[:0], np.zeros(0, bool), CRS).columns) == ["nearest_id", "nearest_name", "distance_m"]
