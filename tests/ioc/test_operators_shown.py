"""Filters, marks and figures know the operators of the day shown, as far as was known."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Engine, delete, select

from ioc.selection import Selection
from ioc.snapshots import Snapshots
from ioc.text import Words
from ioc.views.controls import operator_menu
from store.operators import Operator, Origin, write_operators
from store.schema import coverage
from store.transactions import writing
from store.write import bump, upsert

INVENTED = ["op-a", "op-b", "op-c", "op-d", "op-e"]


def declare(engine: Engine, *operators: Operator) -> None:
    at = datetime.now(UTC)
    with writing(engine) as connection:
        write_operators(connection, operators, Origin("Sở KH&CN", "list", False, at, at, at))


def shown(snapshots: Snapshots, day: date | None = None, known_at: datetime | None = None) -> list[str]:
    return list(snapshots.get(day, known_at).coverage.operators["key"])


def test_operators_are_listed_on_the_days_on_which_they_were_there(province: Engine, snapshots: Snapshots) -> None:
    assert shown(snapshots) == INVENTED
    before = datetime.now(UTC)
    declare(province, Operator("gone", "Cũ", None, date(2024, 12, 31)), Operator("viettel", "Viettel", date(2025, 1, 1)))
    assert shown(snapshots, date(2024, 12, 31)) == [*INVENTED, "gone"]
    assert shown(snapshots, date(2025, 1, 1)) == [*INVENTED, "viettel"]
    assert shown(snapshots, None, before) == INVENTED


def test_sample_operators_that_nobody_speaks_of_are_not_listed_beside_real_ones(province: Engine, snapshots: Snapshots) -> None:
    declare(province, Operator("viettel", "Viettel"))
    with writing(province) as connection:
        connection.execute(delete(coverage).where(coverage.c.operator != "op-b"))
        bump(connection, "coverage")
    assert shown(snapshots) == ["op-b", "viettel"]


def test_what_an_operator_offers_no_longer_is_in_no_figure_of_the_day(province: Engine, snapshots: Snapshots) -> None:
    offers = {"4g": (None, date(2025, 12, 31)), "3g": (None, None)}
    declare(province, Operator("viettel", "Viettel", offers=offers))
    moment = datetime(2024, 1, 1, tzinfo=UTC)
    columns = (
        "village_id",
        "operator",
        "technology",
        "method",
        "source",
        "observed_at",
        "status",
        "confirmed_at",
        "reported_at",
        "stored_at",
    )
    with writing(province) as connection:
        village = connection.scalar(select(coverage.c.village_id).limit(1))
        rows: list[tuple[Any, ...]] = [
            (village, "viettel", technology, "declared", "Sở", moment, "covered", moment, moment, moment, False)
            for technology in ("3g", "4g")
        ]
        upsert(connection, coverage, (*columns, "synthetic"), rows)
    covered = {
        day: [int((snapshots.get(day).coverage.cube.best(technology, "viettel") == 2).sum()) for technology in ("3g", "4g")]
        for day in (date(2025, 12, 31), date(2026, 1, 1))
    }
    assert covered == {date(2025, 12, 31): [1, 1], date(2026, 1, 1): [1, 0]}


def test_an_operators_colour_marks_its_name(province: Engine, snapshots: Snapshots) -> None:
    declare(province, Operator("viettel", "Viettel", colour="#ee0033"))
    menu = operator_menu(snapshots.get(), Selection.parse("?op=viettel"), Words("vi"), "/map")
    text = str(menu.to_plotly_json())
    assert ("#ee0033" in text, text.count("operator-mark")) == (True, 1)
