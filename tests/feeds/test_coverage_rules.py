"""The table [coverage] of feeds.toml: what it declares, what it does not understand, and that the store has it after the file is read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from feeds.config import load
from feeds.coverage_rules import read_rules
from feeds.errors import ConfigError
from feeds.worker import register
from store.precedence import Precedence, precedence

FEED = """
[feeds.phu-song]
title = "Phủ sóng"
title_en = "Coverage"
connector = "folder"
kind = "coverage"
folder = "."
pattern = "*.csv"
source = "Sở mới"
operator = "op-a"
every_s = 60
speaks = "monthly by the 5th"
"""


def loaded(folder: Path, rules: str) -> Any:
    path = folder / "feeds.toml"
    path.write_text(rules + FEED, encoding="utf-8")
    return load(path, {})


def test_a_file_without_rules_has_the_usual_ones(tmp_path: Path) -> None:
    assert loaded(tmp_path, "").precedence == Precedence(90, 0, {})


def test_rules_are_declared(tmp_path: Path) -> None:
    rules = '[coverage]\nmeasured_days = 30\nreported_days = 7\n[coverage.replaces]\n"Sở mới" = ["Sở cũ", "Sở cũ nữa"]\n'
    assert loaded(tmp_path, rules).precedence == Precedence(30, 7, {"Sở cũ": "Sở mới", "Sở cũ nữa": "Sở mới"})


@pytest.mark.parametrize(
    ("rules", "line", "code"),
    [
        ("[coverage]\nmeasured_days = -1\n", 2, "config.bad_number"),
        ("[coverage]\nmeasured_days = true\n", 2, "config.bad_number"),
        ("[coverage]\nmeasured_day = 9\n", 2, "config.unknown_key_meant"),
        ('[coverage]\nreplaces = "Sở cũ"\n', 2, "config.bad_value"),
        ('[coverage.replaces]\n"Sở mới" = [3]\n', 2, "config.bad_value"),
        ('[coverage.replaces]\n"Sở mới" = ["Sở cũ"]\n"Sở khác" = ["Sở cũ"]\n', 3, "config.replaced_twice"),
        ('[coverage.replaces]\n"a" = ["b"]\n"b" = ["a"]\n', 1, "config.replaced_in_circle"),
        ('[coverage.replaces]\n"a" = ["a"]\n', 1, "config.replaced_in_circle"),
    ],
)
def test_every_mistake_is_named_with_its_line(tmp_path: Path, rules: str, line: int, code: str) -> None:
    with pytest.raises(ConfigError) as raised:
        loaded(tmp_path, rules)
    assert [(problem.line, problem.code) for problem in raised.value.problems] == [(line, code)]


def test_a_value_that_is_no_table_is_a_mistake() -> None:
    assert read_rules(3)[1][0][1] == "config.bad_value"


def test_the_store_has_the_rules_of_the_file_that_was_read_last(engine: Engine, tmp_path: Path) -> None:
    for rules, days in (("[coverage]\nmeasured_days = 30\n", 30), ("", 90)):
        register(engine, loaded(tmp_path, rules))
        with engine.connect() as connection:
            assert precedence(connection).measured_days == days
