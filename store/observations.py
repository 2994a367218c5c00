"""What the worker asks of the store while it takes records in; small answers, no frames."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, or_, select

from store.schema import (
    centres,
    coverage,
    dossiers,
    endpoint_state,
    endpoints,
    feed_runs,
    feeds,
    operators,
    place_units,
    technologies,
    villages,
)

FEW = 500


class EndpointNow(NamedTuple):
    state: str
    since_at: datetime
    observed_at: datetime


class ClaimRow(NamedTuple):
    """One row of the coverage table for one (village, operator, technology)."""

    observed_at: datetime
    status: str
    confirmed_at: datetime
    reported_at: datetime
    stored_at: datetime
    feed: str | None


def _valid(table: Any, day: date) -> Any:
    return (table.c.valid_from <= day) & or_(table.c.valid_to.is_(None), table.c.valid_to >= day)


def endpoint_ids(connection: Connection) -> frozenset[str]:
    return frozenset(connection.scalars(select(endpoints.c.id)))


def probe_targets(connection: Connection, day: date) -> dict[str, str]:
    """Endpoint id → "host:port" of every endpoint in service on `day` that has an address."""
    statement = select(endpoints.c.id, endpoints.c.address).where(endpoints.c.address.is_not(None), _valid(endpoints, day))
    return {row.id: row.address for row in connection.execute(statement.order_by(endpoints.c.id))}


def endpoint_ids_on(connection: Connection, day: date) -> frozenset[str]:
    """Endpoints in service on `day`."""
    return frozenset(connection.scalars(select(endpoints.c.id).where(_valid(endpoints, day))))


def endpoints_now(connection: Connection) -> dict[str, EndpointNow]:
    s = endpoint_state.c
    rows = connection.execute(select(s.endpoint_id, s.state, s.since_at, s.observed_at))
    return {row.endpoint_id: EndpointNow(row.state, row.since_at, row.observed_at) for row in rows}


def village_ids(connection: Connection) -> frozenset[str]:
    return frozenset(connection.scalars(select(villages.c.id)))


def village_people(connection: Connection, day: date) -> dict[str, tuple[str, int]]:
    """Village id → name and people (0 when unknown) on `day`."""
    v = villages.c
    rows = connection.execute(select(v.id, v.name, v.population).where(_valid(villages, day)).order_by(v.id))
    return {row.id: (row.name, row.population or 0) for row in rows}


def operator_keys(connection: Connection) -> dict[str, str]:
    """Operator key → name."""
    return {row.key: row.name for row in connection.execute(select(operators.c.key, operators.c.name).order_by(operators.c.position))}


def technology_names(connection: Connection) -> dict[str, str]:
    """Technology key → name."""
    return {row.key: row.name for row in connection.execute(select(technologies.c.key, technologies.c.name))}


def technology_service(connection: Connection) -> dict[str, tuple[date | None, date | None]]:
    """Technology key → first and last day in service; None: open."""
    t = technologies.c
    return {row.key: (row.valid_from, row.valid_to) for row in connection.execute(select(t.key, t.valid_from, t.valid_to))}


def claims_of(
    connection: Connection, operator: str, method: str, source: str, village_ids: Collection[str]
) -> dict[tuple[str, str], list[ClaimRow]]:
    """What one source has said of one operator in these villages: (village, technology) → rows by observed_at."""
    c = coverage.c
    statement = select(c.village_id, c.technology, c.observed_at, c.status, c.confirmed_at, c.reported_at, c.stored_at, c.feed).where(
        c.operator == operator, c.method == method, c.source == source
    )
    if len(village_ids) <= FEW:
        statement = statement.where(c.village_id.in_(village_ids))
    claims: dict[tuple[str, str], list[ClaimRow]] = {}
    for village_id, technology, *rest in connection.execute(statement.order_by(c.observed_at)):
        claims.setdefault((village_id, technology), []).append(ClaimRow(*rest))
    return claims


def last_words(connection: Connection, operator: str) -> tuple[dict[tuple[str, str], str], datetime | None]:
    """What an operator has declared last, from whatever source: (village, technology) → status; and up to when."""
    c = coverage.c
    statement = select(c.village_id, c.technology, c.status, c.confirmed_at).where(c.operator == operator, c.method == "declared")
    words: dict[tuple[str, str], str] = {}
    said_at: datetime | None = None
    for village_id, technology, status, confirmed_at in connection.execute(statement.order_by(c.observed_at)):
        words[village_id, technology] = status
        said_at = confirmed_at if said_at is None else max(said_at, confirmed_at)
    return words, said_at


def centre_kinds(connection: Connection, day: date) -> dict[str, str]:
    """Centre id → kind of every centre open on `day`."""
    statement = select(centres.c.id, centres.c.kind).where(_valid(centres, day)).order_by(centres.c.id)
    return {row.id: row.kind for row in connection.execute(statement)}


def centre_units(connection: Connection) -> dict[str, list[tuple[date, date | None, str]]]:
    """Centre id → the units it has lain in: (from, to, unit code), oldest first."""
    p = place_units.c
    stands = or_(p.unit_valid_to.is_(None), p.unit_valid_to >= p.unit_valid_from)
    joined = centres.join(place_units, (p.place_id == centres.c.id) & (p.place_kind == "centre") & stands, isouter=True)
    statement = select(centres.c.id, p.unit_valid_from, p.unit_valid_to, p.unit_code).select_from(joined).order_by(p.unit_valid_from)
    found: dict[str, list[tuple[date, date | None, str]]] = {}
    for centre_id, start, end, code in connection.execute(statement):
        lain = found.setdefault(centre_id, [])
        if code is not None:
            lain.append((start, end, code))
    return found


def taken_hashes(connection: Connection, feed: str, hashes: Collection[str]) -> set[str]:
    """Which of these content hashes a run of the feed has taken in, as far back as runs are kept."""
    r = feed_runs.c
    statement = select(r.content_hash).where(r.feed == feed, r.content_hash.in_(sorted(hashes)), r.state != "failed")
    return set(connection.scalars(statement))


def newest_of(connection: Connection, feed: str) -> datetime | None:
    """The newest moment that the feed has stored anything about; None before the first, or for a feed that is not registered."""
    return connection.execute(select(feeds.c.true_at).where(feeds.c.key == feed)).scalar()


def was_out_of_reach(connection: Connection, feed: str) -> bool:
    """Whether the feed's newest run failed before it had anything to read."""
    r = feed_runs.c
    newest = connection.execute(select(r.state, r.item).where(r.feed == feed).order_by(r.id.desc()).limit(1)).first()
    return newest is not None and newest.state == "failed" and newest.item is None


def is_run_requested(connection: Connection) -> bool:
    """Whether somebody wants a feed run now."""
    return connection.scalar(select(feeds.c.key).where(feeds.c.run_requested_at.is_not(None)).limit(1)) is not None


def dossier_rows(connection: Connection, periods: Collection[str]) -> dict[tuple[str, str, str], dict[str, Any]]:
    """Stored dossier counts of these periods by (centre, authority, period)."""
    rows = connection.execute(select(dossiers).where(dossiers.c.period.in_(sorted(periods)))).mappings()
    return {(row["centre_id"], row["authority_code"], row["period"]): dict(row) for row in rows}
