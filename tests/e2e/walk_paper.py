"""A page on paper: its PDF has the day, every row that the screen's list has, no part split between two sheets, and nothing to press.

The fields of a form stay: a sheet of it is filled in by hand.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pypdfium2
from playwright.sync_api import Page

PRESSED = "button, select, .btn, .search, .rail a, .tools a, .page-tools, .sheet-grip, .rank-rest summary, input[type=file], .names-by"
DATE = ".print-date:visible, .wall-date:visible"
WHOLE = ".print-list tbody tr, .figure, .rank-row, .page > .table > tbody > tr, .facts > *"
SHOWN = (
    "(all) => all.filter((e) => e.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true }) && e.getBoundingClientRect().width > 1)"
)
MARGIN_PT = 25  # the least that is left white around the text of a sheet


def paper_problems(page: Page, pdf: Path) -> list[str]:
    """What is wrong with the open page when it is printed; the PDF is kept. Figures change meanwhile: what is wrong is printed again."""
    return _printed(page, pdf) and _printed(page, pdf)


def _printed(page: Page, pdf: Path) -> list[str]:
    expected = _rows(page)
    pdf.write_bytes(page.pdf(prefer_css_page_size=True))
    with _on_paper(page):
        found = [f"to press, on paper: {what}" for what in _pressable(page)]
        printed = page.locator(".print-list tbody tr").count()
        date = page.locator(DATE).first.inner_text() if page.locator(DATE).count() else ""
        parts = _parts(page)
    if printed < expected:
        found.append(f"{printed} of {expected} rows are printed")
    return [*found, *_on_sheets(pdf, parts, date)]


@contextmanager
def _on_paper(page: Page) -> Iterator[None]:
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    yield
    page.emulate_media(media="null")  # as the browser has it
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")


def _parts(page: Page) -> list[str]:
    """What each part says, without its age, which goes on."""
    ages = "[...e.querySelectorAll('.age')].map((age) => age.innerText.trim())"
    lines = f"e.innerText.split('\\n').filter((line) => !{ages}.includes(line.trim())).join('\\n')"
    return list(page.eval_on_selector_all(WHOLE, f"(all) => ({SHOWN})(all).map((e) => {lines})"))


def _rows(page: Page) -> int:
    grid = "document.querySelector('#gaps-grid') && window.dash_ag_grid ? dash_ag_grid.getApi('gaps-grid').getDisplayedRowCount() : 0"
    return int(page.evaluate(grid))


def _pressable(page: Page) -> list[str]:
    names = f"(all) => ({SHOWN})(all).map((e) => e.tagName + ' ' + e.className + ' ' + e.innerText.slice(0, 30))"
    return list(page.eval_on_selector_all(PRESSED, names))


def _on_sheets(pdf: Path, parts: list[str], date: str) -> Iterator[str]:
    document = pypdfium2.PdfDocument(pdf)
    texts = [sheet.get_textpage() for sheet in document]
    sheets = [_letters(text.get_text_bounded()) for text in texts]
    if not date or _letters(date) not in sheets[0]:
        yield f"the first sheet has no day: “{date}”"
    yield from (f"no text on sheet {number}" for number, sheet in enumerate(sheets, 1) if not sheet)
    yield from (f"split between sheets, or not printed: “{part[:60]}”" for part in parts if not any(_has(sheet, part) for sheet in sheets))
    for number, (sheet, text) in enumerate(zip(document, texts, strict=True), 1):
        yield from (f"beyond the margin of sheet {number}: “{words}”" for words in _beyond(sheet, text))
    document.close()


def _letters(text: str) -> str:
    return "".join(text.split()).casefold()


def _has(sheet: str, part: str) -> bool:
    return all(_letters(line) in sheet for line in part.splitlines())


def _beyond(sheet: Any, text: Any) -> Iterator[str]:
    width, height = sheet.get_size()
    for index in range(text.count_rects()):
        left, bottom, right, top = text.get_rect(index)
        inside = left >= MARGIN_PT and bottom >= MARGIN_PT and right <= width - MARGIN_PT and top <= height - MARGIN_PT
        if not inside:
            yield text.get_text_bounded(left, bottom, right, top)[:60]
