"""What both kinds of states may be told in a feed's table, and how a row's state follows from it."""

from __future__ import annotations

from functools import cached_property
from typing import ClassVar, Literal

from pydantic import BaseModel, model_validator
from pydantic import Field as Option

from feeds.cells import Cells
from feeds.reading import read_fields
from feeds.records import Field
from feeds.row_marks import ENTITY_ENDED, is_ended
from feeds.tables import Row
from feeds.thresholds import Thresholds

WhenFailed = Literal["unknown", "down", "keep"]


class StateOptions(BaseModel):
    """states: which numbers mean which state, e.g. ``{up = "<80", degraded = "80..95", down = ">=95"}``, where the state is a number.

    when_failed: what the feed's systems are while it fails, and those that are no longer in a complete answer; else unknown for a feed
    that asks the systems themselves, and for others what they were.
    """

    STATES: ClassVar[tuple[str, ...]] = ("up", "down", "unknown")
    states: dict[str, str] = Option(default_factory=dict)
    when_failed: WhenFailed | None = None

    @model_validator(mode="after")
    def _readable(self) -> StateOptions:
        Thresholds(self.states, self.STATES)
        return self

    @cached_property
    def _thresholds(self) -> Thresholds:
        return Thresholds(self.states, self.STATES)

    def state_field(self, field: Field) -> Field:
        """`field`, or where thresholds are declared the one for the number that they are of."""
        return Field(field.name, aliases=field.aliases, type="number") if self.states else field

    def state_in(self, row: Row, cells: Cells, field: Field) -> str:
        """The row's state. Raises RowError."""
        return self.special_state(row, cells) or str(read_fields(cells, [field])["state"])

    def special_state(self, row: Row, cells: Cells) -> str | None:
        """The state of a row that its source has ended, and the one that a number means; None: the row's word says it. Raises RowError."""
        ended = is_ended(row)
        if ended == ENTITY_ENDED or (ended and not cells.has("state")):
            return "unknown"
        return self._measured(cells) if self.states else None

    def _measured(self, cells: Cells) -> str:
        if not cells.has("state"):
            return "unknown"
        state = self._thresholds.state_of(cells.number("state"))
        if state is None:
            raise cells.fail("row.no_threshold", "state", known=", ".join(f"{key} {text}" for key, text in self.states.items()))
        return state
