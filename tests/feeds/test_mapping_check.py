"""Every mistake of a mapping is named with its line, and with what was probably meant."""

from pathlib import Path

import pytest

from feeds.config import load
from feeds.errors import ConfigError
from feeds.texts import CATALOGUE

GOOD = """[feeds.counts]
title = "Hồ sơ"
title_en = "Dossiers"
connector = "http"
kind = "dossiers"
url = "http://127.0.0.1:8001/x"
source = "Sở KH&CN"
every_s = 10
late_after_s = 60
stale_after_s = 600
numbers = "vi"
[feeds.counts.columns]
centre_id = "Mã"
[feeds.counts.units]
received = "thousand"
[feeds.counts.codes.authority_code]
"sở a" = "11"
[feeds.counts.dates]
period = "MM/yyyy"
observed_at = "dd/MM/yyyy HH:mm"
[feeds.counts.constants]
overdue = 0
[feeds.counts.unpivot]
columns = ["Nhận", "Trả"]
name = "authority_code"
value = "received"
"""


def test_a_whole_mapping_loads(tmp_path: Path) -> None:
    path = tmp_path / "feeds.toml"
    path.write_text(GOOD, encoding="utf-8")
    mapping = load(path, {})["counts"].mapping
    assert mapping.columns == {"centre_id": "Mã"}
    assert (mapping.numbers, mapping.units["received"], mapping.constants) == ("vi", 1000, {"overdue": 0})
    assert (mapping.codes, mapping.dates["period"].text) == ({"authority_code": {"sở a": "11"}}, "MM/yyyy")
    assert mapping.unpivot is not None
    assert mapping.unpivot.columns == ("Nhận", "Trả")


@pytest.mark.parametrize(
    ("old", "new", "line", "code", "named"),
    [
        ('received = "thousand"', 'received = "thousnad"', 15, "config.unknown_unit_meant", "thousand"),
        ('received = "thousand"', 'received = "km"', 15, "config.unknown_unit", "million"),
        ('received = "thousand"', 'recieved = "thousand"', 15, "config.unknown_column_meant", "received"),
        ('received = "thousand"', 'centre_id = "thousand"', 15, "config.no_unit", "centre_id"),
        ('received = "thousand"', "received = 1000", 15, "config.bad_value", "1000"),
        ('"sở a" = "11"', '"sở a" = 11', 17, "config.bad_value", "11"),
        ("[feeds.counts.codes.authority_code]", "[feeds.counts.codes.autority_code]", 16, "config.unknown_column_meant", "authority_code"),
        ('period = "MM/yyyy"', 'period = "tháng này"', 19, "config.bad_date_form", "tháng này"),
        ('period = "MM/yyyy"', 'due = "MM/yyyy"', 19, "config.no_date", "due"),
        ("overdue = 0", "overdeu = 0", 22, "config.unknown_column_meant", "overdue"),
        ("overdue = 0", 'centre_id = "C11"', 22, "config.said_twice", "centre_id"),
        ("overdue = 0", "overdue = [0]", 22, "config.bad_value", "[0]"),
        ('numbers = "vi"', 'numbers = "de"', 11, "config.bad_value", "de"),
        ('columns = ["Nhận", "Trả"]', "columns = []", 24, "config.bad_value", "[]"),
        ('name = "authority_code"', 'name = "autority"', 25, "config.unknown_column_meant", "authority_code"),
        ('value = "received"', 'values = "received"', 26, "config.unknown_key_meant", "value"),
    ],
)
def test_each_mistake_is_named_with_its_line(tmp_path: Path, old: str, new: str, line: int, code: str, named: str) -> None:
    assert old in GOOD
    path = tmp_path / "feeds.toml"
    path.write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(path, {})
    found = [problem for problem in caught.value.problems if problem.code == code]
    assert [problem.line for problem in found] == [line]
    for language in ("vi", "en"):
        sentence = CATALOGUE.text(language, code, **found[0].values)
        assert named in sentence
        assert "{" not in sentence


def test_a_code_that_the_field_does_not_have_is_named(tmp_path: Path) -> None:
    text = GOOD.split("numbers")[0].replace('"dossiers"', '"endpoint_status"') + '[feeds.counts.codes.state]\n"1" = "upp"\n"2" = "qqq"\n'
    path = tmp_path / "feeds.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(path, {})
    assert [(problem.line, problem.code) for problem in caught.value.problems] == [
        (12, "config.unknown_code_meant"),
        (13, "config.unknown_code"),
    ]
