"""Coverage claims: the same word again only confirms, another word is a new row, and an older report is history."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from feeds.errors import ContentError
from feeds.kinds import coverage
from feeds.records import Parsed, Stamp
from feeds.tables import Row, Table
from store import schema
from store.observations import ClaimRow
from store.write import upsert, writing
from tests.feeds.conftest import OLD, START
from tests.feeds.kinds.conftest import counted

NOW = datetime(2026, 11, 21, 3, tzinfo=UTC)
TECHNOLOGIES = ("2g", "4g", "5g", "broadband")
SERVICE = {
    "2g": (None, date(2026, 9, 15)),
    "4g": (None, None),
    "5g": (date(2024, 1, 1), None),
    "broadband": (None, None),
}
KNOWN = coverage.Reference(frozenset({"V11-0001", "V11-0002", "V11-0003"}), {"op-a": "A", "op-b": "B"}, SERVICE)
WIDE = coverage.Options(operator="op-a", technologies=TECHNOLOGIES)


def stamp(now: datetime = NOW) -> Stamp:
    return Stamp("coverage-op-a", "Nhà mạng mẫu A", True, now, now)


def table(*rows: dict[str, Any]) -> Table:
    return Table(tuple({name: None for row in rows for name in row}), [Row(number, row) for number, row in enumerate(rows, start=2)])


def row(village: int, day: str = "2024-12-31", **words: Any) -> dict[str, Any]:
    return {"village_id": f"V11-000{village}", "observed_at": day, **{key.lstrip("_"): word for key, word in words.items()}}


def parse(*rows: dict[str, Any], options: coverage.Options = WIDE, mapping: dict[str, str] | None = None) -> Parsed:
    return coverage.parse(table(*rows), mapping or {}, KNOWN, options, stamp())


def words(parsed: Parsed) -> list[tuple[str, str, str]]:
    return [(claim.village_id, claim.technology, claim.status) for claim in parsed.records]


@pytest.mark.parametrize(
    ("word", "status"),
    [
        *((word, "covered") for word in ("Có", "X", 1, "covered", "có sóng")),
        *((word, "weak") for word in ("lõm", "Yếu", "weak")),
        *((word, "none") for word in ("không", "Không", 0, "none", "Trắng sóng")),
    ],
)
def test_status_words_of_both_languages_are_understood(word: object, status: str) -> None:
    assert words(parse(row(1, _4g=word))) == [("V11-0001", "4g", status)]


def test_an_empty_cell_says_nothing() -> None:
    assert words(parse(row(1, _4g="có", broadband=""), row(2, _4g=None, broadband="không"))) == [
        ("V11-0001", "4g", "covered"),
        ("V11-0002", "broadband", "none"),
    ]


def test_the_long_form_has_a_row_for_each_village_operator_and_technology() -> None:
    options = coverage.Options(form="long", technologies=TECHNOLOGIES)
    rows = [
        {"village_id": "V11-0001", "observed_at": "2024-12-31", "operator": "op-b", "technology": "4G", "status": "có"},
        {"village_id": "V11-0001", "observed_at": "2024-12-31", "operator": "op-x", "technology": "4g", "status": "có"},
        {"village_id": "V11-0001", "observed_at": "2024-12-31", "operator": "op-a", "technology": "9g", "status": "có"},
    ]
    parsed = parse(*rows, options=options)
    assert [(claim.operator, claim.technology, claim.status) for claim in parsed.records] == [("op-b", "4g", "covered")]
    assert [(rejected.number, rejected.code) for rejected in parsed.rejections] == [
        (3, "row.unknown_operator"),
        (4, "row.unknown_technology"),
    ]


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (row(9, _4g="có"), "row.unknown_village"),
        (row(2, _4g="tốt lắm"), "row.bad_status"),
        (row(2, "hôm qua", _4g="có"), "row.bad_time"),
        (row(2, "2026-12-31", _4g="có"), "row.future"),
        (row(2, _4g=""), "row.no_status"),
        (row(1, _4g="không"), "row.duplicate"),
        (row(2, "2026-10-01", _2g="có"), "row.out_of_service"),
    ],
)
def test_one_bad_row_is_turned_away_whole_and_the_others_stay(bad: dict[str, Any], code: str) -> None:
    parsed = parse(row(1, _4g="có"), bad, row(3, _4g="có"))
    assert {claim.village_id for claim in parsed.records} == {"V11-0001", "V11-0003"}
    assert [(rejected.number, rejected.code) for rejected in parsed.rejections] == [(3, code)]


def test_what_is_said_of_a_technology_out_of_service_is_left_out() -> None:
    assert words(parse(row(1, "2026-10-01", _2g="có", _4g="có"))) == [("V11-0001", "4g", "covered")]


def test_a_mapped_technology_may_be_absent_only_while_out_of_service() -> None:
    mapping = {"2g": "2G", "4g": "4G", "5g": "5G"}
    early, late = {**row(1, "2023-12-31"), "2G": "có", "4G": "có"}, {**row(1, "2026-10-01"), "4G": "có", "5G": "không"}
    assert len(parse(early, mapping=mapping).records) == 2
    assert len(parse(late, mapping=mapping).records) == 2
    with pytest.raises(ContentError) as caught:
        parse({**row(1, "2026-01-31"), "2G": "có", "4G mới": "có", "5G": "có"}, mapping=mapping)
    assert caught.value.values["meant"] == "4G → 4G mới"


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (coverage.Options(operator="op-z", technologies=TECHNOLOGIES), "run.unknown_operator"),
        (coverage.Options(operator="op-a", technologies=("4g", "9g")), "run.unknown_technology"),
    ],
)
def test_a_feed_that_names_what_is_not_there_fails_as_a_whole(options: coverage.Options, code: str) -> None:
    with pytest.raises(ContentError) as caught:
        parse(row(1, _4g="có"), options=options)
    assert caught.value.code == code


def test_a_sheet_without_any_technology_fails() -> None:
    with pytest.raises(ContentError) as caught:
        parse(row(1, other="có"))
    assert caught.value.code == "run.missing_column"


# ── Reconciling ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def at(day: int) -> datetime:
    return datetime(2024, 1, day, tzinfo=UTC)


def told(*said: tuple[int, str]) -> tuple[list[str], list[tuple[int, str, int]]]:
    """What claims of (day, status), in order of arrival, leave behind as (observed day, status, confirmed day)."""
    history: list[ClaimRow] = []
    outcomes = [coverage.reconcile(history, at(day), status, stamp())[0] for day, status in said]
    return outcomes, [(row.observed_at.day, row.status, row.confirmed_at.day) for row in history]


@pytest.mark.parametrize(
    ("said", "outcomes", "rows"),
    [
        ([(1, "none")], ["added"], [(1, "none", 1)]),
        ([(1, "none"), (5, "none")], ["added", "unchanged"], [(1, "none", 5)]),
        ([(1, "none"), (5, "covered")], ["added", "changed"], [(1, "none", 1), (5, "covered", 5)]),
        ([(5, "covered"), (1, "none")], ["added", "changed"], [(1, "none", 1), (5, "covered", 5)]),
        ([(1, "none"), (1, "none")], ["added", "unchanged"], [(1, "none", 1)]),
        ([(1, "none"), (1, "weak")], ["added", "changed"], [(1, "weak", 1)]),
        ([(1, "none"), (9, "none"), (5, "none")], ["added", "unchanged", "older"], [(1, "none", 9)]),
        (
            [(1, "none"), (9, "none"), (5, "covered")],
            ["added", "unchanged", "changed"],
            [(1, "none", 1), (5, "covered", 5), (9, "none", 9)],
        ),
    ],
)
def test_claims_in_any_order_leave_the_right_history(
    said: list[tuple[int, str]], outcomes: list[str], rows: list[tuple[int, str, int]]
) -> None:
    assert told(*said) == (outcomes, rows)


def take(engine: Engine, *rows: dict[str, Any], now: datetime = NOW) -> tuple[int, ...]:
    parsed = parse(*rows)
    assert parsed.rejections == []
    with writing(engine) as connection:
        return counted(coverage.store(connection, parsed.records, stamp(now), WIDE))


def stored(engine: Engine) -> list[tuple[Any, ...]]:
    c = schema.coverage.c
    with engine.connect() as connection:
        statement = select(c.village_id, c.technology, c.status, c.observed_at, c.confirmed_at, c.stored_at)
        return [tuple(item) for item in connection.execute(statement.order_by(c.village_id, c.technology, c.observed_at))]


def test_rows_are_counted_by_the_most_that_a_claim_of_theirs_did(province: Engine) -> None:
    first, second = datetime(2024, 12, 30, 17, tzinfo=UTC), datetime(2025, 12, 30, 17, tzinfo=UTC)
    later = NOW + timedelta(days=1)
    assert take(province, row(1, _4g="không", broadband="có"), row(2, _4g="có")) == (2, 0, 0)
    assert take(province, row(1, "2025-12-31", _4g="có", broadband="có"), row(2, "2025-12-31", _4g="có"), now=later) == (0, 1, 1)
    assert stored(province) == [
        ("V11-0001", "4g", "none", first, first, NOW),
        ("V11-0001", "4g", "covered", second, second, later),
        ("V11-0001", "broadband", "covered", first, second, later),
        ("V11-0002", "4g", "covered", first, second, later),
    ]


def test_an_older_report_is_stored_as_history_and_the_newest_word_stays(province: Engine) -> None:
    take(province, row(1, "2025-12-31", _4g="có"))
    assert take(province, row(1, "2023-12-31", _4g="không")) == (0, 1, 0)
    assert [(item[2], item[3].year) for item in stored(province)] == [("none", 2023), ("covered", 2025)]


def test_the_same_report_twice_changes_nothing(province: Engine) -> None:
    report = [row(1, _4g="có", broadband="không"), row(2, _4g="lõm")]
    take(province, *report)
    before = stored(province)
    assert take(province, *report, now=NOW + timedelta(days=1)) == (0, 0, 2)
    assert stored(province) == before


def test_a_provinces_sheet_is_taken_in_well_under_two_seconds(province: Engine) -> None:
    names = ("id", "name", "search_key", "lon", "lat", "valid_from", "source", "synthetic", "stored_at")
    many = [(f"V11-{n:04d}", "Bản", "ban", 103.0, 21.0, OLD, "mẫu", True, START) for n in range(1, 1441)]
    with writing(province) as connection:
        upsert(connection, schema.villages, names, many)
        known = coverage.reference(connection)
    for year, word in [(2024, "không"), (2025, "có")]:
        rows = [
            {"village_id": f"V11-{n:04d}", "observed_at": f"{year}-12-31", "2g": "có", "4g": word, "5g": "không", "broadband": "có"}
            for n in range(1, 1441)
        ]
        parsed = coverage.parse(table(*rows), {}, known, WIDE, stamp())
        with writing(province) as connection:
            counts = coverage.store(connection, parsed.records, stamp(), WIDE)
        assert sum(counts) == 1440
    assert counted(counts) == (0, 1440, 0)
