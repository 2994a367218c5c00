"""What a process really writes on standard error, as text and as JSON."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime

import pytest

SCRIPT = """
import logging
from store.logs import open_log
open_log({form!r}, ("ours", "INFO"))
ours, others = logging.getLogger("ours"), logging.getLogger("others")
ours.info("taken", extra={{"values": {{"feed": "mcu", "detail": 'hai dòng\\n"x"', "rows": 3}}}})
ours.debug("not said")
others.warning("not said either")
others.error("a sentence")
try:
    1 / 0
except ZeroDivisionError:
    ours.exception("crashed", extra={{"values": {{"feed": "mcu"}}}})
"""


def written(form: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", SCRIPT.format(form=form)], capture_output=True, text=True, check=True, timeout=30)
    return done.stderr.splitlines()


def test_a_line_of_text_has_time_level_event_and_values() -> None:
    first, second, third, *trace = written("text")
    moment, _, rest = first.partition(" ")
    assert datetime.fromisoformat(moment).tzinfo is not None
    assert rest == r'info taken feed=mcu detail="hai dòng\n\"x\"" rows=3'
    assert second.endswith("error others: a sentence")
    assert third.endswith("error crashed feed=mcu")
    assert trace[-1] == "ZeroDivisionError: division by zero"


def test_every_line_of_json_is_an_object() -> None:
    taken, sentence, crashed = map(json.loads, written("json"))
    assert (taken["level"], taken["logger"], taken["event"], taken["rows"]) == ("info", "ours", "taken", 3)
    assert taken["detail"] == 'hai dòng\n"x"'
    assert datetime.fromisoformat(taken["time"]).tzinfo is not None
    assert sentence["event"] == "a sentence"
    assert "ZeroDivisionError" in crashed["exception"]


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_level_that_is_not_asked_for_is_silent(form: str) -> None:
    assert not any("not said" in line for line in written(form))
