"""Rows per second and peak memory of reading a workbook, beside pandas with openpyxl and with calamine; `python -m bench.reading`.

The workbook is one as departments make them: a title, a header over two lines with merged cells, per cent and month formats, a total. Each
way reads it in processes of its own, the libraries imported before the clock starts. Memory is the growth of the process's high-water mark
while it reads. "before" is what feeds did until number formats were read: openpyxl's values, row by row, from the line of the header on;
neither it nor pandas knows the header, the months, the shares, the merged cells or the total.
"""

from __future__ import annotations

import argparse
import io
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

from openpyxl import Workbook

HEADER_ROW = 4
HEAD = (
    ["STT", "Mã thôn", "Tên thôn", "Xã", "Kỳ", "Ngày báo cáo", "Dân số", "Tỷ lệ hộ có mạng", "Vùng phủ sóng", None, None],
    [*[None] * 8, "3G", "4G", "5G"],
)
WANTED = ("Mã thôn", "Tên thôn", "Xã", "Kỳ", "Ngày báo cáo", "Dân số", "Tỷ lệ hộ có mạng", "3G", "4G", "5G")
Read = Callable[[bytes], int]


def workbook(rows: int) -> bytes:
    """A department's sheet of so many villages, the commune's name merged over ten of them each."""
    book = Workbook()
    page = book.active
    assert page is not None
    for line in (["SỞ KHOA HỌC VÀ CÔNG NGHỆ"], ["BÁO CÁO VÙNG PHỦ SÓNG"], *HEAD):
        page.append(line)
    for number in range(1, rows + 1):
        village = (f"V11-{number:05d}", f"Bản mẫu {number}", f"Xã {number // 10}" if number % 10 == 1 else None)
        page.append([number, *village, date(2026, 10, 1), date(2026, 11, 5), number % 700, number % 100 / 100, "x", "có", "không"])
        page.cell(HEADER_ROW + number, 5).number_format = "mm/yyyy"
        page.cell(HEADER_ROW + number, 8).number_format = "0.0%"
    page.append(["Tổng cộng", *[None] * 5, rows * 350])
    for letter in "ABCDEFGH":
        page.merge_cells(f"{letter}3:{letter}4")
    page.merge_cells("I3:K3")
    for first in range(HEADER_ROW + 1, HEADER_ROW + rows - 8, 10):
        page.merge_cells(f"D{first}:D{first + 9}")
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


# ── Ways to read it; each gives back how many rows it found ───────────────────────────────────────────────────────────────


def feeds_now() -> Read:
    from feeds.fetching import Layout, Wanted
    from feeds.readers import reading  # noqa: F401 - imported before the clock starts
    from feeds.readers.xlsx import open_xlsx  # noqa: F401
    from feeds.tables import read_table

    layout = Layout("xlsx", wanted=tuple(Wanted((name,), True) for name in WANTED))
    return lambda data: len(read_table(data, layout).rows)


def feeds_before() -> Read:
    from openpyxl import load_workbook

    def read(data: bytes) -> int:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        page = book.worksheets[0]
        page.reset_dimensions()
        lines = [list(line) for line in page.iter_rows(values_only=True)]
        names = [str(cell or "") for cell in lines[HEADER_ROW - 1]]
        return len([dict(zip(names, line, strict=False)) for line in lines[HEADER_ROW:]])

    return read


def pandas_with(engine: str) -> Read:
    import openpyxl  # noqa: F401 - imported before the clock starts
    import pandas as pd
    import python_calamine  # noqa: F401

    return lambda data: len(pd.read_excel(io.BytesIO(data), engine=engine, header=HEADER_ROW - 1))  # type: ignore[call-overload]


WAYS: dict[str, Callable[[], Read]] = {
    "feeds, now": feeds_now,
    "feeds, before": feeds_before,
    "pandas with openpyxl": lambda: pandas_with("openpyxl"),
    "pandas with calamine": lambda: pandas_with("calamine"),
}


def measure(way: str, path: Path) -> tuple[float, float, int]:
    """Seconds, megabytes and rows of reading the file once, in this process, which has read nothing before."""
    read, data = WAYS[way](), path.read_bytes()
    Path("/proc/self/clear_refs").write_text("5")  # the high-water mark begins anew
    before = _peak_kb()
    began = time.perf_counter()
    rows = read(data)
    seconds = time.perf_counter() - began
    return seconds, (_peak_kb() - before) / 1024, rows


def _peak_kb() -> int:
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))


def apart(way: str, path: Path) -> tuple[float, float, int]:
    """The same in a process of its own."""
    command = [sys.executable, "-m", "bench.reading", "--way", way, "--file", str(path)]
    seconds, megabytes, rows = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return float(seconds), float(megabytes), int(rows)


def table(rows: int, repeats: int) -> list[tuple[str, float, float, int]]:
    """Way, rows per second (median), growth of memory in MB (median), rows found; the ways one after another in each repetition."""
    with tempfile.TemporaryDirectory(prefix="ioc-bench-") as folder:
        path = Path(folder) / "thon.xlsx"
        path.write_bytes(workbook(rows))
        done: dict[str, list[tuple[float, float, int]]] = {way: [] for way in WAYS}
        for _ in range(repeats):
            for way, runs in done.items():
                runs.append(apart(way, path))
    return [
        (way, rows / statistics.median(run[0] for run in runs), statistics.median(run[1] for run in runs), runs[0][2])
        for way, runs in done.items()
    ]


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Reading a workbook")
    parser.add_argument("--rows", type=int, default=5000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--way", choices=WAYS)
    parser.add_argument("--file", type=Path)
    options = parser.parse_args(arguments)
    if options.way:
        print(*measure(options.way, options.file))
        return
    print(f"{options.rows} villages, {len(HEAD[0])} columns; median of {options.repeats}")
    print(f"{'':24} {'rows/s':>10} {'MB more':>9} {'rows found':>11}")
    for way, speed, megabytes, found in table(options.rows, options.repeats):
        print(f"{way:24} {speed:>10,.0f} {megabytes:>9.1f} {found:>11,}")


if __name__ == "__main__":
    main()
