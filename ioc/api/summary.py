"""A unit's figures: the same the panel shows."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from ioc import clock
from ioc.api.context import Context
from ioc.api.errors import not_found
from ioc.api.moments import Day, Known
from ioc.figure import Figure
from ioc.summary import Summary, UnknownUnitError, summarise
from ioc.text import Words


class UnitOut(BaseModel):
    code: str
    name: str
    level: str = Field(description="province | district | commune")
    valid_from: date


class TargetOut(BaseModel):
    value: float
    comparator: str
    due: str
    source: str


class SourceOut(BaseModel):
    name: str
    rows: int = Field(description="how many of the figure's rows are its own")
    share: float = Field(description="of all rows counted in the figure, 0 to 1")
    newest_at: datetime = Field(description="when it last said any of them")
    synthetic_rows: int = Field(description="how many of them are invented, or about invented places")


class NoteOut(BaseModel):
    code: str
    message: str
    message_en: str


class FigureOut(BaseModel):
    key: str
    value: float | None = Field(description="null when there is no data or the technology has ended")
    unit: str = Field(description="percent | count")
    counted: str = Field(description="villages | people | endpoints | dossiers")
    numerator: int | None
    denominator: int | None
    true_at: datetime | None = Field(description="when it was true: the oldest of its sources' newest times")
    due_at: datetime | None = Field(description="when the next word of the first of its sources is due")
    late_at: datetime | None = Field(description="from when it is late, unless a source speaks again")
    age_s: int | None = Field(description="seconds from true_at to the moment shown")
    state: str = Field(description="fresh | late | stale | none | ended")
    source: str | None = Field(description="the names of all sources, comma between")
    sources: list[SourceOut] = Field(description="the sources of the rows that are counted, most rows first")
    synthetic: bool = Field(description="whether anything invented is counted; how much: synthetic_rows of the sources")
    notes: list[NoteOut] = Field(description="what else is to be known of it: its month, by which method's word, what is missing")
    target: TargetOut | None = None


class ChildOut(BaseModel):
    code: str
    name: str
    level: str
    grouping: str | None = Field(description="code of the district, or former district, of a commune")
    grouping_name: str | None


class SummaryOut(BaseModel):
    unit: UnitOut
    as_of: date
    at: datetime = Field(description="the moment shown: what was known then is what known_at = this moment shows again")
    figures: list[FigureOut]
    children: list[ChildOut]


def _local(at: datetime | None) -> datetime | None:
    return None if at is None else clock.local(at)


def figure_out(figure: Figure, at: datetime) -> FigureOut:
    value = None if figure.value is None else round(figure.value, 4)
    target = TargetOut(**vars(figure.target)) if figure.target else None
    return FigureOut(
        key=figure.key, value=value, unit=figure.unit, counted=figure.counted, numerator=figure.numerator, denominator=figure.denominator,
        true_at=_local(figure.true_at), due_at=_local(figure.ageing.due_at if figure.ageing else None),
        late_at=_local(figure.ageing.late_at if figure.ageing else None),
        age_s=figure.age_s(at), state=figure.state, source=figure.source, sources=_sources_out(figure), synthetic=figure.synthetic,
        notes=[_note_out(code, values) for code, values in figure.notes], target=target,
    )  # fmt: skip


def _sources_out(figure: Figure) -> list[SourceOut]:
    rows = sum(source.rows for source in figure.sources)
    return [
        SourceOut(
            name=source.name,
            rows=source.rows,
            share=round(source.rows / rows, 4),
            newest_at=clock.local(source.newest_at),
            synthetic_rows=source.synthetic_rows,
        )
        for source in figure.sources
    ]


def _note_out(code: str, values: Mapping[str, object]) -> NoteOut:
    return NoteOut(code=code.removeprefix("note."), message=Words("vi").note(code, values), message_en=Words("en").note(code, values))


Code = Annotated[str | None, Query(max_length=10, pattern=r"^\w+$", description="unit code; the province when left out")]


def summary_out(summary: Summary) -> SummaryOut:
    unit = UnitOut(code=summary.code, name=summary.name, level=summary.level, valid_from=summary.valid_from)
    figures = [figure_out(figure, summary.at) for figure in summary.figures]
    children = [ChildOut(**vars(child)) for child in summary.children]
    return SummaryOut(unit=unit, as_of=summary.as_of, at=summary.at, figures=figures, children=children)


def router(context: Context) -> APIRouter:
    routes = APIRouter(prefix="/api/v1", tags=["figures"])

    @routes.get("/summary", response_model=SummaryOut, summary="Figures of a unit and its sub-units, as of a day")
    async def summary(known_at: Known, unit: Code = None, as_of: Day = None) -> SummaryOut:
        try:
            return summary_out(await asyncio.to_thread(lambda: summarise(context.snapshots.get(as_of, known_at), unit)))
        except UnknownUnitError as error:
            raise not_found("api.unit_unknown", unit=unit, day=as_of or clock.today()) from error

    return routes
