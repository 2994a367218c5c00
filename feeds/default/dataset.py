"""The open register of units, read from the data files of the installed package `vietnamadminunits` (MIT).

The package itself is never imported: its import pulls in a GPL library, and its data files are all that is needed.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import sqlite3
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

PACKAGE = "vietnamadminunits"
STATE = "2025-03"
"""The old structure is described as of this month: mergers of 2023 to early 2025 are already carried out in it."""

_OLD = """
SELECT provinceCode province_code, province, provinceLat province_lat, provinceLon province_lon, provinceKey province_key,
       districtCode district_code, district, districtLat district_lat, districtLon district_lon,
       wardCode code, ward full_name, wardLat lat, wardLon lon,
       provinceKey || '_' || districtKey || '_' || wardKey AS key
FROM admin_units_legacy WHERE wardCode IS NOT NULL ORDER BY wardCode, districtCode
"""
_NEW = """
SELECT provinceCode province_code, province, provinceLat province_lat, provinceLon province_lon, provinceKey province_key,
       wardCode code, ward full_name, wardLat lat, wardLon lon, wardAreaKm2 area_km2, wardKey key
FROM admin_units ORDER BY wardCode
"""


class DatasetError(Exception):
    """The register's data files are missing or not what they were."""


@dataclass(frozen=True)
class Dataset:
    """old, new: one row per commune of the country with its province (and district); conversion: the change of 2025-07-01 by keys."""

    old: pd.DataFrame
    new: pd.DataFrame
    conversion: dict[str, Any]
    version: str

    @property
    def source(self) -> str:
        return f"{PACKAGE} {self.version}"


@lru_cache(maxsize=1)
def load() -> Dataset:
    """The register as installed. Raises DatasetError when the package or one of its files is missing."""
    folder = _data_folder()
    try:
        with sqlite3.connect(f"file:{folder / 'dataset.db'}?mode=ro&immutable=1", uri=True) as connection:
            old, new = pd.read_sql(_OLD, connection), pd.read_sql(_NEW, connection)
        connection.close()
        conversion = json.loads((folder / "converter_2025.json").read_text("utf-8"))
    except (OSError, ValueError, sqlite3.Error, pd.errors.DatabaseError) as error:
        raise DatasetError(f"{folder}: {error}") from error
    return Dataset(old, new, conversion, importlib.metadata.version(PACKAGE))


def _data_folder() -> Path:
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise DatasetError(f"the package {PACKAGE} is not installed")
    return Path(spec.submodule_search_locations[0]) / "data"
