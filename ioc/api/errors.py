"""Errors of the API: JSON with a code and a sentence in both languages, never a traceback."""

from __future__ import annotations

import logging
import secrets
from datetime import datetime
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from sqlalchemy.exc import SQLAlchemyError

from ioc import clock
from ioc.security.headers import page_headers
from ioc.snapshots import NothingKnownError
from ioc.text import TEXT
from store.errors import StoreError

log = logging.getLogger(__name__)


def detail(code: str, **values: object) -> dict[str, object]:
    """A code with its sentence in both languages."""
    return {"code": code, "message": TEXT.text("vi", code, **values), "message_en": TEXT.text("en", code, **values)}


def known_values(at: datetime) -> dict[str, object]:
    """A moment as sentences about what was known name it."""
    return {"time": f"{clock.local(at):%H:%M}", "day": f"{clock.local(at):%d/%m/%Y}"}


def not_found(code: str, **values: object) -> HTTPException:
    return HTTPException(404, detail=detail(code, **values))


def logged(error: Exception) -> str:
    """A reference number for an error that is now in the log under the same number; with its trace when nobody foresaw it."""
    reference = secrets.token_hex(4)
    unforeseen = error_code(error)[0] == "error.unforeseen"
    log.log(
        logging.ERROR if unforeseen else logging.WARNING,
        "reference %s: %s: %s",
        reference,
        type(error).__name__,
        str(error).splitlines()[0] if str(error) else "",
        exc_info=error if unforeseen else None,
    )
    return reference


def error_code(error: Exception) -> tuple[str, dict[str, object]]:
    """Catalogue code and values for any error."""
    if isinstance(error, StoreError):
        return error.code, error.args_
    if isinstance(error, SQLAlchemyError):
        return "store.away", {}
    return "error.unforeseen", {}


def unforeseen(error: Exception) -> JSONResponse:
    """The answer for any error that nobody caught, with the reference number under which the log tells more.

    It brings its headers along: the server gives it outside of everything that adds them.
    """
    reference = logged(error)
    code, values = error_code(error)
    status = 500 if code == "error.unforeseen" else 503
    body = {"detail": detail(code, **values, reference=reference) | {"reference": reference}}
    return JSONResponse(body, status_code=status, headers=page_headers())


class ErrorDetail(BaseModel):
    code: str = Field(description="key of the sentence, the same in every language")
    message: str = Field(description="what is wrong and what to do, in Vietnamese")
    message_en: str = Field(description="the same in English")
    reference: str | None = Field(None, description="number under which the log tells more")


class ErrorOut(BaseModel):
    """Every error of the API."""

    detail: ErrorDetail


RESPONSES: dict[int | str, dict[str, Any]] = {
    404: {"model": ErrorOut, "description": "What was asked for is not known, or nothing was known at that moment"},
    422: {"model": ErrorOut, "description": "A parameter that cannot be read, or a day or moment that is not in the past"},
    503: {"model": ErrorOut, "description": "The store is away, or the server is busy"},
}


def _misread(error: RequestValidationError) -> dict[str, object]:
    """The first parameter that cannot be read, and what was given."""
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"][1:])
    return detail("api.parameter", name=name or "?", value=str(first.get("input", ""))[:80])


def install(app: FastAPI) -> None:
    """Answer for a store that is away, and for anything unforeseen, with a reference number that is also in the log."""

    @app.exception_handler(NothingKnownError)
    async def nothing_known(_request: Request, error: NothingKnownError) -> JSONResponse:
        return JSONResponse({"detail": detail("known.nothing", **known_values(error.known_at))}, status_code=404)

    @app.exception_handler(RequestValidationError)
    async def misread(_request: Request, error: RequestValidationError) -> JSONResponse:
        return JSONResponse({"detail": _misread(error)}, status_code=422)

    @app.exception_handler(StoreError)
    @app.exception_handler(SQLAlchemyError)
    @app.exception_handler(Exception)
    async def answer(_request: Request, error: Exception) -> JSONResponse:
        return unforeseen(error)
