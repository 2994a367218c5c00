"""States by thresholds: ``{up = "<80", degraded = "80..95", down = ">=95"}`` says which numbers of a metric mean which state."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from itertools import pairwise
from typing import NamedTuple

_NUMBER = r"-?\d+(?:\.\d+)?"
_FORM = re.compile(rf"(?P<sign><=|<|>=|>|=)?\s*(?P<one>{_NUMBER})|(?P<low>{_NUMBER})\s*\.\.\s*(?P<high>{_NUMBER})")
INFINITE = float("inf")


class _Range(NamedTuple):
    """low and high with whether they belong to it: 0 the number itself, 1 just above it, -1 just below."""

    low: tuple[float, int]
    high: tuple[float, int]


class Thresholds:
    """declared: state → ``<80``, ``<=80``, ``>95``, ``>=95``, ``=1`` or ``80..95``, which has its first number and not its last.

    Raises ValueError for what is none of these, for a state that is not among `states`, and for ranges that overlap.
    """

    def __init__(self, declared: Mapping[str, str], states: Collection[str]) -> None:
        for state in declared:
            if state not in states:
                raise ValueError(f"'{state}' is no state; expected: {', '.join(states)}")
        self._ranges = {state: _range(text) for state, text in declared.items()}
        ordered = sorted(self._ranges.items(), key=lambda item: item[1])
        for (first, before), (second, after) in pairwise(ordered):
            if after.low <= before.high:
                raise ValueError(f"'{first}' and '{second}' overlap: a number could mean both")

    def state_of(self, number: float) -> str | None:
        """None for a number that no range has."""
        return next((state for state, span in self._ranges.items() if span.low <= (number, 0) <= span.high), None)


def _range(text: str) -> _Range:
    match = _FORM.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"'{text}' is no threshold; expected: <80, <=80, >95, >=95, =1 or 80..95")
    if match["low"] is not None:
        low, high = float(match["low"]), float(match["high"])
        if low >= high:
            raise ValueError(f"'{text}' has no number in it")
        return _Range((low, 0), (high, -1))
    number = float(match["one"])
    return {
        "<": _Range((-INFINITE, 0), (number, -1)),
        "<=": _Range((-INFINITE, 0), (number, 0)),
        ">": _Range((number, 1), (INFINITE, 0)),
        ">=": _Range((number, 0), (INFINITE, 0)),
    }.get(match["sign"] or "=", _Range((number, 0), (number, 0)))
