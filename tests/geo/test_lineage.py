"""Ancestors of units with and without districts."""

from __future__ import annotations

import pandas as pd

from geo.lineage import lineage

COLUMNS = ["code", "level", "parent_code", "grouping_code"]


def rows_of(*units: tuple[str, str, str | None, str | None]):
    frame = lineage(pd.DataFrame(list(units), columns=COLUMNS))
    return {code: tuple(row) for code, row in zip(frame.index, frame.to_numpy(), strict=True)}


def test_with_districts():
    found = rows_of(("11", "province", None, None), ("094", "district", "11", None), ("03127", "commune", "094", None))
    assert found == {"11": (None, None, "11"), "094": (None, "094", "11"), "03127": ("03127", "094", "11")}


def test_communes_without_districts_stay_grouped_by_the_former_ones():
    found = rows_of(("11", "province", None, None), ("094", "district", "11", None), ("03127", "commune", "11", "094"))
    assert found["03127"] == ("03127", "094", "11")
    assert found["094"] == (None, "094", "11")


def test_a_former_district_belongs_to_the_province_that_took_its_communes():
    found = rows_of(("15", "province", None, None), ("080", "district", "10", None), ("02647", "commune", "15", "080"))
    assert found["080"] == (None, "080", "15")


def test_a_commune_without_any_grouping_belongs_to_its_province():
    assert rows_of(("11", "province", None, None), ("03127", "commune", "11", None))["03127"] == ("03127", None, "11")
