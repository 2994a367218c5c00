"""Features of one type from a WFS 2.0 service (OGC 09-025r2), page after page: as GeoJSON where it offers that, else as GML."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from functools import partial

from pydantic import Field

from feeds.bounds import Bounds
from feeds.errors import ContentError
from feeds.fetching import Content, Fetched, Layout, Visit
from feeds.paging import Pages
from feeds.web import Answer, Session, WebOptions, ask, shown
from geo.crs import stated_crs
from geo.errors import CRSError

_SERVICE = {"service": "WFS", "version": "2.0.0"}
_JSON_OFFERED = re.compile(r"<(?:\w+:)?Value>\s*([^<]*json[^<]*?)\s*</", re.IGNORECASE)
_EXCEPTION = re.compile(r"<(?:\w+:)?ExceptionText>\s*(.*?)\s*</", re.DOTALL)
_COUNT = {name: re.compile(rf'\b{name}="(\d+)"') for name in ("numberMatched", "numberReturned")}
_HEAD = 4000
"""The counts of a GML answer stand in its first element."""


class Options(WebOptions):
    """url: of the service, without its WFS parameters. type_name: with its prefix. page_size: features a page. crs: asked for, e.g.
    EPSG:9205; "" is degrees. sort_by: an attribute, for services that would order each page anew. output_format: "" asks the service.
    """

    type_name: str = Field(min_length=1)
    bbox: Bounds = Field(default_factory=list)
    page_size: int = Field(default=1000, ge=1)
    max_pages: int = Field(default=1000, ge=1)
    crs: str = ""
    sort_by: str = ""
    output_format: str = ""


def fetch(options: Options, visit: Visit) -> Iterator[Fetched]:
    """All features of the type, or those that lie in the box."""
    yield Fetched(f"{shown(options.url)} {options.type_name}", partial(_read, options, visit))


def _read(options: Options, visit: Visit) -> Content:
    pages = ask(options, visit, partial(_pages, options, visit))
    return Content(pages.rows, Layout("rows"), visit.now, size=pages.size)


async def _pages(options: Options, visit: Visit, session: Session) -> Pages:
    asked = {**_SERVICE, "request": "GetFeature", "typeNames": options.type_name, "count": str(options.page_size), **_where(options)}
    asked |= {"sortBy": options.sort_by} if options.sort_by else {}
    form = await _output_format(options, visit, session)
    asked |= {"outputFormat": form} if form else {}
    pages, matched, count = Pages(), None, 1
    while count and (matched is None or len(pages.rows) < matched):
        if pages.numbers == options.max_pages:
            raise ContentError("run.too_many_pages", limit=options.max_pages, url=shown(options.url))
        answer = await session.get(options.url, {**asked, "startIndex": str(len(pages.rows))})
        _refuse_exception(answer)
        if _counted(answer, "numberReturned") == 0:
            break
        count = pages.add(answer, _layout(answer, options))
        matched = _counted(answer, "numberMatched")
    pages.check_complete(matched or 0)
    return pages


def _where(options: Options) -> dict[str, str]:
    """Coordinate system and box; in the box, latitude stands first, as the name of its system demands."""
    try:
        authority = stated_crs(options.crs or "EPSG:4326").to_authority() or ("EPSG", "4326")
    except CRSError as error:
        raise ContentError("run.crs_unknown", crs=options.crs) from error
    asked = {"srsName": f"urn:ogc:def:crs:{authority[0]}::{authority[1]}"}
    if options.bbox:
        west, south, east, north = options.bbox
        asked["bbox"] = f"{south},{west},{north},{east},urn:ogc:def:crs:EPSG::4326"
    return asked


async def _output_format(options: Options, visit: Visit, session: Session) -> str:
    """GeoJSON by the service's own name for it, "" when it only has GML. Asked once."""
    if options.output_format:
        return options.output_format
    if "wfs_format" not in visit.memory:
        answer = await session.get(options.url, {**_SERVICE, "request": "GetCapabilities"})
        _refuse_exception(answer)
        offered = _JSON_OFFERED.findall(answer.data.decode("utf-8", "replace"))
        visit.memory["wfs_format"] = html.unescape(offered[0]) if offered else ""
    return str(visit.memory["wfs_format"])


def _is_xml(answer: Answer) -> bool:
    return answer.data.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] == b"<"


def _layout(answer: Answer, options: Options) -> Layout:
    return Layout("geo", crs=options.crs, suffix=".gml") if _is_xml(answer) else Layout("geojson", crs=options.crs)


def _refuse_exception(answer: Answer) -> None:
    """Raises ContentError with what the service says: it often says so with status 200."""
    if _is_xml(answer) and b"ExceptionReport" in answer.data[:_HEAD]:
        said = _EXCEPTION.search(answer.data[: 10 * _HEAD].decode("utf-8", "replace"))
        detail = html.unescape(said[1])[:200] if said else ""
        raise ContentError("run.ogc_exception", url=shown(answer.url), detail=detail)


def _counted(answer: Answer, name: str) -> int | None:
    """A count that the answer gives about itself, None where it does not ("unknown")."""
    if _is_xml(answer):
        said = _COUNT[name].search(answer.data[:_HEAD].decode("utf-8", "replace"))
        return int(said[1]) if said else None
    try:
        value = json.loads(answer.data)
    except ValueError:
        return None  # said by `Pages.add`, with line and column
    count = value.get(name) if isinstance(value, dict) else None
    return count if isinstance(count, int) else None
