"""The operators' reports: a backlog of yearly ones and one of today on the first start, a small update now and then after it."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from feeds.cells import LOCAL
from feeds.simulate.cast import Cast, Operator, Words
from feeds.simulate.growth import Growth
from feeds.simulate.sheets import HABITS, Habit, Line, date_file, write_sheet

YEAR_ENDS = (date(2023, 12, 31), date(2024, 12, 31), date(2025, 12, 31))
UPDATE_VILLAGES = 12
UPDATE_BETTER = 3
UPDATE_WORSE = 1
SENT_AFTER_DAYS = 5


class Reports:
    """Writes the reports into a folder. faults: how often an update misbehaves, 0…1."""

    def __init__(self, cast: Cast, folder: Path, *, seed: int, faults: float) -> None:
        self._cast = cast
        self._folder = folder
        self._faults = faults
        self._chance = random.Random(seed)  # noqa: S311 - plays, guards nothing
        self._growth = Growth(cast, seed)
        self._speakers = [operator for operator in cast.operators if operator.words]
        self._words: dict[str, Words] = {operator.key: dict(operator.words) for operator in self._speakers}
        self._last: dict[str, Path] = {}
        self._turn = 0

    def backlog(self, now: datetime) -> Iterator[Path]:
        """The reports that the store has not heard of yet, oldest first."""
        today = now.astimezone(LOCAL).date()
        for day in sorted({*YEAR_ENDS, today}):
            for operator in self._speakers:
                moment = datetime.combine(day, time(), LOCAL)
                if day <= today and (operator.said_at is None or operator.said_at < moment):
                    yield self._whole(operator, day, moment, now)

    def _whole(self, operator: Operator, day: date, moment: datetime, now: datetime) -> Path:
        words = self._growth.words_on(operator, self._words[operator.key], day)
        self._words[operator.key] |= words
        technologies = self._growth.technologies(operator, day)
        habit = self._habit(operator)
        name = f"{operator.key}_phu-song_{day.isoformat()}"
        path = write_sheet(self._folder, name, habit, moment, technologies, self._lines(words, technologies, self._cast.villages))
        date_file(path, min(now, moment + timedelta(days=SENT_AFTER_DAYS, hours=9)))
        return path

    def update(self, now: datetime) -> Path | None:
        """A few villages of the next operator, some of them better than before; None when it is late or has nothing to say."""
        if not self._speakers:
            return None
        operator = self._speakers[self._turn % len(self._speakers)]
        self._turn += 1
        fault = self._chance.choice(("late", "again", "bad_row")) if self._chance.random() < self._faults else None
        if fault == "late":
            return None
        if fault == "again" and operator.key in self._last:
            return self._again(operator, now)
        path = self._some(operator, now, bad_row=fault == "bad_row")
        self._remember(operator, path)
        return path

    def _some(self, operator: Operator, now: datetime, *, bad_row: bool) -> Path:
        words = self._words[operator.key]
        technologies = self._growth.technologies(operator, now.astimezone(LOCAL).date())
        changed = [*self._improve(words, technologies), *self._worsen(words, technologies)]
        others = self._chance.sample(sorted(self._cast.villages), min(UPDATE_VILLAGES, len(self._cast.villages)))
        touched = sorted(list(dict.fromkeys([*changed, *others]))[:UPDATE_VILLAGES])
        lines = list(self._lines(words, technologies, touched))
        if bad_row:
            lines.insert(len(lines) // 2, ("V00-0000", "?", ["covered"] * len(technologies)))
        stamp = f"{now.astimezone(LOCAL):%Y%m%d-%H%M%S}"
        moment = now.replace(microsecond=0)
        return write_sheet(self._folder, f"{operator.key}_cap-nhat_{stamp}", self._habit(operator), moment, technologies, lines)

    def _improve(self, words: Words, technologies: Sequence[str]) -> list[str]:
        """Villages that are better off than before."""
        pairs = sorted(pair for pair in self._growth.candidates(words) if pair[1] in technologies)
        chosen = self._chance.sample(pairs, min(UPDATE_BETTER, len(pairs)))
        for pair in chosen:
            words[pair] = "covered" if words[pair] == "weak" or self._chance.random() < 0.7 else "weak"
        return [village for village, _ in chosen]

    def _worsen(self, words: Words, technologies: Sequence[str]) -> list[str]:
        """Villages whose signal has become weak."""
        pairs = sorted(pair for pair, status in words.items() if status == "covered" and pair[1] in technologies and pair[1] != "broadband")
        chosen = self._chance.sample(pairs, min(UPDATE_WORSE, len(pairs)))
        for pair in chosen:
            words[pair] = "weak"
        return [village for village, _ in chosen]

    def _again(self, operator: Operator, now: datetime) -> Path:
        """Somebody drops the last file once more, under today's name."""
        last = self._last[operator.key]
        target = self._folder / f"{operator.key}_cap-nhat_{now.astimezone(LOCAL):%Y%m%d-%H%M%S}{last.suffix}"
        shutil.copyfile(last, target)
        return target

    def _remember(self, operator: Operator, path: Path) -> None:
        kept = self._folder / ".sent"
        kept.mkdir(exist_ok=True)
        copy = kept / f"{operator.key}{path.suffix}"
        shutil.copyfile(path, copy)
        self._last[operator.key] = copy

    def _lines(self, words: Words, technologies: Sequence[str], villages: Sequence[str] | dict[str, tuple[str, int]]) -> Iterator[Line]:
        for village in villages:
            yield village, self._cast.villages[village][0], [words.get((village, technology)) for technology in technologies]

    def _habit(self, operator: Operator) -> Habit:
        return HABITS[self._cast.operators.index(operator) % len(HABITS)]


def utc_now() -> datetime:
    return datetime.now(UTC)
