"""The two times that every read of the API can be asked for: `as_of`, what was true, and `known_at`, what was known."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated

from fastapi import Depends, HTTPException, Query

from ioc import clock
from ioc.api.errors import detail
from ioc.selection import Selection

Day = Annotated[date | None, Query(description="Structure and statuses at the end of this day (Viet Nam time); now when left out")]
KnownAt = Annotated[
    datetime | None,
    Query(description="As far as was known at this moment (Viet Nam time without an offset); all that is known now when left out"),
]


def _known(known_at: KnownAt = None) -> datetime | None:
    """In UTC. Raises HTTPException for a moment to come."""
    if known_at is None:
        return None
    at = known_at.replace(tzinfo=clock.ZONE) if known_at.tzinfo is None else known_at
    if at > clock.now():
        raise HTTPException(422, detail=detail("known.misread", text=clock.written(at)))
    return at.astimezone(UTC)


Known = Annotated[datetime | None, Depends(_known)]


def selected(query: str) -> Selection:
    """The selection of a page's address, for what a person takes away. Raises HTTPException for a `known` that is no moment of the past:
    what is taken away must not silently be of now.
    """
    selection = Selection.parse(query)
    if selection.misread is not None:
        raise HTTPException(422, detail=detail("known.misread", text=selection.misread))
    return selection
