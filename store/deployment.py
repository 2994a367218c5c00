"""What the store says about its deployment, for those who start quickly and need no frames."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection, bindparam, select, update

from store.schema import endpoints, meta


def province_code(connection: Connection) -> str | None:
    """The code of the store's province; None before `ioc init`."""
    return connection.execute(select(meta.c.value).where(meta.c.key == "province")).scalar()


def sample_ports(connection: Connection) -> list[int]:
    """The ports of this machine that invented endpoints answer on, in order of the endpoints' ids."""
    return [int(address.rpartition(":")[2]) for _, address in _sample_addresses(connection)]


def move_sample_ports(connection: Connection, first: int) -> None:
    """Give invented endpoints the ports from `first` on, in the same order. Real endpoints keep their addresses."""
    at = datetime.now(UTC)
    moved = [
        {"moved_id": endpoint_id, "moved_address": f"127.0.0.1:{port}", "moved_at": at}
        for port, (endpoint_id, _) in enumerate(_sample_addresses(connection), first)
    ]
    if moved:
        of_each = update(endpoints).where(endpoints.c.id == bindparam("moved_id"))
        connection.execute(of_each.values(address=bindparam("moved_address"), stored_at=bindparam("moved_at")), moved)


def _sample_addresses(connection: Connection) -> list[tuple[str, str]]:
    e = endpoints.c
    query = select(e.id, e.address).where(e.synthetic, e.address.like("127.0.0.1:%")).order_by(e.id)
    return [(row.id, row.address) for row in connection.execute(query)]
