"""The two times that every read of the API can be asked for: `as_of`, what was true, and `known_at`, what was known."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated

from fastapi import Depends, HTTPException, Query
from pydantic import AfterValidator

from ioc import clock
from ioc.api.errors import detail
from ioc.selection import Selection


def _past_day(as_of: date | None) -> date | None:
    """Raises HTTPException for a day to come, or from before 1900."""
    if as_of is not None and not clock.is_past_day(as_of):
        raise HTTPException(422, detail=detail("as_of.refused", text=as_of.isoformat()))
    return as_of


Day = Annotated[
    date | None,
    AfterValidator(_past_day),
    Query(description="Structure and statuses at the end of this day (Viet Nam time), today at the latest; now when left out"),
]
KnownAt = Annotated[
    datetime | None,
    Query(description="As far as was known at this moment (Viet Nam time without an offset); all that is known now when left out"),
]


def _known(known_at: KnownAt = None) -> datetime | None:
    """In UTC. Raises HTTPException for a moment to come, or from before 1900."""
    if known_at is None:
        return None
    if not clock.is_past(known_at):
        raise HTTPException(422, detail=detail("known.refused", text=known_at.isoformat()))
    at = known_at.replace(tzinfo=clock.ZONE) if known_at.tzinfo is None else known_at
    return at.astimezone(UTC)


Known = Annotated[datetime | None, Depends(_known)]


def selected(query: str) -> Selection:
    """The selection of a page's address, for what a person takes away. Raises HTTPException for a `known` or an `as_of` that has not been:
    what is taken away must not silently be of now.
    """
    selection = Selection.parse(query)
    for code, text in (("known.refused", selection.misread), ("as_of.refused", selection.misread_day)):
        if text is not None:
            raise HTTPException(422, detail=detail(code, text=text))
    return selection
