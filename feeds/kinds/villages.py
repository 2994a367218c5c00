"""Villages: the province's own list, in place of the invented ones."""

from __future__ import annotations

from feeds.records import Field
from feeds.registers import Register
from store.schema import villages

KIND = Register(
    table=villages,
    place="village",
    own=(
        Field("population", required=False, aliases=("Dân số", "Số dân", "Nhân khẩu"), type="whole", unit="one"),
        Field("households", required=False, aliases=("Số hộ", "Hộ dân"), type="whole", unit="one"),
        Field("grid_power", required=False, aliases=("Điện lưới", "Có điện lưới"), type="flag"),
    ),
    headers={"id": ("Mã thôn, bản", "Mã thôn", "Mã bản"), "name": ("Tên thôn, bản", "Tên thôn", "Thôn, bản", "Tên bản")},
)
