"""The parts of this folder around a Dash application."""

from __future__ import annotations

from dash import Dash
from fastapi import FastAPI

from ioc.security.bodies import BodiesMiddleware
from ioc.security.concurrency import ConcurrencyMiddleware
from ioc.security.headers import HeadersMiddleware
from ioc.security.hosts import AllowedHosts, HostsMiddleware
from ioc.security.origins import OriginsMiddleware
from ioc.security.posts import PostsMiddleware
from ioc.security.refusals import Refusals
from ioc.security.row_readers import RowReaders, RowReadersMiddleware
from ioc.settings import Settings


def install(server: FastAPI, dash: Dash, settings: Settings, refusals: Refusals, hashes: list[str]) -> None:
    """hashes: of the scripts inside the document. Added last is outermost."""
    hosts = AllowedHosts(settings.allowed_hosts, settings.host)
    server.add_middleware(RowReadersMiddleware, readers=RowReaders(settings.row_readers))
    server.add_middleware(PostsMiddleware, dash=dash, refusals=refusals)
    server.add_middleware(BodiesMiddleware, max_bytes=settings.max_upload_mb * 1_000_000, refusals=refusals)
    server.add_middleware(OriginsMiddleware, hosts=hosts, refusals=refusals)
    server.add_middleware(HostsMiddleware, hosts=hosts, refusals=refusals)
    server.add_middleware(ConcurrencyMiddleware, requests=settings.max_requests, streams=settings.max_streams, refusals=refusals)
    server.add_middleware(HeadersMiddleware, hashes=hashes)
