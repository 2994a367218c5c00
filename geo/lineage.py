"""Which commune, district and province each unit belongs to, in one structure."""

from __future__ import annotations

import pandas as pd


def lineage(units: pd.DataFrame) -> pd.DataFrame:
    """Ancestors of every unit in force on one day (columns code, level, parent_code, grouping_code; one row per code).

    Returns code → commune, district, province: the unit itself at its own level, None above what it has. A commune without a
    district is put under the former district that groups it; a former district belongs to the province of its communes.
    """
    level = dict(zip(units["code"], units["level"], strict=True))
    parent = {code: value for code, value in zip(units["code"], units["parent_code"], strict=True) if isinstance(value, str)}
    grouping = {code: value for code, value in zip(units["code"], units["grouping_code"], strict=True) if isinstance(value, str)}
    regrouped = {grouping[code]: parent[code] for code in grouping if level.get(parent.get(code, "")) == "province"}

    def above(code: str) -> tuple[str | None, str | None, str | None]:
        if level[code] == "province":
            return None, None, code
        if level[code] == "district":
            return None, code, regrouped.get(code, parent.get(code))
        up = parent.get(code)
        if up is not None and level.get(up) == "district":
            return code, up, parent.get(up)
        return code, grouping.get(code), up

    rows = [above(code) for code in units["code"]]
    frame = pd.DataFrame(rows, columns=["commune", "district", "province"], index=pd.Index(units["code"], name="code"), dtype=object)
    return frame.where(frame.notna(), None)
