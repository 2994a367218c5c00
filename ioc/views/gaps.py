"""Around the list of gaps: what it lists and of how many, where else to look, and why there is nothing to list."""

from __future__ import annotations

from typing import Any

import pandas as pd
from dash import html

from geo.cube import COMBINED, Share, shares_by
from ioc.gaps import ENDED, LISTED, Gaps, UnknownTechnologyError
from ioc.selection import Selection
from ioc.snapshot import Snapshot
from ioc.text import Words
from ioc.views.attributes import attributes
from ioc.views.controls import technology_keys, technology_name
from ioc.views.empty import is_empty, why_empty
from ioc.views.figure import age_span, source_list
from ioc.views.icon import icon
from store.frames import mapping

LEVELS = ("district", "commune")
OFFERED = ("3g4g", "4g")


def gaps_title(gaps: Gaps, words: Words) -> html.Div:
    """What is listed, where, of whom and as of when."""
    parts = [str(gaps.unit["full_name"]), operator_name(gaps, words)]
    if gaps.snapshot.as_of is not None:
        parts.append(words("note.as_of", day=words.day(gaps.snapshot.as_of)))
    title = words("gaps.title", technology=technology_name(gaps.technology, words))
    return html.Div([html.H1(title), html.P(" · ".join(parts), className="page-sub")], className="page-title")


def operator_name(gaps: Gaps, words: Words) -> str:
    names = mapping(gaps.snapshot.coverage.operators, "key", "name")
    return str(names.get(gaps.operator or "", words("controls.any_operator")))


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def downloads(selection: Selection, words: Words) -> html.Div:
    """The same list as files, and the map to take along."""
    query = selection.query()
    attached = f"{query}&download=1" if query else "?download=1"
    files = (
        ("xlsx", f"gaps.xlsx{query}", "file-earmark-spreadsheet"),
        ("csv", f"gaps.csv{query}", "filetype-csv"),
        ("take_along", f"map.html{attached}", "usb-drive"),
    )
    links = [_download(f"/export/{href}", words(f"gaps.{key}"), drawing, words(f"gaps.{key}_title")) for key, href, drawing in files]
    return html.Div(links, className="page-actions")


def _download(href: str, text: str, drawing: str, title: str) -> html.A:
    return html.A([icon(drawing), html.Span(text)], href=href, className="btn btn-quiet", title=title, download="")


def gaps_figures(gaps: Gaps, words: Words) -> list[Any]:
    """How many villages and people of how many, how bad, from whom and how old. Nothing without a denominator."""
    if not gaps.villages.denominator:
        return []
    villages, people = _filtered_shares(gaps) if gaps.filtered_by else (gaps.villages, gaps.people)
    none = villages.numerator - gaps.weak
    counts = [_count_of(share, counted, words) for share, counted in ((villages, "villages"), (people, "people"))]
    statuses = [
        html.Span(f"{words.number(count)} {status_word(gaps, status, words)}", className="gap-mark", **attributes({"data-status": status}))
        for status, count in (("none", none), ("weak", gaps.weak))
        if count
    ]
    without_data = 0 if gaps.filtered_by else gaps.without_data
    for code, count in (("note.villages_without_data", without_data), ("note.people_unknown", gaps.people_unknown)):
        if count:
            text = words(code, count=words.number(count))
            statuses.append(html.Span(text, className="gap-mark", **attributes({"data-status": "no_data"})))
    return [*_filter_line(gaps, words), html.P([*counts, *statuses], className="gaps-counts"), gaps_sources(gaps, words)]


def _filtered_shares(gaps: Gaps) -> tuple[Share, Share]:
    """Villages and people of the rows shown, of those of all rows of the list."""
    return Share(len(gaps.frame), gaps.listed), Share(int(gaps.frame["people"].fillna(0).sum()), gaps.people.numerator)


