"""The numbers that a system shows Prometheus, in its text format or as OpenMetrics: each sample is a row, its labels are columns."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from functools import partial
from itertools import islice
from typing import Any

from prometheus_client import Metric
from prometheus_client.samples import Sample
from pydantic import Field

from feeds.errors import ContentError
from feeds.fetching import Content, Fetched, Layout, Visit
from feeds.web import Answer, Session, WebOptions, ask, refuse_page, shown

ASKS_ITSELF = True
OPEN_METRICS = "application/openmetrics-text"
ACCEPT = f"{OPEN_METRICS};version=1.0.0, text/plain;version=0.0.4;q=0.5"
SHOWN = 10  # of the metrics that there are, when none is the one that was asked for


class Options(WebOptions):
    """metrics: names of samples, and labels: values that they must have; ``*`` and ``?`` stand for other characters.

    wide: one row for each set of labels with the metrics as columns, instead of one row for each sample.
    """

    metrics: list[str] = Field(min_length=1)
    labels: dict[str, str] = Field(default_factory=dict)
    wide: bool = False


def fetch(options: Options, visit: Visit) -> Iterator[Fetched]:
    """What there is to see now."""
    yield Fetched(shown(options.url), partial(_read, options, visit))


def _read(options: Options, visit: Visit) -> Content:
    answer = ask(options, visit, partial(_ask, options))
    families = _families(answer)
    samples = [sample for family in families for sample in family.samples if _is_wanted(sample, options)]
    if not samples:
        raise ContentError("run.no_metric", wanted=", ".join(options.metrics), found=", ".join(islice(_names(families), SHOWN)))
    rows = _wide(samples, visit.now) if options.wide else [_row(sample, visit.now) for sample in samples]
    return Content(rows, Layout("rows"), visit.now, size=len(answer.data), complete=True)


async def _ask(options: Options, session: Session) -> Answer:
    answer = await session.get(options.url, headers={"Accept": ACCEPT})
    refuse_page(answer)
    return answer


def _families(answer: Answer) -> list[Metric]:
    from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
    from prometheus_client.parser import text_string_to_metric_families as plain_text

    parse = open_metrics if OPEN_METRICS in answer.headers.get("content-type", "") else plain_text
    try:
        return list(parse(answer.data.decode("utf-8")))
    except UnicodeDecodeError as error:
        raise ContentError("run.encoding", position=error.start) from error
    except (ValueError, LookupError, TypeError, AttributeError) as error:  # what the parsers raise, depending on what is wrong
        raise ContentError("run.metrics_invalid", detail=str(error)[:200]) from error


def _is_wanted(sample: Sample, options: Options) -> bool:
    named = any(fnmatchcase(sample.name, pattern) for pattern in options.metrics)
    return named and all(fnmatchcase(sample.labels.get(label, ""), pattern) for label, pattern in options.labels.items())


def _names(families: Iterable[Metric]) -> Iterator[str]:
    return iter(dict.fromkeys(sample.name for family in families for sample in family.samples))


def _row(sample: Sample, now: datetime) -> dict[str, Any]:
    return {**sample.labels, "metric": sample.name, "value": _number(sample.value), "observed_at": _time(sample, now)}


def _wide(samples: Iterable[Sample], now: datetime) -> list[dict[str, Any]]:
    rows: dict[tuple[tuple[str, str], ...], dict[str, Any]] = {}
    for sample in samples:
        at = _time(sample, now)
        row = rows.setdefault(tuple(sorted(sample.labels.items())), {**sample.labels, "observed_at": at})
        row |= {sample.name: _number(sample.value), "observed_at": max(at, row["observed_at"])}
    return list(rows.values())


def _time(sample: Sample, now: datetime) -> datetime:
    """When the sample was true; most say nothing and mean now."""
    return now if sample.timestamp is None else datetime.fromtimestamp(float(sample.timestamp), UTC)


def _number(value: float) -> int | float | None:
    """None for what is no number (NaN, infinite): missing is not zero."""
    if not math.isfinite(value):
        return None
    return int(value) if float(value).is_integer() else float(value)
