"""What people type in is checked, signed and taken through the pipeline like anything else, once, with who stands for it."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from sqlalchemy import Engine, select

from feeds.config import Feed, load
from feeds.entries import check_entries, forms
from feeds.pipeline import Pipeline
from feeds.worker import register
from store import manual, schema
from store.schema import manual_entries
from store.write import writing

HEADERS = ("Mã trung tâm", "Kỳ", "received", "in_progress", "due", "on_time", "overdue", "online")
FEEDS = """[feeds.by-hand]
title = "Hồ sơ nhập tay"
title_en = "Dossiers by hand"
connector = "manual"
kind = "dossiers"
source = "Văn phòng tỉnh"
every_s = 60
speaks = "monthly by the 5th"
"""


@pytest.fixture
def feeds(province: Engine, tmp_path: Path) -> dict[str, Feed]:
    (tmp_path / "feeds.toml").write_text(FEEDS, encoding="utf-8")
    found = load(tmp_path / "feeds.toml", {})
    register(province, found)
    return found


def row(centre: str = "C11-001", **more: Any) -> dict[str, Any]:
    return dict(zip(HEADERS, (centre, "10/2026", 10, 2, 8, 7, 1, 5), strict=True)) | more


def sheet(*rows: dict[str, Any]) -> bytes:
    book, file = Workbook(), io.BytesIO()
    page = book.worksheets[0]
    page.append(HEADERS)
    for one in rows:
        page.append([one[name] for name in HEADERS])
    book.save(file)
    return file.getvalue()


def enter(province: Engine, feeds: dict[str, Feed], **content: Any) -> int:
    """An entry that the worker has checked; its id."""
    (form,) = forms(feeds.values())
    with writing(province) as connection:
        entry_id = manual.submit(connection, form, "Lò Thị Mai", datetime.now(UTC), **content)
    check_entries(province, feeds)
    return entry_id


def sign(province: Engine, entry_id: int) -> None:
    with writing(province) as connection:
        manual.sign(connection, entry_id, "Vàng A Páo", datetime.now(UTC))


def entry(province: Engine, entry_id: int) -> Any:
    with province.connect() as connection:
        return connection.execute(select(manual_entries).where(manual_entries.c.id == entry_id)).one()


def dossiers(province: Engine) -> list[Any]:
    with province.connect() as connection:
        return list(connection.execute(select(schema.dossiers).order_by(schema.dossiers.c.centre_id)))


def take(province: Engine, feeds: dict[str, Feed]) -> list[str]:
    return [run.state for run in Pipeline(province, feeds["by-hand"], "test").run()]


def test_the_form_asks_for_the_fields_of_the_kind(feeds: dict[str, Feed]) -> None:
    (form,) = forms(feeds.values())
    asked = {field.name: (field.header, field.required) for field in form.fields}
    assert asked["centre_id"] == ("Mã trung tâm", True)
    assert asked["satisfied"] == ("Số lượt hài lòng", False)
    assert form.four_eyes


@pytest.mark.parametrize("form", ["rows", "sheet"])
def test_an_entry_is_checked_signed_and_taken(province: Engine, feeds: dict[str, Feed], form: str) -> None:
    bad = row("C11-999")
    content = {"rows": [row(), bad]} if form == "rows" else {"file": sheet(row(), bad), "file_name": "báo cáo.xlsx"}
    entry_id = enter(province, feeds, **content)
    preview = entry(province, entry_id).preview
    assert (preview["rows"], preview["good"]) == (2, 1)
    place = {} if form == "rows" else {"cell": "A3", "sheet": "Sheet"}
    said = {"column": "Mã trung tâm", "value": "C11-999"} | place
    assert preview["problems"] == [[2 if form == "rows" else 3, "row.unknown_centre", said]]
    assert preview["sample"][0]["Kỳ"] == "10/2026"
    assert dossiers(province) == [], "a check writes nothing"
    assert take(province, feeds) == ["unchanged"], "nobody has signed it"
    sign(province, entry_id)
    assert take(province, feeds) == ["partial"]
    (taken,) = dossiers(province)
    done = entry(province, entry_id)
    assert taken.source == "Văn phòng tỉnh (Lò Thị Mai ✓ Vàng A Páo)"
    assert taken.reported_at == done.signed_at
    assert done.state == "taken"
    assert done.run_id is not None
    assert take(province, feeds) == ["unchanged"], "once"


def test_a_run_whose_worker_died_before_it_could_say_so_is_not_taken_twice(province: Engine, feeds: dict[str, Feed]) -> None:
    entry_id = enter(province, feeds, rows=[row()])
    sign(province, entry_id)
    take(province, feeds)
    with writing(province) as connection:
        connection.execute(manual_entries.update().values(state="signed", run_id=None))
    assert take(province, feeds) == ["unchanged"]
    assert entry(province, entry_id).state == "taken"
    assert len(dossiers(province)) == 1


@pytest.mark.parametrize(
    ("name", "file", "code"),
    [
        ("a.xlsx", b"not a workbook", "run.xlsx_invalid"),
        ("a.pdf", b"%PDF-1.7", "run.file_type"),
        ("a.csv", b"\xff\xfe\x00", "run.encoding"),
        ("a.csv", "Họ và tên\nMai\n".encode(), "run.missing_column"),
        ("a.csv", ";".join(HEADERS).encode(), "run.empty"),
        ("a.csv", b"<html></html>", "run.html_instead"),
    ],
)
def test_a_sheet_that_is_none_says_why_and_cannot_be_signed(
    province: Engine, feeds: dict[str, Feed], name: str, file: bytes, code: str
) -> None:
    entry_id = enter(province, feeds, file=file, file_name=name)
    preview = entry(province, entry_id).preview
    assert preview["good"] == 0
    assert preview["error"][0].startswith(code)
    with pytest.raises(manual.EntryError, match="nothing_good"):
        sign(province, entry_id)


def test_an_entry_for_a_feed_that_is_gone_is_told_so(province: Engine, feeds: dict[str, Feed]) -> None:
    (form,) = forms(feeds.values())
    with writing(province) as connection:
        entry_id = manual.submit(connection, form, "Lò Thị Mai", datetime.now(UTC), rows=[row()])
    check_entries(province, {})
    assert entry(province, entry_id).preview["error"][0] == "run.feed_gone"


def test_what_turns_out_unusable_when_it_is_taken_is_rejected_with_its_reason(province: Engine, feeds: dict[str, Feed]) -> None:
    entry_id = enter(province, feeds, rows=[row()])
    sign(province, entry_id)
    with writing(province) as connection:
        connection.execute(manual_entries.update().values(rows=[row("C11-999")]))  # as if the centre had been closed since
    assert take(province, feeds) == ["failed"]
    done = entry(province, entry_id)
    assert (done.state, done.run_id is not None) == ("rejected", True)
