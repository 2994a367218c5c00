"""The HTTP side of the simulator: the conference system, the dossier system, and controls for demonstrations and tests."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal

from fastapi import FastAPI, HTTPException
from fastapi.responses import JSONResponse

from feeds.cells import LOCAL
from feeds.simulate.cast import Cast
from feeds.simulate.comings import Comings
from feeds.simulate.counts import month_to_date
from feeds.simulate.doors import Doors

NOTE = "Dữ liệu mô phỏng / synthetic data"
LATE_S = (3.0, 6.0)


class Moods:
    """Misbehaves in `share` of the answers: late, an error, or one bad row."""

    def __init__(self, share: float, seed: int) -> None:
        self._share = share
        self._chance = random.Random(seed)  # noqa: S311 - plays, guards nothing

    def draw(self) -> str | None:
        return self._chance.choice(("late", "error", "bad_row")) if self._chance.random() < self._share else None

    def late_s(self) -> float:
        return self._chance.uniform(*LATE_S)


def make_service(cast: Cast, comings: Comings, doors: Doors, moods: Moods, *, seed: int, clock: Callable[[], datetime]) -> FastAPI:
    """The application; it has no documentation page, which would load from other hosts."""
    app = FastAPI(title=NOTE, docs_url=None, redoc_url=None)

    async def answer(key: str, rows: list[dict[str, Any]], bad: dict[str, Any]) -> JSONResponse:
        mood = moods.draw()
        if mood == "error":
            return JSONResponse({"error": "quá tải"}, status_code=500)
        if mood == "late":
            await asyncio.sleep(moods.late_s())
        if mood == "bad_row" and rows:
            rows[len(rows) // 2] |= bad
        return JSONResponse({"ghi_chu": NOTE, "thoi_diem": clock().astimezone(LOCAL).isoformat(timespec="seconds"), key: rows})

    @app.get("/mcu/diem-cau")
    async def conference() -> JSONResponse:
        moment = clock().astimezone(LOCAL).isoformat(timespec="milliseconds")
        rows = [{"ma": key, "trang_thai": "online" if comings.is_up(key) else "offline", "thoi_diem": moment} for key in cast.reported]
        return await answer("diem_cau", rows, {"trang_thai": "###"})

    @app.get("/dvc/ho-so")
    async def dossiers() -> JSONResponse:
        rows = [month_to_date(key, kind, clock(), seed) for key, kind in cast.centres.items()]
        return await answer("don_vi", rows, {"dung_han": 999_999})

    @app.get("/control/endpoints")
    async def states() -> dict[str, str]:
        return {key: "up" if up else "down" for key, up in comings.states().items()}

    @app.post("/control/endpoints/{endpoint_id}")
    async def control(endpoint_id: str, state: Literal["up", "down", "auto"]) -> dict[str, str]:
        try:
            comings.force(endpoint_id, None if state == "auto" else state == "up")
        except KeyError as error:
            raise HTTPException(404, f"{endpoint_id}?") from error
        await doors.set(endpoint_id, comings.is_up(endpoint_id))
        return {"id": endpoint_id, "state": "up" if comings.is_up(endpoint_id) else "down"}

    return app
