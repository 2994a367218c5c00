"""The simulated operators' reports: plausible, monotone, in every format, and readable by the coverage kind as they are."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from feeds.cells import LOCAL
from feeds.fetching import Layout
from feeds.kinds import coverage
from feeds.records import Parsed, Stamp
from feeds.simulate.cast import Cast, Operator, Words
from feeds.simulate.counts import elapsed, month_to_date
from feeds.simulate.growth import FORGOTTEN, Growth
from feeds.simulate.reports import Reports
from feeds.tables import read_table

NOW = datetime(2026, 11, 21, 3, tzinfo=UTC)
TECHNOLOGIES = ("2g", "3g", "4g", "5g", "broadband")
SERVICE = {
    "2g": (None, date(2026, 9, 15)),
    "3g": (None, None),
    "4g": (None, None),
    "5g": (date(2024, 10, 15), None),
    "broadband": (None, None),
}
VILLAGES = {f"V11-{n:04d}": (f"Bản mẫu {n:04d}", 50 + n) for n in range(1, 401)}
MAPPING = {
    "village_id": "Mã thôn, bản",
    "observed_at": "Ngày báo cáo",
    "2g": "2G",
    "3g": "3G",
    "4g": "4G",
    "5g": "5G",
    "broadband": "Băng rộng cố định",
}


def baseline(key: str, spoken: tuple[str, ...]) -> Words:
    """What an operator said in 2022: the 24 first villages have nothing, others mostly something."""
    chance = random.Random(key)
    reach = {technology: chance.uniform(0.5, 0.95) for technology in spoken}
    return {
        (village, technology): "none" if number < 24 else "covered" if chance.random() < reach[technology] else "weak"
        for technology in spoken
        for number, village in enumerate(VILLAGES)
    }


@pytest.fixture(scope="module")
def cast() -> Cast:
    mobile = ("2g", "3g", "4g")
    spoken = {"op-a": (*mobile, "broadband"), "op-b": (*mobile, "broadband"), "op-c": mobile, "op-d": mobile, "op-e": ("broadband",)}
    surveyed = datetime(2022, 4, 30, 17, tzinfo=LOCAL)
    operators = [Operator(key, key.upper(), baseline(key, technologies), surveyed) for key, technologies in spoken.items()]
    return Cast({}, [], {}, VILLAGES, operators, SERVICE)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "drop").mkdir()
    return tmp_path / "drop"


def parsed(path: Path, cast: Cast, now: datetime = NOW) -> Parsed:
    known = coverage.Reference(frozenset(VILLAGES), {operator.key: operator.name for operator in cast.operators}, SERVICE)
    key = path.name[:4]
    spoken = {technology for _, technology in next(operator for operator in cast.operators if operator.key == key).words}
    mapping = {field: header for field, header in MAPPING.items() if field in {*spoken, "village_id", "observed_at"}}
    options = coverage.Options(operator=key, technologies=TECHNOLOGIES)
    table = read_table(path.read_bytes(), Layout("xlsx" if path.suffix == ".xlsx" else "csv"))
    return coverage.parse(table, mapping, known, options, Stamp("f", "s", True, now, now))


def shares(claims: list[coverage.Claim], technologies: set[str]) -> int:
    return len({claim.village_id for claim in claims if claim.technology in technologies and claim.status == "covered"})


def test_the_backlog_is_read_without_a_single_bad_row_and_coverage_grows_every_year(cast: Cast, folder: Path) -> None:
    paths = list(Reports(cast, folder, seed=1, faults=0).backlog(NOW))
    assert len(paths) == 4 * len(cast.operators)
    assert {path.suffix for path in paths} == {".xlsx", ".csv"}
    by_day: dict[date, list[coverage.Claim]] = {}
    for path in paths:
        report = parsed(path, cast)
        assert report.rejections == []
        assert report.rows == len(VILLAGES)
        for claim in report.records:
            by_day.setdefault(claim.observed_at.astimezone(LOCAL).date(), []).append(claim)
    days = [date(2023, 12, 31), date(2024, 12, 31), date(2025, 12, 31), date(2026, 11, 21)]
    assert sorted(by_day) == days
    mobile = [shares(by_day[day], {"3g", "4g"}) for day in days]
    assert mobile == sorted(mobile)
    assert mobile[-1] <= len(VILLAGES) - FORGOTTEN
    assert [shares(by_day[day], {"5g"}) > 0 for day in days] == [False, True, True, True]
    assert [any(claim.technology == "2g" for claim in by_day[day]) for day in days] == [True, True, True, False]


def test_the_remotest_villages_stay_without_a_signal(cast: Cast, folder: Path) -> None:
    growth = Growth(cast, seed=1)
    assert len(growth.forgotten) == FORGOTTEN
    reports = Reports(cast, folder, seed=1, faults=0)
    paths = list(reports.backlog(NOW))
    for minute in range(60):
        path = reports.update(NOW + timedelta(minutes=minute))
        assert path is not None
        paths.append(path)
    heard = {
        claim.village_id
        for path in paths
        for claim in parsed(path, cast, NOW + timedelta(hours=2)).records
        if claim.status == "covered" and claim.technology != "broadband"
    }
    assert heard & growth.forgotten == set()
    assert len(heard) >= len(VILLAGES) - FORGOTTEN - 4


def test_files_carry_the_time_at_which_they_would_have_been_sent(cast: Cast, folder: Path) -> None:
    first = next(Reports(cast, folder, seed=1, faults=0).backlog(NOW))
    assert datetime.fromtimestamp(first.stat().st_mtime, LOCAL) == datetime(2024, 1, 5, 9, tzinfo=LOCAL)


def test_what_the_store_has_heard_is_not_sent_again(cast: Cast, folder: Path) -> None:
    told = [Operator(item.key, item.name, item.words, datetime(2025, 12, 31, tzinfo=LOCAL)) for item in cast.operators]
    again = Cast({}, [], {}, VILLAGES, told, SERVICE)
    names = {path.name.split("_")[2].split(".")[0] for path in Reports(again, folder, seed=1, faults=0).backlog(NOW)}
    assert names == {"2026-11-21"}


def test_updates_are_small_and_change_a_few_villages(cast: Cast, folder: Path) -> None:
    reports = Reports(cast, folder, seed=1, faults=0)
    words: dict[str, Words] = {operator.key: {} for operator in cast.operators}
    for path in list(reports.backlog(NOW)):
        words[path.name[:4]] |= {(claim.village_id, claim.technology): claim.status for claim in parsed(path, cast).records}
    for minute in range(10):
        path = reports.update(NOW + timedelta(minutes=minute))
        assert path is not None
        report = parsed(path, cast, NOW + timedelta(minutes=minute))
        assert report.rejections == []
        assert report.rows == 12
        told = {(claim.village_id, claim.technology): claim.status for claim in report.records}
        before = words[path.name[:4]]
        assert 1 <= sum(before[pair] != status for pair, status in told.items()) <= 4
        before |= told


def test_faults_give_late_repeated_and_bad_files_and_none_when_off(cast: Cast, folder: Path) -> None:
    def kinds(faults: float, where: Path) -> Iterator[str]:
        where.mkdir()
        reports, seen = Reports(cast, where, seed=3, faults=faults), set()
        for minute in range(80):
            path = reports.update(NOW + timedelta(minutes=minute))
            data = path.read_bytes() if path else b""
            if path is None:
                yield "late"
            elif data in seen:
                yield "again"
            else:
                yield "bad" if parsed(path, cast, NOW + timedelta(hours=3)).rejections else "good"
            seen.add(data)

    assert set(kinds(0.5, folder / "a")) == {"late", "again", "bad", "good"}
    assert set(kinds(0.0, folder / "b")) == {"good"}


@pytest.mark.parametrize(
    ("local", "share"),
    [
        (datetime(2026, 11, 1, 12, tzinfo=LOCAL), 0.0),  # a Sunday
        (datetime(2026, 11, 2, 7, tzinfo=LOCAL), 0.0),
        (datetime(2026, 11, 2, 17, tzinfo=LOCAL), 1 / 21),
        (datetime(2026, 11, 30, 23, tzinfo=LOCAL), 1.0),
    ],
)
def test_dossiers_grow_with_working_time(local: datetime, share: float) -> None:
    assert elapsed(local) == pytest.approx(share)


def test_dossiers_are_about_96_percent_on_time_and_always_possible() -> None:
    due = on_time = 0
    for number in range(150):
        report = month_to_date(f"C11-{number:03d}", "one_stop", NOW, seed=1)
        counts = {name: value for name, value in report.items() if isinstance(value, int)}
        assert min(counts.values()) >= 0
        assert counts["dung_han"] <= counts["den_han"] <= counts["tiep_nhan"]
        assert counts["hai_long"] <= counts["danh_gia"]
        due, on_time = due + counts["den_han"], on_time + counts["dung_han"]
    assert 0.94 < on_time / due < 0.98
    assert month_to_date("C11-001", "one_stop", NOW, seed=1) == month_to_date("C11-001", "one_stop", NOW, seed=1)
