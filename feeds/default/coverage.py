"""Invented coverage claims of five sample operators that add up to the published shares exactly.

Gaps are the remote villages, and they nest: a village without 2G has no 3G or 4G either. Every village has a word from every operator
that offers the technology; the province had no 5G on the day of the survey.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from feeds.default.synthetic import SOURCE, SURVEYED_ON, Size, at_17, random

METHOD = "declared"
TECHNOLOGIES = (
    ("2g", "2G", "mobile", None, date(2026, 9, 15)),
    ("3g", "3G", "mobile", None, None),
    ("4g", "4G", "mobile", None, None),
    ("5g", "5G", "mobile", date(2024, 10, 15), None),
    ("broadband", "Băng rộng cố định", "fixed", None, None),
)
"""key, name, kind, first and last day in service: 2G was scheduled to end with 2026-09-15, 5G opened commercially on 2024-10-15."""

TECHNOLOGIES_SOURCE = "lịch công bố của ngành viễn thông"

Flags = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Operator:
    """reach: which fraction of the covered villages it covers itself, by technology it offers."""

    key: str
    name: str
    reach: dict[str, float]


OPERATORS = (
    Operator("op-a", "Nhà mạng mẫu A", {"2g": 0.97, "3g": 0.96, "4g": 0.95, "broadband": 0.9}),
    Operator("op-b", "Nhà mạng mẫu B", {"2g": 0.9, "3g": 0.86, "4g": 0.85, "broadband": 0.72}),
    Operator("op-c", "Nhà mạng mẫu C", {"2g": 0.74, "3g": 0.68, "4g": 0.66, "broadband": 0.3}),
    Operator("op-d", "Nhà mạng mẫu D", {"2g": 0.35, "3g": 0.3, "4g": 0.24}),
    Operator("op-e", "Nhà mạng mẫu E", {"broadband": 0.2}),
)


def operators() -> pd.DataFrame:
    """Rows of the operators table but stored_at."""
    rows = [(operator.key, operator.name, position, None, None, True) for position, operator in enumerate(OPERATORS, start=1)]
    return pd.DataFrame(rows, columns=["key", "name", "position", "valid_from", "valid_to", "synthetic"])


def technologies() -> pd.DataFrame:
    """Rows of the technologies table but stored_at."""
    rows = [
        (key, name, kind, position, *days, TECHNOLOGIES_SOURCE) for position, (key, name, kind, *days) in enumerate(TECHNOLOGIES, start=1)
    ]
    return pd.DataFrame(rows, columns=["key", "name", "kind", "position", "valid_from", "valid_to", "source"])


def invent_coverage(villages: pd.DataFrame, size: Size, seed: int) -> pd.DataFrame:
    """Rows of the coverage table but stored_at: every operator's declaration of 2022-04-30 about every village.

    villages: columns id and remoteness. The number of villages covered by at least one operator is the nearest to the shares of `size`.
    """
    chance = random(seed, "coverage")
    remoteness = villages["remoteness"].to_numpy(float)
    covered = _covered(remoteness, size.shares, chance)
    silent = ~_least_remote(remoteness, 100 - 0.55 * (100 - size.shares[0]))
    frames = [
        _claims(villages["id"], operator.key, technology, status)
        for technology, flags in covered.items()
        for operator, status in _statuses(technology, flags, silent, remoteness, chance)
    ]
    moment = at_17(SURVEYED_ON)
    times = {"observed_at": moment, "confirmed_at": moment, "reported_at": moment}
    return pd.concat(frames, ignore_index=True).assign(method=METHOD, source=SOURCE, feed=None, synthetic=True, **times)


def _claims(ids: pd.Series, operator: str, technology: str, status: npt.NDArray[np.str_]) -> pd.DataFrame:
    return pd.DataFrame({"village_id": ids, "operator": operator, "technology": technology, "status": status})


def _covered(remoteness: Numbers, shares: tuple[float, float, float], chance: np.random.Generator) -> dict[str, Flags]:
    """By technology: the villages that at least one operator covers."""
    mobile_2g, mobile_3g4g = (_least_remote(remoteness, share) for share in shares[:2])
    broadband = _least_remote(remoteness + 0.8 * chance.standard_normal(len(remoteness)) + 9.0 * ~mobile_3g4g, shares[2])
    only_4g = mobile_3g4g & (chance.random(len(remoteness)) < 0.02)
    only_3g = mobile_3g4g & ~only_4g & ~_least_remote(remoteness + 0.5 * chance.standard_normal(len(remoteness)), shares[1] - 4.0)
    return {"2g": mobile_2g, "3g": mobile_3g4g & ~only_4g, "4g": mobile_3g4g & ~only_3g, "broadband": broadband}


def _least_remote(remoteness: Numbers, share: float) -> Flags:
    flags = np.zeros(len(remoteness), bool)
    flags[np.argsort(remoteness, kind="stable")[: round(len(remoteness) * share / 100)]] = True
    return flags


def _statuses(
    technology: str, covered: Flags, silent: Flags, remoteness: Numbers, chance: np.random.Generator
) -> list[tuple[Operator, npt.NDArray[np.str_]]]:
    """Each operator's word; of a covered village at least one says covered, of another one none does, of a silent one all say none."""
    offering = [operator for operator in OPERATORS if technology in operator.reach]
    reached = _reached(covered, [operator.reach[technology] for operator in offering], remoteness, chance)
    edge = ~silent & (technology != "broadband") & (covered | (chance.random(len(covered)) < 0.55))
    words = []
    for operator, flags in zip(offering, reached, strict=True):
        weak = edge & (chance.random(len(covered)) < 0.5 * operator.reach[technology])
        words += [(operator, np.where(flags, "covered", np.where(weak, "weak", "none")))]
    return words


def _reached(covered: Flags, reaches: list[float], remoteness: Numbers, chance: np.random.Generator) -> list[Flags]:
    """Which of the covered villages each operator reaches; one that nobody would reach falls to one of the first two."""
    rank = remoteness.argsort().argsort() / max(1, len(remoteness) - 1)
    reached = [covered & (rank + 0.08 * chance.standard_normal(len(rank)) < reach) for reach in reaches]
    alone = covered & ~np.logical_or.reduce(reached)
    first = chance.random(len(rank)) < 0.7
    reached[0] |= alone & first
    reached[1] |= alone & ~first
    return reached
