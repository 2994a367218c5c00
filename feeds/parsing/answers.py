"""What a process that reads bytes of others may answer: values and errors of ours and of a few libraries, no other code by its name."""

from __future__ import annotations

import io
import pickle
from typing import Any

PACKAGES = {"feeds", "store", "geo", "shapely", "datetime", "decimal", "numpy", "pyproj", "zoneinfo", "pathlib", "collections", "uuid"}
BUILTINS = {"set", "frozenset", "bytearray", "complex", "range", "slice", "object"}

MAKERS = {"_remade", "_rejections_of", "_reconstruct", "scalar", "_frombuffer", "from_wkb"}
"""The functions that make errors and rejections of ours, arrays and numbers of numpy, and shapes of shapely."""


class _Loader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        package = module.partition(".")[0]
        if "." in name or (name not in BUILTINS if package == "builtins" else package not in PACKAGES):
            raise pickle.UnpicklingError(f"{module}.{name} is no part of an answer")
        found = super().find_class(module, name)
        if not isinstance(found, type) and name not in MAKERS:
            raise pickle.UnpicklingError(f"{module}.{name} is no value")
        return found


def loads(data: bytes | bytearray) -> Any:
    """The value. Raises UnpicklingError for one that names anything else."""
    return _Loader(io.BytesIO(data)).load()
