"""Which unit each outline of a file belongs to, and what a file knows about units that ended before the register's state.

The register describes the old structure as of March 2025. A layer of an earlier day holds communes that were merged away before that,
and others whose code went on to a bigger unit of another name (17185: Quỳnh Bá until the end of 2024, then Bình Sơn). Where the file
itself says when such a unit ended, it becomes a unit of its own: added when the register has no unit of that code on the day, split
off when it has one, which then begins the day after. Anything else that does not match is left to a person.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import pandas as pd

from feeds.boundary_files import Outline
from geo.name_join import Join, Unmatched, join_units
from geo.units import NEW_FROM

REGISTER_STATE = date(2025, 3, 1)
"""From this day on the register is complete: a unit of the old structure that it does not know had ended by then."""


@dataclass(frozen=True)
class Placement:
    """What becomes of each outline.

    replaced: with the code of the unit on the day, which gets it. added, split: units that ended early. how: number joined by each
    of code, name, tone, accentless. respelt: names that differ from the register's by spelling. orphaned: codes of parents that units
    which ended early name and that nobody bore on the day; those units stay under the parent the register gives them.
    """

    replaced: tuple[tuple[Outline, str], ...]
    added: tuple[Outline, ...]
    split: tuple[Outline, ...]
    unmatched: tuple[Unmatched, ...]
    how: dict[str, int] = field(default_factory=dict)
    respelt: tuple[str, ...] = ()
    orphaned: tuple[str, ...] = ()


def place_outlines(outlines: Sequence[Outline], current: pd.DataFrame, level: str, day: date) -> Placement:
    """Join the outlines of one level to `current`: code, full_name, parent_code, level, valid_to of all units valid on `day`."""
    units = current[current["level"] == level]
    last_days = {code: None if pd.isna(end) else end for code, end in zip(units["code"], units["valid_to"], strict=True)}
    parents = set(current.loc[current["level"] != level, "code"]) if level != "province" else set()
    own = [outline for outline in outlines if _is_early_unit(outline, last_days, parents, day)]
    elsewhen = [outline for outline in outlines if _is_of_another_time(outline, day)]
    rest = [outline for outline in outlines if outline not in own and outline not in elsewhen]
    join = _joined(rest, units[~units["code"].isin([outline.code for outline in own])])
    return Placement(
        replaced=tuple((rest[position], code) for position, code in join.codes.items()),
        added=tuple(outline for outline in own if outline.code not in last_days),
        split=tuple(outline for outline in own if outline.code in last_days),
        unmatched=tuple(sorted([*_rows_of(join, rest), *_missed(elsewhen, "not_then"), *_missed(_repeated(own), "twice")])),
        how=join.how,
        respelt=join.respelt,
        orphaned=tuple(sorted({outline.parent_code for outline in own} - parents - {""})),
    )


def _is_early_unit(outline: Outline, last_days: dict[str, date | None], parents: set[str], day: date) -> bool:
    """Whether the file describes, wholly, a unit that ended before the register's state and is not in the store as such."""
    if outline.ends is None or not day <= outline.ends < REGISTER_STATE or not (outline.code and outline.name):
        return False
    if outline.code in last_days:
        return last_days[outline.code] != outline.ends
    return outline.parent_code in parents


def _is_of_another_time(outline: Outline, day: date) -> bool:
    later_structure = outline.begins is not None and day < NEW_FROM <= outline.begins
    return later_structure or (outline.ends is not None and outline.ends < day)


def _joined(outlines: Sequence[Outline], units: pd.DataFrame) -> Join:
    columns = ["code", "name", "parent_code"]
    return join_units(pd.DataFrame([[getattr(outline, name) for name in columns] for outline in outlines], columns=columns), units)


def _rows_of(join: Join, outlines: Sequence[Outline]) -> list[Unmatched]:
    return [miss._replace(position=outlines[miss.position].row) for miss in join.unmatched]


def _missed(outlines: Sequence[Outline], reason: str) -> list[Unmatched]:
    return [Unmatched(outline.row, outline.code, outline.name, reason, ()) for outline in outlines]


def _repeated(outlines: Sequence[Outline]) -> list[Outline]:
    times = Counter(outline.code for outline in outlines)
    return [outline for outline in outlines if times[outline.code] > 1]
