"""A folder into which files come that are broken or mean harm, each beside sound ones."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from bench.faults.feeds.canary import SECRET, Canary
from bench.faults.feeds.common import BAD, COMMON, Expected, Held
from bench.faults.feeds.dropped import Sheets
from bench.faults.stage import Stage
from feeds.records import MOST_KEPT
from store import schema
from store.transactions import reading
from tests.support.hostile import vrt
from tests.support.old_text import TCVN3
from tests.support.sheets import edited, encrypted, packed, xlsx

SHEET = "xl/worksheets/sheet1.xml"
MANY = 120_000


class OddFiles(Sheets):
    """Files of any form. canary: what the files try to read and to ask."""

    def __init__(self, operator: str, folder: Path, canary: Canary) -> None:
        super().__init__("csv", operator, folder)
        self.key, self.title, self._canary = "folder-any", "folder, any form", canary
        self.faults, self.expects, self.passes = {}, {}, {}
        self._disguised()
        self._broken_workbooks()
        self._broken_text()

    def toml(self) -> str:
        return (
            f'[feeds.{self.key}]\ntitle = "{self.title}"\ntitle_en = "{self.title}"\nconnector = "folder"\nkind = "coverage"\n'
            f'folder = "{self.folder}"\nsettle_s = 0.05\nmax_bytes = 20_000_000\n'
            f'operator = "{self._operator}"\ntechnologies = ["4g"]\n{COMMON.replace("timeout_s = 3", "timeout_s = 60")}'
            f'[feeds.{self.key}.columns]\nvillage_id = "Mã thôn"\nobserved_at = "Ngày"\n4g = "4G"\n'
        )

    def _add(
        self,
        fault: str,
        suffix: str,
        made: Callable[[int], bytes],
        expected: Expected,
        passes: Callable[[int], Held] | None = None,
    ) -> None:
        self.faults[fault] = lambda version: self._drop(made(version), version, suffix)
        self.expects[fault] = expected
        if passes is not None:
            self.passes[fault] = passes

    # ── Files that are not what their name says ──────────────────────────────────────────────────────────────────────────

    def _disguised(self) -> None:
        def safe(stage: Stage, _run: Any) -> bool:
            return self._canary.untouched and not self._told(stage)

        both = vrt(str(self._canary.path)) + vrt(self._canary.url)
        refused = partial(Expected, "refused; no file read, no host asked", states=("failed",), holds=safe)
        for suffix in ("gml", "gpkg", "kml", "geojson"):
            self._add(f"VRT disguised as .{suffix}", suffix, lambda version: both, refused())
        self._add("VRT inside a zip", "zip", lambda version: packed({"thon.gml": both}), refused())
        link = Expected("not followed, nothing is taken", states=(), holds=safe)
        self.faults["symlink in the drop folder"] = self._link
        self.expects["symlink in the drop folder"] = link

    def _link(self, version: int) -> None:
        (self.folder / f"link-{version}.csv").symlink_to(self._canary.path)

    def _told(self, stage: Stage) -> bool:
        """Whether what stands in the canary came into the journal or anything that is written beside the files."""
        beside = [path.read_bytes() for path in self.folder.rglob("*.why.txt")]
        return SECRET in stage.said or any(SECRET.encode() in data for data in beside)

    # ── Workbooks ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _broken_workbooks(self) -> None:
        def add(fault: str, made: Callable[[int], bytes], text: str, code: str) -> None:
            self._add(fault, "xlsx", made, Expected(text, code, ("failed",)))

        add("workbook with row 2,000,000,000", self._far, "refused, in little memory", "run.sheet_too_large")
        add("workbook with a missing shared string", self._without_string, "refused", "run.xlsx_invalid")
        add("encrypted workbook", lambda version: encrypted(), "refused: take off the password", "run.workbook_encrypted")
        add("workbook of a chart alone", lambda v: self._book(v, charts=("Biểu đồ",), hidden=("Tháng",)), "refused once", "run.no_sheet")
        add("workbook with formulas never calculated", self._uncalculated, "refused, with the cell", "run.formula_not_calculated")
        taken = Expected("the chart is passed over, the sheet is taken", states=("ok",))
        self._add("chart before the sheet", "xlsx", lambda v: self._book(v, charts=("Biểu đồ",)), taken, self.expected)

    def _lines(self, version: int) -> list[list[object]]:
        return [list(line.split(";")) for line in self._sheet(version).decode().splitlines()]

    def _book(self, version: int, **more: Any) -> bytes:
        return xlsx(("Tháng", self._lines(version)), **more)

    def _far(self, version: int) -> bytes:
        return edited(self._book(version), SHEET, f'<c r="A{BAD}"'.encode(), b'<c r="A2000000000"')

    def _without_string(self, version: int) -> bytes:
        text = f't="inlineStr"><is><t>{self._id(BAD)}</t></is>'
        return edited(self._book(version), SHEET, text.encode(), b't="s"><v>99999</v>')

    def _uncalculated(self, version: int) -> bytes:
        lines = self._lines(version)
        lines[BAD][2] = '=IF(1=1,"có","không")'
        return xlsx(("Tháng", lines))

    # ── Text ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _broken_text(self) -> None:
        def without_bad(version: int) -> Held:
            return {key: value for key, value in self.expected(version).items() if key != self._id(BAD)}

        partly = partial(Expected, "that row is turned away, the others are taken", states=("partial",))

        def add(fault: str, changed: Callable[[str], str], code: str) -> None:
            def made(version: int) -> bytes:
                lines = self._sheet(version).decode().splitlines()
                lines[BAD] = changed(lines[BAD])
                return "\n".join(lines).encode()

            self._add(fault, "csv", made, partly(code), without_bad)

        add("a row with more cells than the header", lambda line: f"{line};3;5", "row.too_many_cells")
        add("a row with fewer cells than the header", lambda line: line.rsplit(";", 1)[0], "row.too_few_cells")
        add("a stray quotation mark", lambda line: line.replace("V-", '"V-"'), "row.quote_stray")
        add("a quotation mark that never closes", lambda line: line.replace("V-", '"V-'), "row.quote_open")
        add("U+FFFF in a cell", lambda line: line.replace("V-", "V\uffff-"), "row.unknown_village")
        old = Expected("refused; the encoding is named", "run.encoding_like", ("failed",))
        self._add("undeclared TCVN3", "csv", self._tcvn3, old)
        counted = Expected(f"the good rows are taken; {MOST_KEPT:,} rejections kept, the rest counted", "", ("partial",), self._bounded)
        self._add(f"{MANY:,} bad rows", "csv", self._many, counted, self.expected)

    def _tcvn3(self, version: int) -> bytes:
        lines = self._sheet(version).decode().splitlines()[1:]
        told = [line.rsplit(";", 1)[0] + ";;" + TCVN3[number % len(TCVN3)] for number, line in enumerate(lines)]
        return "\n".join(["M· th«n;Ngµy;4G;Tªn", *told]).encode("latin-1")

    def _many(self, version: int) -> bytes:
        told = self._day(version).strftime("%d/%m/%Y")
        return self._sheet(version) + "".join(f"\nX-{number:06d};{told};có" for number in range(MANY)).encode()

    def _bounded(self, stage: Stage, run: Any) -> bool:
        """Rejections kept one by one, and those that are only counted."""
        with reading(stage.engine) as connection:
            kept = connection.scalar(select(func.count()).where(schema.quarantine.c.run_id == run.id))
        more = sum(note["count"] for note in run.notes or () if note["code"] == "note.more_rejected")
        return (run.rows_rejected, kept, more) == (MANY, MOST_KEPT, MANY - MOST_KEPT)
