"""Meetings and the endpoints invited to them: one row per meeting and endpoint, or one per meeting that names none."""

from __future__ import annotations

from sqlalchemy import Connection

from feeds.latest import Latest, Reading
from feeds.records import Field
from feeds.registering import Row
from store import observations
from store.schema import meeting_endpoints, meetings

READY = {
    "ready": ("sẵn sàng", "đã sẵn sàng", "ok", "có", "rồi", "x", "v", "✓", "✔", "☑", "√", "yes", "1", "true"),
    "not_ready": ("chưa sẵn sàng", "không sẵn sàng", "chưa", "không", "not ready", "no", "0", "false"),
    "unknown": ("không rõ", "chưa rõ", "chưa xác định", "n/a"),
}
STATUS = {
    "planned": ("dự kiến", "sắp họp", "sắp diễn ra", "kế hoạch", "theo kế hoạch", "đã lên lịch", "chưa họp", "scheduled"),
    "held": ("đã họp", "đã kết thúc", "kết thúc", "đã diễn ra", "hoàn thành", "xong", "done"),
    "cancelled": ("hủy", "huỷ", "đã hủy", "đã huỷ", "hủy họp", "huỷ họp", "canceled"),
}


def _endpoints(connection: Connection) -> frozenset[str]:
    return observations.endpoint_ids(connection)


def _finish(reading: Reading) -> tuple[Row | None, ...]:
    values, cells = reading.values, reading.cells
    if values["ends_at"] is not None and values["ends_at"] < values["starts_at"]:
        raise cells.fail("row.ends_before", "ends_at")
    meeting = {name: values[name] for name in ("id", "title", "starts_at", "ends_at", "host")}
    meeting["status"] = values["status"] or "planned"
    endpoint_id = values["endpoint_id"]
    if endpoint_id is None:
        return meeting, None
    if endpoint_id not in reading.known:
        raise cells.fail("row.unknown_endpoint", "endpoint_id")
    invited = {"meeting_id": values["id"], "endpoint_id": endpoint_id, "ready": values["ready"] or "unknown"}
    return meeting, {**invited, "contact": values["contact"], "note": values["note"]}


KIND = Latest(
    tables=((meetings, "id"), (meeting_endpoints, "meeting_id")),
    own=(
        Field("id", aliases=("Mã cuộc họp",)),
        Field("title", aliases=("Tên cuộc họp", "Nội dung", "Nội dung cuộc họp")),
        Field("starts_at", aliases=("Bắt đầu", "Thời gian bắt đầu", "Giờ bắt đầu", "Thời gian họp"), type="moment"),
        Field("ends_at", required=False, aliases=("Kết thúc", "Thời gian kết thúc", "Giờ kết thúc"), type="moment"),
        Field("host", required=False, aliases=("Chủ trì", "Đơn vị chủ trì")),
        Field("status", required=False, aliases=("Tình trạng",), type="code", words=STATUS),
        Field("endpoint_id", required=False, aliases=("Mã điểm cầu",)),
        Field("ready", required=False, aliases=("Sẵn sàng",), type="code", words=READY),
        Field("contact", required=False, aliases=("Liên hệ", "Cán bộ kỹ thuật", "Số điện thoại")),
        Field("note", required=False, aliases=("Ghi chú",)),
    ),
    finish=_finish,
    refer=_endpoints,
)
