"""What went wrong with a run: whether another attempt may help, whether the content is to blame, and how it is said."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from feeds.errors import FeedError
from store.errors import StoreError, StoreUnavailableError


def is_transient(error: Exception) -> bool:
    return isinstance(error, FeedError) and error.transient


def code_of(error: FeedError | StoreError) -> tuple[str, Mapping[str, object]]:
    """Catalogue code and values of what went wrong."""
    if isinstance(error, FeedError):
        return error.code, error.values
    code = error.code.replace(".", "_") if isinstance(error, StoreUnavailableError) else "store_unavailable"
    return f"run.{code}", {"detail": str(error.args_.get("detail", ""))}


def is_of_the_content(error: Exception) -> bool:
    """Whether the same content would break us again; what the machine or the database is short of passes."""
    if isinstance(error, DBAPIError):
        return isinstance(error, IntegrityError | DataError)
    return not isinstance(error, OSError | MemoryError)
