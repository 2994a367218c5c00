"""The connectors and record kinds that there are: every module of `feeds.connectors` and `feeds.kinds`, found by its file, and the
plug-ins of the deployment, found the same way in a folder of its own.

A module of kinds says what it is in functions (`Options`, `fields`, `reference`, `parse`, `store`), or in one object `KIND` that has
them, as `feeds.registers.Register` does.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

from pydantic import BaseModel
from sqlalchemy import Connection

from feeds import connectors, kinds
from feeds.fetching import Fetched, Visit
from feeds.plugins import Broken, PluginError, Sort, load_plugin, plugin_files
from feeds.records import Field, Parsed, Stamp, Stored


@dataclass(frozen=True)
class Connector:
    """One way to reach a source: ``fetch(options, visit)`` lists what there is to read now.

    close: gets the memory of a feed that looks no more (stopped, changed, another worker leads): ends what is still open in it.
    asks_itself: it asks the systems themselves whose states it brings, so that when it fails nothing is known of them.
    """

    key: str
    Options: type[BaseModel]
    fetch: Callable[[Any, Visit], Iterator[Fetched]]
    queue: str  # the worker's executor: "feeds", "probes", or "streams" for what stays open
    close: Callable[[MutableMapping[str, Any]], None] = lambda memory: None
    asks_itself: bool = False


@dataclass(frozen=True)
class Kind:
    """One kind of record: `parse` is pure, `store` writes what it accepted.

    unheard, heard: of kinds of states; see `feeds.kinds.system_status`.
    """

    key: str
    Options: type[BaseModel]
    fields: Callable[[Any], tuple[Field, ...]]
    reference: Callable[[Connection], Any]
    parse: Callable[..., Parsed]
    store: Callable[[Connection, list[Any], Stamp, Any], Stored]
    unheard: Callable[..., None] | None = None
    heard: Callable[[list[Any]], Collection[str]] = lambda records: ()


@dataclass(frozen=True)
class Registry:
    """What a feeds file may name. broken: plug-ins that cannot be used."""

    connectors: Mapping[str, Connector]
    kinds: Mapping[str, Kind]
    broken: tuple[Broken, ...] = field(default=())


@cache
def all_connectors() -> dict[str, Connector]:
    """Our own connectors."""
    return {key: _connector(key, module) for key, module in _modules(connectors)}


@cache
def all_kinds() -> dict[str, Kind]:
    """Our own kinds."""
    return {key: _kind(key, module) for key, module in _modules(kinds)}


def registry(plugins: Path | None = None) -> Registry:
    """Our own connectors and kinds, and those of the folder `plugins`. A plug-in never takes the name of one of ours."""
    found_connectors, found_kinds = dict(all_connectors()), dict(all_kinds())
    broken = [
        *_plug_in(plugins, "connectors", found_connectors, _connector),
        *_plug_in(plugins, "kinds", found_kinds, _kind),
    ]
    return Registry(found_connectors, found_kinds, tuple(broken))


def _plug_in(folder: Path | None, sort: Sort, found: dict[str, Any], make: Callable[[str, ModuleType], Any]) -> Iterator[Broken]:
    for path in plugin_files(folder, sort):
        if path.stem in found:
            yield Broken(sort, path, "config.plugin_shadows")
            continue
        try:
            found[path.stem] = make(path.stem, load_plugin(sort, path))
        except PluginError as error:
            yield Broken(sort, path, "config.plugin_broken", str(error))


def _connector(key: str, module: ModuleType) -> Connector:
    _needs(module, "Options", "fetch")
    connector = Connector(key, module.Options, module.fetch, getattr(module, "QUEUE", "feeds"))
    connector = replace(connector, asks_itself=getattr(module, "ASKS_ITSELF", connector.queue == "probes"))
    return replace(connector, close=module.close) if hasattr(module, "close") else connector


def _kind(key: str, module: ModuleType) -> Kind:
    what: Any = getattr(module, "KIND", module)
    _needs(what, "Options", "fields", "reference", "parse", "store")
    kind = Kind(key, what.Options, what.fields, what.reference, what.parse, what.store)
    return replace(kind, unheard=what.unheard, heard=what.heard) if hasattr(what, "unheard") else kind


def _needs(what: Any, *names: str) -> None:
    missing = [name for name in names if not hasattr(what, name)]
    if missing:
        raise PluginError(f"lacks {', '.join(missing)}")
    if not (isinstance(what.Options, type) and issubclass(what.Options, BaseModel)):
        raise PluginError("Options is not a pydantic BaseModel")


def _modules(package: ModuleType) -> list[tuple[str, ModuleType]]:
    names = sorted(info.name for info in iter_modules(package.__path__) if not info.name.startswith("_"))
    return [(name, import_module(f"{package.__name__}.{name}")) for name in names]
