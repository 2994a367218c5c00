"""The part of the world that a geographic service is asked about."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator


def _west_south_east_north(values: list[float]) -> list[float]:
    if not values:
        return values
    if len(values) != 4 or not (-180 <= values[0] < values[2] <= 180 and -90 <= values[1] < values[3] <= 90):
        raise ValueError("west, south, east and north in degrees expected")
    return values


Bounds = Annotated[list[float], AfterValidator(_west_south_east_north)]
"""West, south, east, north in degrees (EPSG:4326); empty: everywhere."""
