"""What the page shows, as its URL says: everything on a page is a function of this and of the store."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

from ioc import clock
from ioc.list_filter import read_where, written_where

LAYERS = ("villages", "endpoints", "centres")
DEFAULT_LAYERS = ("villages", "endpoints")
DEFAULT_TECHNOLOGY = "4g"
LONGEST_FIND = 80
LANGUAGES = ("vi", "en")
THEMES = ("dark", "light")


@dataclass(frozen=True)
class Selection:
    """unit: None is the whole province; as_of: None is now; operator: None is any; one place at most is selected.

    known_at: the moment whose knowledge is shown, None for all that is known now; misread: a `known` that is no moment of the past;
    misread_day: an `as_of` that is no day until today.
    file: number of a handed over file. find, where: what a list is filtered by, see `ioc.list_filter`.
    """

    unit: str | None = None
    as_of: date | None = None
    known_at: datetime | None = None
    misread: str | None = None
    misread_day: str | None = None
    technology: str = DEFAULT_TECHNOLOGY
    operator: str | None = None
    layers: tuple[str, ...] = DEFAULT_LAYERS
    village: str | None = None
    endpoint: str | None = None
    centre: str | None = None
    feed: str | None = None
    file: str | None = None
    find: str | None = None
    where: str | None = None
    language: str = "vi"
    theme: str = "dark"

    @classmethod
    def parse(cls, query: str | None) -> Selection:
        """From a query string with or without "?". What is not understood falls back to its default: a pasted link always opens."""
        values = dict(parse_qsl((query or "").removeprefix("?")))
        layers = values.get("layers")
        known_at, misread = _known(values.get("known"))
        as_of, misread_day = _day(values.get("as_of"))
        return cls(
            unit=_word(values.get("unit")),
            as_of=as_of,
            known_at=known_at,
            misread=misread,
            misread_day=misread_day,
            technology=_word(values.get("tech")) or DEFAULT_TECHNOLOGY,
            operator=_word(values.get("op")),
            layers=DEFAULT_LAYERS if layers is None and "layers=" not in (query or "") else _layers(layers),
            village=_word(values.get("village")),
            endpoint=_word(values.get("endpoint")),
            centre=_word(values.get("centre")),
            feed=_word(values.get("feed")),
            file=_word(values.get("file")),
            find=(values.get("find") or "").strip()[:LONGEST_FIND] or None,
            where=written_where(read_where(values.get("where"))),
            language=_one_of(values.get("lang"), LANGUAGES),
            theme=_one_of(values.get("theme"), THEMES),
        )

    def query(self) -> str:
        """The shortest query string that means this selection, with its "?"; "" for the default."""
        pairs: list[tuple[str, str | None]] = [
            ("unit", self.unit),
            ("as_of", self.as_of.isoformat() if self.as_of else None),
            ("known", clock.written(self.known_at) if self.known_at else None),
            ("tech", self.technology if self.technology != DEFAULT_TECHNOLOGY else None),
            ("op", self.operator),
            ("village", self.village),
            ("endpoint", self.endpoint),
            ("centre", self.centre),
            ("feed", self.feed),
            ("file", self.file),
            ("find", self.find),
            ("where", self.where),
            ("lang", self.language if self.language != "vi" else None),
            ("theme", self.theme if self.theme != "dark" else None),
        ]
        shown = [(key, value) for key, value in pairs if value]
        if self.layers != DEFAULT_LAYERS:
            shown.append(("layers", ",".join(self.layers)))
        return f"?{urlencode(shown, safe=',:')}" if shown else ""

    def without_filters(self) -> Selection:
        """For a page that has no list to filter."""
        return replace(self, find=None, where=None)

    def to(self, **changes: Any) -> Selection:
        """This selection with changes; choosing another unit lets go of the place that was selected."""
        if "unit" in changes:
            changes = {"village": None, "endpoint": None, "centre": None} | changes
        return replace(self, **changes)

    def toggled(self, layer: str) -> Selection:
        layers = tuple(key for key in LAYERS if (key in self.layers) != (key == layer))
        return replace(self, layers=layers)


def _word(value: str | None) -> str | None:
    """A code or key: letters, digits and dashes only, at most 40 of them."""
    if value is None or not 0 < len(value) <= 40 or not value.replace("-", "").replace("_", "").isalnum():
        return None
    return value


def _day(value: str | None) -> tuple[date | None, str | None]:
    """The day, or what was written instead of one until today."""
    if not value:
        return None, None
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return None, value[:40]
    return (day, None) if clock.is_past_day(day) else (None, value[:40])


def _known(value: str | None) -> tuple[datetime | None, str | None]:
    """The moment, or what was written instead of one that has been."""
    if not value:
        return None, None
    try:
        at = clock.parse(value)
    except (ValueError, OverflowError):
        return None, value[:40]
    return (at, None) if clock.is_past(at) else (None, value[:40])


def _layers(value: str | None) -> tuple[str, ...]:
    chosen = (value or "").split(",")
    return tuple(key for key in LAYERS if key in chosen)


def _one_of(value: str | None, allowed: tuple[str, ...]) -> str:
    return value if value in allowed else allowed[0]
