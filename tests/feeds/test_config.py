"""The feeds file: a correct one loads, every mistake is named with its line in two languages."""

from datetime import time, timedelta
from pathlib import Path

import pytest

from feeds import connectors, kinds
from feeds.config import load
from feeds.connectors import http
from feeds.errors import ConfigError, Problem
from feeds.registry import all_connectors, all_kinds
from feeds.settings import Settings
from feeds.texts import CATALOGUE
from store.promises import Ages, Calendar, Daily, Every, Monthly, Promise
from store.speaking import days_of

GOOD = """[feeds.mcu]
title = "Hội nghị truyền hình"
title_en = "Video conference"
connector = "http"
kind = "endpoint_status"
url = "http://${HOST:-127.0.0.1}:8001/endpoints"
headers = { Authorization = "Bearer ${TOKEN}" }
records = "data"
source = "Sở TT&TT"
every_s = 10
late_after_s = 60
stale_after_s = 600
timeout_s = 5
[feeds.mcu.columns]
endpoint_id = "ma"
"""

TET = Calendar(days_of(["2027-02-05..2027-02-11"]), days_of(["2027-02-13"]))


def problems(tmp_path: Path, text: str, **environment: str) -> list[Problem]:
    path = tmp_path / "feeds.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(path, {"TOKEN": "t"} | environment)
    return caught.value.problems


def test_every_connector_and_kind_is_found_by_its_file() -> None:
    for package, found, some in ((connectors, all_connectors(), {"folder", "http", "tcp"}), (kinds, all_kinds(), {"coverage", "dossiers"})):
        files = {path.stem for path in Path(package.__path__[0]).glob("*.py") if not path.stem.startswith("_")}
        assert set(found) == files
        assert some <= files


def test_a_correct_file_loads_with_secrets_from_the_environment(tmp_path: Path) -> None:
    path = tmp_path / "feeds.toml"
    path.write_text(GOOD, encoding="utf-8")
    feed = load(path, {"TOKEN": "secret"})["mcu"]
    assert isinstance(feed.connector_options, http.Options)
    assert feed.connector_options.headers == {"Authorization": "Bearer secret"}
    assert feed.connector_options.url == "http://127.0.0.1:8001/endpoints"
    assert feed.schedule.timeout_s == 5
    assert feed.schedule.retries == 2
    assert feed.mapping.columns == {"endpoint_id": "ma"}


@pytest.mark.parametrize(
    ("said", "promise"),
    [
        ('speaks = "weekdays before 17:00"\ngrace = "30 phút"', Daily(time(17), working=True, calendar=TET, grace=timedelta(minutes=30))),
        ('speaks = "mỗi 60 giây"', Every(timedelta(seconds=60), grace=timedelta(seconds=30))),
        ('speaks = "every 12 s"', Every(timedelta(seconds=12), grace=timedelta(seconds=10))),  # we look every ten seconds
        ('speaks = "hằng tháng trước ngày 5"', Monthly(1, 5, grace=timedelta(seconds=10))),
        ("late_after_s = 60\nstale_after_s = 600", Ages(60, 600)),
    ],
)
def test_a_feed_says_how_often_its_source_speaks(tmp_path: Path, said: str, promise: Promise) -> None:
    path = tmp_path / "feeds.toml"
    days = '[calendar]\ndays_off = ["2027-02-05..2027-02-11"]\ndays_worked = "2027-02-13"\n'
    path.write_text(GOOD.replace("late_after_s = 60\nstale_after_s = 600", said) + days, encoding="utf-8")
    assert load(path, {"TOKEN": "t"})["mcu"].promise == promise


