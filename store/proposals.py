"""Feeds that are proposed for a file that somebody hands over, and the steps such a proposal goes through.

asked → (the worker reads the file) → proposed or refused → asked again with what a person says of it, or accepted → (the worker adds the
feed to the feeds file) → saved. The layer "feed_proposals" rises with every step.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, insert, select, update

from store.errors import StoreError
from store.manual import person_name
from store.runs import as_json
from store.schema import feed_proposals
from store.write import bump

LAYER = feed_proposals.name
ASKED, PROPOSED, REFUSED, ACCEPTED, SAVED = "asked", "proposed", "refused", "accepted", "saved"
MOST_BYTES = 10_000_000
MOST_WAITING = 20
KEPT = timedelta(days=7)
_ID: Any = feed_proposals.c.id
_STATE: Any = feed_proposals.c.state


class ProposalError(StoreError):
    """A step that cannot be taken; nothing was changed. Codes: [proposal_error] in store/text."""

    def __init__(self, code: str, **values: object) -> None:
        self.code = f"proposal_error.{code}"
        super().__init__("", **values)


class Asked(NamedTuple):
    """What the worker needs: a file and what was said of it."""

    id: int
    state: str
    file_name: str
    file: bytes | None
    said: dict[str, Any]
    answer: dict[str, Any] | None


@dataclass(frozen=True)
class Answer:
    """What the worker made of a file.

    error: code and values, when nothing can be proposed. key, toml: of the proposed feed; kind, kinds: the record kind, and all there are.
    columns: header, its first cells, and the field it is taken for ("" for none); fields: name, header by which people know it, whether it
    must be there. doubts: code, values, and whether it has to be answered. choices: what may be chosen for a value that is in doubt.
    values: those of the table that people may change. rows, added, changed, unchanged, refused: counts; problems: row number, code, values.
    stored: what the first rows would become: row number, table, and their fields.
    """

    error: tuple[str, Mapping[str, Any]] | None = None
    key: str = ""
    toml: str = ""
    kind: str = ""
    kinds: tuple[str, ...] = ()
    usable: bool = False
    columns: tuple[tuple[str, tuple[str, ...], str], ...] = ()
    fields: tuple[tuple[str, str, bool], ...] = ()
    doubts: tuple[tuple[str, Mapping[str, Any], bool], ...] = ()
    choices: Mapping[str, tuple[tuple[str, str], ...]] | None = None
    values: Mapping[str, Any] | None = None
    rows: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    problems: tuple[tuple[int, str, Mapping[str, Any]], ...] = ()
    stored: tuple[tuple[int | None, str, Mapping[str, Any]], ...] = ()


def ask(connection: Connection, file_name: str, file: bytes, at: datetime) -> int:
    """Keep a file that a feed is to be proposed for; the proposal's id. Raises ProposalError."""
    if not file:
        raise ProposalError("empty")
    if len(file) > MOST_BYTES:
        raise ProposalError("too_large", limit_mb=MOST_BYTES // 1_000_000)
    waiting = connection.execute(select(_ID).where(_STATE == ASKED).limit(MOST_WAITING)).all()
    if len(waiting) >= MOST_WAITING:
        raise ProposalError("too_many")
    _forget(connection, at)
    name = as_json(file_name.replace("\\", "/").rpartition("/")[2])[-120:].lstrip(".") or "file"
    values: dict[str, Any] = {
        "id": _number_of_none(connection),
        "state": ASKED,
        "file_name": name,
        "file": file,
        "given_at": at,
        "said": {},
    }
    connection.execute(insert(feed_proposals).values(**values))
    bump(connection, LAYER)
    return int(values["id"])


def _number_of_none(connection: Connection) -> int:
    """A number that nobody guesses: whoever knows it reads rows of the file."""
    while of(connection, number := secrets.randbelow(900_000_000) + 100_000_000) is not None:
        pass
    return number


def say(connection: Connection, proposal: int, said: Mapping[str, Any]) -> None:
    """Have the file read again with what a person says of it. Raises ProposalError."""
    _step(connection, proposal, (PROPOSED, REFUSED), state=ASKED, said=as_json(dict(said)))


def accept(connection: Connection, proposal: int, person: str) -> None:
    """Let the worker add the feed. Raises ProposalError: while something has to be answered first, and without a person's name."""
    named = person_name(person)
    found = of(connection, proposal)
    if found is None or not (found["answer"] or {}).get("usable"):
        raise ProposalError("not_usable")
    _step(connection, proposal, (PROPOSED,), state=ACCEPTED, person=named)


def to_do(connection: Connection) -> list[Asked]:
    """What waits for the worker, the oldest first."""
    columns = [feed_proposals.c[name] for name in Asked._fields]
    found = connection.execute(select(*columns).where(_STATE.in_((ASKED, ACCEPTED))).order_by(feed_proposals.c.given_at, _ID).limit(5))
    return [Asked(*row) for row in found]


def answer(connection: Connection, proposal: int, said: Answer, at: datetime) -> None:
    """Note what the worker made of a file; nothing when it has been asked something else since."""
    state = REFUSED if said.error else PROPOSED
    mine = (proposal == _ID, _STATE.in_((ASKED, ACCEPTED)))
    connection.execute(update(feed_proposals).where(*mine).values(state=state, answer=as_json(asdict(said)), answered_at=at))
    bump(connection, LAYER)


def saved(connection: Connection, proposal: int, feed: str, at: datetime) -> None:
    """The feed stands in the feeds file; its first file lies in its folder."""
    _step(connection, proposal, (ACCEPTED,), state=SAVED, feed=feed, file=None, answered_at=at)


def of(connection: Connection, proposal: int) -> dict[str, Any] | None:
    """One proposal without its file; None when there is none."""
    columns = [column for column in feed_proposals.c if column.name != "file"]
    found = connection.execute(select(*columns).where(proposal == _ID)).mappings().first()
    return None if found is None else dict(found)


def _step(connection: Connection, proposal: int, before: tuple[str, ...], **values: Any) -> None:
    if not connection.execute(update(feed_proposals).where(proposal == _ID, _STATE.in_(before)).values(**values)).rowcount:
        raise ProposalError("moved_on")
    bump(connection, LAYER)


def _forget(connection: Connection, at: datetime) -> None:
    """Files that nobody has come back to."""
    connection.execute(delete(feed_proposals).where(feed_proposals.c.given_at < at - KEPT, _STATE.in_((PROPOSED, REFUSED, ASKED))))
