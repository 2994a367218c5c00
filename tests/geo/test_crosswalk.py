"""Converted series keep their totals, say how they were converted, and never make something of what is not known."""

from __future__ import annotations

import math
import random

import pandas as pd
import pytest

from feeds.default.register import province_register
from geo.crosswalk import converted_counts, converted_rates, grouped_counts

PAIRS = [("A", "X", 1.0, "whole"), ("B", "X", 0.25, "area"), ("B", "Y", 0.75, "area"), ("C", "Z", 1.0, "whole")]
CROSSWALK = pd.DataFrame(PAIRS, columns=["old_code", "new_code", "share", "method"])


def test_counts_are_split_by_share_and_say_how() -> None:
    found = converted_counts({"A": 10, "B": 8, "C": 5}, CROSSWALK)
    assert found["value"].to_dict() == {"X": 12.0, "Y": 6.0, "Z": 5.0}
    assert found["method"].to_dict() == {"X": "area", "Y": "area", "Z": "whole"}
    assert (found["covered_share"] == 1).all()


def test_a_part_that_is_missing_makes_no_data_and_no_zero() -> None:
    found = converted_counts({"A": 10, "C": math.nan}, CROSSWALK)
    assert found["value"].isna().all()
    assert found["known"].to_dict() == {"X": 10.0, "Y": 0.0, "Z": 0.0}
    assert found["covered_share"].to_dict() == {"X": 0.8, "Y": 0.0, "Z": 0.0}


def test_a_zero_that_was_counted_stays_a_zero() -> None:
    assert converted_counts({"C": 0}, CROSSWALK).loc["Z", ["value", "covered_share"]].tolist() == [0.0, 1.0]


def test_rates_are_worked_out_again_and_not_added() -> None:
    found = converted_rates({"A": 9, "B": 0, "C": 1}, {"A": 10, "B": 40, "C": 0}, CROSSWALK)
    assert found.loc["X", ["value", "numerator", "denominator"]].tolist() == [9 / 20, 9.0, 20.0]
    assert found.loc["Y", "value"] == 0
    assert math.isnan(found.loc["Z", "value"])


def test_a_rate_stands_on_the_parts_where_both_counts_are_known() -> None:
    found = converted_rates({"A": 9, "B": 3}, {"A": 10}, CROSSWALK)
    assert found.loc["X", ["value", "covered_share"]].tolist() == [0.9, 0.8]
    assert found.loc["Y", ["numerator", "denominator"]].isna().all()


def test_nothing_gives_nothing() -> None:
    assert converted_counts({}, CROSSWALK)["value"].isna().all()
    assert converted_counts({"A": 1}, CROSSWALK.iloc[:0]).empty


@pytest.mark.parametrize("province", ["11", "15", "40"])
def test_totals_of_a_real_province_are_kept_whatever_is_counted(province: str) -> None:
    register = province_register(province)
    crosswalk, rng = register.crosswalk, random.Random(7)
    olds = sorted(set(crosswalk["old_code"]))
    for known in (1.0, 0.9, 0.3, 0.0):
        counts = {code: rng.randrange(5_000) for code in olds if rng.random() < known}
        found = converted_counts(counts, crosswalk)
        assert found["known"].sum() == pytest.approx(sum(counts.values()))
        assert found["covered_share"].between(0, 1).all()
        assert (found["value"].notna() == (found["covered_share"] == 1)).all()
        if known == 1.0:
            assert found["value"].sum() == pytest.approx(sum(counts.values()))


def test_former_districts_group_the_new_communes() -> None:
    units = province_register("11").units
    new = units[(units["level"] == "commune") & units["grouping_code"].notna()]
    grouping = dict(zip(new["code"], new["grouping_code"], strict=True))
    found = grouped_counts(dict.fromkeys(grouping, 2), grouping)
    assert found["value"].sum() == 2 * len(grouping)
    missing = next(iter(grouping))
    less = grouped_counts({code: 2 for code in grouping if code != missing}, grouping)
    assert math.isnan(less.loc[grouping[missing], "value"])
    assert less["value"].isna().sum() == 1
