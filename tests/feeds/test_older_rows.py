"""Rows that are older than what is stored are counted apart from those that are the same, and said so in both languages."""

from __future__ import annotations

from datetime import UTC, datetime

from feeds.reasons import note_text
from feeds.records import Stored
from feeds.run import Rejections, Run, noted, state_of

AT = datetime(2026, 11, 21, 3, tzinfo=UTC)


def test_a_run_says_how_many_rows_were_older() -> None:
    (note,) = noted([], Rejections(), Stored(0, 0, 2, 3))
    assert note_text("vi", note) == "3 dòng cũ hơn dữ liệu đã có, không làm thay đổi gì"
    assert note_text("en", note) == "3 rows older than what is stored; they changed nothing"


def test_a_run_of_the_same_rows_says_nothing_of_older_ones() -> None:
    assert noted([], Rejections(), Stored(0, 0, 2)) == []


def test_only_a_run_in_which_every_row_was_the_same_is_unchanged() -> None:
    def state(*counts: int) -> str:
        return state_of(Run("feed", "worker", AT, AT, stored=Stored(*counts)))

    assert [state(0, 0, 2, 0), state(0, 0, 0, 2), state(1, 0, 1, 0)] == ["unchanged", "ok", "ok"]
