"""Feeds that watch the same files of a folder: where one of them puts files away, the other may never see them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import combinations
from typing import Any, NamedTuple

from feeds.config import Feed

_TOKEN = re.compile(r"\*\*?|\?|\[[^\]]*\]|.", re.DOTALL)


class Shared(NamedTuple):
    """Two feeds, by key, and the folder whose files both would take."""

    first: str
    second: str
    folder: str


def shared_files(feeds: Iterable[Feed]) -> Iterator[Shared]:
    """Each two feeds in use whose patterns can mean the same file of one folder, unless both leave files where they are."""
    watching = [feed for feed in feeds if feed.schedule.enabled and hasattr(feed.connector_options, "folder")]
    for one, other in combinations(watching, 2):
        here: Any = one.connector_options
        there: Any = other.connector_options
        folder = (one.base / here.folder).resolve()
        if folder != (other.base / there.folder).resolve() or {here.after, there.after} == {"leave"}:
            continue
        if can_meet(here.pattern, there.pattern):
            yield Shared(one.key, other.key, str(folder))


def can_meet(one: str, other: str) -> bool:
    """Whether a file's name can fit both patterns of `*`, `?` and `[…]`; a class counts as any letter, so rather once too often."""
    left, right = _TOKEN.findall(one), _TOKEN.findall(other)

    @cache
    def meet(i: int, j: int) -> bool:
        here, there = left[i : i + 1], right[j : j + 1]
        if here and here[0].startswith("*"):
            return meet(i + 1, j) or (bool(there) and meet(i, j + 1))
        if there and there[0].startswith("*"):
            return meet(i, j + 1) or (bool(here) and meet(i + 1, j))
        if not here or not there:
            return not here and not there
        return (_any(here[0]) or _any(there[0]) or here[0] == there[0]) and meet(i + 1, j + 1)

    return meet(0, 0)


def _any(token: str) -> bool:
    return token == "?" or len(token) > 1  # noqa: S105 - a part of a pattern, no secret
