"""Probes from a machine without a network (a network namespace of its own, in which nothing is up, not even loopback).

`python -m tests.support.no_network` there reads a list of (connector, address, options) as JSON and prints what became of each.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from importlib import import_module
from typing import Any

import pytest

from feeds.errors import FetchError
from tests.support.probed import probe
from tests.support.programs import ROOT, clean_environment

Question = tuple[str, str, dict[str, Any]]


def asked_without_network(questions: list[Question]) -> list[str]:
    """The code of each feed's failure, or the state and the detail of its target. Skips, saying why, where that cannot be made."""
    alone = ["unshare", "--map-root-user", "--net"]
    if shutil.which("unshare") is None or subprocess.run([*alone, "true"], capture_output=True).returncode:
        pytest.skip("needs a network namespace: unshare --map-root-user --net")
    command = [*alone, sys.executable, "-m", "tests.support.no_network"]
    done = subprocess.run(
        command, input=json.dumps(questions), capture_output=True, text=True, cwd=ROOT, env=clean_environment(), timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    found: list[str] = json.loads(done.stdout)
    return found


def _outcome(connector: str, address: str, options: dict[str, Any]) -> str:
    try:
        row = probe(import_module(f"feeds.connectors.{connector}"), {"a": address}, **options)["a"]
    except FetchError as error:
        return error.code
    return f"{row['state']} {row['detail']}"


if __name__ == "__main__":
    print(json.dumps([_outcome(*question) for question in json.load(sys.stdin)]))
