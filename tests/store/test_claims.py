"""When words about a village last changed: one day for each method, as of a moment, of one operator or of all."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine

from store.claims import last_changes
from store.schema import coverage
from store.write import upsert, writing

COLUMNS = ("village_id", "operator", "technology", "method", "source", "observed_at", "status", "confirmed_at", "reported_at", "stored_at",
           "synthetic")  # fmt: skip
APRIL, MAY, JUNE = (datetime(2026, month, 1, tzinfo=UTC) for month in (4, 5, 6))
CLAIMS = [
    ("V1", "op-a", "4g", "declared", APRIL),
    ("V1", "op-a", "4g", "declared", MAY),
    ("V1", "op-b", "4g", "declared", APRIL),
    ("V1", "op-b", "3g", "declared", JUNE),
    ("V1", "op-a", "4g", "measured", JUNE),
    ("V2", "op-b", "2g", "declared", JUNE),
]


@pytest.fixture
def claimed(engine: Engine) -> Engine:
    rows = [(*claim[:4], "thử", claim[4], "none", claim[4], claim[4], claim[4], False) for claim in CLAIMS]
    with writing(engine) as connection:
        upsert(connection, coverage, COLUMNS, rows)
    return engine


def changes(engine: Engine, at: datetime, *technologies: str, operator: str | None = None) -> dict[tuple[str, str], datetime]:
    with engine.connect() as connection:
        found = last_changes(connection, at, technologies, operator)
    return {(row.village_id, row.method): row.since_at.to_pydatetime() for row in found.itertuples(index=False)}


def test_the_newest_change_of_each_method_counts(claimed):
    assert changes(claimed, JUNE, "4g") == {("V1", "declared"): MAY, ("V1", "measured"): JUNE}


def test_several_technologies_count_together(claimed):
    assert changes(claimed, JUNE, "3g", "4g")["V1", "declared"] == JUNE


def test_one_operator_counts_alone(claimed):
    assert changes(claimed, JUNE, "4g", operator="op-b") == {("V1", "declared"): APRIL}


def test_what_was_said_later_is_not_known_yet(claimed):
    assert changes(claimed, APRIL, "3g", "4g") == {("V1", "declared"): APRIL}


def test_nothing_is_known_of_a_technology_that_nobody_spoke_about(claimed):
    assert changes(claimed, JUNE, "5g") == {}
