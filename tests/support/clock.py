"""A wrong clock for a process, which the test may set while it runs; time that only goes forwards is as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.programs import ROOT

LIBRARIES = [Path(f"/usr/lib/{machine}-linux-gnu/faketime/libfaketimeMT.so.1") for machine in ("x86_64", "aarch64")]
SLEEP = "import select, time\ntime.sleep = lambda seconds: select.select([], [], [], seconds)\n"


class WrongClock:
    """environment: for a process whose clock it is."""

    def __init__(self, folder: Path) -> None:
        library = next((path for path in LIBRARIES if path.exists()), None)
        if library is None:
            pytest.skip("needs libfaketime: apt-get install faketime")
        folder.mkdir()
        self._file = folder / "clock"
        (folder / "sitecustomize.py").write_text(SLEEP, encoding="utf-8")  # libfaketime breaks clock_nanosleep, which Python sleeps with
        self.set("+0")
        self.environment = {
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "PYTHONPATH": f"{folder}:{ROOT}",
        }

    def set(self, offset: str) -> None:
        """offset: from the right time, e.g. "-10m" or "+500d"."""
        new = self._file.with_suffix(".new")
        new.write_text(f"{offset}\n", encoding="utf-8")
        new.replace(self._file)
