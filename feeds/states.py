"""What one more observation does to the state of something that is up or down; shared by the kinds of states."""

from __future__ import annotations

from datetime import datetime

from store.observations import EndpointNow

Now = EndpointNow

WORDS = {
    "up": ("up", "online", "on", "1", "true", "ok", "connected", "hoạt động", "kết nối", "đã kết nối", "trực tuyến"),
    "down": ("down", "offline", "off", "0", "false", "disconnected", "mất kết nối", "không kết nối", "ngoại tuyến", "ngừng"),
    "unknown": ("unknown", "n/a", "không rõ", "chưa rõ"),
}


def advance(now: Now | None, state: str, observed_at: datetime) -> tuple[str, Now | None]:
    """added | changed | unchanged, and the state known then; no state when the word comes too late to say anything."""
    if now is None:
        return "added", Now(state, observed_at, observed_at)
    if observed_at <= now.observed_at:
        return "unchanged", None
    if state == now.state:
        return "unchanged", now._replace(observed_at=observed_at)
    return "changed", Now(state, observed_at, observed_at)
