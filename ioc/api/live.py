"""Live values: a stream of Server-Sent Events, and the same state to poll where a proxy breaks streams."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import StreamingResponse

from ioc.api.context import Context
from ioc.api.responses import revalidated


def router(context: Context) -> APIRouter:
    routes = APIRouter(prefix="/api/v1", tags=["live"])

    @routes.get("/live", summary="Server-Sent Events: state, change, beat", response_class=StreamingResponse)
    async def live(
        last_event_id: Annotated[
            str | None, Query(max_length=64, description="id of the last event a page has, where it opens a new stream")
        ] = None,
        header: Annotated[str | None, Header(alias="Last-Event-ID", max_length=64, description="the same, as a browser sends it")] = None,
    ) -> StreamingResponse:
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(context.live.stream(header or last_event_id), media_type="text/event-stream", headers=headers)

    @routes.get("/state", summary="The full live state, with an ETag")
    async def state(request: Request) -> Response:
        return revalidated(request, context.live.full_state(), context.live.etag)

    return routes
