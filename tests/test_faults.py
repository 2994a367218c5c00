"""The table of faults × feeds is made by a real worker among real servers; here a few of its lines, `make bench BENCH=faults` makes all."""

from __future__ import annotations

import pytest

from bench.faults.__main__ import lines
from tests.support.postgres import PostgresMissing

pytestmark = pytest.mark.long


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("database", "fault"), [("sqlite", "row in the middle"), pytest.param("postgresql", "kill -9", marks=pytest.mark.postgres)]
)
def test_a_few_lines_of_the_table(database: str, fault: str) -> None:
    try:
        found = list(lines(database, 2, fault))
    except PostgresMissing as missing:
        pytest.skip(str(missing))
    assert len(found) == (5 if fault == "row in the middle" else 1)
    assert [line for line in found if not line.right] == []
    assert all(line.seen for line in found)
