"""How long an endpoint was up: availability of a window, and how much of the window is known."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import Any

import pandas as pd
from dash import html

from ioc.text import Words

LEAST_KNOWN_PCT = 50  # of a window; a share of less says nothing of the whole
WINDOWS = {"day": timedelta(days=1), "month": timedelta(days=30)}


def availability_facts(found: dict[str, pd.DataFrame], at: datetime, words: Words) -> list[tuple[str, Any]]:
    """Facts of one endpoint for each of WINDOWS that ends `at`. found: store.availability.availability of that endpoint alone."""
    return [(f"endpoint.available_{window}", _fact(found[window], at - length, at, words)) for window, length in WINDOWS.items()]


def _fact(found: pd.DataFrame, from_at: datetime, to_at: datetime, words: Words) -> Any:
    title = words("endpoint.window", start=words.moment(from_at), end=words.moment(to_at))
    if found.empty or math.isnan(found["up_pct"].iloc[0]):
        return html.Span(words("endpoint.never"), title=title)
    row = found.iloc[0]
    known = words("endpoint.known", share=share(float(row["known_pct"]), 1, words))
    if float(row["known_pct"]) < LEAST_KNOWN_PCT:
        return html.Span([words("endpoint.too_little"), " ", html.Span(known, className="figure-note")], title=title)
    return html.Span([html.B(share(float(row["up_pct"]), 2, words)), " ", html.Span(known, className="figure-note")], title=title)


def share(percent: float, digits: int, words: Words) -> str:
    """Never rounded to all or to nothing: 99.996 % is not 100 %, and 0.001 % is less than 0.01 %."""
    smallest = 10**-digits
    if 0 < percent < smallest:
        return f"< {words.number(smallest, digits)} %"
    return f"{words.number(math.floor(percent / smallest + 1e-9) * smallest, digits)} %"
