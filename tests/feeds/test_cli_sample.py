"""`ioc sample remove` takes what is invented out of a store in use and nothing else; screens of before are shown as they were."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, text

from feeds.cli import main
from feeds.registry import all_kinds
from store import claims, conditions, invented_rows, places, schema
from store.availability import availability
from store.invented_rows import flagged_tables
from store.samples import Sample, add_samples
from store.transactions import reading, writing
from store.write import upsert
from tests.feeds.kinds.conftest import NEW, Way, fill_units

THEN = datetime(2026, 11, 20, 3, tzinfo=UTC)
FOUR = ("2g", "4g", "5g", "broadband")
TODAY = date(2026, 11, 21)


@pytest.fixture
def used(province: Engine) -> Engine:
    """The small province with real villages, claims, states and figures beside the invented ones, some about each other."""
    fill_units(province)
    ways = {key: Way(province, kind) for key, kind in all_kinds().items()}
    real = {"name": "Thật", "unit_code": "03127", "lon": 103, "lat": 21.4}
    claim = {"observed_at": "2026-11-19", "4g": "có"}
    both = [{**claim, "village_id": "X1", "operator": "op-a"}, {**claim, "village_id": "V11-0001", "operator": "op-a"}]
    ways["villages"].take({"id": "X1", **real, "valid_from": "01/01/2026"}, now=THEN)
    ways["coverage"].take(*both, now=THEN, technologies=FOUR)
    ways["coverage"].source = "mô phỏng"
    ways["coverage"].take({**claim, "village_id": "V11-0002", "operator": "op-b"}, now=THEN, synthetic=True, technologies=FOUR)
    states = [{"endpoint_id": f"E11-00{n}", "state": "up", "observed_at": THEN - timedelta(minutes=1)} for n in (1, 2)]
    ways["endpoint_status"].take(states[0], now=THEN, synthetic=True)
    ways["endpoint_status"].take(states[1], now=THEN)
    ways["endpoints"].source = "mô phỏng"
    moved = {"id": "E11-003", **real, "level": "xã", "observed_at": "2025-08-01", "valid_from": "01/01/2020"}
    ways["endpoints"].take(moved, now=THEN, synthetic=True)
    ways["endpoints"].take({**moved, "name": "Khác", "valid_from": "01/01/2026", "observed_at": "2026-01-02"}, now=THEN, synthetic=True)
    _figures(province)
    return province


def _figures(engine: Engine) -> None:
    said = ("k", "11", "province", "Tỉnh", "2022", "P", 1.0, "=", THEN)
    names = ("indicator", "unit_code", "scope", "label_vi", "period", "label_en", "value", "comparator", "stored_at")
    with writing(engine) as connection:
        add_samples(connection, [Sample(int(THEN.timestamp()) - 600, "E11-001", True, 5.0, 30)])
        rows = [(*said, "Báo", False), (*said, "mô phỏng", True)]
        upsert(connection, schema.indicator_values, (*names, "source", "synthetic"), rows)


def run(*arguments: str, home: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setenv("IOC_HOME", str(home))
    monkeypatch.setenv("IOC_STORE", url)
    return main(arguments)


def url_of(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


def invented(engine: Engine) -> dict[str, int]:
    with reading(engine) as connection:
        return {one.table: one.rows for one in invented_rows.counts(connection)}


def screen(engine: Engine, known_at: datetime | None) -> dict[str, Any]:
    """What is read of the day, as far as was known."""
    at = datetime(2026, 11, 20, 4, tzinfo=UTC)
    with reading(engine) as connection:
        words = claims.newest_words(connection, at, known_at)
        states = conditions.endpoint_states_at(connection, at, known_at)
        return {
            "villages": places.villages_on(connection, TODAY, known_at)[["id", "name", "synthetic"]].to_dict("list"),
            "endpoints": places.endpoints_on(connection, NEW, known_at)[["id", "name", "unit_code"]].fillna("").to_dict("list"),
            "centres": places.centres_on(connection, TODAY, known_at)["id"].tolist(),
            "words": sorted(zip(words["village_id"], words["operator"], words["status"], strict=True)),
            "states": sorted(zip(states["endpoint_id"], states["state"], strict=True)),
            "up": availability(connection, THEN - timedelta(hours=1), THEN, known_at=known_at)["endpoint_id"].tolist(),
        }


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


def test_every_invented_row_goes_and_what_is_real_stays(
    used: Engine, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("sample", "remove", "--yes", home=home, url=url_of(used), monkeypatch=monkeypatch) == 0
    said = capsys.readouterr().out
    assert invented(used) == {}
    with reading(used) as connection:
        counted = {
            name: connection.scalar(select(func.count()).select_from(schema.metadata.tables[name]))
            for name in ("villages", "endpoints", "centres", "coverage", "endpoint_state", "indicator_values", "units")
        }
        assert list(connection.scalars(select(schema.operators.c.key))) == ["op-a"]
        lain = connection.execute(select(schema.place_units.c.place_kind, schema.place_units.c.place_id)).all()
    assert counted == {
        "villages": 1, "endpoints": 0, "centres": 0, "coverage": 2, "endpoint_state": 1, "indicator_values": 1, "units": 6
    }  # fmt: skip
    assert {tuple(row) for row in lain} == {("village", "X1")}
    for kept in ("1 real claims about sample villages stay (V11-0001", "2 real states of sample endpoints", "bear their keys: op-a"):
        assert kept in said
    assert run("sample", "remove", home=home, url=url_of(used), monkeypatch=monkeypatch) == 0
    assert "no row of sample data" in capsys.readouterr().out


def test_what_was_shown_before_is_shown_as_it_was(used: Engine) -> None:
    moment = datetime.now(UTC)
    before = screen(used, moment)
    assert len(before["endpoints"]["id"]) == 5
    assert before["up"] == ["E11-001", "E11-002"]
    with writing(used) as connection:
        invented_rows.remove(connection, datetime.now(UTC))
    assert screen(used, moment) == before
    after = screen(used, None)
    assert (after["villages"]["id"], after["endpoints"]["id"], after["up"]) == (["X1"], [], [])


def test_versions_rise_so_that_open_pages_follow(used: Engine) -> None:
    with reading(used) as connection:
        before = conditions.layer_versions(connection)
    with writing(used) as connection:
        gone = invented_rows.remove(connection, datetime.now(UTC))
    with reading(used) as connection:
        after = conditions.layer_versions(connection)
    assert all(after[one.table] == before.get(one.table, 0) + 1 for one in gone)
    assert after["all"] > before["all"]


def test_a_table_with_invented_rows_is_never_forgotten() -> None:
    names = {table.name for table in flagged_tables()}
    with_flag = {name for name, table in schema.metadata.tables.items() if "synthetic" in table.c and not name.endswith("_history")}
    assert names == with_flag


def test_it_asks_once_and_refuses_where_nobody_can_answer(used: Engine, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = invented(used)
    environment = {**os.environ, "IOC_HOME": str(home), "IOC_STORE": url_of(used)}
    command = [sys.executable, "-m", "feeds", "sample", "remove"]
    ended = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    assert (ended.returncode != 0, "--yes" in ended.stderr) == (True, True)
    assert invented(used) == before
    for answer, left in (("\n", before), ("có\n", {})):
        leader, follower = os.openpty()
        os.write(leader, answer.encode())
        asked = subprocess.run(command, env=environment, stdin=follower, capture_output=True, text=True, timeout=60)
        os.close(leader)
        os.close(follower)
        assert "[y/N]" in asked.stdout
        assert (asked.returncode, invented(used)) == (int(bool(left)), left)


def test_feeds_that_go_on_inventing_are_named(used: Engine, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    (home / "drop").mkdir()
    feed = 'title = "a"\ntitle_en = "a"\nconnector = "folder"\nkind = "villages"\nfolder = "drop"\nsource = "s"\nevery_s = 9\n'
    feed += "late_after_s = 9\nstale_after_s = 99\n"
    (home / "feeds.toml").write_text(f"[feeds.made-up]\n{feed}synthetic = true\n[feeds.true]\n{feed}", "utf-8")
    assert run("sample", "remove", "--yes", home=home, url=url_of(used), monkeypatch=monkeypatch) == 0
    assert "made-up; take them out" in capsys.readouterr().out


def test_an_empty_province_has_units_and_outlines_and_nothing_invented(
    empty_store_url: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from store.engine import open_engine

    assert run("init", "--province", "04", "--empty", home=home, url=empty_store_url, monkeypatch=monkeypatch) == 0
    engine = open_engine(empty_store_url)
    assert invented(engine) == {}
    with reading(engine) as connection:
        tables = {
            name: connection.scalar(text(f"SELECT count(*) FROM {name}"))
            for name in ("villages", "coverage", "operators", "endpoints", "centres", "dossiers", "indicator_values", "targets", "feeds")
        }
        assert set(tables.values()) == {0}
        outlines = places.outlines_on(connection, TODAY)
        assert (len(outlines[outlines["level"] == "commune"]), bool(outlines["outline_schematic"].all())) == (56, True)
    assert run("feeds", "check", home=home, url=empty_store_url, monkeypatch=monkeypatch) == 0
    written = (home / "feeds.toml").read_text("utf-8")
    engine.dispose()
    examples = [line.removeprefix("# ") for line in written.splitlines() if line[:3] == "# [" or " = " in line]
    (home / "feeds.toml").write_text("\n".join(["[calendar]", *examples]), "utf-8")
    assert run("feeds", "check", home=home, url=empty_store_url, monkeypatch=monkeypatch) == 0
