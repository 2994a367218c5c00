"""What is proposed for a file: the feed's table, what is not sure about it, and what the first rows would become."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from feeds.guess.contents import Column
from feeds.joined_columns import joined
from feeds.records import Field
from feeds.trial import Altered, Trial


@dataclass(frozen=True)
class Doubt:
    """Something that a person should look at. code: of [guess_doubt] in feeds/text. must: not to be used until it is said."""

    code: str
    values: Mapping[str, Any] = field(default_factory=dict)
    must: bool = False


@dataclass(frozen=True)
class Proposal:
    """key: of the feed; table: what stands below [feeds.KEY]; trial: the file read that way, nothing written.

    columns: of the file; fields: of the kind; found: field → header; wide: headers that themselves fill fields.
    """

    key: str
    table: Mapping[str, Any]
    columns: Sequence[Column]
    fields: Sequence[Field]
    found: Mapping[str, str]
    doubts: tuple[Doubt, ...]
    trial: Trial
    wide: tuple[str, ...] = ()

    @property
    def sure(self) -> bool:
        return not self.doubts and self.trial.good

    @property
    def usable(self) -> bool:
        """Whether rows would be taken by the table as it stands, and nothing is left that a person has to say first."""
        return self.trial.error is None and not any(doubt.must for doubt in self.doubts)

    @property
    def unused(self) -> tuple[str, ...]:
        """Headers of filled columns that no field takes."""
        made = [joined(entry) for entry in self.table.get("columns", {}).values()]
        used = {*self.found.values(), *self.wide, *(part for join in made if join is not None for part in join.parts), "geometry"}
        return tuple(column.header for column in self.columns if column.header not in used and not column.empty)

    def first_rows(self, count: int = 10) -> tuple[Altered, ...]:
        """What the first rows of the file would do to the store."""
        numbers = sorted({row.number for row in self.trial.altered if row.number is not None})[:count]
        return tuple(row for row in self.trial.altered if row.number in numbers)
