"""Texts of the screens, and of what the store carries, in Vietnamese and English; numbers and times as each language writes them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path

from babel.numbers import format_decimal

from geo.names import search_key
from ioc import clock
from store.catalogue import STORE_TEXT, Catalogue

TEXT = Catalogue(STORE_TEXT, Path(__file__).parent / "i18n")
DAY_S = 86_400
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Words:
    """The texts of one language."""

    def __init__(self, language: str) -> None:
        self.language = language

    def __call__(self, code: str, **values: object) -> str:
        return TEXT.text(self.language, code, **values)

    def number(self, value: float, digits: int = 0) -> str:
        """1.234,5 in Vietnamese, 1,234.5 in English."""
        pattern = "#,##0" if digits == 0 else f"#,##0.{'0' * digits}"
        return str(format_decimal(value, format=pattern, locale=self.language))

    def day(self, value: date) -> str:
        return value.strftime("%d/%m/%Y") if self.language == "vi" else f"{value.day} {value:%b %Y}"

    def moment(self, at: datetime) -> str:
        local = clock.local(at)
        return f"{local:%H:%M} {self.day(local.date())}"

    def time(self, at: datetime) -> str:
        return f"{clock.local(at):%H:%M}"

    def weekday(self, value: date) -> str:
        return self(f"weekday.{WEEKDAYS[value.weekday()]}")

    def age(self, seconds: float, day: date | None = None) -> str:
        """How long ago, coarse; `day` is named instead when it is more than a month. The browser ticks it on with the same words."""
        s = max(0, int(seconds))
        if s < 60:
            return self.plural("js.age.seconds", s)
        if s < 3600:
            return self.plural("js.age.minutes", s // 60)
        if s < DAY_S:
            hours, minutes = s // 3600, s % 3600 // 60
            return self("js.age.hours_minutes", h=hours, m=minutes) if minutes else self.plural("js.age.hours", hours)
        if s >= 31 * DAY_S and day is not None:
            return self("js.age.on", date=self.day(day))
        return self.plural("js.age.days", s // DAY_S)

    def note(self, code: str, values: Mapping[str, object]) -> str:
        """A text whose values are plain: numbers and days are written as the language writes them."""
        return self(code, **{key: self._written(value) for key, value in values.items()})

    def _written(self, value: object) -> object:
        if isinstance(value, date):
            return self.day(value)
        return self.number(value) if isinstance(value, int) else value

    def source(self, name: str) -> str:
        """A source as it is named, with the words that the sample's own sources are made of in this language."""
        return " · ".join(self._source_part(part) for part in name.split(" · "))

    def _source_part(self, part: str) -> str:
        code = f"source_part.{search_key(part).replace(' ', '_')}"
        return self(code) if code in TEXT.keys(self.language) else part

    def plural(self, code: str, n: int) -> str:
        """The first form before "|" for one, the last for any other number."""
        forms = self(code, n=n).split("|")
        return forms[0] if n == 1 else forms[-1]
