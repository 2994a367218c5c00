"""What a browser asks the server for when it shows a page."""

from __future__ import annotations

from typing import Any

import httpx

from ioc.shell import ID


def show_page(client: httpx.Client, path: str, query: str, *, triggered: str, shown: str | None) -> dict[str, Any]:
    """What the browser gets when the URL or new data ask for the page: the parts that are to be drawn."""
    callbacks = client.get("/_dash-dependencies").json()
    output = next(callback["output"] for callback in callbacks if f"{ID.CRUMBS}.children" in callback["output"])
    names = [name.rsplit(".", 1) for name in output.strip(".").split("...")]
    values = {"pathname": path, "search": query}
    body = {
        "output": output,
        "outputs": [{"id": id_, "property": name} for id_, name in names],
        "inputs": [
            *({"id": ID.URL, "property": name, "value": value} for name, value in values.items()),
            {"id": ID.LIVE, "property": "data", "value": {}},
        ],
        "state": [{"id": ID.SHOWN, "property": "data", "value": shown}],
        "changedPropIds": [triggered],
        "parsedChangedPropsIds": [triggered],
    }
    answer = client.post("/_dash-update-component", json=body)
    assert answer.status_code == 200, answer.text
    parts: dict[str, Any] = answer.json()["response"]
    return parts
