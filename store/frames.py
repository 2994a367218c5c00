"""A SELECT as a DataFrame: the one way reads leave the store."""

from __future__ import annotations

from typing import Any

import pandas as pd
from sqlalchemy import Connection, Select


def frame(connection: Connection, statement: Select[Any]) -> pd.DataFrame:
    """The rows of `statement`, columns named as selected; an empty frame keeps its columns. Times are aware UTC."""
    result = connection.execute(statement)
    return pd.DataFrame.from_records(result.all(), columns=list(result.keys()))


def rows(data: pd.DataFrame) -> list[Any]:
    """The rows as named tuples, for reading one by one."""
    return list(data.itertuples(index=False))


def mapping(data: pd.DataFrame, key: str, value: str) -> dict[str, Any]:
    """One column by another."""
    return dict(zip(data[key], data[value], strict=True))
