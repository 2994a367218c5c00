"""Folders where somebody drops one file after another: CSV or XLSX."""

from __future__ import annotations

import io
import os
import time
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from openpyxl import Workbook
from sqlalchemy import select

from bench.faults.feeds.common import BAD, BIG, COMMON, Expected, Held
from bench.faults.stage import PLACES, Stage
from store import schema
from store.transactions import reading

AHEAD = 1500  # a version of the day after tomorrow's year


class Sheets:
    """A folder where somebody drops one file after another: CSV or XLSX, a row for each village."""

    def __init__(self, form: str, operator: str, folder: Path, villages: int = PLACES) -> None:
        self.key, self.title = f"folder-{form}", f"folder {form.upper()}"
        self._form, self._operator, self.folder, self._villages = form, operator, folder, villages
        folder.mkdir(exist_ok=True)
        self._count = 0
        every = {
            "renamed column": lambda v: self._drop(self._sheet(v, head=("Mã thôn", "Ngày", "Bốn G")), v),
            "bad row in the middle": lambda v: self._drop(self._sheet(v, bad=BAD), v),
            "duplicate file": lambda v: self._drop(self._sheet(v - 1), v - 1),
            "a timestamp in the future": lambda v: self._drop(self._sheet(AHEAD), AHEAD),
            "last month's file under this month's name": lambda v: self._drop(self._sheet(v - 30), v),
            "200 MB file": lambda v: self._drop(b"x" * BIG, v),
        }
        text = {
            "HTML instead of a table": lambda v: self._drop(b"<html><body>Phien lam viec het han</body></html>", v),
            "wrong encoding": lambda v: self._drop(self._sheet(v).decode().encode("utf-16-le")[1:], v),
            "empty file": lambda v: self._drop(b"", v),
        }
        packed = {
            "truncated file": lambda v: self._drop(self._sheet(v)[:-300], v),
            "a zip bomb": lambda v: self._drop(_bomb(), v),
        }
        self.faults: dict[str, Callable[[int], None]] = {**every, **(text if form == "csv" else packed)}
        self.expects: dict[str, Expected] = {}
        self.passes: dict[str, Callable[[int], Held]] = {
            "bad row in the middle": lambda v: {k: s for k, s in self.expected(v).items() if k != self._id(BAD)}
        }

    def toml(self) -> str:
        return (
            f'[feeds.{self.key}]\ntitle = "{self.title}"\ntitle_en = "{self.title}"\nconnector = "folder"\nkind = "coverage"\n'
            f'folder = "{self.folder}"\npattern = "*.{self._form}"\nsettle_s = 0.05\nmax_bytes = 20_000_000\n'
            f'name_date = "vung-phu_*_{{yyyy}}-{{mm}}-{{dd}}.{self._form}"\n'
            f'operator = "{self._operator}"\ntechnologies = ["4g"]\n{COMMON}'
            f'[feeds.{self.key}.columns]\nvillage_id = "Mã thôn"\nobserved_at = "Ngày"\n4g = "4G"\n'
        )

    def begin(self) -> None:
        self.good(1)

    def good(self, version: int) -> None:
        self._drop(self._sheet(version), version)

    def cure(self, version: int) -> None:
        self.good(version)

    def expected(self, version: int) -> Held:
        return {self._id(number): self._status(version, number) for number in range(1, self._villages + 1)}

    def held(self, stage: Stage) -> tuple[Held, int]:
        """The newest word about each village, and the number of rows: one for each village and version that was stored."""
        c = schema.coverage.c
        statement = select(c.village_id, c.status).where(c.operator == self._operator, c.village_id.like("V-%")).order_by(c.observed_at)
        with reading(stage.engine) as connection:
            rows = connection.execute(statement).all()
        return {row.village_id: row.status for row in rows}, len(rows)

    def grown(self, passed: int) -> int:
        """Rows that a fault and its cure add: one for each village, and those of the rows that a half-good file brought."""
        return self._villages + passed

    def _id(self, number: int) -> str:
        return f"V-{number:04d}"

    def _status(self, version: int, number: int) -> str:
        return ("covered", "weak", "none")[(version + number) % 3]

    def _day(self, version: int) -> datetime:
        return datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=version)

    def _drop(self, data: bytes, version: int, suffix: str = "") -> None:
        """As a careful program does it: written under another name, then renamed. The name says the version's day."""
        self._count += 1
        path = self.folder / f"vung-phu_{self._count}_{self._day(version):%Y-%m-%d}.{suffix or self._form}"
        part = path.with_name(path.name + ".part")
        part.write_bytes(data)
        os.utime(part, (time.time(), time.time() + self._count * 1e-3))
        part.rename(path)

    def _sheet(self, version: int, bad: int = 0, head: tuple[str, ...] = ("Mã thôn", "Ngày", "4G")) -> bytes:
        told = self._day(version).strftime("%d/%m/%Y")
        words = {"covered": "có", "weak": "yếu", "none": "không"}
        rows = [(self._id(n), told, "bốn vạch rưỡi" if n == bad else words[self._status(version, n)]) for n in range(1, self._villages + 1)]
        if self._form == "csv":
            return "\n".join(";".join(row) for row in (head, *rows)).encode()
        book = Workbook()
        for row in (head, *rows):
            book.active.append(row)
        stream = io.BytesIO()
        book.save(stream)
        return stream.getvalue()


def _bomb() -> bytes:
    """A spreadsheet of 600 kB that unpacks to 600 MB."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 600_000_000)
    return stream.getvalue()
