"""Answers that come in pages, read to the end: what is missing from a list must not look like silence.

A source that leads in a circle, or on and on, is read no further than that, and the run says so.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urljoin, urlsplit

import httpx
from pydantic import BaseModel, Field

from feeds.errors import ContentError, FetchError
from feeds.fetching import Layout
from feeds.parsing.process import apart
from feeds.tables import Note, Row, Table, read_table
from feeds.web import Answer, Session, refuse_page, shown

Query = tuple[tuple[str, str], ...]
Question = tuple[str, Query]
"""Address and what is added to its query."""


class Paging(BaseModel):
    """by: body (next: dotted path of the next address, or, with a parameter, of its cursor), link (the Link header), page or offset
    (a number in the query). total: dotted path of the number of rows there are, checked at the end. first: of the page numbers.
    """

    by: Literal["body", "link", "page", "offset"]
    next: str = "next"
    parameter: str = ""
    size_parameter: str = "limit"
    size: int = Field(default=0, ge=0)
    first: int = Field(default=1, ge=0)
    total: str = ""
    max_pages: int = Field(default=1000, ge=1)


@dataclass
class Pages:
    """What has been read so far. size: bytes of all pages. stopped: why it was read no further, where the source did not end it."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    numbers: int = 0
    size: int = 0
    first: Answer | None = None
    stopped: Note | None = None
    _seen: set[int] = field(default_factory=set)

    def add(self, answer: Answer, layout: Layout) -> int:
        """Take one page; how many rows it had. Raises ContentError for a page that came before."""
        table = _page(answer, layout, first=self.first is None)
        rows = [row.values for row in table.rows]
        known = hash(repr(rows))  # the bytes of the same page may differ, by the time of the answer
        if rows and known in self._seen:
            raise ContentError("run.page_repeats", page=self.numbers + 1, url=shown(answer.url))
        self._seen.add(known)
        self.first = self.first or answer
        self.numbers += 1
        self.size += len(answer.data)
        self.rows += rows
        return len(rows)

    def check_complete(self, total: int) -> None:
        """Raises ContentError when fewer rows came than the source said there are."""
        if len(self.rows) < total and self.first is not None:
            raise ContentError("run.pages_incomplete", found=len(self.rows), total=total, url=shown(self.first.url))


def stopped(pages: Pages) -> dict[str, Any]:
    """What content of pages that were not read to a known end has to say besides."""
    return {} if pages.stopped is None else {"notes": (pages.stopped,), "whole": False}


async def read_pages(session: Session, url: str, paging: Paging, layout: Layout, headers: Mapping[str, str]) -> Pages:
    """Every page, first to last; those before one that repeats or that was asked for already, and `max_pages` at most (`Pages.stopped`).

    url: may hold "{page}" or "{offset}", where the number stands in the path. Raises ContentError for fewer rows than promised and for
    another host.
    """
    pages, asked = Pages(), set[Question]()
    question: Question | None = _start(url, paging)
    while question is not None:
        if pages.numbers == paging.max_pages:
            pages.stopped = Note("note.pages_stopped_at", paging.max_pages, {"url": shown(url)})
            break
        if question in asked:
            pages.stopped = _circle(pages, url)
            break
        asked.add(question)
        try:
            answer = await session.get(question[0], dict(question[1]), headers)
        except FetchError as error:
            # Many services answer "not found" to the page after the last.
            if paging.by in ("page", "offset") and pages.numbers and error.values.get("status") == 404:
                break
            raise
        try:
            count = pages.add(answer, layout)
        except ContentError as error:
            if error.code != "run.page_repeats":
                raise
            pages.stopped = _circle(pages, url)
            break
        question = _following(answer, url, paging, pages, count)
    _check_total(pages, paging)
    return pages


def _circle(pages: Pages, url: str) -> Note:
    return Note("note.pages_repeat", pages.numbers, {"url": shown(url)})


def _page(answer: Answer, layout: Layout, *, first: bool) -> Table:
    refuse_page(answer)
    try:
        return apart(read_table, answer.data, layout)
    except ContentError as error:
        if error.code == "run.empty" and not first:
            return Table((), list[Row]())
        raise


def _start(url: str, paging: Paging) -> Question:
    size = ((paging.size_parameter, str(paging.size)),) if paging.size else ()
    if paging.by in ("page", "offset"):
        return _numbered(url, url, paging, paging.first if paging.by == "page" else 0, size)
    return url, size


def _numbered(template: str, asked: str, paging: Paging, number: int, more: Query = ()) -> Question:
    """The page of a number: in the path where the address has a place for it, else in the query beside what was asked with."""
    place = "{" + paging.by + "}"
    if place in template:
        return template.replace(place, str(number)), more
    return asked, ((paging.parameter or paging.by, str(number)), *more)


def _following(answer: Answer, template: str, paging: Paging, pages: Pages, count: int) -> Question | None:
    if paging.by == "link":
        return _elsewhere(answer, _link(answer))
    if paging.by == "body":
        return _in_body(answer, paging)
    # A service may give fewer rows than asked for and have more: only an empty page is the end.
    if not count or (paging.total and len(pages.rows) >= total_of(answer.data, paging.total)):
        return None
    number = paging.first + pages.numbers if paging.by == "page" else len(pages.rows)
    size = ((paging.size_parameter, str(paging.size)),) if paging.size else ()
    in_path = "{" + paging.by + "}" in template
    return _numbered(template, answer.url, paging, number, size if in_path else ())


def _in_body(answer: Answer, paging: Paging) -> Question | None:
    value = at_path(_json(answer.data), paging.next)
    if value is None or value == "" or value is False:
        return None
    if not isinstance(value, str | int):
        raise ContentError("run.page_next", path=paging.next, url=shown(answer.url))
    if paging.parameter:
        return answer.url, ((paging.parameter, str(value)),)
    return _elsewhere(answer, str(value))


def _link(answer: Answer) -> str | None:
    links = httpx.Response(200, headers={"Link": answer.headers.get("link", "")}).links
    return links.get("next", {}).get("url")


def _elsewhere(answer: Answer, target: str | None) -> Question | None:
    """The next address. Another host is refused: keys and logins would go there."""
    if not target:
        return None
    url = urljoin(answer.url, target)
    here, there = urlsplit(answer.url), urlsplit(url)
    if (here.scheme, here.hostname, here.port) != (there.scheme, there.hostname, there.port):
        raise ContentError("run.page_elsewhere", url=shown(answer.url), location=shown(url))
    return url, ()


def _check_total(pages: Pages, paging: Paging) -> None:
    if paging.total and pages.first is not None:
        pages.check_complete(total_of(pages.first.data, paging.total))


def total_of(data: bytes, path: str) -> int:
    """The number at `path`. Raises ContentError when there is none."""
    value = at_path(_json(data), path)
    if isinstance(value, bool) or not isinstance(value, int):
        raise ContentError("run.records_missing", path=path, found=json.dumps(value, ensure_ascii=False)[:40])
    return value


def at_path(value: Any, path: str) -> Any:
    """What stands at a dotted path, None where there is nothing."""
    for step in filter(None, path.split(".")):
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _json(data: bytes) -> Any:
    return json.loads(data) if data.strip() else None
