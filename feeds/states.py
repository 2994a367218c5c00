"""What one more observation does to the state of something that is up or down; shared by the kinds of states."""

from __future__ import annotations

from datetime import datetime

from store.observations import EndpointNow

Now = EndpointNow

WORDS = {
    "up": (
        *("hoạt động", "đang hoạt động", "hoạt động tốt", "hoạt động bình thường", "bình thường", "tốt", "thông suốt", "ổn định"),
        *("kết nối", "đã kết nối", "đang kết nối", "có kết nối", "trực tuyến", "đang trực tuyến"),
        *("up", "online", "on", "1", "true", "ok", "connected", "✓", "✔", "☑", "√", "có"),
    ),
    "down": (
        *("mất kết nối", "không kết nối", "không kết nối được", "chưa kết nối", "ngắt kết nối", "ngoại tuyến", "mất tín hiệu"),
        *("ngừng", "ngừng hoạt động", "dừng", "dừng hoạt động", "không hoạt động", "hỏng", "lỗi", "sự cố", "gián đoạn"),
        *("down", "offline", "off", "0", "false", "disconnected", "error", "failed", "không"),
    ),
    "unknown": ("không rõ", "chưa rõ", "chưa xác định", "unknown", "n/a", "chưa có số liệu", "không có số liệu"),
}


def advance(now: Now | None, state: str, observed_at: datetime) -> tuple[str, Now | None]:
    """added | changed | unchanged | older, and the state known then; no state when the word says nothing that is not known."""
    if now is None:
        return "added", Now(state, observed_at, observed_at)
    if observed_at <= now.observed_at:
        return "unchanged" if (observed_at, state) == (now.observed_at, now.state) else "older", None
    if state == now.state:
        return "unchanged", now._replace(observed_at=observed_at)
    return "changed", Now(state, observed_at, observed_at)
