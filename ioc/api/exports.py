"""What the gaps page gives to take away: the list as CSV and XLSX. The query is the page's own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from fastapi import APIRouter, HTTPException, Request, Response

from ioc import clock
from ioc.api.context import Context
from ioc.api.errors import not_found
from ioc.gaps import Gaps, UnknownOperatorError, UnknownTechnologyError, read_gaps
from ioc.gaps_file import file_name, gaps_csv, gaps_workbook
from ioc.selection import Selection
from ioc.spreadsheet import CSV_TYPE, XLSX_TYPE
from ioc.summary import UnknownUnitError
from ioc.text import Words

Writer = Callable[[Gaps, Words], bytes]


def router(context: Context) -> APIRouter:
    routes = APIRouter(prefix="/export", tags=["exports"])

    @routes.get("/gaps.csv", summary="The gaps of a selection as CSV; the query of /gaps", response_class=Response)
    async def as_csv(request: Request) -> Response:
        return await asyncio.to_thread(_list_file, context, request.url.query, "csv", CSV_TYPE, gaps_csv)

    @routes.get("/gaps.xlsx", summary="The gaps of a selection as XLSX; the query of /gaps", response_class=Response)
    async def as_xlsx(request: Request) -> Response:
        return await asyncio.to_thread(_list_file, context, request.url.query, "xlsx", XLSX_TYPE, gaps_workbook)

    return routes


def _list_file(context: Context, query: str, ending: str, media_type: str, write: Writer) -> Response:
    selection = Selection.parse(query)
    words = Words(selection.language)
    try:
        gaps = read_gaps(context.snapshots, selection)
    except LookupError as error:
        raise _unknown(error, selection) from error
    return attachment(write(gaps, words), media_type, file_name(gaps, words, ending))


def _unknown(error: LookupError, selection: Selection) -> HTTPException:
    if isinstance(error, UnknownUnitError):
        return not_found("api.unit_unknown", unit=selection.unit, day=selection.as_of or clock.today())
    if isinstance(error, UnknownTechnologyError):
        return not_found("export.technology_unknown", key=selection.technology)
    if isinstance(error, UnknownOperatorError):
        return not_found("export.operator_unknown", key=selection.operator)
    raise error


def attachment(body: bytes, media_type: str, name: str) -> Response:
    """A file to save, never kept by a browser or a proxy: the next one may hold newer data."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(body, media_type=media_type, headers=headers)
