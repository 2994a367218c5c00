"""The data folder is made, tried, and held by one demo at a time."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from ioc.cli_terminal import CommandError
from ioc.home import only_one, prepare_home


def test_a_missing_folder_is_made(tmp_path):
    prepare_home(tmp_path / "a" / "b")
    assert list((tmp_path / "a" / "b").iterdir()) == []


def test_a_folder_below_a_file_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CommandError) as error:
        prepare_home(tmp_path / "file" / "var")
    assert error.value.code == "cli.home_unwritable"
    assert error.value.values["detail"] == "Not a directory"


def test_a_second_demo_in_the_same_folder_is_told_who_is_there(tmp_path):
    with only_one(tmp_path), pytest.raises(CommandError) as error, only_one(tmp_path):
        pass
    assert error.value.code == "demo.running_already"
    assert error.value.values["pid"] == str(os.getpid())


def test_the_folder_is_free_again_after_a_process_was_killed(tmp_path):
    code = f"""
import os, signal
from pathlib import Path
from ioc.home import only_one
with only_one(Path({str(tmp_path)!r})):
    os.kill(os.getpid(), signal.SIGKILL)
"""
    assert subprocess.run([sys.executable, "-c", code]).returncode == -9
    with only_one(tmp_path):
        assert (tmp_path / "demo.lock").read_text() == str(os.getpid())
