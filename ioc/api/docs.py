"""The page that shows the API's description; its script and styles are files of the fastapi-offline package, not of another host."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse

from ioc.security.headers import page_headers, script_hashes

OPENAPI, STATIC, PAGE = "/api/openapi.json", "/api/docs-static", "/api/docs"


def router() -> APIRouter:
    routes = APIRouter(include_in_schema=False)

    @routes.get(PAGE)
    def page() -> HTMLResponse:
        shown = get_swagger_ui_html(
            openapi_url=OPENAPI,
            title="IOC",
            swagger_js_url=f"{STATIC}/swagger-ui-bundle.js",
            swagger_css_url=f"{STATIC}/swagger-ui.css",
            swagger_favicon_url=f"{STATIC}/favicon.png",
        )
        return HTMLResponse(shown.body, headers=page_headers(script_hashes(bytes(shown.body).decode())))

    return routes
