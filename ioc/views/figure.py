"""A figure as a block: label, value with unit, numerator / denominator, bar with its target, source and age."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Protocol

from dash import html

from ioc import clock
from ioc.figure import Basis, Figure, SourceShare
from ioc.freshness import ENDED
from ioc.snapshot import Snapshot
from ioc.text import Words
from ioc.views.attributes import attributes
from store.promises import Ageing


def figure_block(
    figure: Figure, snapshot: Snapshot, words: Words, label: str | None = None, *, notes_up_to: int | None = None
) -> html.Article:
    """The same block on every page. notes_up_to: characters that there is room for, in whole notes."""
    parts = [
        html.H3(label or words(f"kpi.{figure.key}"), className="figure-label"),
        html.P(_value(figure, words), className="figure-value"),
    ]
    note = notes(figure, words, notes_up_to)
    if note:
        parts.append(html.P(note, className="figure-note"))
    if figure.numerator is not None and figure.denominator:
        parts.append(_bar(figure, words))
    parts.append(html.P([html.Span(ratio(figure, words), className="figure-ratio"), age(figure, snapshot, words)], className="figure-foot"))
    if figure.basis is not None and figure.sources:
        parts.append(source_list(figure.basis, words))
    return html.Article(parts, className="figure", **attributes({"data-key": figure.key, "data-state": figure.state}))


def _value(figure: Figure, words: Words) -> list[Any]:
    if figure.value is None:
        return [html.Span("–", className="num"), html.Span(words(f"state.{figure.state}"), className="unit")]
    if figure.unit == "percent":
        return [html.Span(words.number(figure.value, 1), className="num"), html.Span("%", className="unit")]
    return [html.Span(words.number(figure.value), className="num"), html.Span(_count_unit(figure, words), className="unit")]


def _count_unit(figure: Figure, words: Words) -> str:
    if figure.counted == "endpoints" and figure.denominator is not None:
        return f"/{words.number(figure.denominator)}"
    return words(f"counted.{figure.counted}")


def notes(figure: Figure, words: Words, up_to: int | None = None) -> str:
    shown = [words.note(code, values) for code, values in figure.notes]
    if figure.target is not None:
        value = words.number(figure.target.value, 0 if figure.target.value == int(figure.target.value) else 1)
        shown.append(words("note.target", due=figure.target.due, value=value))
    while up_to is not None and len(shown) > 1 and len(" · ".join(shown)) > up_to:
        shown.pop()
    return " · ".join(shown)


def ratio(figure: Figure, words: Words) -> str:
    if figure.numerator is None or figure.denominator is None:
        return words("state.ended_long" if figure.state == ENDED else "state.none_long")
    return f"{words.number(figure.numerator)} / {words.number(figure.denominator)} {words(f'counted.{figure.counted}')}"


def source_list(basis: Basis, words: Words) -> Any:
    """Whose rows are counted: the source, or how many there are with the list of them behind; and how much of it is invented."""
    said = source_line(basis, words)
    if len(basis.sources) == 1:
        return html.P(said, className="figure-source", title=said)
    items = [html.Li(share_of_source(source, basis.rows, words)) for source in basis.sources]
    return html.Details([html.Summary(said), html.Ul(items)], className="figure-source sources")


def source_line(basis: Basis, words: Words) -> str:
    """The source by name, or how many sources there are; and that it is invented, all of it or how much."""
    sources = basis.sources
    named = (
        words("figure.source", source=words.source(sources[0].name))
        if len(sources) == 1
        else words("figure.sources", n=words.number(len(sources)))
    )
    return " · ".join([named, *invented(basis, words)])


def invented(basis: Basis, words: Words) -> list[str]:
    """That the figure is invented, or how many of its rows are; nothing where none is."""
    if not basis.synthetic:
        return []
    if basis.synthetic_rows == basis.rows:
        return [words("synthetic.label")]
    return [words("synthetic.part", n=words.number(basis.synthetic_rows), d=words.number(basis.rows))]


def share_of_source(source: SourceShare, rows: int, words: Words) -> str:
    """One source with how many of `rows` are its own, when it spoke last, and that it is invented."""
    share = words.number(100 * source.rows / rows, 0 if source.rows == rows else 1)
    parts = [words("figure.share", n=words.number(source.rows), share=share), words("figure.newest", moment=words.moment(source.newest_at))]
    if source.synthetic_rows:
        parts += invented(Basis(source.newest_at, (source,)), words)
    return f"{words.source(source.name)}: {' · '.join(parts)}"


def _bar(figure: Figure, words: Words) -> html.Div:
    assert figure.numerator is not None
    share = figure.numerator / (figure.denominator or 1)
    parts = [html.I(className="bar-fill", style={"--share": f"{share:.4f}"})]
    if figure.target is not None:
        parts.append(html.I(className="bar-target", style={"--target": f"{min(figure.target.value, 100) / 100:.4f}"}))
    return html.Div(parts, className="bar", role="img", **attributes({"aria-label": f"{words.number(100 * share, 1)} %"}))


def age(figure: Figure, snapshot: Snapshot, words: Words, *, symbol_only: bool = False) -> html.Span:
    """How old a figure is; ticks in the browser while the page shows now, and says the day when it shows the past."""
    heard = tuple(f"source/{share.name}" for share in figure.sources) if figure.counted == "endpoints" else ()
    return age_span(figure.ageing, figure.state, snapshot, words, heard, symbol_only=symbol_only)


class Shown(Protocol):
    """What an age is measured against: the moment shown. as_of and known_at are None while that is now."""

    @property
    def as_of(self) -> date | None: ...

    @property
    def known_at(self) -> datetime | None: ...

    @property
    def at(self) -> datetime: ...


def _ticking(true_at: datetime, ageing: Ageing, heard: Sequence[str]) -> dict[str, str]:
    """What the browser lets a figure grow old by; one of the past stays as old as it was."""
    moments = {"true-at": true_at, "late-at": ageing.late_at, "stale-at": ageing.stale_at}
    return {f"data-{key}": clock.iso(at) for key, at in moments.items()} | ({"data-heard": "\n".join(heard)} if heard else {})


def age_span(
    ageing: Ageing | None, state: str, snapshot: Shown, words: Words, heard: Sequence[str] = (), *, symbol_only: bool = False
) -> html.Span:
    """ageing: None when nobody has spoken yet. heard: by which of the live times (`ioc.states.endpoint_times`) it grows young again:
    that of the endpoint itself, where there is one, or the oldest of the sources named."""
    data: dict[str, Any] = {"data-state": state}
    true_at = min(ageing.true_at, snapshot.at) if ageing else None
    if ageing is None or true_at is None:
        text = words(f"state.{state}")
    elif snapshot.as_of is not None:
        text = words.day(clock.local(true_at).date())
    else:
        text = words.age((snapshot.at - true_at).total_seconds(), clock.local(true_at).date())
        data |= _ticking(true_at, ageing, heard) if snapshot.known_at is None else {}
    title = "" if true_at is None else words("age.title", moment=words.moment(true_at), state=words(f"state.{state}"))
    return html.Span(
        "" if symbol_only else text, className="age age-symbol" if symbol_only else "age", title=title or text, **attributes(data)
    )
