"""What the store knew at a moment: the rows of a table as they were then, from the table and the twin that keeps former versions.

A row was known from its `stored_at`; one that came later, or took the place of another later, was not known yet. To the moment of
storing, that is, not of committing: while a file is being taken in, its rows are known a little before anybody can read them.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Table, select, union_all
from sqlalchemy.sql.selectable import FromClause

from store.schema.history import SUPERSEDED_AT, has_twin, twin_of


def as_known(table: Table, known_at: datetime | None) -> FromClause:
    """`table` as it was known at a moment, with its columns; None: the table itself, as it is known now.

    A table without a twin is one that rows are only added to: what was stored by then.
    """
    if known_at is None:
        return table
    still = select(table).where(table.c.stored_at <= known_at)
    if not has_twin(table):
        return still.subquery(table.name)
    twin = twin_of(table)
    then = select(*(twin.c[column.name] for column in table.c)).where(twin.c[SUPERSEDED_AT] > known_at, twin.c.stored_at <= known_at)
    return union_all(still, then).subquery(table.name)
