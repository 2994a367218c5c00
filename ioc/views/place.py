"""One village, endpoint or centre in detail: what is claimed by whom, since when, and who answers for it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from dash import html

from ioc import clock
from ioc.coverage_basis import coverage_basis
from ioc.endpoint_state import EndpointState, endpoint_state
from ioc.kpi import in_service
from ioc.selection import Selection
from ioc.snapshot import Snapshot
from ioc.text import Words
from ioc.views.attributes import attributes
from ioc.views.availability import availability_facts
from ioc.views.contact import contact
from ioc.views.controls import operator_mark
from ioc.views.figure import age_span
from ioc.views.panel import panel_head
from ioc.village_words import VillageWord, village_words
from store.frames import rows


def village_panel(snapshot: Snapshot, village: pd.Series, claims: pd.DataFrame, words: Words) -> list[Any]:
    """claims: store.claims.village_claims of the village."""
    facts = [
        ("village.commune", _unit_name(snapshot, village["commune"])),
        ("village.district", _unit_name(snapshot, village["district"])),
        ("village.population", _count(village["population"], words)),
        ("village.households", _count(village["households"], words)),
        ("village.grid_power", words(_yes_no(village["grid_power"]))),
        ("village.position", f"{village['lat']:.5f}, {village['lon']:.5f}"),
    ]
    return [
        panel_head(str(village["name"]), f"{words('place.village')} · {village['id']}"),
        facts_list(facts, words),
        html.Section([html.H2(words("village.coverage")), claims_table(snapshot, str(village["id"]), claims, words)], className="detail"),
        synthetic_note(bool(village["synthetic"]), words),
    ]


def claims_table(snapshot: Snapshot, village_id: str, claims: pd.DataFrame, words: Words) -> Any:
    """Operator × technology: the status that counts, with other methods' words beside it where they disagree; below it every word."""
    if claims.empty:
        return html.P(words("village.no_claims"), className="empty")
    said = village_words(snapshot, village_id, claims)
    technologies = [key for key in snapshot.coverage.technologies["key"] if in_service(snapshot, key) or key in set(claims["technology"])]
    columns = [words("village.operator"), *(words(f"technology_short.{key}") for key in technologies)]
    head = html.Tr([html.Th(column, scope="col") for column in columns])
    body = []
    for operator in dict.fromkeys(word.operator for word in said):
        mine = [word for word in said if word.operator == operator]
        mark = operator_mark(snapshot, operator, operator_name(snapshot, operator))
        named: list[Any] = [*mark, _operator_age(snapshot, village_id, mine, words)]
        cells = [_cell([word for word in mine if word.technology == key], words) for key in technologies]
        body.append(html.Tr([html.Th(named, scope="row"), *cells]))
    table = html.Table([html.Thead(head), html.Tbody(body)], className="table matrix")
    return html.Div([html.Div(table, className="table-scroll"), every_word(snapshot, said, words)])


def _operator_age(snapshot: Snapshot, village_id: str, said: list[VillageWord], words: Words) -> html.Span:
    """The age of an operator's words that count in a village, by the rule of every figure: its commune's figure of the same rows has it
    too. Where none counts, the newest word's own."""
    cube, position = snapshot.coverage.cube, snapshot.places.village_position.get(village_id)
    if position is not None and any(word.counts for word in said):
        here = np.arange(len(snapshot.places.villages)) == position
        basis = coverage_basis(snapshot, here, cube.technologies, said[0].operator)
        return age_span(basis.ageing, basis.state, snapshot, words)
    newest = max(said, key=lambda word: word.said_at)
    return _age(newest.said_at, newest.source, snapshot, words)


def operator_name(snapshot: Snapshot, operator: str) -> str:
    return str(snapshot.coverage.operator_names.get(operator, operator))


def _cell(said: list[VillageWord], words: Words) -> html.Td:
    counted = next((word for word in said if word.counts), None)
    if counted is None:
        return html.Td(
            [_symbol("village", "no_data"), words("status.no_data")], className="status", **attributes({"data-state": "no_data"})
        )
    disputed = [
        words(f"method.{word.method}", status=words(f"status.{word.status}"))
        for word in said
        if word.newest and not word.counts and word.status != counted.status
    ]
    since = words("village.since", day=words.day(clock.local(counted.since_at).date()))
    parts: list[Any] = [_symbol("village", counted.status), words(f"status.{counted.status}")]
    parts += [html.Div(text, className="dispute") for text in disputed]
    return html.Td(parts, className="status", title=since, **attributes({"data-state": counted.status}))


def every_word(snapshot: Snapshot, said: list[VillageWord], words: Words) -> html.Details:
    """Each word with its source, method and time, which of them counts and why."""
    columns = ("village.operator", "village.said", "village.method", "village.source", "village.said_at", "village.counts")
    head = html.Tr([html.Th(words(code), scope="col") for code in columns])
    body = html.Tbody([_word_row(snapshot, word, words) for word in said])
    table = html.Div(html.Table([html.Thead(head), body], className="table"), className="table-scroll")
    return html.Details([html.Summary(words("village.every_word", n=words.number(len(said)))), table], className="every-word")


def _word_row(snapshot: Snapshot, word: VillageWord, words: Words) -> html.Tr:
    about = f"{operator_name(snapshot, word.operator)} · {words(f'technology_short.{word.technology}')}"
    named = words.source(word.source)
    source = named if word.renamed is None else words("village.renamed", source=named, name=words.source(word.renamed))
    rules = snapshot.coverage.rules
    days = rules.reported_days if "reported" in word.reason else rules.measured_days
    verdict = words(f"village.{'counted' if word.counts else 'not_counted'}")
    cells: list[Any] = [
        about,
        [_symbol("village", word.status), words(f"status.{word.status}")],
        words(f"method_name.{word.method}"),
        [source, *([html.Div(words("synthetic.label"), className="note-synthetic")] if word.synthetic else [])],
        words.moment(word.said_at),
        f"{verdict}: {words(f'reason.{word.reason}', days=days)}",
    ]
    return html.Tr([html.Td(cell) for cell in cells], **attributes({"data-counts": "yes" if word.counts else "no"}))


