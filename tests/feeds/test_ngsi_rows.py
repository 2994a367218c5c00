"""Entities in every representation of the standard make the same rows."""

import pytest

from feeds.ngsi_rows import row_of

NORMALIZED = {
    "@context": ["https://example.vn/context.jsonld"],
    "id": "urn:ngsi-ld:Endpoint:E11-001",
    "type": "Endpoint",
    "state": {"type": "Property", "value": "up", "observedAt": "2026-11-21T02:00:00Z"},
    "latency": {
        "type": "Property",
        "value": 12.5,
        "unitCode": "C26",
        "observedAt": "2026-11-21T02:00:05.5Z",
        "accuracy": {"type": "Property", "value": 0.5},
    },
    "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [103.02, 21.39]}},
    "isIn": {"type": "Relationship", "object": "urn:ngsi-ld:Commune:03127"},
    "name": {"type": "LanguageProperty", "languageMap": {"en": "Hall", "vi": "Hội trường"}},
    "address": {"type": "Property", "value": {"street": "7/5", "locality": "Điện Biên Phủ"}},
    "modifiedAt": "2026-11-21T02:00:06Z",
}
COMMON = {
    "id": "urn:ngsi-ld:Endpoint:E11-001",
    "type": "Endpoint",
    "state": "up",
    "latency": 12.5,
    "location.lon": 103.02,
    "location.lat": 21.39,
    "lon": 103.02,
    "lat": 21.39,
    "isIn": "urn:ngsi-ld:Commune:03127",
    "name": "Hội trường",
    "name.vi": "Hội trường",
    "name.en": "Hall",
    "address.street": "7/5",
    "address.locality": "Điện Biên Phủ",
}


def test_a_normalized_entity_keeps_times_units_and_what_is_said_about_attributes() -> None:
    assert row_of(NORMALIZED) == COMMON | {
        "state.observedAt": "2026-11-21T02:00:00Z",
        "latency.unitCode": "C26",
        "latency.observedAt": "2026-11-21T02:00:05.5Z",
        "latency.accuracy": 0.5,
        "observed_at": "2026-11-21T02:00:05.5Z",
        "modifiedAt": "2026-11-21T02:00:06Z",
    }


def test_a_simplified_entity_makes_the_same_row_without_them() -> None:
    entity = {
        "id": "urn:ngsi-ld:Endpoint:E11-001",
        "type": "Endpoint",
        "state": "up",
        "latency": 12.5,
        "location": {"type": "Point", "coordinates": [103.02, 21.39]},
        "isIn": "urn:ngsi-ld:Commune:03127",
        "name": {"languageMap": {"en": "Hall", "vi": "Hội trường"}},
        "address": {"street": "7/5", "locality": "Điện Biên Phủ"},
    }
    assert row_of(entity) == COMMON


def test_a_concise_entity_needs_no_types() -> None:
    entity = {
        "id": "urn:x",
        "type": "X",
        "state": {"value": "up", "observedAt": "2026-11-21T02:00:00Z"},
        "isIn": {"object": "urn:y"},
        "n": 1,
    }
    assert row_of(entity) == {
        "id": "urn:x",
        "type": "X",
        "state": "up",
        "state.observedAt": "2026-11-21T02:00:00Z",
        "isIn": "urn:y",
        "n": 1,
        "observed_at": "2026-11-21T02:00:00Z",
    }


def test_several_instances_of_an_attribute_are_told_apart() -> None:
    declared = {"type": "Property", "value": "4g", "datasetId": "urn:declared"}
    assert row_of({"id": "urn:x", "type": ["X"], "coverage": [{"type": "Property", "value": "3g"}, declared]}) == {
        "id": "urn:x",
        "type": "X",
        "coverage": "3g",
        "coverage.urn:declared": "4g",
    }


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("urn:ngsi-ld:null", {"a": None}),
        (None, {"a": None}),
        ([], {"a": []}),
        ({}, {}),
        ({"type": "Property", "value": "urn:ngsi-ld:null"}, {"a": None}),
        ({"type": "Property", "value": {"@type": "DateTime", "@value": "2026-11-21T00:00:00Z"}}, {"a": "2026-11-21T00:00:00Z"}),
        ({"type": "GeoProperty", "value": {"type": "Point", "coordinates": ["x"]}}, {"a": {"type": "Point", "coordinates": ["x"]}}),
        ({"type": "Property", "value": 1, "observedAt": "yesterday"}, {"a": 1, "a.observedAt": "yesterday"}),
        ({"type": "Property", "value": 1, "observedAt": 5}, {"a": 1, "a.observedAt": 5}),
        ({"type": "Relationship", "object": ["urn:b", "urn:c"]}, {"a": ["urn:b", "urn:c"]}),
        ({"type": "VocabProperty", "vocab": "up"}, {"a": "up"}),
        ({"type": "ListProperty", "valueList": [1, 2]}, {"a": [1, 2]}),
    ],
)
def test_what_an_attribute_may_hold(said: object, expected: dict[str, object]) -> None:
    row = row_of({"id": "urn:x", "type": "X", "a": said})
    assert {key: value for key, value in row.items() if key not in ("id", "type")} == expected
