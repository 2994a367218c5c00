"""A trial says row by row what would be added, changed and refused, and leaves store, folder and source as they were."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from feeds.cli import main
from feeds.config import Feed, load
from feeds.errors import CommandError
from feeds.pipeline import Pipeline
from feeds.trial import Trial, try_feed, try_file
from store import schema
from tests.feeds.kinds.conftest import fill_units
from tests.support.sources import Web, body, web

TIMES = 'title = "Nguồn"\ntitle_en = "Feed"\nsource = "Sở"\nevery_s = 5\nlate_after_s = 30\nstale_after_s = 60\n'
VILLAGES = f"""[feeds.villages]
connector = "folder"
kind = "villages"
folder = "drop"
settle_s = 0.02
valid_from = 2025-07-01
numbers = "vi"
{TIMES}
[feeds.villages.columns]
population = "Dân số"
"""
HEADER = "id;name;unit_code;lon;lat;Dân số;observed_at\n"
FIRST = HEADER + "X1;Pú Tỉu;03127;103,1;21,4;1.250;2026-11-01\nX2;Nà Lơi;03127;103,2;21,5;0;2026-11-01\n"
NEXT = HEADER + (
    "X1;Pú Tỉu;03127;103,1;21,4;1.300;2026-11-02\n"
    "X2;Nà Lơi;03127;103,2;21,5;0;2026-11-02\n"
    "X3;Him Lam;03163;103,3;21,6;;2026-11-02\n"
    "X4;Bản lạ;99999;103,3;21,6;5;2026-11-02\n"
    "X5;Bản sai;03127;103,3;21,6;1,5;2026-11-02\n"
)


def everything(engine: Engine) -> dict[str, list[Any]]:
    """Every row of every table."""
    with engine.connect() as connection:
        return {name: sorted(map(repr, connection.execute(select(table)))) for name, table in schema.metadata.tables.items()}


def files(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {str(path): (path.stat().st_mtime_ns, path.read_bytes()) for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    (home / "drop").mkdir(parents=True)
    (home / "feeds.toml").write_text(VILLAGES, encoding="utf-8")
    return home


@pytest.fixture
def filled(province: Engine) -> Engine:
    fill_units(province)
    return province


def feed_of(home: Path) -> Feed:
    (feed,) = load(home / "feeds.toml", {}).values()
    return feed


def said(trial: Trial) -> list[tuple[Any, ...]]:
    return [(row.number, row.outcome, row.table, row.key.get("id", row.key.get("place_id")), dict(row.fields)) for row in trial.altered]


def test_a_trial_says_what_each_row_would_do_and_leaves_everything_as_it_was(filled: Engine, home: Path) -> None:
    (home / "drop" / "1.csv").write_text(FIRST, encoding="utf-8")
    assert [run.state for run in Pipeline(filled, feed_of(home), "test").run()] == ["ok"]
    (home / "drop" / "2.csv").write_text(NEXT, encoding="utf-8")
    store, folder = everything(filled), files(home)
    (trial,) = try_feed(filled, feed_of(home))
    assert (everything(filled), files(home)) == (store, folder)
    assert (trial.item, trial.rows, tuple(trial.stored)[:3], trial.good) == ("2.csv", 5, (1, 1, 1), False)
    assert [(row.number, row.code, row.values["value"]) for row in trial.rejections] == [
        (5, "row.unit_unknown", "99999"),
        (6, "row.bad_number", "1.5"),
    ]
    found = said(trial)
    assert [row[:4] for row in found if row[3] != "X2"] == [
        (2, "changed", "villages", "X1"),
        (4, "added", "villages", "X3"),
        (4, "added", "place_units", "X3"),
    ]
    assert found[0][4]["population"] == (1250, 1300)
    (added,) = [row[4] for row in found if row[2:4] == ("villages", "X3")]
    assert (added["name"], "population" in added) == ((None, "Him Lam"), False)


def test_what_a_trial_says_is_what_a_run_does(filled: Engine, home: Path) -> None:
    (home / "drop" / "2.csv").write_text(NEXT, encoding="utf-8")
    feed = feed_of(home)
    (trial,) = try_feed(filled, feed)
    (run,) = Pipeline(filled, feed, "test").run()
    assert (tuple(trial.stored), len(trial.rejections)) == (tuple(run.stored), len(run.rejections))


def test_a_file_from_anywhere_is_read_as_the_feed_reads_its_own(filled: Engine, home: Path, tmp_path: Path) -> None:
    path = tmp_path / "thôn [bản] 11.csv"
    path.write_text(FIRST, encoding="utf-8")
    store = everything(filled)
    (trial,) = try_file(filled, feed_of(home), path)
    assert (trial.item, tuple(trial.stored)[:3], trial.good) == (path.name, (2, 0, 0), True)
    assert everything(filled) == store
    assert path.read_text(encoding="utf-8") == FIRST
    with pytest.raises(CommandError) as caught:
        try_file(filled, feed_of(home), tmp_path / "none.csv")
    assert caught.value.code == "try.no_file"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "run.empty"),
        (HEADER, "run.empty"),
        ("<html>", "run.html_instead"),
        (FIRST.replace("unit_code", "x").replace("id;", "mã;"), "run.missing_column_meant"),
        (HEADER + ";;;;;;\nX1;;03127;103,1;21,4;1;\n", "run.all_rejected"),
    ],
)
def test_content_that_cannot_be_taken_says_why(filled: Engine, home: Path, text: str, code: str) -> None:
    path = home / "a.csv"
    path.write_text(text, encoding="utf-8")
    (trial,) = try_file(filled, feed_of(home), path)
    assert trial.error is not None
    assert (trial.error[0].removesuffix("_meant"), trial.good) == (code.removesuffix("_meant"), False)


def test_a_list_that_would_be_refused_as_a_whole_says_so(filled: Engine, home: Path) -> None:
    (home / "feeds.toml").write_text(VILLAGES.replace("settle_s", "complete = true\nsettle_s"), encoding="utf-8")
    (home / "drop" / "1.csv").write_text(FIRST, encoding="utf-8")
    feed = feed_of(home)
    Pipeline(filled, feed, "test").run()
    path = home / "half.csv"
    path.write_text("\n".join(NEXT.splitlines()[:2]), encoding="utf-8")
    store = everything(filled)
    (trial,) = try_file(filled, feed, path)
    assert trial.error is not None
    assert (trial.error[0], trial.error[1]["lost"]) == ("run.list_shrunk", 1)
    assert everything(filled) == store


def test_a_source_over_http_is_asked_once_and_nothing_is_kept(province: Engine, tmp_path: Path) -> None:
    counts = {"received": 10, "in_progress": 2, "due": 8, "on_time": 8, "overdue": 0, "online": 5}
    text = f'[feeds.d]\nconnector = "http"\nkind = "dossiers"\nurl = "URL"\n{TIMES}'
    with web() as server:
        server.answers["/"] = body(json.dumps([{"centre_id": "C11-001", "period": "2026-10", **counts}]).encode())
        (tmp_path / "feeds.toml").write_text(text.replace("URL", _url(server)), encoding="utf-8")
        store = everything(province)
        (trial,) = try_feed(province, feed_of(tmp_path))
    assert everything(province) == store
    ((number, outcome, table, _, fields),) = said(trial)
    assert (number, outcome, table, fields["received"]) == (1, "added", "dossiers", (None, 10))


def _url(server: Web) -> str:
    return server.url()


def test_a_source_that_is_away_says_so(province: Engine, tmp_path: Path) -> None:
    text = f'[feeds.d]\nconnector = "folder"\nkind = "dossiers"\nfolder = "drop"\n{TIMES}'
    (tmp_path / "drop").mkdir()
    (tmp_path / "feeds.toml").write_text(text, encoding="utf-8")
    feed = feed_of(tmp_path)
    assert try_feed(province, feed) == []
    (tmp_path / "drop").rmdir()
    (trial,) = try_feed(province, feed)
    assert trial.error is not None
    assert trial.error[0] == "run.folder_missing"


# ── The command ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def command(filled: Engine, home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    with filled.begin() as connection:
        connection.execute(schema.meta.insert().values(key="name", value="Điện Biên"))
    monkeypatch.setenv("IOC_HOME", str(home))
    monkeypatch.setenv("IOC_STORE", filled.url.render_as_string(hide_password=False))
    return home


def test_the_command_shows_a_summary_then_each_row_and_its_code_is_the_verdict(command: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (command / "drop" / "2.csv").write_text(NEXT, encoding="utf-8")
    assert main(["feeds", "try", "villages"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert "5 dòng; sẽ thêm 3, thay đổi 0, giữ nguyên 0, loại 2" in lines[0]
    assert "5 rows; 3 would be added" in lines[0]
    assert any(line.startswith("  ✗ 5: ") and "99999" in line for line in lines)
    assert any(line.startswith("  + 2: villages X1: ") and "population = 1300" in line for line in lines)
    assert "Nothing was written." in lines[-1]
    assert main(["feeds", "try", "villages", "--limit", "1"]) == 1
    assert len(capsys.readouterr().out.splitlines()) == 4


def test_the_command_answers_in_json(command: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = command / "a.csv"
    path.write_text(FIRST, encoding="utf-8")
    assert main(["feeds", "try", "villages", str(path), "--json"]) == 0
    (answer,) = json.loads(capsys.readouterr().out)
    assert (answer["item"], answer["rows"], answer["added"], answer["rejected"], answer["error"]) == ("a.csv", 2, 2, [], None)
    assert answer["altered"][0]["fields"]["population"] == {"old": None, "new": 1250}


def test_a_file_of_a_kind_needs_no_declared_feed(command: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = command / "a.csv"
    path.write_text(FIRST, encoding="utf-8")
    (command / "feeds.toml").unlink()
    said = ["--kind", "villages", "--set", 'numbers="vi"', "--set", 'columns.population="Dân số"']
    assert main(["feeds", "try", str(path), *said]) == 0
    assert "population = 1250" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nope"], "nope"),
        (["a.csv", "--kind", "vilages"], "villages"),
        (["a.csv", "--kind", "villages", "--set", "numbers=vi"], "TOML"),
        (["a.csv", "--kind", "villages", "--set", 'nubers="vi"'], "numbers"),
        (["b.csv", "--kind", "villages"], "b.csv"),
        (["a.csv"], "--kind"),
    ],
)
def test_a_command_that_cannot_be_carried_out_says_why(
    command: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
) -> None:
    (command / "a.csv").write_text(FIRST, encoding="utf-8")
    monkeypatch.chdir(command)
    assert main(["feeds", "try", *arguments]) == 2
    assert said in capsys.readouterr().err
