"""The connectors and record kinds that there are: every module of `feeds.connectors` and `feeds.kinds`, found by its file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

from pydantic import BaseModel
from sqlalchemy import Connection

from feeds import connectors, kinds
from feeds.fetching import Fetched, Visit
from feeds.records import Field, Parsed, Stamp, Stored


@dataclass(frozen=True)
class Connector:
    """One way to reach a source: ``fetch(options, visit)`` lists what there is to read now.

    close: gets the memory of a feed that looks no more (stopped, changed, another worker leads): ends what is still open in it.
    """

    key: str
    Options: type[BaseModel]
    fetch: Callable[[Any, Visit], Iterator[Fetched]]
    queue: str  # the worker's executor: "feeds", "probes", or "streams" for what stays open
    close: Callable[[MutableMapping[str, Any]], None] = lambda memory: None


@dataclass(frozen=True)
class Kind:
    """One kind of record: `parse` is pure, `store` writes what it accepted."""

    key: str
    Options: type[BaseModel]
    fields: Callable[[Any], tuple[Field, ...]]
    reference: Callable[[Connection], Any]
    parse: Callable[..., Parsed]
    store: Callable[[Connection, list[Any], Stamp, Any], Stored]


@cache
def all_connectors() -> dict[str, Connector]:
    return {key: _connector(key, module) for key, module in _modules(connectors)}


def _connector(key: str, module: ModuleType) -> Connector:
    connector = Connector(key, module.Options, module.fetch, getattr(module, "QUEUE", "feeds"))
    return replace(connector, close=module.close) if hasattr(module, "close") else connector


@cache
def all_kinds() -> dict[str, Kind]:
    return {key: Kind(key, module.Options, module.fields, module.reference, module.parse, module.store) for key, module in _modules(kinds)}


def _modules(package: ModuleType) -> list[tuple[str, ModuleType]]:
    names = sorted(info.name for info in iter_modules(package.__path__) if not info.name.startswith("_"))
    return [(name, import_module(f"{package.__name__}.{name}")) for name in names]
