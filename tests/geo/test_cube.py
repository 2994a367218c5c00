"""The status cube: whose word counts, what is missing and what is disputed."""

from __future__ import annotations

import numpy as np
import pandas as pd

from geo.cube import COVERED, NO_DATA, NONE, WEAK, Share, build_cube, share, shares_by

VILLAGES = ["v1", "v2", "v3"]
COLUMNS = ["village_id", "operator", "technology", "method", "status"]


def cube_of(*claims: tuple[str, str, str, str, str]):
    return build_cube(pd.DataFrame(list(claims), columns=COLUMNS), VILLAGES, ["a", "b"], ["3g", "4g"])


def test_a_village_is_covered_when_one_operator_covers_it():
    cube = cube_of(("v1", "a", "4g", "declared", "none"), ("v1", "b", "4g", "declared", "covered"))
    assert cube.best("4g").tolist() == [COVERED, NO_DATA, NO_DATA]
    assert cube.best("4g", "a").tolist() == [NONE, NO_DATA, NO_DATA]


def test_3g4g_is_either_technology():
    cube = cube_of(("v1", "a", "3g", "declared", "covered"), ("v1", "a", "4g", "declared", "none"), ("v2", "a", "4g", "declared", "weak"))
    assert cube.best("3g4g").tolist() == [COVERED, WEAK, NO_DATA]


def test_a_measurement_disputes_a_declaration_but_does_not_replace_it():
    cube = cube_of(("v1", "a", "4g", "declared", "covered"), ("v1", "a", "4g", "measured", "none"))
    assert cube.best("4g")[0] == COVERED
    assert cube.disputed_by("measured", ["4g"]).tolist() == [True, False, False]


def test_a_measurement_stands_in_where_nothing_was_declared():
    cube = cube_of(("v1", "a", "4g", "measured", "weak"), ("v2", "a", "4g", "reported", "none"))
    assert cube.best("4g").tolist() == [WEAK, NONE, NO_DATA]
    assert not cube.against.any()


def test_claims_about_unknown_villages_operators_or_technologies_are_left_out():
    cube = cube_of(
        ("v9", "a", "4g", "declared", "covered"), ("v1", "z", "4g", "declared", "covered"), ("v1", "a", "6g", "declared", "covered")
    )
    assert (cube.values == NO_DATA).all()


def test_an_empty_store_has_no_data_and_an_unknown_selection_neither():
    cube = cube_of()
    assert cube.best("4g").tolist() == [NO_DATA] * 3
    assert cube.best("9g").tolist() == [NO_DATA] * 3
    assert cube.best("4g", "nobody").tolist() == [NO_DATA] * 3


def test_missing_is_not_zero():
    statuses = np.array([COVERED, WEAK, NONE, NO_DATA], np.int8)
    assert share(statuses) == Share(1, 3)
    assert share(statuses, np.array([100, 50, 50, 999])) == Share(100, 200)
    assert share(np.array([NO_DATA], np.int8)).value is None


def test_shares_of_groups_leave_out_what_belongs_to_none():
    statuses = np.array([COVERED, NONE, COVERED, NO_DATA], np.int8)
    assert shares_by(statuses, ["x", "x", None, "y"]) == {"x": Share(1, 2), "y": Share(0, 0)}


def test_no_signal_needs_a_source_that_says_so():
    cube = cube_of(("v1", "a", "3g", "declared", "none"), ("v1", "a", "4g", "declared", "none"), ("v2", "a", "3g", "declared", "weak"))
    assert cube.no_signal(["3g", "4g"]).tolist() == [True, False, False]
    assert cube.no_signal([]).tolist() == [False, False, False]
