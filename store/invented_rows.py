"""What is invented in a store, and its removal.

Every table with a column `synthetic` has invented rows; where an invented place lay, what it was in earlier days and its series of samples
hang on it. What was known before the removal stays in the twins (`store.schema.history`), so that a screen of an earlier moment is
shown as it was; a series of samples is set apart with the moment of its removal and its rows grow old as all samples do.

Real rows that speak of an invented one stay, and are counted: a claim about a sample village is shown again when there is a village
of that id. A sample operator under whose name something real is said stays itself, as what is real would count nowhere without it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, Table, func, or_, select, update

from store.samples import REMOVED
from store.schema import (
    coverage,
    dossiers,
    endpoint_changes,
    endpoint_state,
    former_values,
    meeting_endpoints,
    metadata,
    name_decisions,
    operator_technologies,
    operators,
    place_units,
    series,
    sites,
    system_changes,
    system_state,
    units,
)
from store.schema.history import twin_name
from store.write import bump

REGISTERS = {"villages": "village", "endpoints": "endpoint", "centres": "centre", "sites": "site", "systems": "system"}
"""Table of a register → what its entries are called where something hangs on them."""

_HANGING = (
    ("claims", coverage, "village_id", "villages"),
    ("states", endpoint_state, "endpoint_id", "endpoints"),
    ("states", endpoint_changes, "endpoint_id", "endpoints"),
    ("states", system_state, "system_id", "systems"),
    ("states", system_changes, "system_id", "systems"),
    ("invitations", meeting_endpoints, "endpoint_id", "endpoints"),
    ("dossiers", dossiers, "centre_id", "centres"),
)


class Counted(NamedTuple):
    """Invented rows of one table."""

    table: str
    rows: int


class Kept(NamedTuple):
    """Real rows that speak of something invented. sort: claims | states | invitations | dossiers | names | operator; example: one id."""

    sort: str
    rows: int
    example: str


def flagged_tables() -> tuple[Table, ...]:
    """Every table whose rows say whether they are invented, those that hang on others first."""
    twins = {twin_name(table) for table in metadata.tables}
    found = [table for name, table in metadata.tables.items() if "synthetic" in table.c and name not in twins]
    return tuple(sorted(found, key=lambda table: (table.name in REGISTERS, table.name)))


def counts(connection: Connection) -> list[Counted]:
    """Invented rows by table, of tables that have any; with what hangs on them."""
    found = [Counted(table.name, _count(connection, table, _goes(table))) for table in flagged_tables()]
    found += [Counted(table.name, _count(connection, table, condition)) for table, condition in _hanging()]
    return sorted(one for one in found if one.rows)


def kept(connection: Connection) -> list[Kept]:
    """Real rows that speak of something invented: they stay."""
    sums: dict[str, tuple[int, str]] = {}
    for sort, table, column, register in _HANGING:
        about = table.c.synthetic.is_(False) & table.c[column].in_(_ids(register))
        rows, example = connection.execute(select(func.count(), func.min(table.c[column])).where(about)).one()
        if rows:
            sums[sort] = (sums.get(sort, (0, ""))[0] + rows, sums.get(sort, (0, example))[1])
    decided = name_decisions.c.chosen_code.in_(_ids("villages"))
    rows, example = connection.execute(select(func.count(), func.min(name_decisions.c.chosen_code)).where(decided)).one()
    if rows:
        sums["names"] = (rows, example)
    speaking = operators.c.synthetic.is_(True) & operators.c.key.in_(_spoken_of())
    stay = list(connection.scalars(select(operators.c.key).where(speaking).order_by(operators.c.key)))
    if stay:
        sums["operator"] = (len(stay), ", ".join(stay))
    return [Kept(sort, *found) for sort, found in sums.items()]


def remove(connection: Connection, removed_at: datetime) -> list[Counted]:
    """Take every invented row out; how many by table. Twice is the same as once. Commits nothing."""
    gone: list[Counted] = []
    for table, condition in _hanging():
        if table is series:
            values = {"what": series.c.what + REMOVED + removed_at.isoformat(), "removed_at": removed_at}
            gone.append(Counted(table.name, connection.execute(update(series).where(condition).values(values)).rowcount))
        else:
            gone.append(Counted(table.name, connection.execute(table.delete().where(condition)).rowcount))
    gone += [Counted(table.name, connection.execute(table.delete().where(_goes(table))).rowcount) for table in flagged_tables()]
    gone = [one for one in gone if one.rows]
    if gone:
        bump(connection, *(one.table for one in gone))
    return sorted(gone)


def has_places(connection: Connection) -> bool:
    """Whether there is anything but units: a village, an endpoint, a centre, a base station or a system."""
    return any(connection.scalar(select(metadata.tables[name].c.id).limit(1)) is not None for name in REGISTERS)


def has_units(connection: Connection) -> bool:
    return connection.scalar(select(units.c.code).limit(1)) is not None


def _goes(table: Table) -> ColumnElement[bool]:
    """The rows of a table that are invented and are not kept for what real rows say."""
    invented: ColumnElement[bool] = table.c.synthetic.is_(True)
    if table in (operators, operator_technologies):
        name = table.c.key if table is operators else table.c.operator
        return invented & name.not_in(_spoken_of())
    return invented


def _spoken_of() -> Select[tuple[str]]:
    """Operators under whose names something real is said."""
    claims = select(coverage.c.operator).where(coverage.c.synthetic.is_(False))
    return claims.union(select(sites.c.operator).where(sites.c.synthetic.is_(False))).subquery().select()


def _ids(register: str) -> Select[tuple[str]]:
    table = metadata.tables[register]
    return select(table.c.id).where(table.c.synthetic.is_(True))


def _hanging() -> Iterator[tuple[Table, ColumnElement[bool]]]:
    """What only hangs on invented entries: where they lay, what they were, their samples."""
    lain = [(place_units.c.place_kind == kind) & place_units.c.place_id.in_(_ids(register)) for register, kind in REGISTERS.items()]
    were = [(former_values.c.register == register) & former_values.c.entry_id.in_(_ids(register)) for register in REGISTERS]
    sampled = [(series.c.what == kind) & series.c.key.in_(_ids(register)) for register, kind in REGISTERS.items()]
    yield place_units, or_(*lain)
    yield former_values, or_(*were)
    yield series, or_(*sampled)


def _count(connection: Connection, table: Table, condition: ColumnElement[bool]) -> int:
    return int(connection.scalar(select(func.count()).select_from(table).where(condition)) or 0)
