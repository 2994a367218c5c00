"""A handed over file is answered with a proposal, read again by what a person says, and saved as a feed that takes it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from feeds.config import load
from feeds.pipeline import Pipeline
from feeds.proposals import Place, check_proposals
from store import proposals
from store.manual import EntryError
from store.proposals import ProposalError
from store.transactions import reading, writing
from tests.feeds.guess.test_guess import COVERAGE
from tests.feeds.kinds.conftest import fill_units

NOW = datetime(2026, 11, 25, 3, tzinfo=UTC)


@pytest.fixture
def filled(province: Engine) -> Engine:
    fill_units(province)
    return province


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "feeds.toml", {"SECRET": "khoá"})


def hand_over(engine: Engine, text: str, name: str = "Vùng phủ sóng.csv", at: datetime = NOW) -> int:
    with writing(engine) as connection:
        return proposals.ask(connection, name, text.encode(), at)


def now(engine: Engine, number: int) -> dict[str, Any]:
    with reading(engine) as connection:
        found = proposals.of(connection, number)
    assert found is not None
    return found


def test_a_file_is_proposed_read_again_and_saved_as_a_feed_that_takes_it(filled: Engine, place: Place) -> None:
    number = hand_over(filled, COVERAGE)
    check_proposals(filled, place, {})
    found = now(filled, number)
    assert (found["state"], found["answer"]["kind"], found["answer"]["usable"]) == ("proposed", "coverage", False)
    assert [code for code, _, must in found["answer"]["doubts"] if must] == ["operator"]
    assert found["answer"]["columns"][0] == ["Mã thôn", ["V11-0001", "V11-0002"], "village_id"]
    assert len({row[0] for row in found["answer"]["stored"]}) == 2
    with pytest.raises(ProposalError, match="not_usable"), writing(filled) as connection:
        proposals.accept(connection, number, "Lò Thị Mai")
    with writing(filled) as connection:
        proposals.say(connection, number, {"kind": "", "columns": {}, "values": {"operator": "op-b", "source": "Sở KH&CN"}})
    check_proposals(filled, place, {})
    assert now(filled, number)["answer"]["usable"] is True
    with pytest.raises(EntryError) as refused, writing(filled) as connection:
        proposals.accept(connection, number, "  ")
    assert refused.value.code == "entry_error.no_name"
    with writing(filled) as connection:
        proposals.accept(connection, number, "Lò Thị Mai")
    check_proposals(filled, place, {})
    saved = now(filled, number)
    assert (saved["state"], saved["feed"], saved["person"]) == ("saved", "vung-phu-song", "Lò Thị Mai")
    feed = load(place.feeds_file, {})["vung-phu-song"]
    assert feed.schedule.source == "Sở KH&CN"
    (run,) = Pipeline(filled, feed, "test").run()
    assert (run.state, run.item, run.stored.added) == ("ok", "Vùng phủ sóng.csv", 2)


def test_a_file_that_cannot_be_read_says_why_and_writes_nothing(filled: Engine, place: Place) -> None:
    number = hand_over(filled, "hình;vị\ntròn;chua\n")
    check_proposals(filled, place, {})
    assert (now(filled, number)["state"], now(filled, number)["answer"]["error"][0]) == ("refused", "run.guess_nothing")
    assert not place.feeds_file.exists()


def test_a_value_that_the_feeds_file_does_not_understand_is_said_and_not_saved(filled: Engine, place: Place) -> None:
    number = hand_over(filled, COVERAGE)
    with writing(filled) as connection:
        proposals.answer(connection, number, proposals.Answer(), NOW)
        proposals.say(connection, number, {"values": {"operator": "op-b", "speaks": "lúc nào rảnh", "source": "${SECRET}"}})
    check_proposals(filled, place, {})
    found = now(filled, number)["answer"]
    assert (found["usable"], found["problems"][0][1]) == (False, "config.bad_speaks")
    assert found["problems"][0][2]["value"] == "lúc nào rảnh"
    assert "SECRET" not in found["toml"]


@pytest.mark.parametrize("name", ["../../etc/cron.d/x.csv", "C:\\a\\b.csv", "/etc/passwd.csv", "..", ""])
def test_a_file_never_leaves_its_folder(filled: Engine, place: Place, name: str) -> None:
    number = hand_over(filled, COVERAGE, name)
    kept = now(filled, number)["file_name"]
    assert "/" not in kept
    assert "\\" not in kept
    check_proposals(filled, place, {})
    assert now(filled, number)["state"] in ("proposed", "refused")


def test_empty_large_and_too_many_files_are_refused(filled: Engine) -> None:
    with pytest.raises(ProposalError, match="empty"), writing(filled) as connection:
        proposals.ask(connection, "a.csv", b"", NOW)
    with pytest.raises(ProposalError, match="too_large"), writing(filled) as connection:
        proposals.ask(connection, "a.csv", b"x" * (proposals.MOST_BYTES + 1), NOW)
    for _ in range(proposals.MOST_WAITING):
        hand_over(filled, COVERAGE)
    with pytest.raises(ProposalError, match="too_many"):
        hand_over(filled, COVERAGE)


def test_a_file_that_nobody_came_back_to_is_forgotten(filled: Engine) -> None:
    old = hand_over(filled, COVERAGE, at=NOW - timedelta(days=8))
    hand_over(filled, COVERAGE)
    with reading(filled) as connection:
        assert proposals.of(connection, old) is None
