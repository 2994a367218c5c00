"""Base stations, as an operator lists them."""

from __future__ import annotations

from feeds.records import Field
from feeds.registers import Register
from store.schema import sites

STATUS = {
    "on_air": ("on air", "on", "active", "hoạt động", "đang hoạt động", "phát sóng", "đã phát sóng"),
    "planned": ("plan", "planned", "kế hoạch", "dự kiến", "đang xây dựng"),
    "off": ("off", "down", "removed", "ngừng", "ngừng hoạt động", "tạm dừng", "đã tháo dỡ"),
}

KIND = Register(
    table=sites,
    place="site",
    own=(
        Field("operator", aliases=("Nhà mạng", "Mã nhà mạng")),
        Field("technologies", aliases=("Công nghệ",), type="words"),
        Field("status", aliases=("Trạng thái", "Tình trạng"), type="code", words=STATUS),
        Field("height_m", required=False, aliases=("Chiều cao", "Độ cao cột"), type="number", unit="m"),
    ),
    headers={"id": ("Mã trạm", "Mã trạm BTS"), "name": ("Tên trạm", "Tên trạm BTS")},
)
