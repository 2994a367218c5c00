"""A commune's series goes on across 2025-07-01: earlier months come from what it was made of, marked, and never from a guess."""

from __future__ import annotations

from datetime import UTC, date, datetime

import httpx
import pytest
from sqlalchemy import Engine, select

from ioc.summary import UnknownUnitError
from ioc.unit_series import Point, unit_series
from store.schema import centres, crosswalk, dossiers, place_units
from store.transactions import reading, writing
from store.write import upsert

AT = datetime(2025, 9, 1, tzinfo=UTC)
DAY = date(2026, 11, 21)
NEW, OLD_FROM, OLD_TO = date(2025, 7, 1), date(2004, 8, 31), date(2025, 6, 30)


@pytest.fixture
def commune(province: Engine) -> tuple[Engine, str, list[str]]:
    """A province whose newest months are its own, a new commune of several whole old ones, and these; each has a centre."""
    with reading(province) as connection:
        c = crosswalk.c
        rows = connection.execute(select(c.new_code, c.old_code, c.method).order_by(c.new_code, c.old_code)).all()
    by_new: dict[str, list[tuple[str, str]]] = {}
    for new, old, method in rows:
        by_new.setdefault(new, []).append((old, method))
    new, olds = next((new, olds) for new, olds in by_new.items() if len(olds) > 1 and all(method == "whole" for _, method in olds))
    codes = [old for old, _ in olds]
    _centres(province, new, codes)
    return province, new, codes


def _centres(engine: Engine, new: str, olds: list[str]) -> None:
    with writing(engine) as connection:
        columns = ("id", "name", "search_key", "kind", "lon", "lat", "valid_from", "source", "synthetic", "stored_at")
        ids = [f"T-{old}" for old in olds]
        upsert(connection, centres, columns, [(id_, id_, "", "one_stop", 103.0, 21.0, OLD_FROM, "thử", True, AT) for id_ in ids])
        columns = ("place_kind", "place_id", "unit_valid_from", "unit_code", "unit_valid_to", "stored_at")
        lain = [("centre", f"T-{old}", OLD_FROM, old, OLD_TO, AT) for old in olds]
        upsert(connection, place_units, columns, lain + [("centre", id_, NEW, new, None, AT) for id_ in ids])


def report(engine: Engine, month: int, centre: str, due: int, on_time: int) -> None:
    first = date(2025, month, 1)
    last = date(2025, month, 30)
    row = (centre, "x", f"2025-{month:02d}", first, last, 10, 1, due, on_time, due - on_time, 5, AT, AT, AT, "thử", "thử", True)
    columns = ("centre_id", "authority_code", "period", "period_from", "period_to", "received", "in_progress", "due", "on_time")
    more = ("overdue", "online", "observed_at", "reported_at", "stored_at", "source", "feed", "synthetic")
    with writing(engine) as connection:
        upsert(connection, dossiers, (*columns, *more), [row])


def points(engine: Engine, code: str, measure: str) -> dict[str, Point]:
    return {point.period: point for point in unit_series(engine, code, measure, DAY).points if point.period in ("2025-05", "2025-08")}


def test_rates_are_worked_out_again_from_the_former_communes(commune: tuple[Engine, str, list[str]]) -> None:
    engine, new, olds = commune
    for place, old in enumerate(olds):
        report(engine, 5, f"T-{old}", due=10 * (place + 1), on_time=9 if place == 0 else 0)
    report(engine, 8, f"T-{olds[0]}", due=4, on_time=3)
    found = points(engine, new, "on_time")
    due = 10 * sum(range(1, len(olds) + 1))
    then, now = found["2025-05"], found["2025-08"]
    assert (then.value, then.converted, then.method, then.covered_share) == (pytest.approx(900 / due), True, "whole", 1.0)
    assert (then.numerator, then.denominator) == (9, due)
    assert now.converted is False
    assert now.method is None


def test_a_former_commune_that_said_nothing_makes_no_count(commune: tuple[Engine, str, list[str]]) -> None:
    engine, new, olds = commune
    report(engine, 5, f"T-{olds[0]}", due=10, on_time=9)
    count, rate = points(engine, new, "due")["2025-05"], points(engine, new, "on_time")["2025-05"]
    assert (count.value, count.converted, count.covered_share) == (None, True, pytest.approx(1 / len(olds)))
    assert (rate.value, rate.covered_share) == (90.0, pytest.approx(1 / len(olds)))


def test_only_communes_of_the_day_have_a_series(commune: tuple[Engine, str, list[str]]) -> None:
    engine, _, _ = commune
    for code in ("11", "99999"):
        with pytest.raises(UnknownUnitError):
            unit_series(engine, code, "due", DAY)


def test_the_api_gives_the_series_and_refuses_what_is_none(client: httpx.Client) -> None:
    answer = client.get("/api/v1/series", params={"unit": "03127"}).raise_for_status().json()
    assert (answer["code"], answer["since"], answer["measure"]) == ("03127", "2025-07-01", "on_time")
    assert {point["converted"] for point in answer["points"]} <= {True, False}
    assert client.get("/api/v1/series", params={"unit": "99999"}).status_code == 404
    assert client.get("/api/v1/series", params={"unit": "03127", "measure": "x"}).status_code == 422
    assert client.get("/api/v1/series").status_code == 422