def _filter_line(gaps: Gaps, words: Words) -> list[Any]:
    """That not all rows are shown, by what, and the way back to all of them (assets/71-list-filter.js)."""
    if not gaps.filtered_by:
        return []
    everything = html.Button(words("gaps.unfilter"), id="gaps-unfilter", className="btn btn-quiet", type="button")
    said = html.Strong(words("gaps.filtered", n=words.number(len(gaps.frame)), d=words.number(gaps.listed)))
    return [html.P([icon("funnel"), said, html.Span(gaps.filtered_by), everything], className="gaps-filtered", role="status")]


def _count_of(share: Share, counted: str, words: Words) -> html.Span:
    whole = f" / {words.number(share.denominator)} {words(f'counted.{counted}')}"
    return html.Span(
        [html.Span(words.number(share.numerator), className="num"), html.Span(whole, className="unit")], className="gaps-count"
    )


def status_word(gaps: Gaps, status: str, words: Words) -> str:
    """covered | weak | none | no_data as people say it of the technology shown: "không có 4G", which is not yet "trắng sóng"."""
    technologies = gaps.snapshot.coverage.technologies
    fixed = bool((technologies.loc[technologies["key"] == gaps.technology, "kind"] == "fixed").any())
    return words(f"gaps.{'status_fixed' if fixed else 'status'}.{status}", technology=technology_name(gaps.technology, words))


def gaps_sources(gaps: Gaps, words: Words) -> html.Div:
    """Whose word it is, whether it is invented, and how old."""
    said = source_list(gaps.basis, words) if gaps.basis.sources else None
    return html.Div([said, age_span(gaps.basis.ageing, gaps.basis.state, gaps.snapshot, words)], className="gaps-source")


# ── Where else ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def area_menus(gaps: Gaps, selection: Selection, words: Words, path: str) -> list[html.Details]:
    """Districts, and the communes of the district shown or of the province, each with the number of its gaps; most first."""
    places = gaps.snapshot.places
    lineage = places.lineage.loc[gaps.unit["code"]]
    menus = []
    for level in LEVELS:
        units = places.units[places.units["level"] == level]
        if level == "commune" and isinstance(lineage["district"], str):
            units = units[places.lineage["district"].reindex(units.index) == lineage["district"]]
        wider = None if level == "district" else lineage["district"]
        if len(units):
            menus.append(_area_menu(gaps, selection, words, path, units, str(lineage[level] or ""), wider))
    return menus


def _area_menu(
    gaps: Gaps, selection: Selection, words: Words, path: str, units: pd.DataFrame, current: str, wider: str | None
) -> html.Details:
    level = str(units["level"].iloc[0])
    counts = _gap_counts(gaps, level)
    ranked = sorted(zip(units["code"], units["full_name"], strict=True), key=lambda unit: (-counts.get(unit[0], 0), unit[1]))
    former = level == "district" and districts_are_former(gaps.snapshot)
    everything = words("gaps.any_former_district" if former else f"gaps.any_{level}")
    links = [_area_link(path + selection.to(unit=wider).query(), everything, "", not current)]
    links += [
        _area_link(path + selection.to(unit=code).query(), name, words.number(counts.get(code, 0)), code == current)
        for code, name in ranked
    ]
    shown = dict(ranked).get(current, everything)
    return html.Details([html.Summary(shown, className="chip"), html.Div(links, className="menu-list")], className="menu")


def districts_are_former(snapshot: Snapshot) -> bool:
    """Whether the districts of the day only group communes by what they used to belong to."""
    units = snapshot.places.units
    ends = units.loc[units["level"] == "district", "valid_to"]
    return len(ends) > 0 and bool(ends.notna().all()) and max(ends) < snapshot.places.day


def _area_link(href: str, name: str, count: str, current: bool) -> html.A:
    marked = attributes({"aria-current": "true"} if current else {})
    return html.A([html.Span(name), html.Span(count, className="num")], href=href, **marked)


