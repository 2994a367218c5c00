"""Units resolve as of a day, across the change of 2025-07-01 and the reuse of codes."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from geo.units import NEW_FROM, OLD_FROM, OLD_TO, unit_on, valid_on

BEFORE, AFTER = date(2022, 4, 30), date(2026, 1, 1)


@pytest.fixture
def units() -> pd.DataFrame:
    rows = [
        ("11", OLD_FROM, OLD_TO, "province", None, None, "Điện Biên"),
        ("094", OLD_FROM, OLD_TO, "district", "11", None, "Điện Biên Phủ"),
        ("100", OLD_FROM, OLD_TO, "district", "11", None, "Điện Biên"),
        ("03127", OLD_FROM, OLD_TO, "commune", "094", None, "Him Lam"),
        ("03145", OLD_FROM, OLD_TO, "commune", "094", None, "Thanh Minh"),
        ("03325", OLD_FROM, OLD_TO, "commune", "100", None, "Mường Phăng"),
        ("11", NEW_FROM, None, "province", None, None, "Điện Biên"),
        ("03127", NEW_FROM, None, "commune", "11", "094", "Điện Biên Phủ"),
        ("03325", NEW_FROM, None, "commune", "11", "100", "Mường Phăng"),
    ]
    return pd.DataFrame(rows, columns=["code", "valid_from", "valid_to", "level", "parent_code", "grouping_code", "name"])


def test_one_code_names_two_units_at_two_dates(units: pd.DataFrame) -> None:
    before, after = unit_on(units, "03127", BEFORE), unit_on(units, "03127", AFTER)
    assert before is not None
    assert after is not None
    assert (before["name"], after["name"]) == ("Him Lam", "Điện Biên Phủ")


def test_the_structure_changes_overnight_without_gap_or_overlap(units: pd.DataFrame) -> None:
    assert len(valid_on(units, OLD_TO)) == 6
    assert len(valid_on(units, NEW_FROM)) == 3
    assert len(valid_on(units, OLD_FROM)) == 6


def test_nothing_is_valid_before_the_first_day_and_an_empty_frame_stays_empty(units: pd.DataFrame) -> None:
    assert valid_on(units, date(1999, 1, 1)).empty
    assert valid_on(units.iloc[:0], AFTER).empty
    assert unit_on(units, "99999", AFTER) is None


def test_days_may_be_text_or_timestamps(units: pd.DataFrame) -> None:
    as_text = units.assign(valid_from=units["valid_from"].astype(str), valid_to=[None if v is None else str(v) for v in units["valid_to"]])
    as_time = units.assign(valid_from=pd.to_datetime(units["valid_from"]), valid_to=pd.to_datetime(units["valid_to"]))
    assert list(valid_on(as_text, BEFORE).index) == list(valid_on(as_time, BEFORE).index) == [0, 1, 2, 3, 4, 5]
