"""Entering figures by hand, as the store knows it: the forms, what a field may say, the newest entries, and the steps people take.

A step is one transaction; each raises EntryError with what is wrong, in words of the catalogue.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import Engine

from ioc import clock
from store import conditions, manual
from store.manual import EntryError, Form
from store.transactions import reading, writing

SHOWN = 20
Choices = Mapping[str, tuple[tuple[str, str], ...]]


@dataclass(frozen=True)
class EntryNow:
    """forms: by feed; titles: feed → (vi, en); form: the chosen one, None when there is none or the feed asked for takes no entries.

    choices: of the chosen form's fields that name places. entries: columns of store.manual.entries_last. refused: rows that the shown
    entries' runs set aside, columns of store.conditions.quarantined. version: rises with every step of any entry.
    """

    at: datetime
    forms: Mapping[str, Form]
    titles: Mapping[str, tuple[str, str]]
    form: Form | None
    version: int
    choices: Choices = field(default_factory=dict)
    entries: pd.DataFrame = field(default_factory=pd.DataFrame)
    refused: pd.DataFrame = field(default_factory=pd.DataFrame)


def read_entry(engine: Engine, feed: str | None) -> EntryNow:
    """The form of a feed, of the first one when none is named. Raises StoreError."""
    with reading(engine) as connection:
        version = conditions.layer_versions(connection).get(manual.LAYER, 0)
        forms = manual.forms_all(connection)
        titles = {str(row["key"]): (row["title_vi"], row["title_en"]) for _, row in conditions.feeds_all(connection).iterrows()}
        form = forms.get(feed) if feed else next(iter(forms.values()), None)
        if form is None:
            return EntryNow(clock.now(), forms, titles, None, version)
        choices = {one.name: manual.place_choices(connection, one.name, clock.today()) for one in form.fields}
        entries, refused = manual.entries_last(connection, form.feed, SHOWN), conditions.quarantined(connection, form.feed, 200)
        return EntryNow(clock.now(), forms, titles, form, version, choices, entries, refused)


def submit(
    engine: Engine, feed: str, author: str, *, rows: Sequence[Mapping[str, Any]] = (), file_name: str = "", file: bytes = b""
) -> int:
    """Keep a new entry; its number."""
    with writing(engine) as connection:
        form = manual.forms_all(connection).get(feed)
        if form is None:
            raise EntryError("no_form", feed=feed)
        return manual.submit(connection, form, author, clock.now(), rows=rows, file_name=file_name, file=file)


def sign(engine: Engine, entry_id: int, signer: str) -> None:
    with writing(engine) as connection:
        manual.sign(connection, entry_id, signer, clock.now())


def send_back(engine: Engine, entry_id: int, signer: str, note: str) -> None:
    with writing(engine) as connection:
        manual.send_back(connection, entry_id, signer, note, clock.now())


def typed_rows(form: Form, cells: Sequence[tuple[int, str, Any]]) -> list[dict[str, Any]]:
    """What was typed as rows under all headers of the form, without empty rows. cells: row, field and value of each."""
    headers = {one.name: one.header for one in form.fields}
    empty = dict.fromkeys(headers.values())
    rows: dict[int, dict[str, Any]] = {}
    for row, name, value in cells:
        filled = value is not None and str(value).strip() != ""
        if filled and name in headers:
            rows.setdefault(row, dict(empty))[headers[name]] = value.strip() if isinstance(value, str) else value
    return [rows[row] for row in sorted(rows)]
