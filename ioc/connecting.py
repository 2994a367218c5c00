"""A file that somebody hands over, and the feed that is proposed for it, as the store knows them; the steps people take.

A step is one transaction; each raises ProposalError or EntryError with what is wrong, in words of the catalogue.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine

from ioc import clock
from store import proposals
from store.transactions import reading, writing


@dataclass(frozen=True)
class ProposalNow:
    """One handed over file. state: as in store.proposals; said: what people said of it; answer: store.proposals.Answer, {} before."""

    id: int
    state: str
    file_name: str
    given_at: datetime
    said: Mapping[str, Any]
    answer: Mapping[str, Any]
    person: str | None
    feed: str | None
    version: str

    @property
    def waiting(self) -> bool:
        return self.state in (proposals.ASKED, proposals.ACCEPTED)


def read_proposal(engine: Engine, proposal: str | None) -> ProposalNow | None:
    """The proposal of a page's address; None when there is none. Raises StoreError."""
    if proposal is None or not (proposal.isascii() and proposal.isdigit()) or len(proposal) > 9:
        return None
    with reading(engine) as connection:
        found = proposals.of(connection, int(proposal))
    if found is None:
        return None
    version = f"{found['id']} {found['state']} {found['answered_at']}"
    names = ("id", "state", "file_name", "given_at", "said", "person", "feed")
    return ProposalNow(**{name: found[name] for name in names}, answer=found["answer"] or {}, version=version)


def hand_over(engine: Engine, file_name: str, file: bytes) -> int:
    """Keep a file for which a feed is to be proposed; the proposal's number."""
    with writing(engine) as connection:
        return proposals.ask(connection, file_name, file, clock.now())


def say(engine: Engine, proposal: int, said: Mapping[str, Any]) -> None:
    with writing(engine) as connection:
        proposals.say(connection, proposal, said)


def accept(engine: Engine, proposal: int, person: str) -> None:
    with writing(engine) as connection:
        proposals.accept(connection, proposal, person)
