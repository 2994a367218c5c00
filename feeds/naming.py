"""Units and villages that records name: what a person has settled first, then the register, else a question to a person.

A record's unit is the one valid on the record's own day (03127 was the ward Him Lam until 2025-06-30 and is the ward Điện Biên Phủ
since). What cannot be told is a RowError that carries the question; the pipeline puts it on the review list with the run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

import pandas as pd
from sqlalchemy import Connection

from feeds.cells import Cells
from geo.name_join import Finder, Hit
from geo.names import VILLAGE_KINDS, exact
from geo.unit_lookup import Unclear, UnitLookup, Written, structure_of
from store import names
from store.names import CHOSEN, Candidate, Decision, Question

NO_FEED = ""
SHOWN_CANDIDATES = 3
NOTHING_FITS = "–"


@dataclass(frozen=True)
class _Answer:
    """What a name means: a code, or a question; `ignored` when a person said that it means nothing."""

    code: str | None = None
    question: Question | None = None
    ignored: bool = False


class Naming:
    """The names of one store, for the feed that it is `of`. Each name is looked up once."""

    def __init__(self, units: UnitLookup, villages: pd.DataFrame, decisions: Mapping[str, Decision], feed: str = NO_FEED) -> None:
        self._units = units
        self._villages = villages
        self._decisions = decisions
        self._feed = feed
        self._known: dict[tuple[object, ...], _Answer] = {}
        self._finders: dict[tuple[object, ...], Finder] = {}

    @classmethod
    def read(cls, connection: Connection, *, villages: bool = False) -> Naming:
        """The register as it is now. villages: also read those, for records that name them."""
        units = UnitLookup(names.every_unit(connection), names.every_succession(connection))
        found = names.every_village(connection) if villages else pd.DataFrame()
        return cls(units, found, names.standing_decisions(connection))

    def of(self, feed: str) -> Naming:
        """The same names with what people settled for `feed`; without it nothing is settled."""
        return Naming(self._units, self._villages, self._decisions, feed)

    def unit(
        self,
        cells: Cells,
        day: date,
        code: str = "unit_code",
        name: str = "unit_name",
        parent: str = "parent_name",
        level: str | None = None,
    ) -> str:
        """Code of the unit valid on `day` that the row names by the fields `code`, `name` and `parent`, as far as it has them.

        level: province | district | commune; None: any. Raises RowError: "row.missing" when it has neither code nor name, else
        one that carries the question with its candidates.
        """
        written = Written(_text(cells, code), _text(cells, name), _text(cells, parent))
        if not written.code and not written.name:
            raise cells.fail("row.missing", name)
        key = (written, self._turn(day), level)
        if key not in self._known:
            self._known[key] = self._find_unit(written, day, level)
        return _told(self._known[key], cells, name if written.name else code, day)

    def village(self, cells: Cells, day: date, unit: str, village_id: str = "village_id", name: str = "village_name") -> str:
        """Id of the village of commune `unit` on `day` that the row names by the fields `village_id` or `name`.

        Names repeat inside a district: only those of the commune count. Raises as `unit` does.
        """
        written = Written(_text(cells, village_id), _text(cells, name), unit)
        if not written.code and not written.name:
            raise cells.fail("row.missing", name)
        key = ("village", written, day)
        if key not in self._known:
            self._known[key] = self._find_village(written, day)
        return _told(self._known[key], cells, name if written.name else village_id, day)

    # ── Finding ──────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _turn(self, day: date) -> object:
        return id(self._units.on(day))

    def _find_unit(self, written: Written, day: date, level: str | None) -> _Answer:
        question = Question("unit", structure_of(day), *written, level or "", day, "")
        settled = self._settled(question)
        if settled is not None and (settled.code is None or self._units.on(day).is_valid(settled.code)):
            return settled
        found = self._units.find(written, day, level)
        if not isinstance(found, Unclear):
            return _Answer(found)
        likely = tuple(Candidate(*unit) for unit in found.likely)
        return _Answer(question=replace(question, reason=f"row.unit_{found.reason}", candidates=likely))

    def _find_village(self, written: Written, day: date) -> _Answer:
        question = Question("village", structure_of(day), *written, "", day, "")
        finder = self._village_finder(written.parent, day)
        settled = self._settled(question)
        if settled is not None and (settled.code is None or settled.code in finder.names):
            return settled
        found = finder.find(written.code, written.name)
        if isinstance(found, Hit):
            return _Answer(found.code)
        likely = tuple(Candidate(code, finder.names[code]) for code in found.candidates)
        reason = "unknown" if found.reason == "no_match" else found.reason
        return _Answer(question=replace(question, reason=f"row.village_{reason}", candidates=likely))

    def _village_finder(self, unit: str, day: date) -> Finder:
        key = (unit, day)
        if key not in self._finders:
            if self._villages.empty:
                here = pd.DataFrame(columns=["code", "full_name"])
            else:
                v = self._villages
                here = v[(v["parent_code"] == unit) & (v["valid_from"] <= day) & (v["valid_to"].isna() | (v["valid_to"] >= day))]
            self._finders[key] = Finder(here[["code", "full_name"]].drop_duplicates("code"), VILLAGE_KINDS)
        return self._finders[key]

    def _settled(self, question: Question) -> _Answer | None:
        decision = self._decisions.get(question.review_id(self._feed))
        if decision is None:
            return None
        return _Answer(decision.code) if decision.decision == CHOSEN else _Answer(ignored=True)


def _text(cells: Cells, field: str) -> str:
    """What the row says, without what neither database can hold."""
    return exact(cells.text(field).replace("\x00", "")) if cells.has(field) else ""


def _told(answer: _Answer, cells: Cells, field: str, day: date) -> str:
    if answer.code is not None:
        return answer.code
    if answer.question is None:
        raise cells.fail("row.name_ignored", field)
    question = answer.question
    shown = [f"{unit.name} ({unit.code})" for unit in question.candidates[:SHOWN_CANDIDATES]]
    more = ["…"] if len(question.candidates) > SHOWN_CANDIDATES else []
    values = {"parent": question.parent or NOTHING_FITS, "day": day.isoformat(), "candidates": "; ".join([*shown, *more]) or NOTHING_FITS}
    error = cells.fail(question.reason, field, **values)
    error.question = replace(question, day=day)
    raise error
