"""Entities of NGSI-LD (ETSI GS CIM 009 §4.5) as rows, whether they come normalized, concise or simplified (keyValues).

A row has id, type and a column for each attribute. An attribute's observedAt, unitCode and further attributes of its own are columns
``attribute.name``. A point is ``attribute.lon`` and ``attribute.lat``, and the entity's location also ``lon`` and ``lat``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from feeds.row_marks import ATTRIBUTE_ENDED, ENTITY_ENDED

VALUES = ("value", "object", "languageMap", "vocab", "json", "valueList", "objectList")
OUTLINES = ("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection")
NOT_ATTRIBUTES = ("@context", "id", "type", "scope")
OF_THE_ENTITY = ("createdAt", "modifiedAt", "deletedAt")
PLAIN = ("observedAt", "unitCode", "datasetId", "createdAt", "modifiedAt", "deletedAt")
DELETED = "urn:ngsi-ld:null"
LANGUAGES = ("vi", "en", "@none")


def row_of(entity: Mapping[str, Any]) -> dict[str, Any]:
    """One row. observed_at: the newest observedAt of its attributes, left out when none has one."""
    row: dict[str, Any] = {"id": entity.get("id"), "type": _one(entity.get("type"))}
    for name, said in entity.items():
        if name in OF_THE_ENTITY:
            row[name] = said
        elif name not in NOT_ATTRIBUTES:
            row |= _attribute(name, said)
    observed = {moment: row[name] for name in row if name.endswith(".observedAt") and (moment := _moment(row[name])) is not None}
    if observed:
        row.setdefault("observed_at", observed[max(observed)])
    for axis in ("lon", "lat"):
        if f"location.{axis}" in row:
            row.setdefault(axis, row[f"location.{axis}"])
    return row


def ended_part(entity: Mapping[str, Any]) -> str | None:
    """What of an entity that was notified is deleted: all of it, some attribute, or nothing (§5.8.6, §4.5.0)."""
    attributes = [said for name, said in entity.items() if name not in (*NOT_ATTRIBUTES, *OF_THE_ENTITY)]
    gone = [said for said in attributes if _is_deleted(said)]
    if entity.get("deletedAt") or len(gone) == len(attributes):
        return ENTITY_ENDED
    return ATTRIBUTE_ENDED if gone else None


def _is_deleted(said: Any) -> bool:
    if isinstance(said, list) and said:
        return all(_is_deleted(instance) for instance in said)
    return said == DELETED or (isinstance(said, dict) and (bool(said.get("deletedAt")) or any(said.get(key) == DELETED for key in VALUES)))


def _attribute(name: str, said: Any) -> dict[str, Any]:
    if isinstance(said, list) and said and all(_is_attribute(instance) for instance in said):
        return _several(name, said)
    if not _is_attribute(said):
        return _plain(name, said)
    columns = _plain(name, next(said[key] for key in VALUES if key in said))
    for key, more in said.items():
        if key in PLAIN:
            columns[f"{name}.{key}"] = more
        elif key not in (*VALUES, "type"):
            columns |= _attribute(f"{name}.{key}", more)
    return columns


def _several(name: str, instances: list[Any]) -> dict[str, Any]:
    """Several instances of one attribute (§4.5.5): the one without a datasetId is its value, each other one ``name.datasetId``."""
    columns: dict[str, Any] = {}
    for instance in instances:
        dataset = instance.get("datasetId")
        columns |= _attribute(
            f"{name}.{dataset}" if dataset else name, {key: value for key, value in instance.items() if key != "datasetId"}
        )
    return columns


def _plain(name: str, value: Any) -> dict[str, Any]:
    if value is None or value == DELETED:
        return {name: None}
    if isinstance(value, dict) and value.get("type") == "Point" and _is_position(value.get("coordinates")):
        return {f"{name}.lon": value["coordinates"][0], f"{name}.lat": value["coordinates"][1]}
    if isinstance(value, dict) and value.get("type") in OUTLINES:
        return {name: value}
    if isinstance(value, dict) and set(value) == {"languageMap"}:
        return _plain(name, value["languageMap"])
    if isinstance(value, dict) and set(value) == {"@type", "@value"}:
        return {name: value["@value"]}
    if isinstance(value, dict):
        parts = {f"{name}.{key}": part for key, part in value.items()}
        spoken = next((value[language] for language in LANGUAGES if isinstance(value.get(language), str)), None)
        return parts if spoken is None else {name: spoken, **parts}
    return {name: value}


def _is_attribute(said: Any) -> bool:
    return isinstance(said, dict) and any(key in said for key in VALUES) and set(said) != {"languageMap"}


def _is_position(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) >= 2
        and all(isinstance(axis, int | float) and not isinstance(axis, bool) for axis in value[:2])
    )


def _one(types: Any) -> Any:
    return types[0] if isinstance(types, list) and len(types) == 1 else types


def _moment(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo else None
