"""Base stations, as an operator lists them."""

from __future__ import annotations

from datetime import date
from typing import Any

from feeds.cells import Cells
from feeds.operator_names import OperatorNames
from feeds.records import Field
from feeds.registers import Register
from store.operators import all_operators
from store.schema import sites

STATUS = {
    "on_air": ("on air", "on", "active", "hoạt động", "đang hoạt động", "phát sóng", "đã phát sóng"),
    "planned": ("plan", "planned", "kế hoạch", "dự kiến", "đang xây dựng"),
    "off": ("off", "down", "removed", "ngừng", "ngừng hoạt động", "tạm dừng", "đã tháo dỡ"),
}


def _check(cells: Cells, values: dict[str, Any], day: date, operators: OperatorNames) -> None:
    """The operator is one of the register, there on the day of the list, and offers the technologies of what is on air."""
    values["operator"] = operators.read(cells, day)
    if values["status"] == "on_air":
        operators.check_offers(cells, values["operator"], values["technologies"].split(), day)


KIND = Register(
    table=sites,
    place="site",
    own=(
        Field("operator", aliases=("Nhà mạng", "Tên nhà mạng", "Mã nhà mạng", "Doanh nghiệp")),
        Field("technologies", aliases=("Công nghệ",), type="words"),
        Field("status", aliases=("Trạng thái", "Tình trạng"), type="code", words=STATUS),
        Field("height_m", required=False, aliases=("Chiều cao", "Độ cao cột"), type="number", unit="m"),
    ),
    headers={"id": ("Mã trạm", "Mã trạm BTS"), "name": ("Tên trạm", "Tên trạm BTS")},
    refer=lambda connection: OperatorNames(all_operators(connection)),
    check=_check,
)
