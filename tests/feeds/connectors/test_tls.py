"""Probes of real TLS servers: how long the certificate is good, and why one is not."""

import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from feeds.connectors import tls
from feeds.errors import FetchError
from tests.support.certificates import Authority
from tests.support.probed import probe
from tests.support.secure import secure_web
from tests.support.sources import free_port, listener


def test_a_good_certificate_is_up_with_the_days_it_has_left(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    with secure_web(authority.certify("good", ends_in=timedelta(days=30, hours=1))) as port:
        for address in (f"127.0.0.1:{port}", f"tls:127.0.0.1:{port}", f"https://127.0.0.1:{port}/x"):
            row = probe(tls, {"a": address}, ca_file=authority.file)["a"]
            assert (row["state"], row["days_left"], row["detail"]) == ("up", 30, "30 d")
            assert timedelta(days=30) < row["expires_at"] - datetime.now(UTC) < timedelta(days=31)
            assert row["latency_ms"] > 0


def test_a_certificate_that_ends_too_soon_is_down_with_its_days(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    with secure_web(authority.certify("soon", ends_in=timedelta(days=5, hours=1))) as port:
        row = probe(tls, {"a": f"127.0.0.1:{port}"}, ca_file=authority.file, least_days=14)["a"]
    assert (row["state"], row["detail"], row["days_left"]) == ("down", "ends_soon", 5)


def test_why_a_certificate_is_not_good(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    expired = authority.certify("expired", ends_in=-timedelta(days=1))
    other = authority.certify("other", host="khac.example.vn")
    good = authority.certify("good")
    with secure_web(expired) as one, secure_web(other) as two, secure_web(good) as three:
        rows = probe(tls, {"expired": f"127.0.0.1:{one}", "other": f"127.0.0.1:{two}"}, ca_file=authority.file)
        targets = {"a": f"127.0.0.1:{three}", "down": f"127.0.0.1:{free_port()}"}
        stranger = probe(tls, targets)["a"]
        with pytest.raises(FetchError, match="probe_untrusted"):
            probe(tls, {"a": targets["a"]})
    assert {key: (row["state"], row["detail"]) for key, row in rows.items()} == {
        "expired": ("down", "expired"),
        "other": ("down", "other_name"),
    }
    assert (stranger["state"], stranger["detail"]) == ("unknown", "untrusted"), "we lack its authority"


def test_who_does_not_speak_tls_is_down() -> None:
    with socket.socket() as plain:
        plain.bind(("127.0.0.1", 0))
        plain.listen()
        rows = probe(tls, {"silent": f"127.0.0.1:{plain.getsockname()[1]}", "closed": f"127.0.0.1:{free_port()}"}, answer_timeout_s=0.5)
    assert {key: row["detail"] for key, row in rows.items()} == {"silent": "timeout", "closed": "refused"}


def test_endpoints_are_probed_only_when_their_address_says_tls() -> None:
    import time

    from feeds.fetching import Visit

    with listener() as port:
        addresses = {"a": f"https://127.0.0.1:{port}", "b": f"tls:127.0.0.1:{port}", "c": f"127.0.0.1:{port}"}
        visit = Visit(datetime.now(UTC), time.monotonic() + 10, Path(), targets=lambda: addresses)
        (fetched,) = tls.fetch(tls.Options(answer_timeout_s=0.2), visit)
        rows = fetched.read().data
    assert [row["id"] for row in rows if isinstance(row, dict)] == ["b"]
