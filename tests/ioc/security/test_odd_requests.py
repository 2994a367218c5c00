"""Whatever stands in an address, a header or a cookie: an answer below 500."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

DAYS = ["0001-01-01", "0999-12-31", "9999-12-31", "0000-00-00", "2026-02-30", "²", "-1", "9" * 40, "\x00", "2026-11-20T08:00", "\ud7ff"]
MOMENTS = [
    "0001-01-01T00:00", "0001-01-01T00:00+14:00", "9999-12-31T23:59", "9999-12-31T23:59-23:59", "9999-12-31T23:59:59.999999Z",
    "1899-12-31T23:59", "2026-11-20T08:00+23:59", "²", "2026-11-20",
]  # fmt: skip
WORDS = ["\x00", "'", "²", "９", "x" * 5000, "ª", "{}", "../..", "%", "-1", "𝟙𝟚", "", "\u202e", "--", "_"]
PAGES = ["/map", "/gaps", "/feeds", "/wall", "/names", "/entry", "/nothing"]
READS = ["/api/v1/map", "/api/v1/values", "/api/v1/summary", "/api/v1/series?unit=03127", "/export/gaps.csv", "/export/entry.xlsx"]
NAMES = ["unit", "tech", "op", "village", "endpoint", "centre", "feed", "layers", "lang", "theme", "measure", "known", "known_at", "as_of"]
REFERERS = [
    b"http://[", b"http://[::1", b"//[x", b"http://a:99999/x", b"::::", b"\xff\xfe", b"http://h/map?unit=%00", b"http://h/%ff?tech=%00",
    b"http://h/wall?as_of=0001-01-01", b"http://h/gaps?as_of=9999-12-31&known=0001-01-01T00:00", b"x" * 20_000, b"", b"data:text/html,x",
]  # fmt: skip
PATHS = [
    "/_dash-component-suites/evil/x.js", "/_dash-component-suites/dash/deps/nope.js", "/_dash-component-suites/os/path.py",
    "/_dash-component-suites/dash/..%2f..%2fx", "/_dash-component-suites/dash/%00", "/_reload-hash", "/_favicon.ico", "/%00", "/%ff",
    "/vendor/x/y", "/vendor/x/icons/%00.svg", "/bundle/x/ioc.css", "/api/v1/geometry/%00/%ff.json", "/api/%00", "/api/docs-static/%00",
    "/api/docs-static/%ff", "/api/docs-static/" + "x" * 300, "/export/%00", "/metrics", "/healthz", "/api/v1/state",
    "/_dash-update-component", "/_dash-ws-callback",
]  # fmt: skip
HEADERS = {
    "accept": [b"application/openmetrics-text; version=abc", b"application/openmetrics-text; version=2.0.0; escaping=zz", b";;==,,"],
    "accept-encoding": [b"\xff", b"gzip;q=x"],
    "if-none-match": [b"\xb2", b'"'],
    "if-modified-since": [b"Thu, 99 Foo 99999 99:99:99 GMT", b"\xb2"],
    "range": [b"bytes=0-99999999999999999999", b"bytes=-", b"x"],
    "cookie": [b"\xff=\xfe", b";;==", b"a" * 20_000],
    "content-type": [b"application/json; charset=nope", b"multipart/form-data"],
    "x-forwarded-for": [b"\xb2", b",,,"],
    "upgrade": [b"h2c", b"websocket"],
}


def below_500(answers: list[httpx.Response]) -> None:
    assert [(str(answer.request.url)[:120], answer.status_code) for answer in answers if answer.status_code >= 500] == []


@pytest.mark.parametrize("path", [*READS, *PAGES])
def test_any_day_and_moment(client, path):
    mark = "&" if "?" in path else "?"
    asked = [f"as_of={quote(day)}" for day in DAYS if day.isprintable() or day == "\x00"]
    asked += [f"{name}={quote(moment)}" for name in ("known", "known_at") for moment in MOMENTS]
    below_500([client.get(f"{path}{mark}{query}") for query in asked])


@pytest.mark.parametrize("name", NAMES)
def test_any_word_of_a_query(client, name):
    below_500([client.get(f"{path}{'&' if '?' in path else '?'}{name}={quote(word)}") for path in READS[:4] for word in WORDS])
    below_500([client.get(f"/_dash-layout?{name}=x", headers={"Referer": f"http://h/gaps?{name}={quote(word)}"}) for word in WORDS])


@pytest.mark.parametrize("referer", REFERERS, ids=lambda referer: repr(referer[:30]))
def test_any_referer(client, referer):
    below_500([client.get(path, headers={"Referer": referer}) for path in ("/_dash-layout", "/map")])


@pytest.mark.parametrize("path", PATHS)
def test_any_path_and_method(client, path):
    below_500([client.request(method, path) for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS")])


@pytest.mark.parametrize("name", HEADERS)
def test_any_header(client, name):
    paths = ("/metrics", "/map", "/_dash-layout", "/api/v1/state", "/api/docs-static/swagger-ui.css")
    below_500([client.get(path, headers={name: value}) for path in paths for value in HEADERS[name]])


@pytest.mark.parametrize("number", [b"\xb2", b"9" * 40, b"-1", b"", b"\xff"])
def test_any_event_that_a_page_says_it_has(client, number):
    """Of the run that is now: what it has missed is worked out from the number."""
    tag = client.get("/api/v1/state").headers["etag"].strip('"').partition("-")[0].encode()
    with client.stream("GET", "/api/v1/live", headers={"Last-Event-ID": tag + b"-" + number}) as stream:
        assert stream.status_code == 200
        assert "event" in next(line for line in stream.iter_lines() if line and not line.startswith(("retry", "id")))


def test_the_api_keeps_to_its_description_whatever_is_asked(guarded, tmp_path):
    """schemathesis over the OpenAPI document, the same questions each time; more of them with IOC_FUZZ_EXAMPLES."""
    command = [
        str(Path(sys.executable).with_name("st")),
        "run",
        f"{guarded.url}/api/openapi.json",
        "--exclude-path",
        "/api/v1/live",
        "--seed",
        "1",
    ]
    command += ["--max-examples", os.environ.get("IOC_FUZZ_EXAMPLES", "5"), "--phases", "coverage,fuzzing", "--generation-database", "none"]
    checks = "not_a_server_error,status_code_conformance,response_schema_conformance,content_type_conformance"
    done = subprocess.run([*command, "--checks", checks], capture_output=True, text=True, timeout=170, cwd=tmp_path)
    assert done.returncode == 0, done.stdout[-4000:]
    assert int(re.findall(r"(\d+) generated", done.stdout)[0]) > 50


def test_every_parameter_and_every_error_is_described(client):
    for path, methods in client.get("/api/openapi.json").json()["paths"].items():
        for given in methods.values():
            assert {"404", "422", "503"} <= given["responses"].keys(), path
            assert [one["name"] for one in given.get("parameters", []) if not described(one)] == [], path


def described(parameter: dict) -> bool:
    return bool(parameter.get("description") or parameter["schema"].get("description") or parameter["name"] in ("layer", "digest"))


def test_what_cannot_be_read_is_said_in_words(client):
    said = client.get("/api/v1/summary?unit=" + "9" * 30).json()["detail"]
    assert (said["code"], "unit" in said["message"], "/api/docs" in said["message_en"]) == ("api.parameter", True, True)
