"""Figures, targets, meetings, units and states of systems: the newest word holds, an older one changes nothing, the rest is refused."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from feeds.errors import ContentError
from feeds.texts import CATALOGUE
from store import schema
from store.samples import kept_from
from store.transactions import reading
from tests.feeds.kinds.conftest import LAST_OLD, NEW, NOW, OLD, Way

BROUGHT = {"4g_pct": {"name_vi": "Tỷ lệ phủ 4G", "name_en": "4G share", "unit": "percent"}}
FIGURE = {"indicator": "4g_pct", "unit_code": "03127", "period": "10/2026", "value": 95.5}
TARGET = {"indicator": "4g_pct", "unit_code": "03127", "due_on": "2030", "value": 100}
MEETING = {"id": "M1", "title": "Giao ban", "starts_at": "25/11/2026 08:00", "ends_at": "25/11/2026 11:00", "host": "UBND tỉnh"}
UNIT: dict[str, Any] = {"code": "03200", "full_name": "Xã Nà Tấu", "level": "xã", "parent_code": "11", "valid_from": "01/07/2025"}
UNIT |= {"lon": 103.1, "lat": 21.5}
STATE = {"system_id": "S1", "state": "chậm", "observed_at": NOW - timedelta(minutes=1), "volume": 1200, "detail": "trễ 3 s"}
LATE = {"observed_at": NOW - timedelta(days=40)}


def kind(name: str) -> Any:
    return pytest.mark.parametrize("way", [name], indirect=True)


EACH = pytest.mark.parametrize(
    ("way", "row", "change", "table", "column"),
    [
        ("indicator_values", FIGURE, {"value": 96}, "indicator_values", "value"),
        ("targets", TARGET, {"value": 98.5}, "targets", "value"),
        ("meetings", MEETING, {"title": "Giao ban tháng"}, "meetings", "title"),
        ("units", UNIT, {"full_name": "Xã Nà Tấu mới"}, "units", "full_name"),
    ],
    indirect=["way"],
)


def options(way: Way) -> dict[str, Any]:
    return {"indicators": BROUGHT} if way.kind.key == "indicator_values" else {}


def known_indicator(way: Way) -> None:
    from store.write import upsert, writing

    with writing(way.engine) as connection:
        upsert(connection, schema.indicators, ("key", "name_vi", "name_en", "unit", "stored_at"), [("4g_pct", "4G", "4G", "percent", NOW)])


@EACH
def test_a_word_is_added_then_the_same_then_changed_and_never_by_an_older_one(
    way: Way, row: dict[str, Any], change: dict[str, Any], table: str, column: str
) -> None:
    known_indicator(way)
    assert way.take(row, **options(way)) == (1, 0, 0)
    later = NOW + timedelta(days=1)
    assert way.take(row, now=later, **options(way)) == (0, 0, 1)
    assert way.take({**row, **change}, now=later, **options(way)) == (0, 1, 0)
    assert way.take({**row, **LATE}, now=later, **options(way)) == (0, 0, 0, 1)
    found = way.rows(schema.metadata.tables[table], column, "observed_at", "reported_at", "stored_at", "feed")
    (value,) = change.values()
    assert (value, later, later, later, "list") in found
    former = way.rows(schema.metadata.tables[f"{table}_history"], column, "superseded_at")
    assert (row[column], later) in former


@EACH
def test_the_second_row_of_a_key_is_turned_away(way: Way, row: dict[str, Any], change: dict[str, Any], table: str, column: str) -> None:
    known_indicator(way)
    assert way.codes(row, {**row, **change}, **options(way)) == [(3, "row.duplicate")]


@EACH
def test_a_word_from_the_future_is_turned_away(way: Way, row: dict[str, Any], change: dict[str, Any], table: str, column: str) -> None:
    known_indicator(way)
    assert way.codes({**row, "observed_at": NOW + timedelta(hours=1)}, **options(way)) == [(2, "row.future")]


# ── Figures and targets ──────────────────────────────────────────────────────────────────────────────────────────────────


@kind("indicator_values")
@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"value": None}, "row.missing"),
        ({"value": "nhiều"}, "row.bad_number"),
        ({"value": "1.234"}, "row.bad_number"),
        ({"indicator": "5g_pct"}, "row.unknown_indicator"),
        ({"period": "tháng này"}, "row.bad_period"),
        ({"period": "12/2026"}, "row.future"),
        ({"unit_code": "99999"}, "row.unit_unknown"),
        ({"unit_code": None}, "row.missing"),
    ],
)
def test_a_figure_that_cannot_be_is_turned_away(way: Way, change: dict[str, Any], code: str) -> None:
    assert way.codes(FIGURE, {**FIGURE, "period": "9/2026", **change}, indicators=BROUGHT) == [(3, code)]


@kind("indicator_values")
def test_zero_is_a_figure_and_each_period_has_its_own(way: Way) -> None:
    periods = ("2025", "Quý III/2026", "2026-Q2", "Tháng 10/2026", "21/11/2026")
    way.take(*({**FIGURE, "period": period, "value": 0} for period in periods), indicators=BROUGHT)
    found = way.rows(schema.indicator_values, "period", "true_on", "value", "scope")
    assert [row for row in found if row[3] == "commune"] == [
        ("2025", date(2025, 12, 31), 0.0, "commune"),
        ("2026-10", date(2026, 10, 31), 0.0, "commune"),
        ("2026-11-21", date(2026, 11, 21), 0.0, "commune"),
        ("2026-Q2", date(2026, 6, 30), 0.0, "commune"),
        ("2026-Q3", date(2026, 9, 30), 0.0, "commune"),
    ]


@kind("indicator_values")
def test_a_figure_belongs_to_the_unit_of_its_period(way: Way) -> None:
    """Phường Him Lam bore 03127 until 2025-06-30, Phường Điện Biên Phủ bears it since."""
    named = {**FIGURE, "unit_code": None}
    assert way.take({**named, "unit_name": "Phường Him Lam", "period": "06/2025"}, indicators=BROUGHT) == (1, 0, 0)
    assert way.take({**named, "unit_name": "Phường Điện Biên Phủ", "period": "07/2025"}, indicators=BROUGHT) == (1, 0, 0)
    (rejected,) = way.parse({**named, "unit_name": "Phường Him Lam", "period": "07/2025"}, indicators=BROUGHT).rejections
    assert rejected.code.startswith("row.unit_")
    assert rejected.question is not None


@kind("targets")
def test_a_target_is_due_at_the_end_of_its_year(way: Way) -> None:
    known_indicator(way)
    way.take(TARGET, {**TARGET, "due_on": "31/12/2027", "comparator": "ít nhất"})
    found = [row for row in way.rows(schema.targets, "due_on", "comparator", "feed") if row[2] == "list"]
    assert found == [(date(2027, 12, 31), ">=", "list"), (date(2030, 12, 31), "=", "list")]


# ── Meetings ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@kind("meetings")
def test_a_meeting_says_who_is_not_ready_yet_and_whom_to_call(way: Way) -> None:
    rows = [
        {**MEETING, "endpoint_id": "E11-001", "ready": "Sẵn sàng", "contact": "A 0912 000 001"},
        {**MEETING, "endpoint_id": "E11-002", "ready": "chưa", "contact": "B 0912 000 002", "note": "mất micro"},
        {**MEETING, "endpoint_id": "E11-003", "ready": None, "contact": None},
    ]
    assert way.take(*rows) == (3, 0, 0)
    assert way.rows(schema.meetings, "id", "title", "status") == [("M1", "Giao ban", "planned")]
    assert way.rows(schema.meeting_endpoints, "endpoint_id", "ready", "contact") == [
        ("E11-001", "ready", "A 0912 000 001"),
        ("E11-002", "not_ready", "B 0912 000 002"),
        ("E11-003", "unknown", None),
    ]
    later = NOW + timedelta(minutes=5)
    assert way.take(rows[0], {**rows[1], "ready": "có"}, rows[2], now=later) == (0, 1, 2)


@kind("meetings")
def test_a_meeting_of_an_unknown_endpoint_or_with_a_wrong_end_is_turned_away(way: Way) -> None:
    bad = [
        {**MEETING, "endpoint_id": "E99", "ready": "có"},
        {**MEETING, "id": "M2", "ends_at": "24/11/2026"},
        {**MEETING, "id": "M3", "starts_at": None},
        {**MEETING, "id": "M4", "endpoint_id": "E11-001", "ready": "gần như"},
    ]
    assert way.codes(*bad) == [(2, "row.unknown_endpoint"), (3, "row.ends_before"), (4, "row.missing"), (5, "row.bad_word")]


# ── Units ────────────────────────────────────────────────────────────────────────────────────────────────────────────────


@kind("units")
def test_a_new_unit_under_a_code_that_was_borne_ends_the_former(way: Way) -> None:
    assert way.take({**UNIT, "code": "03163", "full_name": "Xã Pá Khoang", "valid_from": "01/01/2027"}) == (1, 0, 0)
    found = [row for row in way.rows(schema.units, "code", "valid_from", "valid_to", "name", "kind") if row[0] == "03163"]
    assert found == [
        ("03163", NEW, date(2026, 12, 31), found[0][3], found[0][4]),
        ("03163", date(2027, 1, 1), None, "Pá Khoang", "xã"),
    ]


@kind("units")
def test_a_known_unit_keeps_its_point_and_a_new_one_needs_one(way: Way) -> None:
    bare = {**UNIT, "lon": None, "lat": None}
    assert way.codes(bare, {**bare, "code": "3x00"}, {**UNIT, "code": "032000"}) == [
        (2, "row.missing"),
        (3, "row.bad_unit_code"),
        (4, "row.bad_unit_code"),
    ]
    assert way.take({**bare, "code": "03127", "full_name": "Phường Điện Biên Phủ", "level": "commune"}) == (0, 1, 0)
    points = [row[1:] for row in way.rows(schema.units, "code", "lon", "lat", "valid_from", "valid_to") if row[0] == "03127"]
    assert points == [(103.25, 21.5, OLD, LAST_OLD), (103.25, 21.5, NEW, None)]


def country(**own: Any) -> dict[str, Any]:
    return {**UNIT, "valid_from": "2025-07-01", **own}


@kind("units")
def test_of_the_whole_countrys_list_only_the_own_province_is_taken_with_its_zeros(way: Way) -> None:
    rows = (
        country(code=3200, parent_code=11.0),
        country(code="3127", full_name="Phường Điện Biên Phủ"),
        country(code="25807", parent_code="15"),
        country(code="1234", parent_code="1"),
        country(code="15", level="tỉnh", parent_code=None),
        country(code="094", level="huyện", full_name="Thành phố Điện Biên Phủ"),
    )
    parsed = way.parse(*rows)
    assert [fact.parts[0]["code"] for fact in parsed.records] == ["03200", "03127", "094"]
    assert (parsed.rows, parsed.rejections) == (3, [])
    assert [(note.code, note.count, note.values.get("codes")) for note in parsed.notes] == [
        ("note.zeros_restored", 2, None),
        ("note.units_elsewhere", 3, "25807, 01234, 15"),
    ]


@kind("units")
def test_communes_of_before_lie_in_districts_that_the_list_may_bring(way: Way) -> None:
    old = {"valid_from": "31/08/2004", "valid_to": "30/06/2025"}
    rows = (
        country(**old, code="99", level="huyện", full_name="Huyện Mường Ảng", parent_code="11"),
        country(**old, code="3301", parent_code="99"),
        country(**old, code="3302", parent_code="94"),
        country(**old, code="3303", parent_code="98"),
    )
    parsed = way.parse(*rows)
    assert [(fact.parts[0]["code"], fact.parts[0]["parent_code"]) for fact in parsed.records] == [
        ("099", "11"),
        ("03301", "099"),
        ("03302", "094"),
    ]
    assert [note.values.get("codes") for note in parsed.notes] == [None, "03303"]


@kind("units")
def test_a_new_unit_without_its_parent_is_turned_away_and_a_known_one_keeps_its_own(way: Way) -> None:
    bare = {name: value for name, value in country().items() if name != "parent_code"}
    assert way.codes(bare, {**bare, "code": "03163"}) == [(2, "row.missing")]


@kind("units")
def test_a_list_of_other_provinces_is_refused(way: Way) -> None:
    with pytest.raises(ContentError) as caught:
        way.parse(country(code="25807", parent_code="15"))
    assert caught.value.code == "run.units_elsewhere"


# ── States of systems ────────────────────────────────────────────────────────────────────────────────────────────────────


def known_system(way: Way) -> None:
    from store.write import upsert, writing

    names = ("id", "name", "search_key", "kind", "valid_from", "source", "synthetic", "stored_at")
    with writing(way.engine) as connection:
        upsert(connection, schema.systems, names, [("S1", "LGSP – CSDL dân cư", "lgsp", "connection", OLD, "mẫu", True, NOW)])


@kind("system_status")
def test_a_system_has_a_state_since_a_moment_and_its_changes(way: Way) -> None:
    known_system(way)
    assert way.take(STATE) == (1, 0, 0)
    assert way.take(STATE, {**STATE, "observed_at": NOW}, {**STATE, "observed_at": NOW - timedelta(hours=1), "state": "up"}) == (0, 0, 2, 1)
    later = NOW + timedelta(minutes=1)
    assert way.take({**STATE, "observed_at": later, "state": "mất kết nối"}, now=later) == (0, 1, 0)
    assert way.rows(schema.system_state, "state", "since_at", "observed_at", "volume") == [("down", later, later, 1200.0)]
    assert way.rows(schema.system_changes, "at", "state", "previous", "source") == [
        (STATE["observed_at"], "degraded", None, "Sở KH&CN"),
        (later, "down", "degraded", "Sở KH&CN"),
    ]
    assert {row[0] for row in way.rows(schema.series, "what")} == {"system"}
    with reading(way.engine) as connection:
        assert kept_from(connection) >= 0


@kind("system_status")
@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"system_id": "S2"}, "row.unknown_system"),
        ({"system_id": None}, "row.missing"),
        ({"state": "tàm tạm"}, "row.bad_word"),
        ({"volume": "?"}, "row.bad_number"),
        ({"volume": -1}, "row.negative"),
        ({"observed_at": NOW + timedelta(minutes=2)}, "row.future"),
        ({"last_exchange_at": NOW + timedelta(minutes=2)}, "row.future"),
    ],
)
def test_a_state_that_cannot_be_is_turned_away(way: Way, change: dict[str, Any], code: str) -> None:
    known_system(way)
    (rejected,) = way.parse(STATE, {**STATE, **change}).rejections
    assert (rejected.number, rejected.code) == (3, code)
    for language in ("vi", "en"):
        assert "{" not in CATALOGUE.text(language, rejected.code, **rejected.values)
