"""The HTTP API of a real server over a real province: figures, structure by day, map data, errors, health."""

from __future__ import annotations

import httpx
import pytest
from sqlalchemy import Engine

from ioc import clock
from store.engine import open_engine
from store.schema import metadata
from store.schema_version import newest

PUBLISHED = {"villages_2g_pct": 98.6, "villages_3g4g_pct": 94.3, "villages_broadband_pct": 88.0}


def figures(client: httpx.Client, **query: str) -> dict[str, dict]:
    answer = client.get("/api/v1/summary", params=query).raise_for_status().json()
    return {figure["key"]: figure for figure in answer["figures"]}


def test_the_published_shares_of_april_2022_with_their_counts(client):
    answer = client.get("/api/v1/summary", params={"unit": "11", "as_of": "2022-04-30"}).json()
    assert answer["unit"] == {"code": "11", "name": "Tỉnh Điện Biên", "level": "province", "valid_from": "2004-08-31"}
    assert answer["as_of"] == "2022-04-30"
    assert len(answer["children"]) == 10
    assert {child["level"] for child in answer["children"]} == {"district"}
    by_key = {figure["key"]: figure for figure in answer["figures"]}
    for key, published in PUBLISHED.items():
        figure = by_key[key]
        assert round(figure["value"], 1) == published
        assert figure["denominator"] == 1440
        assert figure["value"] == pytest.approx(100 * figure["numerator"] / figure["denominator"], abs=1e-4)
        assert (figure["unit"], figure["state"], figure["synthetic"]) == ("percent", "fresh", True)
        assert figure["source"]
        assert figure["true_at"].startswith("2022-04-30")
        assert 0 <= figure["age_s"] < 86_400


def test_today_has_45_communes_under_10_former_districts(client):
    answer = client.get("/api/v1/summary").json()
    assert answer["unit"]["valid_from"] == "2025-07-01"
    assert len(answer["children"]) == 45
    assert {child["level"] for child in answer["children"]} == {"commune"}
    assert len({child["grouping"] for child in answer["children"]}) == 10
    assert all(child["grouping_name"] for child in answer["children"])
    district = client.get("/api/v1/summary", params={"unit": answer["children"][0]["grouping"]}).json()
    assert {child["code"] for child in district["children"]} == {
        child["code"] for child in answer["children"] if child["grouping"] == answer["children"][0]["grouping"]
    }


@pytest.mark.parametrize(
    ("as_of", "name"), [("2025-06-30", "Phường Him Lam"), ("2025-07-01", "Phường Điện Biên Phủ"), (None, "Phường Điện Biên Phủ")]
)
def test_a_code_that_was_used_again_has_its_own_name_at_each_date(client, as_of, name):
    query = {"unit": "03127"} | ({"as_of": as_of} if as_of else {})
    assert client.get("/api/v1/summary", params=query).json()["unit"]["name"] == name


def test_a_technology_has_no_data_before_it_began_and_has_ended_after_its_last_day(client):
    assert figures(client, as_of="2022-04-30")["villages_5g_pct"]["state"] == "none"
    assert figures(client, as_of="2026-09-15")["villages_2g_pct"]["value"] is not None
    ended = figures(client, as_of="2026-09-16")["villages_2g_pct"]
    assert (ended["state"], ended["value"], ended["denominator"]) == ("ended", None, None)


def test_before_the_first_report_nothing_is_known_and_nothing_is_zero(client):
    for figure in figures(client, as_of="2015-01-01").values():
        assert (figure["value"], figure["true_at"], figure["state"]) == (None, None, "none")


def test_parts_add_up_to_the_whole(client):
    for as_of in ("2022-04-30", clock.today().isoformat()):
        whole = figures(client, as_of=as_of)["villages_3g4g_pct"]
        children = client.get("/api/v1/summary", params={"as_of": as_of}).json()["children"]
        parts = [figures(client, as_of=as_of, unit=child["code"])["villages_3g4g_pct"] for child in children]
        assert sum(part["numerator"] for part in parts) == whole["numerator"]
        assert sum(part["denominator"] for part in parts) == whole["denominator"]


