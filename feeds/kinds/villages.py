"""Villages: the province's own list, in place of the invented ones."""

from __future__ import annotations

from feeds.records import Field
from feeds.registers import Register
from store.schema import villages

PEOPLE = ("Dân số", "Số dân", "Nhân khẩu", "Số nhân khẩu", "Số khẩu", "Tổng số nhân khẩu")
HOUSEHOLDS = ("Số hộ", "Hộ dân", "Số hộ dân", "Số hộ gia đình", "Tổng số hộ")
NAMES = ("Tên thôn", "Tên thôn, bản", "Tên thôn/bản", "Thôn, bản", "Thôn/bản", "Tên bản", "Tên tổ dân phố", "Tên thôn, bản, tổ dân phố")

KIND = Register(
    table=villages,
    place="village",
    own=(
        Field("population", required=False, aliases=PEOPLE, type="whole", unit="one"),
        Field("households", required=False, aliases=HOUSEHOLDS, type="whole", unit="one"),
        Field("grid_power", required=False, aliases=("Điện lưới", "Có điện lưới"), type="flag"),
    ),
    headers={"id": ("Mã thôn", "Mã thôn, bản", "Mã thôn/bản", "Mã bản", "Mã tổ dân phố", "Mã thôn, bản, tổ dân phố"), "name": NAMES},
)
