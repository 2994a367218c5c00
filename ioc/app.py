"""The dashboard as one application: Dash pages, the HTTP API and the live stream on one FastAPI server."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from importlib.metadata import version

from dash import Dash
from fastapi import APIRouter, FastAPI
from fastapi_offline import FastAPIOffline
from sqlalchemy import Engine
from starlette.middleware.gzip import GZipMiddleware

from ioc import bundle, navigation, vendor
from ioc.api import docs, errors, exports, health, live, metrics, series, summary
from ioc.api import map as map_api
from ioc.api.context import Context
from ioc.document import Site
from ioc.page import UNKNOWN, page_key
from ioc.page_url import PageUrlMiddleware, current
from ioc.pages import register_pages
from ioc.security.install import install
from ioc.security.posts import DashErrorsMiddleware
from ioc.security.refusals import Refusals
from ioc.settings import Settings
from ioc.snapshots import Snapshots

ROUTERS = (map_api, summary, series, live, health, metrics, exports)


def create_app(engine: Engine, settings: Settings) -> Dash:
    """The Dash application of one store; its ASGI server is `.server`. Nothing is read from the store before the first request."""
    snapshots = Snapshots(engine)
    build = build_id()
    context = Context.of(snapshots, build)
    refusals = Refusals(context.metrics.registry)
    server = _server(context, refusals)
    app = Site(
        "ioc",
        server=server,  # type: ignore[arg-type]
        include_assets_files=False,
        title="IOC",
        update_title="",
        suppress_callback_exceptions=True,
        external_stylesheets=[bundle.url("css")],
        external_scripts=[{"src": vendor.url("maplibre-gl.js"), "async": "async"}, bundle.url("js")],
        serve_locally=True,
    )
    app.layout = lambda: navigation.first_layout(context, current().path, current().query)
    navigation.register(app, context)
    register_pages(app, context)
    app._setup_server()  # type: ignore[no-untyped-call]  # callbacks are known before the first page asks: open pages meet a restarted server that knows them
    install(server, app, settings, refusals, app.script_hashes())
    return app


def build_id() -> str:
    """Changes when the product or what its pages load changes, so that a wall knows when to load again."""
    parts = (version("ioc"), bundle.digest("css"), bundle.digest("js"), vendor.digest())
    return hashlib.sha256(" ".join(parts).encode()).hexdigest()[:12]


def _server(context: Context, refusals: Refusals) -> FastAPI:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        following = asyncio.create_task(context.live.run())
        yield
        following.cancel()
        with suppress(asyncio.CancelledError):
            await following

    app = FastAPIOffline(
        docs_url=None,
        redoc_url=None,
        openapi_url=docs.OPENAPI,
        static_url=docs.STATIC,
        title="IOC",
        version=version("ioc"),
        description="Figures, map data and live state of a province's intelligent operations centre.",
        lifespan=lifespan,
    )
    app.state.live = context.live
    app.add_middleware(DashErrorsMiddleware, refusals=refusals)
    app.add_middleware(PageUrlMiddleware, is_page=lambda path: page_key(path) != UNKNOWN)
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=5)
    app.add_middleware(metrics.TimingMiddleware, metrics=context.metrics)
    errors.install(app)
    for module in ROUTERS:
        app.include_router(module.router(context), responses=errors.RESPONSES)
    app.include_router(docs.router())
    app.include_router(vendor.router())
    app.include_router(bundle.router())
    app.include_router(_unknown())
    return app


def _unknown() -> APIRouter:
    """An unknown API path is a 404, not the page that Dash gives to every other path."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/api/{path:path}")
    async def unknown(path: str) -> None:
        raise errors.not_found("api.path_unknown", path=path)

    return routes
