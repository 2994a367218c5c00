"""A commune's dossiers month by month, with what was converted from the former communes marked so."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from ioc import clock
from ioc.api.context import Context
from ioc.api.errors import not_found
from ioc.api.moments import Day, Known
from ioc.summary import UnknownUnitError
from ioc.unit_series import unit_series

Unit = Annotated[str, Query(max_length=10, pattern=r"^\w+$", description="code of a commune")]
Measure = Annotated[
    Literal["received", "due", "overdue", "online", "on_time", "online_share"],
    Query(description="a count of dossiers, or a share in percent: on_time (of those due), online_share (of those received)"),
]


class PointOut(BaseModel):
    period: str
    period_from: date
    period_to: date
    value: float | None = Field(description="null: no data; never a zero that nobody reported")
    numerator: float | None = Field(description="split by the crosswalk's shares where converted, so not always whole")
    denominator: float | None
    converted: bool = Field(description="worked out from the former communes")
    method: str | None = Field(description="whole | area | equal: how the least sure part was split")
    covered_share: float = Field(description="how much of the former communes that went into this one is known, 0 to 1")


class SeriesOut(BaseModel):
    code: str
    name: str
    since: date = Field(description="first day of the commune as it is; months that ended before are converted")
    measure: str
    points: list[PointOut]


def router(context: Context) -> APIRouter:
    routes = APIRouter(prefix="/api/v1", tags=["figures"])

    @routes.get("/series", response_model=SeriesOut, summary="A commune's dossiers by month, comparable across 2025-07-01")
    async def series(known_at: Known, unit: Unit, measure: Measure = "on_time", as_of: Day = None) -> SeriesOut:
        day = as_of or clock.today()
        try:
            found = await asyncio.to_thread(unit_series, context.snapshots.engine, unit, measure, day, known_at)
        except UnknownUnitError as error:
            raise not_found("api.unit_unknown", unit=unit, day=day) from error
        points = [PointOut(**vars(point)) for point in found.points]
        return SeriesOut(code=found.code, name=found.name, since=found.since, measure=found.measure, points=points)

    return routes
