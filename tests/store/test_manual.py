"""Entries go one step at a time, each with the person who took it, and a signed one never changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from store import manual, runs
from store.catalogue import STORE_TEXT, Catalogue
from store.manual import EntryError, Form, FormField, Preview
from store.schema import manual_entries
from store.write import writing
from tests.store.test_runs import _feed, _register

AT = datetime(2026, 11, 21, 3, tzinfo=UTC)
FORM = Form("by-hand", (FormField("centre_id", "Mã", "text", True), FormField("due", "Đến hạn", "whole", True, choices=(("1", "một"),))))
GOOD = Preview(1, 1)


@pytest.fixture
def store(engine: Engine) -> Engine:
    _register(engine, _feed("by-hand", connector="manual"))
    with writing(engine) as connection:
        manual.register_forms(connection, [FORM], AT)
    return engine


def submitted(store: Engine, preview: Preview | None = GOOD, author: str = "Lò Thị Mai") -> int:
    with writing(store) as connection:
        entry_id = manual.submit(connection, FORM, author, AT, rows=[{"Mã": "C1"}])
        if preview is not None:
            manual.note_check(connection, entry_id, preview, AT)
    return entry_id


def state(store: Engine, entry_id: int) -> Any:
    with store.connect() as connection:
        return connection.execute(select(manual_entries).where(manual_entries.c.id == entry_id)).one()


def refused(store: Engine, code: str, do: Any) -> None:
    """`do` is refused with a sentence in both languages, and changes nothing."""
    with store.connect() as connection:
        before = connection.execute(select(manual_entries)).all()
    with pytest.raises(EntryError) as error, writing(store) as connection:
        do(connection)
    assert error.value.code == f"entry_error.{code}"
    for language in ("vi", "en"):
        assert "{" not in Catalogue(STORE_TEXT).text(language, error.value.code, **error.value.args_)
    with store.connect() as connection:
        assert connection.execute(select(manual_entries)).all() == before


def test_a_form_comes_back_as_it_was_declared(store: Engine) -> None:
    with store.connect() as connection:
        assert manual.forms_all(connection) == {"by-hand": FORM}
    _register(store, _feed("other"))
    with store.connect() as connection:
        assert manual.forms_all(connection) == {}, "a feed that is not declared any more takes no entries"


def test_an_entry_goes_from_hand_to_hand(store: Engine) -> None:
    entry_id = submitted(store)
    with writing(store) as connection:
        manual.sign(connection, entry_id, "Vàng A Páo", AT + timedelta(minutes=1))
        (entry,) = manual.to_take(connection, "by-hand")
        run = {"started_at": AT, "finished_at": AT, "state": "ok", "worker": "w", "rows_read": 1}
        run_id = runs.record_run(connection, feed="by-hand", item=entry.item, **run)
        manual.finish(connection, entry, AT, taken=True)
    row = state(store, entry_id)
    assert (row.state, row.author, row.signer, row.run_id) == ("taken", "Lò Thị Mai", "Vàng A Páo", run_id)
    with store.connect() as connection:
        assert manual.to_take(connection, "by-hand") == []
        assert manual.entries_last(connection, "by-hand")["rows_read"].tolist() == [1]


def test_whoever_entered_does_not_sign_however_the_name_is_written(store: Engine) -> None:
    entry_id = submitted(store)
    for name in ("Lò Thị Mai", "  lò thị  MAI ", "Lo\u0300 Thi\u0323 Mai", "Lò Thị\u200b Mai", "Lò Thị Mаi", "Lò Thị Mai\u3164"):
        refused(store, "same_person", lambda connection, name=name: manual.sign(connection, entry_id, name, AT))


def test_one_person_is_enough_where_the_feed_says_so(store: Engine) -> None:
    with writing(store) as connection:
        manual.register_forms(connection, [Form(FORM.feed, FORM.fields, four_eyes=False)], AT)
    entry_id = submitted(store)
    with writing(store) as connection:
        manual.sign(connection, entry_id, "Lò Thị Mai", AT)
    assert state(store, entry_id).state == "signed"


@pytest.mark.parametrize(("preview", "code"), [(None, "unchecked"), (Preview(2, 0), "nothing_good")])
def test_only_what_can_be_taken_is_signed(store: Engine, preview: Preview | None, code: str) -> None:
    entry_id = submitted(store, preview)
    refused(store, code, lambda connection: manual.sign(connection, entry_id, "Vàng A Páo", AT))


def test_a_signed_entry_changes_no_more(store: Engine) -> None:
    entry_id = submitted(store)
    with writing(store) as connection:
        manual.sign(connection, entry_id, "Vàng A Páo", AT)
    refused(store, "moved_on", lambda connection: manual.sign(connection, entry_id, "Người khác", AT))
    refused(store, "moved_on", lambda connection: manual.send_back(connection, entry_id, "Người khác", "sai", AT))


def test_an_entry_is_sent_back_with_a_reason(store: Engine) -> None:
    entry_id = submitted(store)
    refused(store, "no_note", lambda connection: manual.send_back(connection, entry_id, "Vàng A Páo", " ", AT))
    with writing(store) as connection:
        manual.send_back(connection, entry_id, "Vàng A Páo", "thiếu tháng 10", AT)
    assert (state(store, entry_id).state, state(store, entry_id).note) == ("rejected", "thiếu tháng 10")


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({}, "empty"),
        ({"rows": [{}] * 501}, "too_many"),
        ({"file": b"x" * 5_000_001, "file_name": "a.xlsx"}, "too_large"),
        ({"rows": [{"Mã": 1}], "author": ""}, "no_name"),
        ({"rows": [{"Mã": 1}], "author": "1234"}, "no_name"),
        ({"rows": [{"Mã": 1}], "author": "x" * 81}, "no_name"),
    ],
)
def test_what_cannot_be_an_entry_is_refused(store: Engine, given: dict[str, Any], code: str) -> None:
    refused(store, code, lambda connection: manual.submit(connection, FORM, **({"author": "Mai"} | given), at=AT))


def test_an_unknown_entry_is_refused(store: Engine) -> None:
    refused(store, "unknown", lambda connection: manual.sign(connection, 99, "Mai", AT))


def test_hostile_text_is_kept_as_text(store: Engine) -> None:
    with writing(store) as connection:
        entry_id = manual.submit(connection, FORM, "Mai\x00 <b>", AT, rows=[{"Mã": "\x00'; DROP TABLE feeds"}])
    assert "DROP TABLE" in state(store, entry_id).rows[0]["Mã"]


@pytest.mark.parametrize(("author", "signer"), [("Lò Thị Mai", "Vàng A Páo"), ("Mai (thay)", "A ✓ B")])
def test_a_source_names_who_stands_for_it_and_is_told_from_them(author: str, signer: str) -> None:
    signed = manual.signed_source("Sở Y tế (CDC)", author, signer)
    assert signed.startswith("Sở Y tế (CDC) (")
    assert manual.unsigned(signed) == "Sở Y tế (CDC)"
    assert manual.unsigned("Sở Y tế (CDC)") == "Sở Y tế (CDC)"


@pytest.mark.parametrize("name", ["\u200b\u200b\u200b", "\u3164\u3164", "\u2800\u2800\u00ad"])
def test_a_name_that_nobody_can_see_is_none(store: Engine, name: str) -> None:
    refused(store, "no_name", lambda connection: manual.submit(connection, FORM, name, AT, rows=[{"Mã": "C1"}]))
    entry_id = submitted(store)
    refused(store, "no_name", lambda connection: manual.sign(connection, entry_id, name, AT))
    refused(store, "no_name", lambda connection: manual.send_back(connection, entry_id, name, "sai", AT))
