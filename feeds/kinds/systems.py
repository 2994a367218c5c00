"""Systems that the province runs or depends on: the register; their states are the kind system_status."""

from __future__ import annotations

from feeds.records import Field
from feeds.registers import Register
from store.schema import systems

KINDS = {
    "connection": ("lgsp", "kết nối", "kết nối lgsp"),
    "service": ("dịch vụ", "ứng dụng", "dịch vụ trung tâm dữ liệu"),
    "node": ("nút", "nút mạng", "thiết bị mạng"),
}

KIND = Register(
    table=systems,
    place="system",
    own=(
        Field("kind", aliases=("Loại",), type="code", words=KINDS),
        Field("owner", required=False, aliases=("Đơn vị quản lý", "Chủ quản")),
        Field("contact", required=False, aliases=("Liên hệ", "Số điện thoại")),
    ),
    headers={"id": ("Mã hệ thống",), "name": ("Tên hệ thống", "Hệ thống")},
    needs_point=False,
    needs_unit=False,
)
