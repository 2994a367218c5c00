"""Series across 2025-07-01: what was counted in the old units as if it had been counted in the new ones.

A count is split by the crosswalk's shares; a rate is never added up or split but worked out again from its numerator and denominator.
What nobody counted stays unknown: a new unit of which a part is missing has no count, and says how much of it is known. Everything here
is converted, and says by which method: whole (every old unit went over entire), area, or equal (nothing better is known than parts of
the same size).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

METHODS = ("whole", "area", "equal")
"""From the surest to the least sure; a value has that of its least sure part."""


def converted_counts(counts: Mapping[str, float], crosswalk: pd.DataFrame) -> pd.DataFrame:
    """Counts of old units in the new ones.

    counts: old code → count; a code that is missing, or NaN, is not known. crosswalk: columns old_code, new_code, share, method.
    Returns by new_code, of every new unit of the crosswalk: value (NaN unless all its parts are known), known (the sum of the known
    parts), covered_share (0 … 1, of the old units' shares that went into it), method. The values of all new units sum to those of the
    old ones where all are known; `known` sums to what is known in any case.
    """
    parts = _parts(counts, crosswalk)
    found = _by_unit(parts)
    return found.assign(value=found["known"].where(found["covered_share"] == 1.0))[["value", "known", "covered_share", "method"]]


def converted_rates(numerators: Mapping[str, float], denominators: Mapping[str, float], crosswalk: pd.DataFrame) -> pd.DataFrame:
    """Rates of the new units from the counts of the old ones, over those parts where both counts are known.

    Returns by new_code: value (0 … 1 when the numerator is a part of the denominator; NaN where nothing is known or nothing was
    counted), numerator, denominator, covered_share, method.
    """
    both = {code: value for code, value in numerators.items() if not (pd.isna(value) or pd.isna(denominators.get(code, np.nan)))}
    above = _by_unit(_parts(both, crosswalk))
    below = _by_unit(_parts({code: denominators[code] for code in both}, crosswalk))
    known = above["covered_share"] > 0
    numerator, denominator = above["known"].where(known), below["known"].where(known)
    value = numerator / denominator.where(denominator != 0)
    return pd.DataFrame(
        {
            "value": value,
            "numerator": numerator,
            "denominator": denominator,
            "covered_share": above["covered_share"],
            "method": above["method"],
        }
    )


def grouped_counts(counts: Mapping[str, float], grouping: Mapping[str, str]) -> pd.DataFrame:
    """Counts of new communes in the former districts that group them.

    grouping: commune → district. Returns by district: value (NaN unless all its communes are known), known, covered_share (of its
    communes). A commune belongs to the district that most of it came from, so these are not the district's own former bounds.
    """
    codes = pd.DataFrame({"old_code": list(grouping), "new_code": list(grouping.values())})
    return converted_counts(counts, codes.assign(share=1.0, method="whole")).drop(columns="method").rename_axis("district")


def _parts(counts: Mapping[str, float], crosswalk: pd.DataFrame) -> pd.DataFrame:
    """Each piece with what it holds of its old unit; NaN where that is not known."""
    shares = crosswalk[["old_code", "new_code", "share", "method"]]
    known = shares["old_code"].map(lambda code: counts.get(code, np.nan)).astype(float)
    order = shares["method"].map({method: place for place, method in enumerate(METHODS)}).fillna(len(METHODS) - 1)
    return shares.assign(part=known * shares["share"], known_share=shares["share"].where(known.notna(), 0.0), order=order.astype(int))


def _by_unit(parts: pd.DataFrame) -> pd.DataFrame:
    groups = parts.groupby("new_code")
    whole = groups["share"].sum()
    covered = (groups["known_share"].sum() / whole.where(whole > 0)).fillna(0.0)
    complete = groups["part"].apply(lambda part: part.notna().all()).astype(bool)
    return pd.DataFrame(
        {
            "known": groups["part"].sum(),
            "covered_share": covered.where(~complete, 1.0).clip(0.0, 1.0),
            "method": groups["order"].max().map(dict(enumerate(METHODS))).astype(object),
        }
    )
