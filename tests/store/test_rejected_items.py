"""A rejected item stays until the same item is taken or somebody has seen to it, whatever else its feed does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from store.rejected_items import MOST_KEPT, dismiss_item, items_open, note_item
from store.write import writing

AT = datetime(2026, 11, 21, 3, tzinfo=UTC)


def note(store: Engine, item: str | None, state: str, *, feed: str = "coverage", second: int = 0, **more: Any) -> None:
    given = {"content_hash": "a", "rows_read": 3, "rows_rejected": 3, "error_code": "run.all_rejected", "error_args": {"rows": 3}} | more
    with writing(store) as connection:
        note_item(connection, feed, item, state, at=AT + timedelta(seconds=second), **given)


def still(store: Engine, feed: str | None = None) -> list[str]:
    with store.connect() as connection:
        found = items_open(connection, feed)
    return [] if found.empty else list(found["item"])


def test_many_runs_of_other_items_do_not_push_it_out(engine: Engine) -> None:
    note(engine, "xa-1.xlsx", "failed")
    for second in range(200):
        note(engine, f"other-{second}.csv", "ok", second=second)
        note(engine, "xa-1.xlsx", "ok", feed="another", second=second)
    assert still(engine) == still(engine, "coverage") == ["xa-1.xlsx"]
    note(engine, "xa-1.xlsx", "ok", second=300)
    assert still(engine) == []


def test_the_same_item_rejected_again_is_one_with_its_newest_reason(engine: Engine) -> None:
    for second, state in enumerate(("failed", "partial", "partial")):
        note(engine, "xa-1.xlsx", state, second=second, rows_rejected=second)
    with engine.connect() as connection:
        (row,) = items_open(connection).to_dict("records")
    assert (row["state"], row["rows_rejected"], row["error_args"]) == ("partial", 2, {"rows": 3})


@pytest.mark.parametrize(("state", "left"), [("partial", ["list"]), ("failed", [])])
def test_nothing_new_ends_a_failure_and_leaves_refused_rows_refused(engine: Engine, state: str, left: list[str]) -> None:
    note(engine, "list", state)
    note(engine, "list", "unchanged")
    assert still(engine) == left


def test_what_somebody_has_seen_to_comes_back_with_other_content_only(engine: Engine) -> None:
    note(engine, "xa-1.xlsx", "failed")
    with writing(engine) as connection:
        id_ = int(items_open(connection)["id"].iloc[0])
        assert dismiss_item(connection, id_, AT)
        assert not dismiss_item(connection, id_, AT)
    note(engine, "xa-1.xlsx", "failed", second=1)
    assert still(engine) == []
    note(engine, "xa-1.xlsx", "failed", second=2, content_hash="b")
    assert still(engine) == ["xa-1.xlsx"]


def test_a_feed_keeps_its_newest_and_an_item_without_a_name_is_none(engine: Engine) -> None:
    note(engine, None, "failed")
    for second in range(MOST_KEPT + 7):
        note(engine, f"{second}.csv", "failed", second=second)
    note(engine, "old.csv", "failed", feed="another", second=-99)
    with engine.connect() as connection:
        found = items_open(connection, limit=1000)
    assert len(found) == MOST_KEPT + 1
    assert "6.csv" not in set(found["item"])
    assert {"7.csv", "old.csv"} <= set(found["item"])
