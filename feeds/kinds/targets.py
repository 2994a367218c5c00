"""Targets: the value that an indicator is to reach in a unit by a day. The unit is that of the day on which the target was set."""

from __future__ import annotations

from feeds.kinds.indicator_values import FIGURE_FIELDS, figure, refer
from feeds.latest import Latest, Reading
from feeds.records import Field
from feeds.registering import Row
from store.schema import targets


def _finish(reading: Reading) -> tuple[Row | None, ...]:
    (row,) = figure(reading)
    return ({**row, "due_on": reading.values["due_on"][2]},)


KIND = Latest(
    tables=((targets, "indicator"),),
    own=(*FIGURE_FIELDS, Field("due_on", aliases=("Thời hạn", "Đến hạn", "Năm"), type="period")),
    finish=_finish,
    unit=True,
    refer=refer,
)