@pytest.mark.parametrize("query", [{"unit": "99999"}, {"unit": "094", "as_of": "1999-01-01"}])
def test_an_unknown_unit_is_a_404_in_words(client, query):
    answer = client.get("/api/v1/summary", params=query)
    assert answer.status_code == 404
    assert answer.json()["detail"]["code"] == "api.unit_unknown"
    assert query["unit"] in answer.json()["detail"]["message"]


@pytest.mark.parametrize("query", [{"as_of": "yesterday"}, {"unit": "<script>"}, {"unit": "1" * 50}])
def test_a_bad_question_is_a_422(client, query):
    assert client.get("/api/v1/summary", params=query).status_code == 422


def test_an_unknown_api_path_is_a_404_and_not_a_page(client):
    answer = client.get("/api/v1/nothing")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/json")


def test_geometry_is_kept_for_ever_and_asked_for_by_hash(client):
    index = client.get("/api/v1/map")
    again = client.get("/api/v1/map", headers={"If-None-Match": index.headers["etag"]})
    assert again.status_code == 304
    for layer, url in index.json()["sources"].items():
        answer = client.get(url)
        assert "immutable" in answer.headers["cache-control"]
        features = answer.json()["features"]
        assert features, layer
        assert [feature["id"] for feature in features if "id" in feature] == ([] if layer == "units" else list(range(len(features))))
    assert client.get("/api/v1/geometry/units/0000.json").status_code == 404
    assert client.get("/api/v1/geometry/nothing/0000.json").status_code == 404


def test_the_map_of_each_structure(client):
    for as_of, communes in (("2022-04-30", 129), (None, 45)):
        index = client.get("/api/v1/map", params={"as_of": as_of} if as_of else {}).json()
        features = client.get(index["sources"]["units"]).json()["features"]
        levels = [feature["properties"]["level"] for feature in features]
        assert (levels.count("commune"), levels.count("district"), levels.count("province")) == (communes, 10, 1)
        assert index["schematic"] is True
        assert index["synthetic"] is True


def test_the_values_are_the_summary_by_another_name(client):
    values = client.get("/api/v1/values", params={"tech": "3g4g"}).json()
    figure = figures(client)["villages_3g4g_pct"]
    assert (values["units"]["11"]["n"], values["units"]["11"]["d"]) == (figure["numerator"], figure["denominator"])
    assert values["villages"].count("c") == figure["numerator"]
    assert len(values["villages"]) == 1440
    operators = [client.get("/api/v1/values", params={"tech": "3g4g", "op": f"op-{letter}"}).json()["villages"] for letter in "abcde"]
    any_operator = ["c" if "c" in letters else "-" for letters in zip(*operators, strict=True)]
    assert [letter == "c" for letter in any_operator] == [letter == "c" for letter in values["villages"]]


def test_health_without_a_worker_is_degraded_but_answers(client):
    answer = client.get("/healthz")
    assert answer.status_code == 200
    schema = dict.fromkeys(("store", "software"), newest())
    assert answer.json() == {"status": "degraded", "store": "ok", "schema": schema, "worker": "none", "feeds": [], "set_aside": []}


def test_health_is_a_503_when_the_store_is_away(client, province: Engine):
    path = province.url.database
    assert path is not None
    broken = open_engine(f"sqlite:///{path}")
    metadata.tables["feeds"].drop(broken)
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["store"] == "away"


def test_openapi_describes_the_summary(client):
    schema = client.get("/api/openapi.json").json()
    assert "/api/v1/summary" in schema["paths"]
    assert {"value", "denominator", "true_at", "age_s", "state", "synthetic"} <= set(
        schema["components"]["schemas"]["FigureOut"]["properties"]
    )
    assert client.get("/api/docs").status_code == 200


def test_pages_are_compressed_and_name_no_other_host(client):
    page = client.get("/map", headers={"Accept-Encoding": "gzip"})
    assert page.headers["content-encoding"] == "gzip"
    assert "http://" not in page.text.replace(str(client.base_url).rstrip("/"), "")
    assert "https://" not in page.text
