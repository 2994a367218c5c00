"""Who may write as the leader: a leader that was thought dead, and wakes up, writes nothing more.

A new leader leaves its token in the store. Every write transaction of an engine that is fenced first looks, in the transaction itself,
whether that token is still the one there. Engines without a fence, a dashboard's say, write as ever.
"""

from __future__ import annotations

import secrets
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, delete, insert, select

from store.errors import LeadLostError
from store.schema import meta

LEADER = "leader"
_tokens: WeakKeyDictionary[Engine, str] = WeakKeyDictionary()


def claim(connection: Connection, name: str) -> str:
    """Make `name` the leader: the token that its engine is to be fenced with once the transaction has been committed."""
    token = f"{name} {secrets.token_hex(8)}"
    connection.execute(delete(meta).where(meta.c.key == LEADER))
    connection.execute(insert(meta).values(key=LEADER, value=token))
    return token


def fence(engine: Engine, token: str) -> None:
    """From now on this engine writes only while `token` is the leader's."""
    _tokens[engine] = token


def unfence(engine: Engine) -> None:
    _tokens.pop(engine, None)


def check(engine: Engine, connection: Connection) -> None:
    """Raises LeadLostError when the engine is fenced and somebody else leads by now."""
    token = _tokens.get(engine)
    if token is None:
        return
    leader = connection.execute(select(meta.c.value).where(meta.c.key == LEADER)).scalar()
    if leader != token:
        raise LeadLostError(leader=(leader or "?").partition(" ")[0])
