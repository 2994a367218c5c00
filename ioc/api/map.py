"""The map's data: its index, geometry by hash and values by selection."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from ioc.api.context import Context
from ioc.api.errors import not_found
from ioc.api.moments import Day, Known
from ioc.api.responses import packed, revalidated
from ioc.values import map_values

Key = Annotated[str | None, Query(max_length=40, pattern=r"^[\w-]+$", description="key of a technology or an operator")]


def router(context: Context) -> APIRouter:
    routes = APIRouter(prefix="/api/v1", tags=["map"])

    @routes.get("/map", summary="What the map begins with")
    async def index(request: Request, known_at: Known, as_of: Day = None) -> Response:
        def read() -> dict[str, Any]:
            return context.geometries.index(context.snapshots.get(as_of, known_at))

        return revalidated(request, await asyncio.to_thread(read))

    @routes.get("/geometry/{layer}/{digest}.json", summary="GeoJSON of one source, EPSG:4326, kept for ever under its hash")
    async def geometry(layer: str, digest: str) -> Response:
        found = context.geometries.body(layer, digest)
        if found is None:
            raise not_found("api.geometry_unknown", layer=layer, digest=digest)
        return packed(found.body, "application/geo+json")

    @routes.get("/values", summary="Share per unit and status letter per village, for one technology and operator")
    async def values(request: Request, known_at: Known, as_of: Day = None, tech: Key = "4g", op: Key = None) -> Response:
        def read() -> dict[str, Any]:
            return map_values(context.snapshots.get(as_of, known_at), tech or "4g", op)

        return revalidated(request, await asyncio.to_thread(read))

    return routes
