"""Only our own pages, and programs, may act; a page of another site may not, whatever it claims."""

from __future__ import annotations

import pytest

POST = "/_dash-update-component"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "file://"},
        {"Origin": "http://ioc.example.vn.evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "odd"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "http://evil.example"},
        {"Origin": "https://ioc.example.vn"},
    ],
    ids=str,
)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_another_site_cannot_act(client, headers, method):
    answer = client.request(method, POST, json={}, headers=headers)
    assert (answer.status_code, answer.json()["detail"]["code"]) == (403, "refused.origin")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "same-origin"},
        {"Origin": "OWN"},
        {"Origin": "OWN", "Sec-Fetch-Site": "same-origin"},
        {"Origin": "https://ioc.example.vn", "Host": "ioc.example.vn"},
        {"Origin": "https://ioc.example.vn", "Sec-Fetch-Site": "same-origin"},  # a proxy that puts its own name into Host
    ],
    ids=str,
)
def test_our_own_pages_and_programs_can(client, guarded, headers):
    given = {name: guarded.url if value == "OWN" else value for name, value in headers.items()}
    answer = client.post(POST, json={}, headers=given)
    assert answer.json()["detail"]["code"] == "refused.post"  # let through, and no callback


def test_reading_is_not_acting(client):
    assert client.get("/map", headers={"Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"}).status_code == 200
