"""Sources of the map, one file each: a module here that holds a `LAYER` is served to the map, with no edit elsewhere."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from ioc.layer import Layer


@cache
def all_layers() -> tuple[Layer, ...]:
    """Every declared layer, lowest on the map first."""
    modules = (import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__))
    found: list[Layer] = [module.LAYER for module in modules]
    return tuple(sorted(found, key=lambda layer: layer.position))
