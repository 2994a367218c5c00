"""The process that reads bytes of others: takes a function and its arguments, gives back what it says, and ends when nobody asks any more.

Started by `feeds.parsing.process` with an environment of its own, so that no secret of the worker is in it.
"""

from __future__ import annotations

import os
import pickle
import struct
import traceback
from io import BufferedReader, BufferedWriter
from typing import Any

from feeds.errors import CommandError, FeedError
from feeds.parsing import limits

LENGTH = struct.Struct("!Q")
KEEP_BELOW_BYTES = 450_000_000
"""A process that has grown beyond it is not used again: Python gives memory back to the system only in part."""


def main() -> None:
    """Serve on standard input and output until the input ends."""
    limits.confine()
    questions, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nowhere, number)  # what a library prints is no answer
    _load()
    send(answers, ("ready", None))
    while (question := receive(questions)) is not None:
        answer = _answer(*question)
        send(answers, answer)
        if limits.resident_bytes() > KEEP_BELOW_BYTES:
            return


def _load() -> None:
    """The libraries of all formats, before the first work is measured."""
    import feeds.features
    import feeds.readers.reading  # noqa: F401 - as above
    from feeds.gdal_drivers import restrict
    from feeds.registry import all_kinds
    from geo.legacy_text import register

    register()
    all_kinds()
    restrict()


def _answer(work: bytes, allowed: limits.Limits) -> tuple[str, Any]:
    """("value", what the function gave) | ("said", an error with a code) | ("memory" | "crash", a trace for the log)."""
    try:
        limits.apply(allowed)
        function, arguments = pickle.loads(work)  # noqa: S301 - the worker's own
        return "value", pickle.dumps(function(*arguments), pickle.HIGHEST_PROTOCOL)
    except (FeedError, CommandError) as error:
        return "said", error
    except MemoryError:
        return "memory", None
    except RecursionError:
        return "crash", traceback.format_exc(limit=-8)
    except Exception:  # noqa: BLE001 - a parser may fail in any way; its caller sets the content aside
        return "crash", traceback.format_exc()
    finally:
        limits.lift()


def receive(source: BufferedReader) -> Any:
    """The next message; None at the end of the input, also in the middle of one."""
    head = source.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    (length,) = LENGTH.unpack(head)
    body = source.read(length)
    return pickle.loads(body) if len(body) == length else None  # noqa: S301 - the worker's own


def send(target: BufferedWriter, message: Any) -> None:
    body = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    target.write(LENGTH.pack(len(body)))
    target.write(body)
    target.flush()
