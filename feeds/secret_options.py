"""Which values of a feed's options are secret: passwords, keys, tokens, headers, and those inside addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

from pydantic import BaseModel

_SECRET = re.compile(r"(password|passwd|pwd|secret|token|key|community|authorization|cookie|signature|sig)$", re.IGNORECASE)
_USER_INFO = re.compile(r"\w+://[^/?#@:]*:(?P<password>.*)@", re.DOTALL)  # as written: a password may hold "/", "?" and "@"


def secrets_of(options: BaseModel) -> Iterator[str]:
    """Values of a connector's options that nobody but the source is told. A default ("public") is known to everybody."""
    for name, field in type(options).model_fields.items():
        value = getattr(options, name)
        if isinstance(value, BaseModel):
            yield from secrets_of(value)
        elif isinstance(value, dict):
            yield from (word for key, said in value.items() if is_secret(str(key)) for word in (str(said), *str(said).split()[1:]))
        elif isinstance(value, str) and value and value != field.default:
            if is_secret(name):
                yield value
            yield from in_address(value)


def is_secret(name: str) -> bool:
    """Whether an option, header or part of a query with this name holds a secret."""
    return _SECRET.search(name) is not None


def in_address(text: str) -> Iterator[str]:
    """The password of an address, and values of its query whose name says that they are secret; nothing in other texts."""
    if "://" not in text:
        return
    found = _USER_INFO.match(text)
    if found:
        yield found["password"]
    try:
        query = urlsplit(text).query
    except ValueError:
        return
    yield from (value for name, value in parse_qsl(query) if is_secret(name))
