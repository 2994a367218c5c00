"""Headline figures, one file each: a module here that holds a `KPI` is on every page and in the API, with no edit elsewhere."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from ioc.kpi import Kpi


@cache
def all_kpis() -> tuple[Kpi, ...]:
    """Every declared KPI in display order."""
    modules = (import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__))
    found: list[Kpi] = [module.KPI for module in modules]
    return tuple(sorted(found, key=lambda kpi: (kpi.position, kpi.key)))
