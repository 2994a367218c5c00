"""Connectors and record kinds of a deployment itself: `connectors/*.py` and `kinds/*.py` in a folder, read like our own.

A file is read again when it has changed. One that cannot be used is named with its error and stands in nobody's way.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Literal

Sort = Literal["connectors", "kinds"]


@dataclass(frozen=True)
class Broken:
    """A file that cannot be used. code: `config.plugin_…` of the catalogue; detail: what Python says, in one line."""

    sort: Sort
    path: Path
    code: str
    detail: str = ""

    @property
    def key(self) -> str:
        return self.path.stem


class PluginError(Exception):
    """A plug-in that is no connector or kind; the message says what is wrong with it."""


def plugin_files(folder: Path | None, sort: Sort) -> list[Path]:
    """The files of one sort, by name; none when there is no such folder. Names that begin with "_" are left alone."""
    if folder is None:
        return []
    return sorted(path for path in (folder / sort).glob("*.py") if not path.name.startswith("_"))


def load_plugin(sort: Sort, path: Path) -> ModuleType:
    """The file as a module, the same one as long as the file does not change. Raises PluginError."""
    try:
        stat = path.stat()
        return _load(sort, path.resolve(), stat.st_mtime_ns, stat.st_size)
    except PluginError:
        raise
    except (Exception, SystemExit) as error:
        raise PluginError(f"{type(error).__name__}: {error}".splitlines()[0][:300]) from error


@lru_cache(maxsize=256)
def _load(sort: Sort, path: Path, _changed_ns: int, _size: int) -> ModuleType:
    name = f"ioc_plugins_{sort}_{path.stem}_{sha256(str(path).encode()).hexdigest()[:8]}"
    spec = spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise PluginError("not a Python file")
    module = module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and pydantic look their annotations up there
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module
