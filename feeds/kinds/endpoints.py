"""Video-conference endpoints: the register; their states are the kind endpoint_status."""

from __future__ import annotations

from feeds.records import Field
from feeds.registers import Register
from store.schema import endpoints

LEVELS = {
    "centre": ("trung tâm",),
    "province": ("tỉnh", "cấp tỉnh"),
    "district": ("huyện", "cấp huyện"),
    "commune": ("xã", "cấp xã"),
}

KIND = Register(
    table=endpoints,
    place="endpoint",
    own=(
        Field("level", aliases=("Cấp",), type="code", words=LEVELS),
        Field("address", required=False, aliases=("Địa chỉ IP", "Địa chỉ mạng")),
        Field("contact", required=False, aliases=("Liên hệ", "Cán bộ kỹ thuật", "Số điện thoại")),
    ),
    headers={"id": ("Mã điểm cầu",), "name": ("Tên điểm cầu", "Điểm cầu")},
)