def _age(at: datetime, source: str, snapshot: Snapshot, words: Words) -> html.Span:
    ageing = snapshot.promise("coverage", source).ageing(at)
    return age_span(ageing, ageing.state(snapshot.at), snapshot, words)


def endpoint_panel(
    snapshot: Snapshot, endpoint: pd.Series, events: pd.DataFrame, available: dict[str, pd.DataFrame], words: Words
) -> list[Any]:
    """events: store.conditions.endpoint_events of the endpoint, newest first. available: as for availability_facts."""
    now = endpoint_state(snapshot, str(endpoint["id"]))
    facts = [
        ("endpoint.state", html.Span([_symbol("endpoint", now.state), words(f"endpoint_state.{now.state}")])),
        ("endpoint.since", words("endpoint.never") if now.since_at is None else words.moment(now.since_at)),
        ("endpoint.confirmed", _confirmed(str(endpoint["id"]), now, snapshot, words)),
        *availability_facts(available, snapshot.at, words),
        ("endpoint.unit", _unit_name(snapshot, endpoint["unit_code"])),
        ("endpoint.contact", contact(endpoint["contact"], words)),
        ("endpoint.latency", "–" if now.latency_ms is None else f"{words.number(now.latency_ms, 1)} ms"),
        ("endpoint.source", words.source(now.source) if now.source else "–"),
    ]
    return [
        panel_head(str(endpoint["name"]), f"{words('place.endpoint')} · {words('endpoint_level.' + endpoint['level'])} · {endpoint['id']}"),
        facts_list(facts, words),
        html.Section([html.H2(words("endpoint.history")), _history(events, words)], className="detail"),
        synthetic_note(bool(endpoint["synthetic"]), words),
    ]


def _confirmed(endpoint_id: str, now: EndpointState, snapshot: Snapshot, words: Words) -> Any:
    """When the word by which the endpoint is judged was said."""
    if now.ageing is None:
        return words("state.none")
    kinds = (f"endpoint/{endpoint_id}", f"source/{now.source}")
    return age_span(now.ageing, now.ageing.state(snapshot.at), snapshot, words, kinds)


def _history(events: pd.DataFrame, words: Words) -> Any:
    if events.empty:
        return html.P(words("endpoint.no_history"), className="empty")
    return html.Ol(
        [
            html.Li(
                [
                    _symbol("endpoint", row.state),
                    html.Span(words(f"endpoint_state.{row.state}"), className="rank-name"),
                    html.Span(words.moment(row.at), className="rank-value"),
                ],
                className="rank-row",
            )
            for row in rows(events)
        ],
        className="rank",
    )


def centre_panel(snapshot: Snapshot, centre: pd.Series, words: Words) -> list[Any]:
    counts = snapshot.conditions.dossiers
    mine = counts[counts["centre_id"] == centre["id"]]
    facts: list[tuple[str, Any]] = [("centre.unit", _unit_name(snapshot, centre["unit_code"]))]
    if len(mine):
        total = mine[["received", "in_progress", "due", "on_time", "overdue", "online"]].sum()
        facts.append(("centre.period", words("note.month", month="/".join(reversed(str(mine["period"].iloc[0]).split("-"))))))
        facts += [(f"centre.{key}", words.number(int(total[key]))) for key in total.index]
        newest = mine.groupby("source")["observed_at"].max()
        ageing = snapshot.inherited("dossiers", {str(source): at.to_pydatetime() for source, at in newest.items()})
        facts.append(("centre.age", age_span(ageing, ageing.state(snapshot.at), snapshot, words)))
        facts.append(("centre.source", ", ".join(words.source(name) for name in sorted(set(mine["source"])))))
    else:
        facts.append(("centre.period", words("state.none_long")))
    return [
        panel_head(str(centre["name"]), f"{words('place.centre')} · {words('centre_kind.' + centre['kind'])} · {centre['id']}"),
        facts_list(facts, words),
        synthetic_note(bool(centre["synthetic"]), words),
    ]


def unknown_place(selection: Selection, words: Words) -> list[Any]:
    place = selection.village or selection.endpoint or selection.centre
    back = selection.to(village=None, endpoint=None, centre=None).query()
    return [
        panel_head(words("unknown_place.title"), words("unknown_place.text", id=place)),
        html.P(html.A(words("unknown_place.next"), href=f"/map{back}", className="btn"), className="empty"),
    ]


def _symbol(kind: str, state: Any) -> html.I:
    return html.I(className=f"symbol symbol-{kind}", **attributes({"data-state": state}))


def facts_list(facts: list[tuple[str, Any]], words: Words) -> html.Dl:
    return html.Dl([part for code, value in facts for part in (html.Dt(words(code)), html.Dd(value))], className="facts")


def synthetic_note(synthetic: bool, words: Words) -> Any:
    return html.P(words("synthetic.label"), className="note note-synthetic") if synthetic else None


def _unit_name(snapshot: Snapshot, code: Any) -> str:
    return str(snapshot.places.units["full_name"].get(code, "–")) if isinstance(code, str) else "–"


def _count(value: Any, words: Words) -> str:
    return "–" if pd.isna(value) else words.number(int(value))


def _yes_no(value: Any) -> str:
    return "village.unknown" if value is None or pd.isna(value) else "village.yes" if value else "village.no"
