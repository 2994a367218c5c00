"""Two feeds that would take the same files are told apart from two that share a folder in peace, and `check` says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from feeds.cli import main
from feeds.same_files import can_meet

FEED = """[feeds.{key}]
connector = "folder"
kind = "villages"
folder = "{folder}"
pattern = "{pattern}"
after = "{after}"
title = "N"
title_en = "N"
source = "S"
every_s = 5
late_after_s = 30
stale_after_s = 60
"""


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        ("*", "a.csv", True),
        ("vung-phu_*", "vung-phu_viettel*.csv", True),
        ("*.csv", "*.xlsx", False),
        ("a_*.csv", "b_*.csv", False),
        ("a_*", "*_b", True),
        ("a?.csv", "ab.csv", True),
        ("a?.csv", "a.csv", False),
        ("[ab].csv", "a.csv", True),
        ("a*b*c", "a*d*c", True),
        ("a", "a", True),
    ],
)
def test_patterns_that_one_name_can_fit(one: str, other: str, meet: bool) -> None:
    assert can_meet(one, other) == can_meet(other, one) == meet


def checked(tmp_path: Path, capsys: pytest.CaptureFixture[str], *feeds: dict[str, str]) -> tuple[int, str]:
    for name in ("drop", "other"):
        (tmp_path / name).mkdir(exist_ok=True)
    text = "".join(FEED.format(**{"folder": "drop", "pattern": "*", "after": "archive", **feed}) for feed in feeds)
    (tmp_path / "feeds.toml").write_text(text, encoding="utf-8")
    code = main(["feeds", "check", str(tmp_path / "feeds.toml")])
    return code, capsys.readouterr().out


@pytest.mark.parametrize(
    "second",
    [{}, {"folder": "./drop/../drop"}, {"pattern": "thon*.xlsx"}, {"after": "leave"}],
)
def test_check_names_two_feeds_that_take_the_same_files(tmp_path: Path, capsys: pytest.CaptureFixture[str], second: dict[str, str]) -> None:
    code, said = checked(tmp_path, capsys, {"key": "one"}, {"key": "two", **second})
    assert code == 1
    assert "'one' và 'two'" in said


def test_check_is_content_where_each_gets_its_own_or_all_stay(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stay = {"after": "leave"}
    assert checked(tmp_path, capsys, {"key": "one", **stay}, {"key": "two", **stay})[0] == 0
    assert checked(tmp_path, capsys, {"key": "one"}, {"key": "two", "folder": "other"})[0] == 0
    assert checked(tmp_path, capsys, {"key": "one", "pattern": "*.csv"}, {"key": "two", "pattern": "*.xlsx"})[0] == 0
