"""Pieces that are no rows: lines of a file, and messages that do not come again; each is kept as a rejected row with its reason."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from feeds.errors import ContentError, FeedError
from feeds.fetching import Content, Unreadable
from feeds.records import Parsed, Rejection, Rejections, plain


def with_unreadable(parsed: Parsed, pieces: Iterable[Unreadable]) -> Parsed:
    """The same, with the pieces that were no rows as rejections."""
    unreadable = _unreadable(pieces)
    return replace(parsed, rows=parsed.rows + len(unreadable), rejections=Rejections.joined(parsed.rejections, unreadable))


def all_turned_away(content: Content | None, error: Exception) -> Rejections:
    """Every row of content that cannot be read as a whole, as a rejection with that reason; none for other errors."""
    if content is None or isinstance(content.data, bytes) or not isinstance(error, ContentError):
        return Rejections()
    rows = (Rejection(number, error.code, plain(error.values), plain(row)) for number, row in enumerate(content.data, start=1))
    return Rejections([*rows, *_unreadable(content.unreadable)])


def _unreadable(pieces: Iterable[Unreadable]) -> list[Rejection]:
    return [_rejection(piece.number, piece.error, piece.raw) for piece in pieces]


def _rejection(number: int, error: FeedError, raw: dict[str, object]) -> Rejection:
    return Rejection(number, error.code, plain(error.values), plain(raw))
