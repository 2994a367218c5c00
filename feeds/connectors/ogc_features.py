"""A collection of an OGC API Features service, page after page (OGC 17-069r4; other coordinate systems: 18-058r1)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

from pydantic import Field
from pyproj import CRS

from feeds.bounds import Bounds
from feeds.errors import ContentError
from feeds.fetching import Content, Fetched, Layout, Visit
from feeds.paging import Pages
from feeds.web import Answer, Session, WebOptions, ask, shown
from geo.crs import stated_crs
from geo.errors import CRSError

DEGREES = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"


class Options(WebOptions):
    """url: of the service, above /collections. bbox: west, south, east, north. limit: features a page. crs: asked for, not degrees."""

    collection: str = Field(min_length=1)
    bbox: Bounds = Field(default_factory=list)
    limit: int = Field(default=1000, ge=1)
    max_pages: int = Field(default=1000, ge=1)
    crs: str = ""

    @property
    def items(self) -> str:
        return f"{self.url.rstrip('/')}/collections/{quote(self.collection, safe='')}/items"


def fetch(options: Options, visit: Visit) -> Iterator[Fetched]:
    """The whole collection, or what of it lies in the box."""
    yield Fetched(shown(options.items), partial(_read, options, visit))


def _read(options: Options, visit: Visit) -> Content:
    crs = _asked_crs(options)
    pages = ask(options, visit, partial(_pages, options, crs))
    return Content(pages.rows, Layout("rows"), visit.now, size=pages.size)


def _asked_crs(options: Options) -> CRS | None:
    if not options.crs:
        return None
    try:
        return stated_crs(options.crs)
    except CRSError as error:
        raise ContentError("run.crs_unknown", crs=options.crs) from error


async def _pages(options: Options, crs: CRS | None, session: Session) -> Pages:
    pages, layout = Pages(), _layout(options, crs)
    query: dict[str, str] | None = _first_query(options, crs)
    while query is not None:
        if pages.numbers == options.max_pages:
            raise ContentError("run.too_many_pages", limit=options.max_pages, url=shown(options.items))
        answer = await session.get(options.items, query, {"Accept": "application/geo+json"})
        _check_crs(answer, crs, options)
        pages.add(answer, layout)
        query = _next_query(answer)
    matched = json.loads(pages.first.data).get("numberMatched") if pages.first is not None else None
    pages.check_complete(matched if isinstance(matched, int) else 0)
    return pages


def _layout(options: Options, crs: CRS | None) -> Layout:
    north_first = crs is not None and crs.axis_info[0].direction.lower() == "north"
    return Layout("geojson", crs=options.crs, north_first=north_first)


def _first_query(options: Options, crs: CRS | None) -> dict[str, str]:
    query = {"f": "json", "limit": str(options.limit)}
    if options.bbox:
        query["bbox"] = ",".join(map(str, options.bbox))
    if crs is not None:
        query["crs"] = _uri(crs)
    return query


def _uri(crs: CRS) -> str:
    authority = crs.to_authority()
    if authority is None:
        raise ContentError("run.crs_unknown", crs=crs.name)
    return f"http://www.opengis.net/def/crs/{authority[0]}/0/{authority[1]}"


def _check_crs(answer: Answer, crs: CRS | None, options: Options) -> None:
    """A service that ignores what was asked for would put everything elsewhere."""
    if crs is None:
        return
    said = answer.headers.get("content-crs", "").strip("<> ")
    if said != _uri(crs):
        raise ContentError("run.ogc_other_crs", url=shown(options.items), crs=options.crs, found=said or DEGREES)


def _next_query(answer: Answer) -> dict[str, str] | None:
    """What the next page is asked with. Only the query is taken over: a service behind a proxy often does not know its own address."""
    value: Any = json.loads(answer.data)
    links = value.get("links") if isinstance(value, dict) else None
    for link in links if isinstance(links, list) else []:
        if isinstance(link, dict) and link.get("rel") == "next" and isinstance(link.get("href"), str):
            return dict(parse_qsl(urlsplit(link["href"]).query, keep_blank_values=True))
    return None
