"""Every answer says what a browser may do with it; scripts inside a document run by their hash alone."""

from __future__ import annotations

import re

import pytest

from ioc.security.headers import script_hashes

PATHS = [
    "/map",
    "/feeds",
    "/api/docs",
    "/api/v1/map",
    "/api/nothing",
    "/healthz",
    "/metrics",
    "/export/gaps.csv",
    "/_dash-dependencies",
    "/_dash-layout",
]


def policy(answer) -> dict[str, str]:
    return dict(part.strip().partition(" ")[::2] for part in answer.headers["content-security-policy"].split(";"))


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_carries_them(client, path):
    answer = client.get(path)
    said = policy(answer)
    assert (said["frame-ancestors"], said["default-src"], said["base-uri"], said["object-src"]) == ("'none'",) * 4
    assert "unsafe" not in said["script-src"]
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert "camera=()" in answer.headers["permissions-policy"]
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"


@pytest.mark.parametrize("path", ["/map", "/gaps?lang=en", "/wall?theme=light", "/api/docs"])
def test_the_policy_names_the_scripts_of_the_document_and_no_other(client, path):
    answer = client.get(path)
    hashes = script_hashes(answer.text)
    assert len(hashes) == 1
    assert set(policy(answer)["script-src"].split()) == {"'self'", *hashes}
    assert not re.search(r"\son\w+=", answer.text)  # no handlers in attributes: no policy would let them run


def test_an_error_that_nobody_foresaw_carries_them_too(client, guarded):
    @guarded.app.get("/api/broken-for-a-test")
    def broken() -> None:
        raise RuntimeError

    routes = guarded.app.router.routes
    broken_route = routes.pop()
    routes.insert(0, broken_route)
    answer = client.get("/api/broken-for-a-test", headers={"Connection": "close"})  # the server closes it in any case
    routes.remove(broken_route)
    assert answer.status_code == 500
    assert policy(answer)["frame-ancestors"] == "'none'"


def test_the_map_to_take_along_is_shown_in_our_own_page_only_and_without_our_origin(client):
    answer = client.get("/export/map.html")
    said = policy(answer)
    assert (said["frame-ancestors"], answer.headers["x-frame-options"]) == ("'self'", "SAMEORIGIN")
    assert "allow-same-origin" not in said["sandbox"]
    assert said["default-src"] == "'none'"
    assert "connect-src" not in said
    assert "attachment" in client.get("/export/map.html?download=true").headers["content-disposition"]
