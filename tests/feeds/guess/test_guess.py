"""A file is proposed with the table that reads it; whatever is not sure is said, and nothing is written."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
from sqlalchemy import Engine

from feeds.cli import main
from feeds.config import load
from feeds.errors import ContentError
from feeds.guess.declaration import as_toml
from feeds.guess.guessing import guess
from feeds.guess.proposal import Proposal
from feeds.guess.said import Said
from feeds.pipeline import Pipeline
from feeds.registry import registry
from tests.feeds.kinds.conftest import fill_units
from tests.feeds.test_trial import everything

COVERAGE = "Mã thôn;Ngày báo cáo;4G;5G\nV11-0001;05/11/2026;có;không\nV11-0002;05/11/2026;có;có\n"


@pytest.fixture
def filled(province: Engine) -> Engine:
    fill_units(province)
    return province


@pytest.fixture
def propose(filled: Engine, tmp_path: Path):  # type: ignore[no-untyped-def]
    def of(text: str, name: str = "bao cao.csv", said: Said = Said()) -> Proposal:  # noqa: B008 - never changed
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return guess(filled, path, registry(), said)

    return of


def doubts(found: Proposal) -> set[str]:
    return {doubt.code for doubt in found.doubts} - {"source", "speaks"}


def test_a_sheet_of_coverage_is_proposed_and_its_operator_asked(propose) -> None:  # type: ignore[no-untyped-def]
    found = propose(COVERAGE)
    assert (found.table["kind"], found.trial.rows, found.trial.good) == ("coverage", 2, True)
    assert "columns" not in found.table  # the usual headers need no naming
    assert (doubts(found), found.usable) == ({"operator"}, False)
    told = propose(COVERAGE, said=Said(values={"operator": "op-b"}))
    assert (told.table["operator"], doubts(told), told.usable) == ("op-b", set(), True)


def test_an_operator_that_the_file_names_is_taken(propose) -> None:  # type: ignore[no-untyped-def]
    found = propose(COVERAGE, "Nhà mạng mẫu C 2026-11.csv")
    assert (found.table["operator"], found.usable) == ("op-c", True)
    assert "operator" in doubts(found)


def test_headers_that_are_not_the_usual_ones_are_named_and_a_missing_one_has_to_be_said(propose) -> None:  # type: ignore[no-untyped-def]
    found = propose("Mã số điểm;Kinh độ;Vĩ độ;Tên thôn, bản (2026);Mã xã\nA1;103,1;21,4;Bản Một;03127\nA2;103,2;21,4;Bản Hai;03127\n")
    assert (found.table["kind"], found.usable) == ("villages", False)
    assert found.table["columns"] == {"name": "Tên thôn, bản (2026)"}
    assert doubts(found) == {"column_like", "missing", "nothing_taken"}
    assert found.unused == ("Mã số điểm",)
    told = propose(
        "Mã số điểm;Kinh độ;Vĩ độ;Tên thôn, bản (2026);Mã xã\nA1;103,1;21,4;Bản Một;03127\n", said=Said("villages", {"Mã số điểm": "id"})
    )
    assert (told.table["columns"]["id"], told.usable, told.trial.stored.added) == ("Mã số điểm", True, 1)


def test_a_column_is_known_by_its_cells_and_that_is_said(propose) -> None:  # type: ignore[no-untyped-def]
    found = propose("Điểm;Ngày báo cáo;4G\nV11-0001;05/11/2026;có\nV11-0002;05/11/2026;không\n", said=Said(values={"operator": "op-a"}))
    assert found.table["columns"] == {"village_id": "Điểm"}
    assert (doubts(found), found.usable) == ({"column_by_cells"}, True)


@pytest.mark.parametrize(("written", "form"), [("1.250", "vi"), ("1,250", "en")])
def test_the_form_of_numbers_is_found_where_only_one_reads_them(propose, written: str, form: str) -> None:  # type: ignore[no-untyped-def]
    found = propose(f"id;name;unit_code;lon;lat;Dân số\nA1;Bản Một;03127;103.1;21.4;{written}\nA2;Bản Hai;03127;103.1;21.4;900\n")
    assert (found.table["numbers"], found.trial.good) == (form, True)


def test_days_that_can_be_read_two_ways_have_to_be_settled_first(propose) -> None:  # type: ignore[no-untyped-def]
    one_way = propose("Mã thôn;Ngày báo cáo;4G\nV11-0001;11/25/2026;có\nV11-0002;11/05/2026;có\n", said=Said(values={"operator": "op-a"}))
    assert (one_way.table.get("dates"), one_way.trial.error) == ({"observed_at": "MM/dd/yyyy"}, None)


def test_headers_that_name_operator_and_technology_become_rows(propose) -> None:  # type: ignore[no-untyped-def]
    heads = "Mã thôn;Ngày báo cáo;Nhà mạng mẫu A / 4G;Nhà mạng mẫu A / 5G;Nhà mạng mẫu B / 4G\n"
    text = f"{heads}V11-0001;05/11/2026;có;không;x\nV11-0002;05/11/2026;có;;x\n"
    found = propose(text)
    assert (found.table["form"], found.table["unpivot"]["headers"]) == ("long", ["{operator} / {technology}"])
    assert (found.trial.error, found.trial.rows, len(found.trial.rejections), found.usable) == (None, 5, 0, True)
    assert {row.key["operator"] for row in found.trial.altered} == {"op-a", "op-b"}


def test_an_id_of_two_columns_is_written_together_and_said(propose) -> None:  # type: ignore[no-untyped-def]
    found = propose("Mã xã;TT;Tên thôn;Kinh độ;Vĩ độ\n03127;1;Bản Một;103,1;21,4\n03127;2;Bản Hai;103,1;21,4\n03163;1;Bản Ba;103,1;21,4\n")
    assert found.table["columns"] == {"id": "{Mã xã}-{TT}"}
    assert ("id_joined" in doubts(found), found.trial.stored.added, found.unused) == (True, 3, ())


def test_a_number_that_is_not_unique_within_the_commune_makes_no_id(propose) -> None:  # type: ignore[no-untyped-def]
    found = propose("Mã xã;TT;Tên thôn;Kinh độ;Vĩ độ\n03127;1;Bản Một;103,1;21,4\n03127;1;Bản Hai;103,1;21,4\n")
    assert ("missing" in doubts(found), found.usable) == (True, False)


def test_two_columns_that_say_the_same_have_to_be_told_apart(propose) -> None:  # type: ignore[no-untyped-def]
    text = "Mã thôn;Ngày báo cáo;4G VNPT;4G Viettel\nV11-0001;05/11/2026;có;không\n"
    found = propose(text, said=Said(values={"operator": "op-a"}))
    assert (doubts(found) >= {"column_rival"}, found.usable) == (True, False)


def test_a_file_that_no_kind_knows_is_refused_with_a_sentence(propose) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ContentError, match=r"run\.guess_nothing"):
        propose("hình;vị\ntròn;chua\n")


def test_a_proposal_writes_nothing(filled: Engine, propose) -> None:  # type: ignore[no-untyped-def]
    before = everything(filled)
    propose(COVERAGE)
    assert everything(filled) == before


def test_what_is_saved_is_a_feed_that_takes_the_file(
    filled: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "feeds.toml").write_text("# của tỉnh\n[calendar]\ndays_off = []\n", encoding="utf-8")
    path = tmp_path / "Vùng phủ sóng 11.csv"
    path.write_text(COVERAGE, encoding="utf-8")
    monkeypatch.setenv("IOC_HOME", str(home))
    monkeypatch.setenv("IOC_STORE", filled.url.render_as_string(hide_password=False))
    (home / "feeds.toml").write_text(as_toml("khac", {**_other(), "folder": "."}), encoding="utf-8")
    assert main(["feeds", "guess", str(path), "--save"]) == 2  # the operator has to be said first
    capsys.readouterr()
    assert "operator" not in (home / "feeds.toml").read_text(encoding="utf-8")
    assert main(["feeds", "guess", str(path), "--save", "--set", "operator=op-a", "--set", "source=Sở KH&CN", "--json"]) == 1
    text = (home / "feeds.toml").read_text(encoding="utf-8")
    assert "[feeds.khac]" in text
    assert (home / "feeds.toml.bak").is_file()
    feed = load(home / "feeds.toml", {})["vung-phu-song"]
    (home / "drop" / "vung-phu-song" / path.name).write_bytes(path.read_bytes())
    (run,) = Pipeline(filled, feed, "test").run()
    assert (run.state, run.stored.added) == ("ok", 2)
    proposal = json.loads(capsys.readouterr().out.rpartition("}\n")[0] + "}")
    assert tomllib.loads(proposal["toml"])["feeds"]["vung-phu-song"]["source"] == "Sở KH&CN"


def _other() -> dict[str, object]:
    return {
        "title": "Khác",
        "title_en": "Other",
        "connector": "folder",
        "kind": "villages",
        "source": "Sở",
        "every_s": 60,
        "speaks": "mỗi 60 giây",
    }


def test_what_a_person_says_never_reaches_the_environment() -> None:
    said = Said.of(
        {"kind": "villages", "values": {"title": "${SECRET}", "source": "Sở", "url": "http://x", "operator": ""}, "columns": {"a": None}}
    )
    assert (said.values, said.columns) == ({"source": "Sở"}, {"a": ""})


def test_rows_inside_an_object_are_found_with_what_lies_in_them(propose) -> None:  # type: ignore[no-untyped-def]
    items = [
        {"village": {"id": f"V11-000{n}"}, "updated": "2026-11-05T07:00:00+07:00", "operator": "op-b", "technology": "4g", "status": status}
        for n, status in ((1, "covered"), (2, "none"))
    ]
    found = propose(json.dumps({"code": 0, "result": {"items": items, "pages": [{"n": 1}]}}), "phu song.json")
    assert (found.table["kind"], found.table["records"], found.trial.rows, found.trial.good) == ("coverage", "result.items", 2, True)
    assert found.table["columns"] == {"village_id": "village.id", "observed_at": "updated"}
    assert {"other_lists", "column_by_cells"} <= doubts(found)
    assert not found.usable  # that "updated" is the day of the report has to be confirmed


def test_a_day_is_not_guessed_where_two_columns_are_days(propose) -> None:  # type: ignore[no-untyped-def]
    text = "Mã thôn;sinh;gửi;4G\nV11-0001;05/11/1970;05/11/2026;có\n"
    found = propose(text, said=Said(values={"operator": "op-b"}))
    assert "observed_at" not in found.columns
    assert not found.usable
