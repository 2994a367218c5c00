"""How coverage grows: a plan that says by when an operator reaches a village, from what it said before.

The remotest villages, those without any mobile signal at the start, stay as they are. 5G begins in 2024 where most people live.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date

from feeds.simulate.cast import Cast, Operator, Words

RANK = {"none": 0, "weak": 1, "covered": 2}
MOBILE = ("2g", "3g", "4g", "5g")
FIRST, LAST = date(2022, 6, 1), date(2027, 6, 1)
FORGOTTEN = 20
FIVE_G = ((date(2024, 12, 31), 0.06), (date(2025, 12, 31), 0.17), (date(2026, 12, 31), 0.30))


class Growth:
    """The plan of one province."""

    def __init__(self, cast: Cast, seed: int) -> None:
        self._cast = cast
        self._seed = seed
        self.forgotten = self._without_signal()
        by_people = sorted(cast.villages, key=lambda village: -cast.villages[village][1] * self._share("crowd", village))
        self._place = {village: place / max(1, len(by_people)) for place, village in enumerate(by_people)}

    def _share(self, *subject: object) -> float:
        """A number of 0…1 that belongs to the subject."""
        digest = hashlib.blake2b(f"{self._seed}/{subject}".encode(), digest_size=6).digest()
        return int.from_bytes(digest, "big") / 2**48

    def _without_signal(self) -> frozenset[str]:
        heard = {
            village
            for operator in self._cast.operators
            for (village, technology), status in operator.words.items()
            if technology in MOBILE and status == "covered"
        }
        dark = sorted(set(self._cast.villages) - heard, key=lambda village: self._cast.villages[village][1])
        return frozenset(dark[:FORGOTTEN])

    def technologies(self, operator: Operator, day: date) -> list[str]:
        """What the operator reports on `day`: what it ever spoke of, and 5G where it has 4G, as long as they are in service."""
        spoken = {technology for _, technology in operator.words}
        if "4g" in spoken:
            spoken.add("5g")
        return [key for key in self._cast.service if key in spoken and self._in_service(key, day)]

    def _in_service(self, technology: str, day: date) -> bool:
        start, end = self._cast.service[technology]
        begun = day >= date(2024, 1, 1) if technology == "5g" else True
        return begun and (start is None or start <= day) and (end is None or day <= end)

    def words_on(self, operator: Operator, before: Words, day: date) -> Words:
        """What the operator says on `day`, having said `before`; never less than that."""
        words: Words = {}
        for technology in self.technologies(operator, day):
            for village in self._cast.villages:
                old = before.get((village, technology), "none")
                planned = "covered" if self._reached(operator.key, village, technology, day) else "none"
                words[village, technology] = max(old, planned, key=RANK.__getitem__)
        return words

    def _reached(self, operator: str, village: str, technology: str, day: date) -> bool:
        if village in self.forgotten and technology in MOBILE:
            return False
        if technology == "5g":
            return self._place[village] < _five_g(day) * (0.4 + 0.6 * self._share("5g", operator))
        # One village is reached by all who go there in the same months; who goes there is drawn once.
        if self._share("goes", operator, village, technology != "broadband") > 0.55:
            return False
        span = (LAST - FIRST).days
        reached = self._share("when", village, technology != "broadband") * span + 120 * self._share("after", operator, village, technology)
        return (day - FIRST).days >= reached

    def candidates(self, words: Words) -> Iterator[tuple[str, str]]:
        """Villages and technologies that the operator could still improve."""
        for (village, technology), status in words.items():
            if status != "covered" and technology != "5g" and not (village in self.forgotten and technology in MOBILE):
                yield village, technology


def _five_g(day: date) -> float:
    """Share of villages that 5G has reached by `day`: straight lines between the ends of years."""
    before, share_before = date(2024, 1, 1), 0.0
    for end, share in FIVE_G:
        if day <= end:
            return share_before + (share - share_before) * max(0, (day - before).days) / (end - before).days
        before, share_before = end, share
    return share_before
