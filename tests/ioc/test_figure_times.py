"""When a figure was true: months that run, endpoints long unheard of, sources that are mixed; now and at a past moment."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, delete, select, update

from ioc import clock
from ioc.api.context import Context
from ioc.endpoint_state import endpoint_state, endpoint_states
from ioc.figure import Figure
from ioc.layouts.map import parts
from ioc.selection import Selection
from ioc.snapshots import Snapshots
from ioc.states import live_state
from ioc.summary import summarise
from ioc.text import Words
from ioc.values import map_values
from ioc.views.figure import notes, source_line
from store import runs, schema
from store.samples import Sample, add_samples
from store.write import bump, upsert, writing
from tests.ioc.test_gaps import texts

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MCU: dict[str, Any] = {
    "key": "mcu", "title_vi": "MCU", "title_en": "MCU", "connector": "http", "kind": "endpoint_status", "source": "MCU", "every_s": 10,
    "late_after_s": 600, "stale_after_s": 3600, "enabled": True, "synthetic": False,
}  # fmt: skip


def put(engine: Engine, table: Any, *rows: dict[str, Any]) -> None:
    columns = tuple(rows[0])
    with writing(engine) as connection:
        upsert(connection, table, columns, [tuple(row[name] for name in columns) for row in rows])


def figure_of(snapshots: Snapshots, key: str, as_of: date | None = None, known_at: datetime | None = None) -> Figure:
    return next(figure for figure in summarise(snapshots.get(as_of, known_at)).figures if figure.key == key)


# ── Months ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def counted(province: Engine) -> Engine:
    """July 2025 as it was reported at its end, and June; nothing else."""
    with writing(province) as connection:
        centre = connection.scalars(select(schema.centres.c.id).order_by(schema.centres.c.id)).first()
        connection.execute(delete(schema.dossiers))
    for month, last, on_time in ((6, 30, 10), (7, 31, 20)):
        at = datetime(2025, month, last, 10, tzinfo=UTC)
        key = {"centre_id": centre, "authority_code": "x", "period": f"2025-{month:02d}"}
        span = {"period_from": date(2025, month, 1), "period_to": date(2025, month, last)}
        counts = dict.fromkeys(("received", "in_progress", "due", "overdue", "online"), 40) | {"on_time": on_time}
        times = dict.fromkeys(("observed_at", "reported_at", "stored_at"), at)
        put(province, schema.dossiers, key | span | counts | times | {"source": "Một cửa", "synthetic": False})
    return province


@pytest.mark.parametrize(
    ("as_of", "month", "on_time"),
    [
        (date(2025, 6, 30), "06/2025", 10),
        (date(2025, 7, 1), "06/2025", 10),
        (date(2025, 7, 30), "06/2025", 10),
        (date(2025, 7, 31), "07/2025", 20),
        (date(2025, 8, 15), "07/2025", 20),
    ],
)
def test_a_month_is_shown_from_its_last_day_on(counted: Engine, snapshots: Snapshots, as_of: date, month: str, on_time: int) -> None:
    figure = figure_of(snapshots, "dossiers_on_time_pct", as_of)
    assert (figure.numerator, figure.notes[0]) == (on_time, ("note.month", {"month": month}))


def test_nothing_is_shown_of_a_month_before_any_has_ended(counted: Engine, snapshots: Snapshots) -> None:
    assert figure_of(snapshots, "dossiers_on_time_pct", date(2025, 6, 29)).value is None


def test_a_month_that_runs_says_so_with_its_own_date(province: Engine, snapshots: Snapshots) -> None:
    now, today = clock.now(), clock.today()
    first = today.replace(day=1)
    last = (first + 32 * DAY).replace(day=1) - DAY
    with writing(province) as connection:
        centre = connection.scalars(select(schema.centres.c.id).order_by(schema.centres.c.id)).first()
        connection.execute(delete(schema.dossiers))
    key = {"centre_id": centre, "authority_code": "x", "period": f"{first:%Y-%m}", "period_from": first, "period_to": last}
    counts = dict.fromkeys(("received", "in_progress", "due", "overdue", "online", "on_time"), 40)
    times = dict.fromkeys(("observed_at", "reported_at", "stored_at"), now - HOUR)
    put(province, schema.dossiers, key | counts | times | {"source": "Một cửa", "synthetic": False})
    said = notes(figure_of(snapshots, "dossiers_on_time_pct"), Words("vi"))
    expected = f"tháng {first:%m/%Y}" if today == last else f"tháng đang chạy {first:%m/%Y}, số đến {clock.local(now - HOUR):%d/%m/%Y}"
    assert said.startswith(expected)


def test_an_indicator_of_a_period_is_known_from_its_last_day_on(province: Engine, snapshots: Snapshots) -> None:
    key = {"indicator": "i", "unit_code": "11", "scope": "province", "label_vi": "x", "period": "2025", "source": "s", "label_en": "x"}
    put(province, schema.indicators, {"key": "i", "name_vi": "i", "name_en": "i", "unit": "count", "stored_at": clock.now()})
    value = {"value": 7.0, "comparator": "=", "true_on": date(2025, 12, 31), "synthetic": False, "stored_at": clock.now()}
    put(province, schema.indicator_values, key | value)
    for as_of, count in ((date(2025, 12, 30), 0), (date(2025, 12, 31), 1), (None, 1)):
        shown = snapshots.get(as_of).conditions.indicators
        assert int((shown["indicator"] == "i").sum()) == count


# ── Endpoints ────────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def heard(province: Engine) -> tuple[str, str]:
    """Two endpoints of one source: heard a minute ago, and last in March; the source speaks on."""
    with writing(province) as connection:
        fresh, silent = connection.scalars(select(schema.endpoints.c.id).order_by(schema.endpoints.c.id).limit(2))
        runs.register_feeds(connection, [MCU])
        runs.feed_succeeded(connection, "mcu", at=clock.now(), true_at=clock.now())
    minute_ago, march = clock.now() - timedelta(minutes=1), datetime(2026, 3, 3, 3, tzinfo=UTC)
    for id_, at in ((fresh, minute_ago), (silent, march)):
        row = {"endpoint_id": id_, "state": "up", "since_at": at, "source": "MCU", "synthetic": False, "feed": "mcu"}
        put(province, schema.endpoint_state, row | dict.fromkeys(("observed_at", "reported_at", "stored_at"), at))
        change = {"endpoint_id": id_, "at": at, "state": "up", "source": "MCU", "stored_at": at, "synthetic": False}
        put(province, schema.endpoint_changes, change)
    return fresh, silent


def test_the_figure_counts_what_the_map_shows_and_the_card_says(snapshots: Snapshots, heard: tuple[str, str]) -> None:
    _, silent = heard
    figure, snapshot = figure_of(snapshots, "endpoints_up"), snapshots.get()
    assert list(endpoint_states(snapshot).values()).count("up") == figure.numerator == 1
    assert live_state(snapshots)["endpoints"][silent] == "unknown"
    card = texts(parts(Context.of(snapshots, "b"), Selection.parse(f"endpoint={silent}"))["panel"])
    assert "chưa rõ" in card
    assert "ngày 03/03/2026" in card
    assert figure.state == "fresh"
    assert [source.rows for source in figure.sources] == [1]


def test_open_pages_age_an_endpoint_that_was_left_out_by_its_own_last_word(snapshots: Snapshots, heard: tuple[str, str]) -> None:
    fresh, silent = heard
    times = live_state(snapshots)["times"]
    assert times[f"endpoint/{silent}"][0] == "2026-03-03T03:00:00.000Z"
    assert f"endpoint/{fresh}" not in times
    assert times["source/MCU"][0] > times[f"endpoint/{silent}"][0]


def test_states_that_grow_old_renew_the_pages(snapshots: Snapshots, province: Engine, heard: tuple[str, str]) -> None:
    before = live_state(snapshots)["layers"]["endpoint_states"]
    with writing(province) as connection:
        connection.execute(update(schema.endpoint_state).values(observed_at=clock.now() - 2 * HOUR))
        bump(connection, "endpoint_state")
    assert live_state(snapshots)["layers"]["endpoint_states"] != before


def test_when_every_word_is_old_the_figure_is_stale_and_counts_none(snapshots: Snapshots, province: Engine, heard: tuple[str, str]) -> None:
    with writing(province) as connection:
        connection.execute(update(schema.endpoint_state).values(observed_at=clock.now() - 2 * HOUR))
        bump(connection, "endpoint_state")
    figure = figure_of(snapshots, "endpoints_up")
    assert (figure.numerator, figure.state) == (0, "stale")


@pytest.mark.parametrize("heard_again", [False, True])
def test_a_past_day_judges_by_what_had_been_heard_of_the_endpoint_then(
    snapshots: Snapshots, province: Engine, heard: tuple[str, str], heard_again: bool
) -> None:
    _, silent = heard
    day = clock.today() - 3 * DAY
    end = clock.end_of_day(day)
    march = int(datetime(2026, 3, 3, 3, tzinfo=UTC).timestamp())
    samples = [Sample(march, silent, True, None, 30)]
    if heard_again:
        samples += [Sample(int(end.timestamp()) // 30 * 30 - 30 * n, silent, True, None, 30) for n in range(120)]
    with writing(province) as connection:
        add_samples(connection, samples)
        runs.feed_succeeded(connection, "mcu", at=end, true_at=end)
        if heard_again:
            connection.execute(update(schema.endpoint_state).values(observed_at=clock.now()))
    snapshot = snapshots.get(day)
    expected = "up" if heard_again else "unknown"
    assert endpoint_state(snapshot, silent).state == expected
    assert map_values(snapshot, "4g", None)["endpoints"][silent] == expected


# ── Sources ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_figure_of_real_and_invented_rows_says_how_much_of_each(snapshots: Snapshots, province: Engine) -> None:
    with writing(province) as connection:
        connection.execute(update(schema.villages).where(schema.villages.c.id < "V11-0101").values(synthetic=False))
        real = schema.coverage.c.village_id < "V11-0051"
        connection.execute(update(schema.coverage).where(real).values(synthetic=False, source="Sở"))
        bump(connection, "villages", "coverage")
    figure = figure_of(snapshots, "villages_4g_pct")
    assert figure.basis is not None
    rows = {source.name: (source.rows, source.synthetic_rows) for source in figure.sources}
    assert rows["Sở"][1] == 0
    assert rows["mô phỏng"][0] == rows["mô phỏng"][1]
    d, n = figure.basis.rows, rows["mô phỏng"][1]
    words = Words("vi")
    assert source_line(figure.basis, words) == f"2 nguồn · Mô phỏng: {words.number(n)} trong {words.number(d)} dòng"


def test_an_old_source_that_still_counts_for_one_village_shows_in_the_age(snapshots: Snapshots, province: Engine) -> None:
    now = clock.now()
    with writing(province) as connection:
        newer = schema.coverage.c.village_id != "V11-0001"
        connection.execute(update(schema.coverage).where(newer).values(source="Sở", observed_at=now - DAY, confirmed_at=now - DAY))
        bump(connection, "coverage")
    figure = figure_of(snapshots, "villages_4g_pct")
    assert {source.name for source in figure.sources} == {"Sở", "mô phỏng"}
    assert (figure.state, clock.local(figure.true_at or now).date()) == ("stale", date(2022, 4, 30))


# ── Words ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_without_signal_is_said_of_no_signal_at_all(snapshots: Snapshots) -> None:
    page = parts(Context.of(snapshots, "b"), Selection.parse("tech=4g"))
    assert "không có 4G" in texts(page["legend"])
    assert "trắng sóng" not in texts(page["legend"])
    assert "Thôn, bản trắng sóng" in texts(page["panel"])
