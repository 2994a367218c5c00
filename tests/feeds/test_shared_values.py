"""Files as departments send them, tried by `ioc feeds try` against a province's store: what is in their cells is read as it was meant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.feeds.conftest import Tried

COVERAGE = ('operator="op-a"', 'columns.village_id="Mã thôn"', 'columns.observed_at="Ngày báo cáo"')
DAY = "2026-11-04T17:00:00+00:00"
EIGHT = "2026-11-05T01:00:00+00:00"


def values(trial: dict[str, Any], column: str) -> dict[int, Any]:
    """Source row → value of a column of the key or of a new row."""
    return {row["row"]: row["key"].get(column, row["fields"].get(column, {}).get("new")) for row in trial["altered"]}


def test_ten_ways_to_write_a_day(tried: Tried, cases: Path) -> None:
    file = cases / "a8_two_digit_year.csv"
    trial = tried(file, "coverage", *COVERAGE)
    read = values(trial, "observed_at")
    assert {row: read[row] for row in (3, 4, 5, 6, 7, 10, 11)} == {3: DAY, 4: DAY, 5: DAY, 6: EIGHT, 7: EIGHT, 10: DAY, 11: EIGHT}
    assert read.get(8, "2026-11-24T17:00:00+00:00") == "2026-11-24T17:00:00+00:00"
    codes = {row["row"]: row["code"] for row in trial["rejected"]}
    assert codes | {8: "row.future"} == {2: "row.day_doubtful", 8: "row.future", 9: "row.day_doubtful"}
    assert all("dd/MM/yyyy" in row["vi"] for row in trial["rejected"] if row["row"] != 8)
    declared = tried(file, "coverage", *COVERAGE, 'dates.observed_at="dd/MM/yyyy"')
    assert {row["row"] for row in declared["rejected"]} == {8}
    assert values(declared, "observed_at") == dict.fromkeys((2, 3, 4, 5, 10), DAY) | dict.fromkeys((6, 7, 9, 11), EIGHT)


def test_words_as_people_write_them_leave_one_question(tried: Tried, cases: Path) -> None:
    trial = tried(cases / "a9_status_words.csv", "coverage", *COVERAGE)
    said = {row["row"]: row["fields"]["status"]["new"] for row in trial["altered"] if row["key"]["technology"] == "3g"}
    covered, none = dict.fromkeys((2, 3, 4, 5, 9, 10, 11, 13, 14), "covered"), dict.fromkeys((8, 12, 15), "none")
    assert said == covered | none | {16: "weak"}
    assert [(row["row"], row["code"], row["values"]["value"]) for row in trial["rejected"]] == [(6, "row.word_unknown", "-")]
    declared = tried(cases / "a9_status_words.csv", "coverage", *COVERAGE, 'words.coverage={"-"="none"}')
    assert (declared["rejected"], values(declared, "village_id")[6]) == ([], "V11-0005")


def test_day_and_hour_in_two_columns(tried: Tried, cases: Path) -> None:
    said = ('columns.starts_at=["Ngày", "Bắt đầu"]', 'columns.ends_at=["Ngày", "Kết thúc"]')
    trial = tried(cases / "b17_separate_time.xlsx", "meetings", *said)
    assert trial["rejected"] == []
    assert values(trial, "starts_at") == {2: "2026-11-26T01:00:00+00:00", 3: "2026-11-26T07:00:00+00:00"}
    assert values(trial, "ends_at") == {2: "2026-11-26T03:00:00+00:00", 3: "2026-11-26T09:30:00+00:00"}


def test_the_units_of_the_country(tried: Tried, cases: Path) -> None:
    said = ('constants.level="commune"', 'constants.valid_from="2025-07-01"')
    trial = tried(cases / "p24_units_of_the_country.csv", "units", *said)
    assert (trial["rows"], trial["rejected"], trial["added"]) == (2, [], 0)
    assert [(note["code"], note["count"]) for note in trial["notes"]] == [("note.zeros_restored", 2), ("note.units_elsewhere", 2)]
    assert sorted(set(values(trial, "code").values())) == ["03316", "03334"]
