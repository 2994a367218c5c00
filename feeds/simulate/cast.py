"""Whom the simulator plays: the endpoints, centres, villages and operators that the store knows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from store import observations

Words = dict[tuple[str, str], str]  # (village, technology) → covered | weak | none


@dataclass(frozen=True)
class Operator:
    """words: what it last said of each village and technology; said_at: when that was true at the latest, None before any word."""

    key: str
    name: str
    words: Words
    said_at: datetime | None


@dataclass(frozen=True)
class Cast:
    """addresses: endpoint id → host:port; reported: endpoints that have none. centres: id → kind. villages: id → (name, people)."""

    addresses: dict[str, str]
    reported: list[str]
    centres: dict[str, str]
    villages: dict[str, tuple[str, int]]
    operators: list[Operator]
    service: dict[str, tuple[date | None, date | None]]


def read_cast(connection: Connection, day: date) -> Cast:
    """The cast as the store has it on `day`."""
    addresses = observations.probe_targets(connection, day)
    operators = []
    for key, name in observations.operator_keys(connection).items():
        words, said_at = observations.last_words(connection, key)
        operators.append(Operator(key, name, words, said_at))
    return Cast(
        addresses=addresses,
        reported=sorted(observations.endpoint_ids_on(connection, day) - addresses.keys()),
        centres=observations.centre_kinds(connection, day),
        villages=observations.village_people(connection, day),
        operators=operators,
        service=observations.technology_service(connection),
    )
