"""A service that answers over HTTP with JSON, CSV, a spreadsheet or GeoJSON, at once or in pages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Literal

import httpx
from pydantic import Field, field_validator

from feeds.fetching import Content, Fetched, Layout, Sheets, Visit, known_encoding
from feeds.paging import Paging, read_pages, stopped
from feeds.web import Session, WebOptions, ask, refuse_page, shown


class Options(WebOptions):
    """records: dotted path to the list in a JSON answer; encoding: of a CSV that is not UTF-8; crs: of GeoJSON that is not in degrees."""

    format: Literal["json", "csv", "xlsx", "geojson"] = "json"
    records: str = ""
    header_row: int = Field(default=0, ge=0)
    sheet: str = ""
    sheets: Sheets = ()
    encoding: str = ""
    crs: str = ""
    paging: Paging | None = None

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, name: str) -> str:
        return known_encoding(name)

    @property
    def layout(self) -> Layout:
        return Layout(self.format, self.records, self.header_row, self.sheet, self.encoding, crs=self.crs, sheets=self.sheets)


def fetch(options: Options, visit: Visit) -> Iterator[Fetched]:
    """The one answer there is."""
    yield Fetched(shown(options.url), partial(_read, options, visit), partial(_settle, visit))


def _settle(visit: Visit, taken: bool) -> None:
    """Ask "changed since?" only about an answer that was taken."""
    validators = visit.memory.pop("offered", None)
    if taken and validators is not None:
        visit.memory["validators"] = validators


def _read(options: Options, visit: Visit) -> Content:
    return ask(options, visit, partial(_paged if options.paging else _whole, options, visit))


async def _whole(options: Options, visit: Visit, session: Session) -> Content:
    answer = await session.get(options.url, headers=visit.memory.get("validators"))
    if answer.status == 304:
        return Content(b"", options.layout, visit.now, unchanged=True)
    if options.format != "xlsx":
        refuse_page(answer)
    visit.memory["offered"] = _validators(answer.headers)
    return Content(answer.data, options.layout, _said_at(answer.headers, visit.now))


async def _paged(options: Options, visit: Visit, session: Session) -> Content:
    assert options.paging is not None
    pages = await read_pages(session, options.url, options.paging, options.layout, {})
    said_at = visit.now if pages.first is None else _said_at(pages.first.headers, visit.now)
    return Content(pages.rows, Layout("rows"), said_at, size=pages.size, **stopped(pages))


def _validators(headers: httpx.Headers) -> dict[str, str]:
    asked = {"If-None-Match": headers.get("etag"), "If-Modified-Since": headers.get("last-modified")}
    return {name: value for name, value in asked.items() if value}


def _said_at(headers: httpx.Headers, now: datetime) -> datetime:
    try:
        said_at = parsedate_to_datetime(headers["last-modified"])
    except (KeyError, ValueError):
        return now
    return min(said_at, now) if said_at.tzinfo else now
