"""Answers that are sound JSON and yet not what they should be: pages without an end, numbers that are none, broken characters."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlsplit

from bench.faults.feeds.common import BAD, COMMON, Counted, Expected
from bench.faults.feeds.served import House
from bench.faults.stage import PLACES
from tests.support.sources import Answer, body

MOST_PAGES = 25


class Pages(Counted):
    """A list in two pages; each says where the next one is."""

    def __init__(self, server: House) -> None:
        super().__init__("pages", "P", "HTTP, pages")
        self._server, self._url = server, server.url("/pages")
        self._answer(body(b"not yet", 503))
        self.faults = {
            'a page that says "next" for ever': lambda v: self._answer(self._paged(v, last=0)),
            "a page that leads to itself": lambda v: self._answer(self._paged(v, last=2, back=2)),
        }
        taken = "what came is taken, and said that it may not be all"
        self.expects = {
            'a page that says "next" for ever': Expected(taken, "note.pages_stopped_at", ("ok", "partial")),
            "a page that leads to itself": Expected(taken, "note.pages_repeat", ("ok", "partial")),
        }
        self.passes = dict.fromkeys(self.faults, self.expected)

    def toml(self) -> str:
        return (
            f'[feeds.{self.key}]\ntitle = "{self.title}"\ntitle_en = "{self.title}"\nconnector = "http"\nkind = "dossiers"\n'
            f'url = "{self._url}"\nrecords = "don_vi"\npaging = {{ by = "body", max_pages = {MOST_PAGES} }}\n{COMMON}'
        )

    def begin(self) -> None:
        self.good(1)

    def good(self, version: int) -> None:
        self._answer(self._paged(version, last=2))

    def cure(self, version: int) -> None:
        self.good(version)

    def _answer(self, answer: Answer) -> None:
        self._server.answers["/pages"] = answer

    def _paged(self, version: int, last: int, back: int = 0) -> Answer:
        """last: 0 for none; back: the page that the last one says is next."""

        def send(request: BaseHTTPRequestHandler) -> None:
            number = int(parse_qs(urlsplit(request.path).query).get("p", ["1"])[0])
            rows = self._rows(version)[(number - 1) * PLACES // 2 : number * PLACES // 2]
            following = back if number == last else number + 1
            said = {"don_vi": rows, "next": f"/pages?p={following}" if following else None}
            body(json.dumps(said).encode())(request)

        return send


class Values(Counted):
    """One list of counts, with something odd in one row."""

    def __init__(self, server: House) -> None:
        super().__init__("values", "U", "HTTP, odd values")
        self._server, self._url = server, server.url("/values")
        self._answer(body(b"not yet", 503))
        nan = float("nan")
        self.faults = {
            "NaN in an optional field": lambda v: self._answer(self._with(v, satisfied=nan, rated=nan)),
            "half of a surrogate pair in a text": lambda v: self._answer(self._with(v, centre_id="U-\ud800")),
            "U+FFFF in a text": lambda v: self._answer(self._with(v, centre_id="U-\uffff")),
        }
        costs_a_row = Expected("that row is turned away, the others are taken", states=("partial",))
        self.expects = {
            "NaN in an optional field": Expected("costs the field, not the row, and is said", states=("ok",), code="note.not_a_number"),
            "half of a surrogate pair in a text": costs_a_row,
            "U+FFFF in a text": costs_a_row,
        }
        self.passes = dict.fromkeys(self.faults, self._without(BAD)) | {"NaN in an optional field": self.expected}

    def toml(self) -> str:
        return (
            f'[feeds.{self.key}]\ntitle = "{self.title}"\ntitle_en = "{self.title}"\nconnector = "http"\nkind = "dossiers"\n'
            f'url = "{self._url}"\nrecords = "don_vi"\n{COMMON}'
        )

    def begin(self) -> None:
        self.good(1)

    def good(self, version: int) -> None:
        self._answer(body(json.dumps({"don_vi": self._rows(version)}).encode()))

    def cure(self, version: int) -> None:
        self.good(version)

    def _answer(self, answer: Answer) -> None:
        self._server.answers["/values"] = answer

    def _with(self, version: int, **odd: object) -> Answer:
        rows = self._rows(version)
        rows[BAD - 1].update(odd)
        return body(json.dumps({"don_vi": rows}).encode())
