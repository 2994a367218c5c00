"""What every table of the store is built from: the metadata, and columns that many tables share."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, Column, MetaData, String

from store.types import UTCDateTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def key(name: str, type_: Any = String) -> Column[Any]:
    return Column(name, type_, primary_key=True, nullable=False)


def synthetic() -> Column[bool]:
    return Column("synthetic", Boolean, nullable=False)


def three_times() -> tuple[Column[Any], ...]:
    return (
        Column("observed_at", UTCDateTime, nullable=False),
        Column("reported_at", UTCDateTime, nullable=False),
        Column("stored_at", UTCDateTime, nullable=False),
    )


def told() -> tuple[Column[Any], ...]:
    """When a row was true and when its source said so, and the feed that brought it; NULL in rows that no feed brought."""
    return Column("observed_at", UTCDateTime), Column("reported_at", UTCDateTime), Column("feed", String)
