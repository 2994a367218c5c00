"""Units' names have their kind as a sentence begins: "Thị xã Mường Lay", not "Thị Xã Mường Lay". A spelling, so no new version of a row."""

from __future__ import annotations

from alembic import op
from sqlalchemy import column, func, literal, table

revision = "0015"
down_revision: str | None = "0014"

KINDS = ("Thành phố", "Thị trấn", "Thị xã", "Đặc khu")


def upgrade() -> None:
    for name in ("units", "units_history"):
        units = table(name, column("full_name"))
        for kind in KINDS:
            old = kind.title()
            rest = func.substr(units.c.full_name, len(kind) + 1)
            begins = func.substr(units.c.full_name, 1, len(kind) + 1) == f"{old} "
            op.execute(units.update().where(begins).values(full_name=literal(kind).concat(rest)))
