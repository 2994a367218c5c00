"""The list of gaps as a file: the rows of the page, with what they are about written above them."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ioc import clock
from ioc.gaps import Gaps
from ioc.spreadsheet import Column, Value, csv_file, workbook_file
from ioc.text import Words
from ioc.views.controls import technology_name
from ioc.views.figure import invented, share_of_source
from ioc.views.gaps import districts_are_former, operator_name, status_word
from ioc.views.gaps_grid import power_code
from store.frames import rows

COUNT, DISTANCE_KM, DEGREES, DAY = "#,##0", "#,##0.00", "0.00000", "dd/mm/yyyy"


def file_name(gaps: Gaps, title: str, ending: str) -> str:
    """As in "vung-lom_11_3g4g_op-a_2026-11-21.xlsx": title, unit, technology, operator when one was chosen, day.

    After them, as in "…_known-2026-11-20T0800.xlsx", the moment whose knowledge it holds, unless that is now.
    """
    parts = [title, str(gaps.unit["code"]), gaps.technology, gaps.operator, gaps.snapshot.places.day.isoformat()]
    if gaps.snapshot.known_at is not None:
        parts.append(f"known-{clock.local(gaps.snapshot.known_at):%Y-%m-%dT%H%M}")
    return "_".join(part for part in parts if part) + f".{ending}"


def gaps_csv(gaps: Gaps, words: Words) -> bytes:
    """The table alone, as GIS programs read it: `lon` and `lat` are its coordinates in EPSG:4326."""
    return csv_file(_columns(gaps, words), _rows(gaps, words), words.language)


def gaps_workbook(gaps: Gaps, words: Words) -> bytes:
    title = words("gaps.title", technology=technology_name(gaps.technology, words))
    return workbook_file(words("export.sheet"), title, facts(gaps, words), _columns(gaps, words), _rows(gaps, words))


def facts(gaps: Gaps, words: Words) -> list[tuple[str, Value]]:
    """What the rows are about: area, technology, operator, day, of how many, whose word, and that it is invented when it is."""
    known: list[tuple[str, Value]] = [
        (words("export.area"), str(gaps.unit["full_name"])),
        (words("export.technology"), technology_name(gaps.technology, words)),
        (words("export.operator"), operator_name(gaps, words)),
        (words("export.as_of"), words.day(gaps.snapshot.places.day)),
        *([] if gaps.snapshot.known_at is None else [(words("export.known_at"), words.moment(gaps.snapshot.known_at))]),
        (words("export.villages"), _of(gaps.villages.numerator, gaps.villages.denominator, words)),
        (words("export.people"), _of(gaps.people.numerator, gaps.people.denominator, words)),
    ]
    if gaps.filtered_by:
        rows_of = _of(len(gaps.frame), gaps.listed, words)
        known += [(words("export.filter"), gaps.filtered_by), (words("export.filtered_rows"), rows_of)]
    if gaps.without_data:
        known.append((words("export.without_data"), words.number(gaps.without_data)))
    if gaps.people_unknown:
        known.append((words("export.people_unknown"), words.number(gaps.people_unknown)))
    if gaps.basis.true_at:
        known += [(words("export.source"), named) for named in _sources(gaps, words)]
        known.append((words("export.true_at"), words.moment(gaps.basis.true_at)))
    known.append((words("export.made_at"), words.moment(clock.now())))
    return [*known, *((said, "") for said in invented(gaps.basis, words))]


def _sources(gaps: Gaps, words: Words) -> list[str]:
    """The source, or each of several with its share."""
    sources = gaps.basis.sources
    return [words.source(sources[0].name)] if len(sources) == 1 else [share_of_source(source, gaps.basis.rows, words) for source in sources]


def _of(n: int, d: int, words: Words) -> str:
    return words("export.of", n=words.number(n), d=words.number(d))


def _columns(gaps: Gaps, words: Words) -> list[Column]:
    district = "former_district" if districts_are_former(gaps.snapshot) else "district"
    shapes: tuple[tuple[str, int, str], ...] = (
        ("id", 24, "General"), ("name", 22, "General"), ("commune", 22, "General"), (district, 22, "General"), ("status", 14, "General"),
        ("people", 11, COUNT), ("households", 11, COUNT), ("grid_power", 11, "General"), ("distance_km", 14, DISTANCE_KM),
        ("nearest", 22, "General"), ("since", 13, DAY), ("lon", 12, DEGREES), ("lat", 12, DEGREES), ("note", 20, "General"),
    )  # fmt: skip
    return [Column(words(f"gaps.file_column.{key}"), width, number_format) for key, width, number_format in shapes]


def _rows(gaps: Gaps, words: Words) -> list[list[Value]]:
    status = {key: status_word(gaps, key, words) for key in ("weak", "none")}
    marked = words("synthetic.label")
    return [
        [
            row.id, row.name, _known(row.commune), _known(row.district), status[row.status], _whole(row.people), _whole(row.households),
            words(power_code(row.grid_power)), _kilometres(row.distance_m), _known(row.nearest), _known(row.since),
            round(float(row.lon), 5), round(float(row.lat), 5), marked if row.synthetic else None,
        ]
        for row in rows(gaps.frame)
    ]  # fmt: skip


def _known(value: Any) -> Any:
    return None if pd.isna(value) else value


def _whole(value: Any) -> int | None:
    return None if pd.isna(value) else int(value)


def _kilometres(distance_m: Any) -> float | None:
    """The unit of the page and of the map to take along, to ten metres."""
    return None if pd.isna(distance_m) else round(float(distance_m) / 1000, 2)
