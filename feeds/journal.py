"""What the worker says in its log: one line per event; a trouble once, and its end once."""

from __future__ import annotations

import logging
from collections.abc import Hashable

from store.logs import LogForm, open_log

LOGGER = logging.getLogger("feeds")


def open_journal(level: str = "INFO", form: LogForm = "text") -> None:
    """Send the events of this process to stderr. Libraries are heard from ERROR on."""
    open_log(form, (LOGGER.name, level))


def event(name: str, **values: object) -> None:
    """Something worth knowing happened."""
    LOGGER.info(name, extra={"values": values})


def trouble(name: str, **values: object) -> None:
    """Something is wrong that somebody may have to look at."""
    LOGGER.warning(name, extra={"values": values})


def crash(name: str, **values: object) -> None:
    """The exception that is being handled was not foreseen: said with its trace."""
    LOGGER.error(name, extra={"values": values}, exc_info=True)


class Troubles:
    """Which troubles are on, so that each is said when it begins, when it turns into another, and when it ends."""

    def __init__(self) -> None:
        self._on: dict[Hashable, str] = {}

    def begins(self, subject: Hashable, code: str, **values: object) -> bool:
        """Whether it was not on before."""
        new = self._on.get(subject) != code
        if new:
            self._on[subject] = code
            trouble("trouble", subject=subject, code=code, **values)
        return new

    def ends(self, subject: Hashable) -> None:
        code = self._on.pop(subject, None)
        if code is not None:
            event("recovered", subject=subject, code=code)
