"""How long a start takes: `ioc demo` in an empty folder and on the store it left, and `ioc serve` on an existing store, until `/healthz`.

python -m bench.start [--rounds 3]
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx

from bench.serving import free_port


def answered_s(arguments: list[str], home: Path) -> float:
    """Seconds from the launch of `ioc …` until its health check answers 200; it is stopped afterwards."""
    port = free_port()
    command = [sys.executable, "-m", "ioc.cli", *arguments, "--port", str(port)]
    begun = time.monotonic()
    process = subprocess.Popen(command, env=os.environ | {"IOC_HOME": str(home)}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while True:
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=5).status_code == 200:
                    return time.monotonic() - begun
            if process.poll() is not None or time.monotonic() - begun > 120:
                raise SystemExit(f"{' '.join(arguments)} ended with {process.poll()} before it answered")
            time.sleep(0.02)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rounds", type=int, default=3)
    rounds = arguments.parse_args().rounds
    taken: dict[str, list[float]] = {"demo, empty folder": [], "demo, its own store": [], "serve, existing store": []}
    for _ in range(rounds):
        home = Path(tempfile.mkdtemp(prefix="ioc-bench-"))
        for name, command in zip(taken, ("demo", "demo", "serve"), strict=True):
            taken[name].append(answered_s([command], home))
        shutil.rmtree(home)
    print(f"{'':>24} {'median s':>9} {'max s':>7}")
    for name, seconds in taken.items():
        print(f"{name:>24} {statistics.median(seconds):>9.1f} {max(seconds):>7.1f}")


if __name__ == "__main__":
    main()
