"""What the gaps page gives to take away: the list as CSV and XLSX, and the map as one file. The query is the page's own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request, Response

from ioc import clock
from ioc.api.context import Context
from ioc.api.errors import not_found
from ioc.api.moments import selected
from ioc.entry import read_entry
from ioc.entry_template import template_file
from ioc.gaps import Gaps, UnknownOperatorError, UnknownTechnologyError, read_gaps
from ioc.gaps_file import file_name, gaps_csv, gaps_workbook
from ioc.gaps_filter import filtered
from ioc.security.headers import FILE_HEADERS
from ioc.selection import Selection
from ioc.spreadsheet import CSV_TYPE, XLSX_TYPE
from ioc.summary import UnknownUnitError
from ioc.take_along import map_file
from ioc.text import Words
from ioc.views.entry import title_of

HTML_TYPE = "text/html; charset=utf-8"
HTML: dict[int | str, dict[str, Any]] = {200: {"content": {"text/html": {}}, "description": "The document"}}
NEVER_KEPT = {"Cache-Control": "no-store"}  # the next file may hold newer data
Writer = Callable[[Gaps, Words], bytes]
Download = Annotated[bool, Query(description="As a file to save; otherwise to look at")]


def router(context: Context) -> APIRouter:
    routes = APIRouter(prefix="/export", tags=["exports"])

    @routes.get("/gaps.csv", summary="The gaps of a selection as CSV; the query of /gaps", response_class=Response)
    async def as_csv(request: Request) -> Response:
        return await asyncio.to_thread(_list_file, context, request.url.query, "csv", CSV_TYPE, gaps_csv)

    @routes.get("/gaps.xlsx", summary="The gaps of a selection as XLSX; the query of /gaps", response_class=Response)
    async def as_xlsx(request: Request) -> Response:
        return await asyncio.to_thread(_list_file, context, request.url.query, "xlsx", XLSX_TYPE, gaps_workbook)

    @routes.get(
        "/map.html",
        summary="The map of a selection as one self-contained file; the query of /gaps",
        response_class=Response,
        responses=HTML,
    )
    async def as_map(request: Request, download: Download = False) -> Response:
        return await asyncio.to_thread(_map_file, context, request.url.query, download)

    @routes.get("/entry.xlsx", summary="The sheet to fill in for a feed that people enter; the query of /entry", response_class=Response)
    async def as_template(request: Request) -> Response:
        return await asyncio.to_thread(_template, context, request.url.query)

    return routes


def _template(context: Context, query: str) -> Response:
    selection = Selection.parse(query)
    words, now = Words(selection.language), read_entry(context.snapshots.engine, selection.feed)
    if now.form is None:
        raise not_found("api.form_unknown", feed=selection.feed or "")
    body = template_file(now.form, title_of(now, now.form.feed, words), now.choices, words)
    return _attachment(body, XLSX_TYPE, f"{now.form.feed}.xlsx")


def _list_file(context: Context, query: str, ending: str, media_type: str, write: Writer) -> Response:
    selection = selected(query)
    words = Words(selection.language)
    with _known(selection):
        gaps = filtered(read_gaps(context.snapshots, selection), selection, words)
    return _attachment(write(gaps, words), media_type, file_name(gaps, words("gaps.file"), ending))


def _map_file(context: Context, query: str, download: bool) -> Response:
    selection = selected(query)
    with _known(selection):
        gaps, document = map_file(context.snapshots, selection)
    if download:
        return _attachment(document.encode(), HTML_TYPE, file_name(gaps, Words(selection.language)("export.map_file"), "html"))
    return Response(document, media_type=HTML_TYPE, headers=NEVER_KEPT | FILE_HEADERS)


@contextmanager
def _known(selection: Selection) -> Iterator[None]:
    try:
        yield
    except LookupError as error:
        raise _unknown(error, selection) from error


def _unknown(error: LookupError, selection: Selection) -> HTTPException:
    if isinstance(error, UnknownUnitError):
        return not_found("api.unit_unknown", unit=selection.unit, day=selection.as_of or clock.today())
    if isinstance(error, UnknownTechnologyError):
        return not_found("export.technology_unknown", key=selection.technology)
    if isinstance(error, UnknownOperatorError):
        return not_found("export.operator_unknown", key=selection.operator)
    raise error


def _attachment(body: bytes, media_type: str, name: str) -> Response:
    return Response(body, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"', **NEVER_KEPT})