@pytest.mark.parametrize(
    ("old", "new", "line", "code", "named"),
    [
        ('connector = "http"', 'connector = "htpp"', 4, "config.unknown_connector_meant", "http"),
        ('connector = "http"', 'connector = "zzz"', 4, "config.unknown_connector", "folder, http, "),
        ('kind = "endpoint_status"', 'kind = "endpoint-status"', 5, "config.unknown_kind_meant", "endpoint_status"),
        ("timeout_s = 5", "tiemout_s = 5", 13, "config.unknown_key_meant", "timeout_s"),
        ("timeout_s = 5", "qqq = 5", 13, "config.unknown_key", "qqq"),
        ("timeout_s = 5", "folder = '/tmp'", 13, "config.unknown_key", "folder"),
        ("every_s = 10", 'every_s = "often"', 10, "config.bad_number", "often"),
        ("every_s = 10", "every_s = 0", 10, "config.bad_number", "0"),
        ("every_s = 10", "", 1, "config.missing", "every_s"),
        ('url = "http://${HOST:-127.0.0.1}:8001/endpoints"', "", 1, "config.missing", "url"),
        ('url = "http://${HOST:-127.0.0.1}:8001/endpoints"', 'url = "ftp://a"', 6, "config.bad_value", "ftp://a"),
        ("${TOKEN}", "${SECRET}", 7, "config.no_variable", "SECRET"),
        ("stale_after_s = 600", "stale_after_s = 60", 12, "config.stale_before_late", "60"),
        ("stale_after_s = 600", "", 1, "config.no_promise", "speaks"),
        ("stale_after_s = 600", 'speaks = "every 60 s"', 12, "config.promise_twice", "late_after_s"),
        ("late_after_s = 60\nstale_after_s = 600", 'speaks = "often"', 11, "config.bad_speaks", "hằng tháng chậm nhất ngày 5"),
        ("late_after_s = 60\nstale_after_s = 600", 'speaks = "every 60 s"\ngrace = "a bit"', 12, "config.bad_grace", "a bit"),
        ('endpoint_id = "ma"', 'endpoint_id = "ma"\n[calendar]\ndays_off = ["Tết"]', 17, "config.bad_days", "Tết"),
        ('endpoint_id = "ma"', 'endpoint_id = "ma"\n[calendar]\ndays_of = []', 17, "config.unknown_key_meant", "days_off"),
        ('endpoint_id = "ma"', 'endpiont_id = "ma"', 15, "config.unknown_column_meant", "endpoint_id"),
        ('endpoint_id = "ma"', "endpoint_id = 7", 15, "config.bad_value", "7"),
        ("[feeds.mcu]", "[feeds.MCU]", 1, "config.bad_feed_key", "MCU"),
        ("[feeds.mcu]", "[feed.mcu]", 1, "config.unknown_key_meant", "feeds"),
        ("every_s = 10", "every_s = 10\nevery_s = 20", 11, "config.twice", "every_s"),
        ("every_s = 10", "every_s = ", 10, "config.syntax", "Invalid value"),
        ('source = "Sở TT&TT"', 'source = "Sở TT&TT', 9, "config.syntax", "Illegal"),
    ],
)
def test_each_mistake_is_named_with_its_line(tmp_path: Path, old: str, new: str, line: int, code: str, named: str) -> None:
    assert old in GOOD
    found = [problem for problem in problems(tmp_path, GOOD.replace(old, new, 1)) if problem.code == code]
    assert [problem.line for problem in found] == [line]
    for language in ("vi", "en"):
        sentence = CATALOGUE.text(language, code, **found[0].values)
        assert named in sentence
        assert "{" not in sentence.replace("${", "")


def test_a_secret_in_a_wrong_value_is_not_shown(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, GOOD.replace("http://${HOST:-127.0.0.1}:8001/endpoints", "${TOKEN}/x"), TOKEN="s3cret")
    assert found.values["value"] == "${TOKEN}/x"
    assert "s3cret" not in str(found.values)


def test_all_mistakes_are_found_in_one_go(tmp_path: Path) -> None:
    text = GOOD.replace("every_s = 10", "every_s = -1").replace("records", "recrods") + '[feeds.b]\nconnector = "tcp"\n'
    assert [(problem.line, problem.code) for problem in problems(tmp_path, text)] == [
        (8, "config.unknown_key_meant"),
        (10, "config.bad_number"),
        (16, "config.missing"),
    ]


def test_an_absent_folder_is_named_on_its_line(tmp_path: Path) -> None:
    text = GOOD.replace('connector = "http"', 'connector = "folder"').replace(
        'url = "http://${HOST:-127.0.0.1}:8001/endpoints"', 'folder = "drop"'
    )
    text = text.replace('headers = { Authorization = "Bearer ${TOKEN}" }', "")
    (found,) = problems(tmp_path, text)
    assert (found.line, found.code) == (6, "config.folder_absent")
    (tmp_path / "drop").mkdir()
    assert load(tmp_path / "feeds.toml", {})["mcu"].base == tmp_path


@pytest.mark.parametrize(
    ("data", "line", "code"),
    [
        (b"", 1, "config.no_feeds"),
        (b"[feeds]\n", 1, "config.no_feeds"),
        (b"# a\n# \xff\n", 2, "config.encoding"),
        (None, 0, "config.absent"),
    ],
)
def test_a_file_that_is_no_feeds_file_says_so(tmp_path: Path, data: bytes | None, line: int, code: str) -> None:
    path = tmp_path / "feeds.toml"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(ConfigError) as caught:
        load(path, {})
    assert [(problem.line, problem.code) for problem in caught.value.problems] == [(line, code)]


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("IOC_STORE", "IOC_HOME", "IOC_FEEDS"):
        monkeypatch.delenv(name, raising=False)
    assert (Settings().store, Settings().feeds_file) == ("sqlite:///var/ioc.db", Path("var/feeds.toml"))
    monkeypatch.setenv("IOC_HOME", str(tmp_path))
    assert Settings().store == f"sqlite:///{tmp_path}/ioc.db"
    monkeypatch.setenv("IOC_STORE", "sqlite:////data/x.db")
    monkeypatch.setenv("MCU_TOKEN", "t")
    settings = Settings()
    assert (settings.store, settings.feeds_file) == ("sqlite:////data/x.db", tmp_path / "feeds.toml")
    assert settings.environment["MCU_TOKEN"] == "t"
    monkeypatch.setenv("IOC_FEEDS", "/etc/ioc/feeds.toml")
    assert Settings().feeds_file == Path("/etc/ioc/feeds.toml")