def _gap_counts(gaps: Gaps, level: str) -> dict[str, int]:
    if gaps.state != LISTED:
        return {}
    statuses = gaps.snapshot.coverage.cube.best(gaps.technology, gaps.operator)
    shares = shares_by(statuses, list(gaps.snapshot.places.villages[level]))
    return {code: share.denominator - share.numerator for code, share in shares.items()}


# ── Nothing to list ──────────────────────────────────────────────────────────────────────────────────────────────────────


def nothing_listed(gaps: Gaps, selection: Selection, words: Words, path: str) -> list[Any]:
    """Why there is nothing, and the next step: another technology, another day, a wider area, the sources. Empty when something is."""
    if len(gaps.frame) or gaps.filtered_by:
        return []  # the grid itself says that no row passes the filter
    if is_empty(gaps.snapshot):
        return why_empty(gaps.snapshot, selection, words, path)
    technology, known = technology_name(gaps.technology, words), words.number(gaps.villages.denominator)
    text = words(f"gaps.{gaps.state}", technology=technology, where=gaps.unit["full_name"], day=_service_day(gaps, words), n=known)
    if gaps.state == LISTED:
        links = [_button(words("gaps.see_map"), f"/map{selection.query()}")]
    else:
        links = _other_ways(gaps, selection, words, path)
    if gaps.unit["code"] != gaps.snapshot.places.province:
        links.append(_button(words("gaps.see_province"), path + selection.to(unit=None).query()))
    return [_empty(_sentence(words(f"gaps.{gaps.state}_title", technology=technology)), _sentence(text), links)]


def _service_days(gaps: Gaps) -> list[Any]:
    """The last days of service of an ended technology, the first ones of one that has not begun."""
    rows = gaps.snapshot.coverage.technologies
    rows = rows[rows["key"].isin(COMBINED.get(gaps.technology, (gaps.technology,)))]
    return list(rows["valid_to" if gaps.state == ENDED else "valid_from"].dropna())


def _service_day(gaps: Gaps, words: Words) -> str:
    days = _service_days(gaps)
    return words.day(max(days)) if days else ""


def _other_ways(gaps: Gaps, selection: Selection, words: Words, path: str) -> list[html.A]:
    links = []
    days = _service_days(gaps)
    if gaps.state == ENDED and days:
        day = max(days)
        links.append(_button(words("gaps.see_day", day=words.day(day)), path + selection.to(as_of=day).query()))
    offered = [key for key in technology_keys(gaps.snapshot) if key in OFFERED and key != gaps.technology]
    links += [
        _button(words("gaps.see_technology", technology=technology_name(key, words)), path + selection.to(technology=key).query())
        for key in offered[:1]
    ]
    return [*links, _button(words("gaps.see_feeds"), f"/feeds{selection.query()}")]


def unknown_unit(snapshot: Snapshot, selection: Selection, words: Words, path: str) -> list[Any]:
    text = words("unknown_unit.text", unit=selection.unit, day=words.day(snapshot.places.day))
    return [_empty(words("unknown_unit.title"), text, [_button(words("unknown_unit.next"), path + selection.to(unit=None).query())])]


def unknown_key(error: LookupError, selection: Selection, words: Words, path: str) -> list[Any]:
    """A technology or an operator that this installation does not know."""
    kind = "technology" if isinstance(error, UnknownTechnologyError) else "operator"
    known = selection.to(technology=OFFERED[-1]) if kind == "technology" else selection.to(operator=None)
    return [
        _empty(
            words(f"gaps.unknown_{kind}_title"),
            words(f"gaps.unknown_{kind}", key=error.args[0]),
            [_button(words(f"gaps.unknown_{kind}_next"), path + known.query())],
        )
    ]


def _empty(title: str, text: str, links: list[html.A]) -> html.Div:
    return html.Div([html.H2(title), html.P(text), html.P(links, className="empty-next")], className="empty", role="status")


def _button(text: str, href: str) -> html.A:
    return html.A(text, href=href, className="btn btn-quiet")
