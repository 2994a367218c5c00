"""The environment is read once, checked, and means the same to the dashboard and to the worker."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from feeds.settings import Settings as WorkerSettings
from ioc.settings import Settings


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch):
    for name in Settings.model_fields:
        monkeypatch.delenv(f"IOC_{name.upper()}", raising=False)


def test_the_defaults_listen_on_this_machine_only():
    settings = Settings()
    assert (settings.host, settings.port, settings.is_loopback) == ("127.0.0.1", 8050, True)
    assert (settings.language, settings.theme) == ("vi", "dark")
    assert settings.store == "sqlite:///var/ioc.db"


def test_the_store_moves_with_its_home(monkeypatch):
    monkeypatch.setenv("IOC_HOME", "/srv/ioc")
    assert Settings().store == "sqlite:////srv/ioc/ioc.db"
    assert Settings(home=Path("/mnt")).store == "sqlite:////mnt/ioc.db"


def test_a_named_store_stays_where_it_is(monkeypatch):
    monkeypatch.setenv("IOC_STORE", "postgresql+psycopg://ioc@db/ioc")
    settings = Settings(home=Path("/srv/ioc"))
    assert settings.store == "postgresql+psycopg://ioc@db/ioc"
    assert settings.sqlite_path is None


def test_an_argument_comes_before_the_environment(monkeypatch):
    monkeypatch.setenv("IOC_PORT", "9000")
    assert Settings().port == 9000
    assert Settings(port=9001).port == 9001


@pytest.mark.parametrize(("name", "value"), [("IOC_PORT", "0"), ("IOC_PORT", "eighty"), ("IOC_LANGUAGE", "fr"), ("IOC_THEME", "blue")])
def test_a_value_that_does_not_fit_is_refused(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError):
        Settings()


def test_an_empty_variable_counts_as_none(monkeypatch):
    monkeypatch.setenv("IOC_PORT", "")
    assert Settings().port == 8050


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::"])
def test_an_address_others_can_reach_is_not_loopback(host):
    assert not Settings(host=host).is_loopback


def test_a_child_process_reads_the_same_settings(monkeypatch):
    given = Settings(home=Path("/srv/ioc"), port=9000, language="en", feeds=Path("/etc/ioc/feeds.toml"))
    for name, value in given.as_environment().items():
        monkeypatch.setenv(name, value)
    assert Settings() == given


@pytest.mark.parametrize("home", [None, "/srv/ioc"])
def test_the_worker_reads_the_same_names_with_the_same_defaults(monkeypatch, home):
    if home:
        monkeypatch.setenv("IOC_HOME", home)
    ours, theirs = Settings(), WorkerSettings()
    shared = Settings.model_fields.keys() & WorkerSettings.model_fields.keys()
    assert {"home", "store", "feeds", "log_level"} <= shared
    assert {name: getattr(ours, name) for name in shared} == {name: getattr(theirs, name) for name in shared}
    assert ours.feeds_file == theirs.feeds_file
