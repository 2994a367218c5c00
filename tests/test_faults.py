"""The table of faults × feeds is made by a real worker among real servers; here a few of its lines, `make bench BENCH=faults` makes all."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.faults.__main__ import lines
from bench.faults.table import STORED, Line, table
from tests.support.postgres import PostgresMissing

pytestmark = pytest.mark.long


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("database", "fault", "count"),
    [
        ("sqlite", "row in the middle", 5),
        ("sqlite", "VRT", 5),
        ("sqlite", "killed", 1),
        pytest.param("postgresql", "kill -9", 1, marks=pytest.mark.postgres),
    ],
)
def test_a_few_lines_of_the_table(database: str, fault: str, count: int) -> None:
    try:
        found = list(lines(database, 2, fault))
    except PostgresMissing as missing:
        pytest.skip(str(missing))
    assert len(found) == count
    assert [(line.fault, line.feed, line.seen, line.wrong) for line in found if not line.right] == []
    assert all(line.seen for line in found)


def test_a_row_has_a_fault_on_both_databases() -> None:
    sound = Line("a", "csv", "said", True, True, True, 2.04)
    text = table({"sqlite": [sound, replace(sound, fault="b")], "postgresql": [replace(sound, nothing_lost=False, peak_mb=700)]})
    _, _, both, alone = text.splitlines()
    wrong = "✘ rows lost, too much memory"
    assert both == f"| a | csv | {STORED} | said | ✔ | 2.0 s | – | the same | {wrong} | 2.0 s | 700 MB |"
    assert alone.endswith("| said | ✔ | 2.0 s | – | – | – | – | – |")


def test_a_steady_feed_that_waits_is_wrong_unless_the_store_was_away() -> None:
    late = Line("a", "csv", "said", None, True, True, 11.0)
    assert (late.wrong, replace(late, may_wait=True).wrong) == (["others late"], [])
