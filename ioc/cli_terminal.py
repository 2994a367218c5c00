"""What the command line says: lines in Vietnamese with English beside, and complaints that end a command."""

from __future__ import annotations

import sys
from pathlib import Path

from store.catalogue import STORE_TEXT, Catalogue

TEXT = Catalogue(STORE_TEXT, Path(__file__).parent / "cli_text")


class CommandError(Exception):
    """A command cannot go on; the person who typed it reads one sentence.

    code: key in the catalogue; values: for its placeholders.
    """

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code, self.values = code, values


class ArgumentsError(CommandError):
    """What was typed is not a command of ours."""


def say(code: str, **values: object) -> None:
    """One line of progress."""
    print(TEXT.both(code, **values), flush=True)


def complain(code: str, **values: object) -> None:
    """One line about what went wrong."""
    print(TEXT.both(code, **values), file=sys.stderr, flush=True)


def quote(lines: list[str]) -> None:
    """Somebody else's lines, set off from ours."""
    for line in lines:
        print(f"  | {line}", file=sys.stderr, flush=True)
