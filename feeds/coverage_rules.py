"""The table [coverage] of the configuration: which word about coverage counts where several disagree.

[coverage]
measured_days = 90        # a measurement younger than this counts before a declaration; 0: never
reported_days = 0         # the same for a technician's report

[coverage.replaces]       # a source under a new name, or one that took over from others
"Sở Khoa học và Công nghệ" = ["Sở Thông tin và Truyền thông"]
"""

from __future__ import annotations

from typing import Any

from feeds.mapping_check import meant
from store.precedence import MEASURED_DAYS, REPORTED_DAYS, Precedence, circle_of

DAYS = {"measured_days": MEASURED_DAYS, "reported_days": REPORTED_DAYS}
REPLACES = "replaces"
KEYS = (*DAYS, REPLACES)
MOST_DAYS = 3650

Mistake = tuple[tuple[str, ...], str, dict[str, object]]


def read_rules(table: Any) -> tuple[Precedence, list[Mistake]]:
    """The rules, the usual ones for what the table leaves out, and every mistake: where below the table, code and values."""
    if not isinstance(table, dict):
        return Precedence(), [((), "config.bad_value", {"key": "coverage", "value": str(table), "detail": "table expected"})]
    mistakes: list[Mistake] = []
    for key in table:
        if key not in KEYS:
            code, values = meant("config.unknown_key", key, list(KEYS))
            mistakes.append(((key,), code, dict(values)))
    days = {key: _days(table.get(key, usual), key, mistakes) for key, usual in DAYS.items()}
    replaced = _replaced(table.get(REPLACES, {}), mistakes)
    return Precedence(days["measured_days"], days["reported_days"], replaced), mistakes


def _days(value: Any, key: str, mistakes: list[Mistake]) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_DAYS:
        return value
    mistakes.append(((key,), "config.bad_number", {"key": key, "value": str(value), "detail": f"0 … {MOST_DAYS}"}))
    return DAYS[key]


def _replaced(table: Any, mistakes: list[Mistake]) -> dict[str, str]:
    """Source → the one that replaces it."""
    if not isinstance(table, dict):
        mistakes.append(((REPLACES,), "config.bad_value", {"key": REPLACES, "value": str(table), "detail": "table expected"}))
        return {}
    replaced: dict[str, str] = {}
    for source, names in table.items():
        listed = names if isinstance(names, list) else [names]
        for name in listed:
            if not isinstance(name, str) or not name.strip():
                mistakes.append(((REPLACES, source), "config.bad_value", {"key": source, "value": str(name), "detail": "text expected"}))
            elif name in replaced:
                values: dict[str, object] = {"name": name, "first": replaced[name], "second": source}
                mistakes.append(((REPLACES, source), "config.replaced_twice", values))
            else:
                replaced[name] = source
    circle = circle_of(replaced)
    if circle:
        mistakes.append(((REPLACES,), "config.replaced_in_circle", {"names": " → ".join([*circle, circle[0]])}))
    return {} if circle else replaced
