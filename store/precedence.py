"""Which word about coverage counts where several disagree: the declared rules, kept with history.

Of each village, operator and technology the newest word of each method is taken; then a measurement (or a report) that is younger than
its declared number of days counts before the declaration, the declaration before older ones. A source that replaces another speaks in
its stead wherever it has spoken itself.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select

from store.history import as_known
from store.manual import unsigned
from store.schema import coverage_precedence
from store.write import bump, upsert

OUTRANKS, REPLACED = "outranks", "replaced"
MEASURED_DAYS, REPORTED_DAYS = 90, 0


@dataclass(frozen=True)
class Precedence:
    """measured_days, reported_days: how old a measurement or a report may be to count before a declaration; 0: never.

    replaced: source → the source that has taken its place.
    """

    measured_days: int = MEASURED_DAYS
    reported_days: int = REPORTED_DAYS
    replaced: Mapping[str, str] = field(default_factory=dict)

    def outranks_after(self, at: datetime) -> dict[str, datetime]:
        """By method: words said after this moment count before a declaration, as of `at`. Methods that never do are left out."""
        days = {"measured": self.measured_days, "reported": self.reported_days}
        return {method: at - timedelta(days=count) for method, count in days.items() if count > 0}

    def speaker(self, source: str) -> tuple[str, int]:
        """The source that speaks in the stead of `source`, and over how many replacements; itself and 0 where none does."""
        name, steps = unsigned(source), 0
        while name in self.replaced and steps < len(self.replaced):
            name, steps = self.replaced[name], steps + 1
        return name, steps


def circle_of(replaced: Mapping[str, str]) -> list[str]:
    """The sources that replace one another in a circle, in order; empty where none do."""
    for start in sorted(replaced):
        seen = [start]
        while (following := replaced.get(seen[-1])) is not None:
            if following in seen:
                return seen[seen.index(following) :]
            seen.append(following)
    return []


def precedence(connection: Connection, known_at: datetime | None = None) -> Precedence:
    """The rules as they are declared, or as they were known at a moment; the usual ones where nothing is declared."""
    p = as_known(coverage_precedence, known_at).c
    days: dict[str, int] = {}
    replaced: dict[str, str] = {}
    for rule, name, value in connection.execute(select(p.rule, p.name, p.value)):
        if rule == OUTRANKS:
            days[name] = int(value)
        else:
            replaced[name] = value
    return Precedence(days.get("measured", MEASURED_DAYS), days.get("reported", REPORTED_DAYS), replaced)


def declare(connection: Connection, rules: Precedence, stored_at: datetime) -> None:
    """Make the store's rules these; what was declared before stays in the history."""
    rows = [(OUTRANKS, "measured", str(rules.measured_days)), (OUTRANKS, "reported", str(rules.reported_days))]
    rows += [(REPLACED, name, by) for name, by in sorted(rules.replaced.items())]
    upsert(connection, coverage_precedence, ("rule", "name", "value", "stored_at"), [(*row, stored_at) for row in rows])
    _withdraw(connection, set(rules.replaced))


def _withdraw(connection: Connection, kept: Collection[str]) -> None:
    p = coverage_precedence.c
    gone = delete(coverage_precedence).where(p.rule == REPLACED, p.name.not_in(sorted(kept)))
    if connection.execute(gone).rowcount:
        bump(connection, coverage_precedence.name)
