"""What the store says about its deployment, for those who start quickly and need no frames."""

from __future__ import annotations

from sqlalchemy import Connection, select

from store.schema import meta


def province_code(connection: Connection) -> str | None:
    """The code of the store's province; None before `ioc init`."""
    return connection.execute(select(meta.c.value).where(meta.c.key == "province")).scalar()
