"""Posts to Dash's callbacks: what is no such post is answered with 400 and noted; Dash would answer 500 and write nothing."""

from __future__ import annotations

import logging
from typing import Any

import orjson
from dash import Dash
from dash.exceptions import DashException, PreventUpdate
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ioc.api.errors import logged, unforeseen
from ioc.security.bodies import CALLBACKS
from ioc.security.refusals import Refusals

SUITES = "/_dash-component-suites/"
MAX_ID_NUMBER = 2**31
MISFITS = (TypeError, ValueError, LookupError, AttributeError, ArithmeticError, AssertionError, DashException)
TYPES: dict[str, type | tuple[type, ...]] = {
    "n_clicks": int, "search": str, "pathname": str, "href": str, "contents": str, "filename": str, "value": (str, int, float, list),
}  # fmt: skip
log = logging.getLogger(__name__)


class PostsMiddleware:
    """Lets a post through that has the shape of a callback of this application. Around Dash's own middleware, after the body was read."""

    def __init__(self, app: ASGIApp, dash: Dash, refusals: Refusals) -> None:
        self._app, self._dash, self._refusals = app, dash, refusals

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != CALLBACKS or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        first = await receive()
        misfit = self._misfit(Headers(scope=scope).get("content-type", ""), first.get("body", b""))
        if misfit:
            await self._refusals.answer(scope, "post", 400, about=misfit)(scope, receive, send)
            return
        await self._app(scope, _after(first, receive), send)

    def _misfit(self, content_type: str, body: bytes) -> str:
        """What is wrong with a post, for the log; "" when nothing is."""
        if content_type.partition(";")[0].strip().lower() != "application/json":
            return f"content type {content_type[:60]!r}"
        try:
            post = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            return f"no JSON: {error}"
        if not isinstance(post, dict) or str(post.get("output")) not in self._dash.callback_map:
            return "no callback of this application"
        changed = post.get("changedPropIds", [])
        if not isinstance(changed, list) or not all(isinstance(one, str) for one in changed):
            return "changedPropIds"
        return next((key for key in ("inputs", "state") if not _are_values(post.get(key, []))), "")


class DashErrorsMiddleware:
    """Answers for exceptions on Dash's addresses, inside Dash's own middleware, which would hide them."""

    def __init__(self, app: ASGIApp, refusals: Refusals) -> None:
        self._app, self._refusals = app, refusals

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith("/_dash-"):
            await self._app(scope, receive, send)
            return
        try:
            await self._app(scope, receive, send)
        except PreventUpdate:
            raise
        except Exception as error:  # noqa: BLE001 - whoever asked reads a sentence with a reference number
            await self._answer(scope, receive, send, error)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, error: Exception) -> None:
        if scope["path"].startswith(SUITES):
            answer = self._refusals.answer(scope, "file", 404)
        elif isinstance(error, MISFITS):
            answer = self._refusals.answer(scope, "post", 400, about=f"reference {logged(error)}")
        else:
            answer = unforeseen(error)
        await answer(scope, receive, send)


def _are_values(values: Any) -> bool:
    """Properties of components, or lists of them where a callback asks for several."""
    if not isinstance(values, list):
        return False
    flat = [one for value in values for one in (value if isinstance(value, list) else [value])]
    return all(isinstance(one, dict) and _is_value(one) for one in flat)


def _is_value(one: dict[str, Any]) -> bool:
    value, wanted = one.get("value"), TYPES.get(str(one.get("property")), object)
    fits = value is None or (isinstance(value, wanted) and not (wanted is int and isinstance(value, bool)))
    return fits and isinstance(one.get("property"), str) and _is_id(one.get("id"))


def _is_id(id_: Any) -> bool:
    if isinstance(id_, dict):
        return all(isinstance(part, str) or (isinstance(part, int) and abs(part) < MAX_ID_NUMBER) for part in id_.values())
    return isinstance(id_, str)


def _after(first: Message, receive: Receive) -> Receive:
    waiting = [first]

    async def replayed() -> Message:
        return waiting.pop() if waiting else await receive()

    return replayed
