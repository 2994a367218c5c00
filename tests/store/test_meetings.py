"""Before a meeting: who is not ready yet, and whom to call; now, and as it was known."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Engine

from store.meetings import meetings_between, readiness
from store.schema import endpoint_state, endpoints, meeting_endpoints, meetings
from store.transactions import reading
from store.write import upsert, writing

NOW = datetime(2026, 11, 21, 3, tzinfo=UTC)
TIMES = ("observed_at", "reported_at", "stored_at", "source", "synthetic")


def say(engine: Engine, ready: dict[str, str], at: datetime) -> None:
    times = (at, at, at, "UBND", False)
    with writing(engine) as connection:
        names = ("id", "name", "search_key", "level", "lon", "lat", "contact", "valid_from", "source", "synthetic", "stored_at")
        known = [(f"E{n}", f"Điểm cầu {n}", "x", "commune", 103.0, 21.0, f"090{n}", date(2020, 1, 1), "UBND", False, NOW) for n in (1, 2)]
        upsert(connection, endpoints, names, known)
        starts_at = NOW + timedelta(days=1)
        upsert(connection, meetings, ("id", "title", "starts_at", "status", *TIMES), [("M1", "Giao ban", starts_at, "planned", *times)])
        rows = [("M1", endpoint_id, state, "0912" if endpoint_id == "E1" else None, *times) for endpoint_id, state in ready.items()]
        upsert(connection, meeting_endpoints, ("meeting_id", "endpoint_id", "ready", "contact", *TIMES), rows)
        upsert(connection, endpoint_state, ("endpoint_id", "state", "since_at", *TIMES), [("E2", "down", NOW, *times)])


def test_those_who_are_not_ready_come_first_with_whom_to_call(engine: Engine) -> None:
    say(engine, {"E1": "ready", "E2": "not_ready", "E9": "unknown"}, NOW)
    with reading(engine) as connection:
        found = readiness(connection, "M1")
        assert readiness(connection, "M2").empty
    board = found[["endpoint_id", "ready", "contact", "state"]].astype(object).where(found.notna(), None)
    assert board.to_numpy().tolist() == [
        ["E2", "not_ready", "0902", "down"],
        ["E9", "unknown", None, None],
        ["E1", "ready", "0912", None],
    ]


def test_the_board_of_an_earlier_moment_is_as_it_was_known(engine: Engine) -> None:
    say(engine, {"E1": "not_ready"}, NOW)
    say(engine, {"E1": "ready"}, NOW + timedelta(hours=1))
    with reading(engine) as connection:
        assert list(readiness(connection, "M1")["ready"]) == ["ready"]
        assert list(readiness(connection, "M1", NOW + timedelta(minutes=1))["ready"]) == ["not_ready"]
        assert readiness(connection, "M1", NOW - timedelta(minutes=1)).empty


def test_meetings_are_those_that_start_in_the_span(engine: Engine) -> None:
    say(engine, {}, NOW)
    with reading(engine) as connection:
        assert list(meetings_between(connection, NOW, NOW + timedelta(days=2))["id"]) == ["M1"]
        assert meetings_between(connection, NOW, NOW + timedelta(days=1)).empty
