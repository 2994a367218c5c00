"""Why a file was not taken, or not all of it, as a text that lies beside it: for the person who made the file, not for us."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from feeds.cells import LOCAL
from feeds.fetching import Verdict
from feeds.tables import Note
from feeds.texts import CATALOGUE

MAX_ROWS = 50


def reason_text(name: str, verdict: Verdict, at: datetime) -> str:
    """Vietnamese first, English below; at most fifty rows by their number in the file. "" when there is nothing to say."""
    if verdict.code is None and not verdict.rows:
        return ""
    return "\n\n".join(_in(language, name, verdict, at) for language in ("vi", "en")) + "\n"


def note_text(language: str, note: Note) -> str:
    """What a note says; the reason that it counts as a sentence of its own."""
    values = {**note.values, "count": note.count}
    if "reason_code" in values:
        values["reason"] = CATALOGUE.text(language, str(values["reason_code"]), **note.values)
    return CATALOGUE.text(language, note.code, **values)


def _in(language: str, name: str, verdict: Verdict, at: datetime) -> str:
    def say(code: str, values: Mapping[str, Any]) -> str:
        return CATALOGUE.text(language, code, **values)

    when = at.astimezone(LOCAL).strftime("%d/%m/%Y %H:%M")
    lines = [say("why.partly" if verdict.code is None else "why.rejected", {"name": name, "at": when, "rows": verdict.rejected})]
    if verdict.code is not None:
        lines.append(say("why.reason", {"reason": say(verdict.code, verdict.values)}))
    reasons = [(row, CATALOGUE.reason(language, code, values)) for row, code, values in verdict.rows[:MAX_ROWS]]
    lines += [say("why.row", {"row": row, "reason": reason}) for row, reason in reasons]
    if verdict.rejected > MAX_ROWS:
        lines.append(say("why.more", {"rows": verdict.rejected - min(len(verdict.rows), MAX_ROWS)}))
    lines += [say("why.same", {"rows": count, "reason": say(code, values)}) for count, code, values in verdict.more]
    return "\n".join([*lines, say("why.todo", {})])
