"""The dashboard: does it answer at its address, and is it ours."""

from __future__ import annotations

from collections.abc import Iterator

import httpx

from feeds.doctor import Finding, Patient

START = "sudo systemctl start ioc-dashboard"


def check(patient: Patient) -> Iterator[Finding]:
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(patient.settings.host, patient.settings.host)  # noqa: S104
    url = f"http://{host}:{patient.settings.port}"
    try:
        answer = httpx.get(f"{url}/healthz", timeout=5, trust_env=False)
        body = answer.json()
    except httpx.ConnectError:
        yield Finding("warning", "doctor.no_dashboard", {"url": url}, START)
        return
    except (httpx.HTTPError, ValueError):
        yield Finding("wrong", "doctor.other_program", {"url": url}, f"sudo ss -ltnp 'sport = :{patient.settings.port}'")
        return
    if not isinstance(body, dict) or "store" not in body:
        yield Finding("wrong", "doctor.other_program", {"url": url}, f"sudo ss -ltnp 'sport = :{patient.settings.port}'")
    elif answer.status_code != 200:
        yield Finding("wrong", "doctor.dashboard_down", {"url": url, "status": answer.status_code}, "journalctl -u ioc-dashboard -n 50")
    else:
        yield Finding("ok", "doctor.dashboard", {"url": url})
