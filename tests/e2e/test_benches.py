"""The measurements in a browser start, measure and print on a tiny size."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.support.programs import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.long]


@pytest.mark.parametrize(
    ("program", "told", "printed"),
    [("drill", ["--clicks", "2"], "of it: rendering the parts"), ("paint", ["--villages", "1440", "--rounds", "1"], "drawn ms")],
)
def test_a_measurement_runs_to_its_end(program: str, told: list[str], printed: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", f"bench.{program}", *told], cwd=ROOT, capture_output=True, text=True, timeout=150, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert printed in done.stdout
