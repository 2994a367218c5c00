"""Services that answer over HTTP and HTTPS with JSON."""

from __future__ import annotations

import gzip
import json
import ssl
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path

from bench.faults.feeds.common import BAD, BIG, COMMON, Counted
from tests.support.certificates import Authority
from tests.support.sources import Answer, body, cut_off, dripping, endless, web


class House:
    """A web server that can be shut and opened again at the same port."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self._open = ExitStack()
        self.port = 0
        self.answers: dict[str, Answer | list[Answer]] = {}
        self.open()

    def open(self) -> None:
        self.close()
        served = self._open.enter_context(web(self._tls, self.port))
        self.port, served.answers = served.port, self.answers

    def close(self) -> None:
        self._open.close()

    def url(self, path: str) -> str:
        return f"http{'s' if self._tls else ''}://127.0.0.1:{self.port}{path}"


class Served(Counted):
    """One path of a server."""

    def __init__(self, key: str, letter: str, title: str, server: House, extra: str = "") -> None:
        super().__init__(key, letter, title)
        self._server, self._extra = server, extra
        self._url = server.url(f"/{key}")
        self._answer(body(b"not yet", 503))
        self.faults = {
            "500": lambda v: self._answer(body(b"oh", 500)),
            "404": lambda v: self._answer(body(b"oh", 404)),
            "connection refused": lambda v: self._server.close(),
            "dripping": lambda v: self._answer(dripping(0.05)),
            "endless body": lambda v: self._answer(endless),
            "truncated JSON": lambda v: self._answer(body(self._json(v)[:-20])),
            "cut off": lambda v: self._answer(cut_off(self._json(v)[:200], 4000)),
            "HTML instead of JSON": lambda v: self._answer(body(b"<html><body>Dang nhap</body></html>", kind="text/html")),
            "renamed column": lambda v: self._answer(body(self._json(v).replace(b'"received"', b'"so_tiep_nhan"'))),
            "wrong encoding": lambda v: self._answer(body(self._json(v, name="Điện Biên").decode().encode("cp1258", "replace"))),
            "bad row in the middle": lambda v: self._answer(body(self._json(v, bad=BAD))),
            "same answer twice": lambda v: None,
            "a timestamp in the future": lambda v: self._answer(body(self._json(v, observed_at=_iso(timedelta(days=400))))),
            "gzip bomb": lambda v: self._answer(body(gzip.compress(b" " * BIG, 9), Content_Encoding="gzip")),
            "200 MB body": lambda v: self._answer(_flood),
        }
        self.passes = {"bad row in the middle": self._without(BAD)}

    def toml(self) -> str:
        return (
            f'[feeds.{self.key}]\ntitle = "{self.title}"\ntitle_en = "{self.title}"\nconnector = "http"\nkind = "dossiers"\n'
            f'url = "{self._url}"\nrecords = "don_vi"\nmax_bytes = 20_000_000\n{self._extra}{COMMON}'
        )

    def begin(self) -> None:
        self.good(1)

    def good(self, version: int) -> None:
        self._answer(body(self._json(version)))

    def cure(self, version: int) -> None:
        self._server.open()
        self.good(version)

    def _answer(self, answer: Answer) -> None:
        self._server.answers[f"/{self.key}"] = answer

    def _json(self, version: int, bad: int = 0, **more: object) -> bytes:
        return json.dumps({"don_vi": self._rows(version, bad, **more)}, ensure_ascii=False).encode()


def _iso(ahead: timedelta) -> str:
    return (datetime.now(UTC) + ahead).isoformat()


def _flood(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.send_header("Content-Type", "application/json")
    request.send_header("Content-Length", str(BIG))
    request.end_headers()
    request.close_connection = True
    for _ in range(BIG // 1_000_000):
        request.wfile.write(b" " * 1_000_000)


class Certificates:
    """Server certificates of an authority of our own: good, expired, of another host; `context` shows one of them."""

    def __init__(self, folder: Path) -> None:
        authority = Authority(folder)
        self.authority_file = authority.file
        self._made = {
            "good": authority.certify("good"),
            "expired": authority.certify("expired", ends_in=timedelta(days=-1)),
            "other": authority.certify("other", host="127.0.0.2"),
        }
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.show("good")

    def show(self, name: str) -> None:
        self.context.load_cert_chain(self._made[name].certificate, self._made[name].key)


class Secure(Served):
    """The same behind TLS."""

    def __init__(self, server: House, certificates: Certificates) -> None:
        super().__init__("https", "S", "HTTPS JSON", server, f'ca_file = "{certificates.authority_file}"\n')
        self._certificates = certificates
        self.faults = {
            "an expired certificate": lambda v: certificates.show("expired"),
            "a certificate of another host": lambda v: certificates.show("other"),
        }
        self.passes = {}

    def cure(self, version: int) -> None:
        self._certificates.show("good")
        self.good(version)
