"""Health for a supervisor or a load balancer."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from ioc.api.context import Context
from ioc.health import health


def router(context: Context) -> APIRouter:
    routes = APIRouter(tags=["health"])

    @routes.get("/healthz", summary="Store, worker and feeds; 503 when the store is away")
    async def healthz() -> JSONResponse:
        status, body = await asyncio.to_thread(health, context.snapshots.engine)
        return JSONResponse(body, status_code=status, headers={"Cache-Control": "no-store"})

    return routes
