"""The published figures of four provinces, as actual values and dated targets with their sources."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from feeds.default.published import indicator_values, indicators, last_day, targets

FIGURES = Path(__file__).parents[3] / "shared" / "brief" / "published_figures.csv"


def test_the_coverage_of_dien_bien_is_there_with_its_source() -> None:
    values = indicator_values().query("unit_code == '11'").set_index("indicator")
    for key, value in (("villages_2g_pct", 98.6), ("residential_3g4g_pct", 94.3), ("villages_broadband_pct", 88.0)):
        row = values.loc[key]
        assert (row["value"], row["true_on"], row["comparator"]) == (value, date(2022, 4, 30), "=")
        assert row["source"] == "Báo Điện Biên Phủ 2022-06-02"
        assert not row["synthetic"]


def test_targets_are_due_on_the_last_day_of_their_year() -> None:
    rows = targets().query("unit_code == '40' and indicator == 'work_files_online_pct'")
    assert rows.groupby("due_on")["value"].apply(sorted).to_dict() == {
        date(2025, 12, 31): [60.0, 80.0, 90.0],
        date(2030, 12, 31): [85.0, 95.0, 100.0],
    }


@pytest.mark.parametrize(("period", "day"), [("2021", date(2021, 12, 31)), ("2022-04-30", date(2022, 4, 30)), ("", None)])
def test_a_period_ends_on_its_last_day(period: str, day: date | None) -> None:
    assert last_day(period) == day


def test_an_undated_figure_stays_undated() -> None:
    undated = indicator_values().query("unit_code == '04'")
    assert len(undated) == 7
    assert set(undated["period"]) == {""}
    assert undated["true_on"].isna().all()


def test_keys_are_unique_and_every_text_is_there_in_both_languages() -> None:
    names, values, wanted = indicators(), indicator_values(), targets()
    assert names["key"].is_unique
    assert not values.duplicated(["indicator", "unit_code", "scope", "label_vi", "period", "source"]).any()
    assert not wanted.duplicated(["indicator", "unit_code", "scope", "label_vi", "due_on", "source"]).any()
    assert set(values["indicator"]) | set(wanted["indicator"]) == set(names["key"])
    for frame in (names.filter(like="name_"), values.filter(like="label_"), wanted.filter(like="label_")):
        assert frame.apply(lambda column: column.str.len().min()).gt(5).all()


def test_no_published_figure_was_left_out_or_changed() -> None:
    if not FIGURES.is_file():
        pytest.skip(f"the list of published figures is not part of the repository, and {FIGURES} is not there")
    with FIGURES.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for kind, ours, day in (("actual", indicator_values(), "true_on"), ("target", targets(), "due_on")):
        expected = sorted(
            (row["indicator"], row["unit_level"], float(row["value"]), row["comparator"], str(last_day(row["as_of"])))
            for row in rows
            if row["kind"] == kind
        )
        found = zip(
            ours["indicator"],
            ours["scope"],
            ours["value"],
            ours["comparator"],
            ours[day].astype(object).where(ours[day].notna(), None),
            strict=True,
        )
        assert sorted((*figure, str(on)) for *figure, on in found) == expected
    units = pd.Series([row["unit"] for row in rows], index=[row["indicator"] for row in rows])
    assert indicators().set_index("key")["unit"].to_dict() == units.groupby(level=0).first().to_dict()
