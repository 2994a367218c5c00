"""What is posted to callbacks: anything that is no post of our pages is answered with a sentence, logged within bounds and counted."""

from __future__ import annotations

import json
import logging

import pytest
from prometheus_client import CollectorRegistry

from ioc.security.refusals import LINES, Refusals

POST = "/_dash-update-component"
RUN = '{"feed":["MATCH"],"type":"asked-feed"}.children'
PAGE = "..crumbs.children...map-bar.children.."


def run_now(**changes):
    """The post of a "run now" button."""
    feed = changes.pop("feed", "coverage")
    button = {"id": {"type": "run-feed", "feed": feed}, "property": "n_clicks", "value": 1}
    return {
        "output": RUN,
        "outputs": {"id": {"type": "asked-feed", "feed": feed}, "property": "children"},
        "inputs": [button],
        "changedPropIds": [json.dumps(button["id"], separators=(",", ":"), sort_keys=True) + ".n_clicks"],
        "state": [{"id": "url", "property": "search", "value": ""}],
    } | changes


MALFORMED = [
    b"", b"{", b"[]", b"null", b"1", b'"x"', b"\xff\xfe", b'{"output":1}', b'{"output":["x"]}', b'{"output":{"a":1}}',
    b'{"output":"x.children"}',
    b'{"output":"\\ud800"}', b"NaN", b"[" * 50_000,
    *(json.dumps(run_now(**changes)).encode() for changes in (
        {"inputs": 5}, {"inputs": [5]}, {"inputs": None}, {"state": "x"}, {"state": [{}]}, {"changedPropIds": 3}, {"changedPropIds": [1]},
        {"inputs": [{"id": {"type": "run-feed", "feed": []}, "property": "n_clicks", "value": 1}]},
        {"inputs": [{"id": {"type": "run-feed", "feed": "x"}, "property": "n_clicks", "value": "1"}]},
        {"state": [{"id": "url", "property": "search", "value": 7}]}, {"state": []}, {"inputs": []}, {"outputs": 3},
        {"changedPropIds": ["{.n_clicks"]}, {"inputs": [{"id": {"feed": 10**30, "type": "run-feed"}, "property": "n_clicks", "value": 1}]},
    )),
]  # fmt: skip


@pytest.mark.parametrize("body", MALFORMED, ids=lambda body: repr(body[:60]))
def test_a_malformed_post_is_answered_and_counted(client, guarded, body):
    before = guarded.refused("post")
    answer = client.post(POST, content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["detail"]["code"]) == (400, "refused.post")
    assert guarded.refused("post") == before + 1


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""])
def test_a_form_of_another_page_is_no_post(client, content_type):
    """The types that a browser sends without asking first."""
    answer = client.post(POST, content=json.dumps(run_now()).encode(), headers={"Content-Type": content_type})
    assert answer.status_code == 400


def test_a_post_of_our_page_is_carried_out(client):
    answer = client.post(POST, json=run_now(feed="no such feed"))
    assert answer.status_code == 200
    assert "response" in answer.json()


def test_every_kind_of_value_for_every_callback_ends_without_a_server_error(client):
    """The shapes that Dash itself says its pages post, filled with what they never hold."""
    callbacks = [one for one in client.get("/_dash-dependencies").json() if not one["clientside_function"]]
    assert len(callbacks) > 5
    odd = [None, True, 1, -1.5, 10**40, "x" * 3000, "\u0000", "?as_of=9999-12-31&known=0001-01-01T00:00", [], {}, [[{}]], {"a": {"b": []}}]
    for callback in callbacks:
        for value in odd:
            answer = client.post(POST, json=filled(callback, value))
            assert answer.status_code < 500, (callback["output"], value, answer.text)


def filled(callback, value):
    def one(given):
        id_ = given["id"]
        if id_.startswith("{"):
            parts = json.loads(id_)
            id_ = {name: "7" if isinstance(part, list) else part for name, part in parts.items()}
            found = {"id": id_, "property": given["property"], "value": value}
            return [found] if "ALL" in given["id"] else found
        return {"id": id_, "property": given["property"], "value": value}

    inputs = [one(given) for given in callback["inputs"]]
    first = inputs[0][0] if isinstance(inputs[0], list) else inputs[0]
    name = first["id"] if isinstance(first["id"], str) else json.dumps(first["id"], separators=(",", ":"), sort_keys=True)
    outputs = [{"id": "x", "property": "children"}] * callback["output"].count("...") if callback["output"].startswith("..") else None
    return {
        "output": callback["output"],
        "outputs": outputs or {"id": "x", "property": "children"},
        "inputs": inputs,
        "state": [one(given) for given in callback["state"]],
        "changedPropIds": [f"{name}.{first['property']}"],
    }


def test_thousands_leave_a_few_lines_and_one_of_how_many_there_were(caplog):
    at = [0.0]
    refusals = Refusals(CollectorRegistry(), lambda: at[0])
    scope = {"type": "http", "method": "POST", "path": POST + "\n forged line", "client": ("10.0.0.9", 1)}
    with caplog.at_level(logging.WARNING):
        for _ in range(7_000):
            refusals.note(scope, "post", "no JSON")
        at[0] = 61.0
        refusals.note(scope, "post", "no JSON")
    assert len(caplog.messages) == LINES + 1
    assert caplog.messages[-1].endswith(f"; {7_000 - LINES} more before, not logged")
    assert not any("\n" in line for line in caplog.messages)
    assert "10.0.0.9" in caplog.messages[0]
