"""Public-administration service centres and one-stop units: the register; their counts are the kind dossiers."""

from __future__ import annotations

from feeds.records import Field
from feeds.registers import Register
from store.schema import centres

KINDS = {
    "provincial": ("tỉnh", "cấp tỉnh", "trung tâm phục vụ hành chính công tỉnh"),
    "one_stop": ("một cửa", "bộ phận một cửa", "xã", "cấp xã", "huyện", "cấp huyện"),
}

KIND = Register(
    table=centres,
    place="centre",
    own=(Field("kind", aliases=("Loại", "Cấp"), type="code", words=KINDS),),
    headers={"id": ("Mã trung tâm",), "name": ("Tên trung tâm", "Trung tâm", "Tên bộ phận")},
)
