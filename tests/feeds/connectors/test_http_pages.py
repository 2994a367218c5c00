"""Lists in pages: every row of every page, or a word about why not; never an endless loop."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from feeds.connectors import http
from feeds.errors import FeedError
from feeds.fetching import Content, Visit
from tests.support.sources import Web, body, dripping, web

NOW = datetime(2026, 11, 21, 3, tzinfo=UTC)


@pytest.fixture
def server() -> Iterator[Web]:
    with web() as served:
        yield served


def read(server: Web, path: str = "/", *, timeout_s: float = 5.0, max_bytes: int = 10_000, **options: object) -> Content:
    visit = Visit(NOW, time.monotonic() + timeout_s, Path(), max_bytes=max_bytes)
    (fetched,) = http.fetch(http.Options(url=server.url(path), **options), visit)  # type: ignore[arg-type]
    return fetched.read()


def refused(server: Web, **options: object) -> FeedError:
    with pytest.raises(FeedError) as caught:
        read(server, **options)  # type: ignore[arg-type]
    return caught.value


def page(*numbers: int, **more: object) -> bytes:
    return json.dumps({"rows": [{"n": number} for number in numbers], **more}).encode()


def numbers(content: Content) -> list[int]:
    assert isinstance(content.data, list)
    return [row["n"] for row in content.data]


def test_the_next_address_in_the_body_is_followed(server: Web) -> None:
    server.answers = {
        "/": body(page(1, 2, links={"next": "/?p=2"})),
        "/?p=2": body(page(3, links={"next": server.url("/?p=3")})),
        "/?p=3": body(page(4, links={"next": None})),
    }
    content = read(server, records="rows", paging={"by": "body", "next": "links.next"})
    assert numbers(content) == [1, 2, 3, 4]
    assert content.size == sum(len(page(*n, links={"next": x})) for n, x in [((1, 2), "/?p=2"), ((3,), server.url("/?p=3")), ((4,), None)])


def test_a_cursor_in_the_body_is_sent_as_a_parameter(server: Web) -> None:
    server.answers = {"/": body(page(1, next="a b")), "/?c=a+b": body(page(2, next=""))}
    assert numbers(read(server, records="rows", paging={"by": "body", "parameter": "c"})) == [1, 2]


def test_the_link_header_is_followed(server: Web) -> None:
    server.answers = {
        "/": body(b'[{"n": 1}]', Link=f'<{server.url("/?p=1")}>; rel="prev", </?p=2>; rel="next"'),
        "/?p=2": body(b'[{"n": 2}]'),
    }
    assert numbers(read(server, paging={"by": "link"})) == [1, 2]


def test_numbered_pages_are_read_until_one_is_empty_even_when_the_service_gives_fewer_rows_than_asked_for(server: Web) -> None:
    server.answers = {"/?page=1&limit=9": body(page(1, 2)), "/?page=2&limit=9": body(page(3)), "/?page=3&limit=9": body(page())}
    assert numbers(read(server, records="rows", paging={"by": "page", "size": 9})) == [1, 2, 3]


def test_not_found_after_the_last_numbered_page_is_the_end_and_at_the_first_a_fault(server: Web) -> None:
    server.answers = {"/?page=0": body(page(1)), "/?page=1": body(b"no such page", status=404)}
    assert numbers(read(server, records="rows", paging={"by": "page", "first": 0})) == [1]
    assert refused(server, records="rows", paging={"by": "page"}).code == "run.http_not_found"


def test_offsets_go_on_after_as_many_rows_as_came_and_stop_at_the_total(server: Web) -> None:
    server.answers = {"/?offset=0&limit=5&k=v": body(page(1, 2, total=3)), "/?offset=2&limit=5&k=v": body(page(3, total=3))}
    options = {"records": "rows", "query": {"k": "v"}, "paging": {"by": "offset", "size": 5, "total": "total"}}
    server.answers = {"/?k=v&offset=0&limit=5": body(page(1, 2, total=3)), "/?k=v&offset=2&limit=5": body(page(3, total=3))}
    assert numbers(read(server, **options)) == [1, 2, 3]  # type: ignore[arg-type]
    assert len(server.asked) == 2


def test_csv_pages_are_one_table(server: Web) -> None:
    server.answers = {"/?page=1": body(b"n\n1\n2\n"), "/?page=2": body(b"n\n3\n"), "/?page=3": body(b"n\n")}
    content = read(server, format="csv", paging={"by": "page"})
    assert content.data == [{"n": "1"}, {"n": "2"}, {"n": "3"}]


def notes(content: Content) -> list[tuple[str, int]]:
    assert content.whole == (not content.notes)
    return [(note.code, note.count) for note in content.notes]


@pytest.mark.parametrize("paging", [{"by": "page"}, {"by": "offset"}, {"by": "body", "next": "next"}])
def test_a_page_that_repeats_is_the_end_and_said(server: Web, paging: dict[str, str]) -> None:
    server.answers = {"/": body(page(1, next="/?x=1"))}
    content = read(server, records="rows", paging=paging)
    assert (numbers(content), notes(content), len(server.asked)) == ([1], [("note.pages_repeat", 1)], 2)


def test_pages_that_lead_to_themselves_or_in_a_circle_are_asked_once(server: Web) -> None:
    server.answers = {"/": body(page(1, next="/?p=2")), "/?p=2": body(page(2, next="/?p=2"))}
    content = read(server, records="rows", paging={"by": "body"})
    assert (numbers(content), notes(content), len(server.asked)) == ([1, 2], [("note.pages_repeat", 2)], 2)
    server.asked.clear()
    server.answers = {"/": body(page(next="/?p=2")), "/?p=2": body(page(next="/?p=3")), "/?p=3": body(page(5, next="/?p=2"))}
    content = read(server, records="rows", paging={"by": "body"})
    assert (numbers(content), notes(content), len(server.asked)) == ([5], [("note.pages_repeat", 3)], 3)


def test_the_number_may_stand_in_the_path(server: Web) -> None:
    server.answers = {"/items/page/1": body(page(1, 2)), "/items/page/2": body(page(3)), "/items/page/3": body(page())}
    assert numbers(read(server, "/items/page/{page}", records="rows", paging={"by": "page"})) == [1, 2, 3]
    server.answers = {f"/items/{at}/of/9?limit=2": body(page(*rows)) for at, rows in ((0, (1, 2)), (2, (3,)), (3, ()))}
    assert numbers(read(server, "/items/{offset}/of/9", records="rows", paging={"by": "offset", "size": 2})) == [1, 2, 3]


def test_data_that_is_called_a_web_page_is_judged_by_its_body(server: Web) -> None:
    html = "text/html; charset=utf-8"
    server.answers = {"/": body(b"\xef\xbb\xbf " + page(1), kind=html), "/csv": body(b"n\n1\n", kind=html)}
    assert read(server, records="rows").data
    assert read(server, "/csv", format="csv").data
    server.answers = {"/": body(b" <!doctype html><title>x</title>", kind=html)}
    assert refused(server, records="rows").code == "run.html_instead"


def test_fewer_rows_than_promised_are_a_fault(server: Web) -> None:
    server.answers = {"/?offset=0": body(page(1, total=3)), "/?offset=1": body(page(total=3))}
    error = refused(server, records="rows", paging={"by": "offset", "total": "total"})
    assert (error.code, error.values["found"], error.values["total"]) == ("run.pages_incomplete", 1, 3)


def test_another_host_is_not_followed(server: Web) -> None:
    server.answers = {"/": body(page(1, next="http://elsewhere.example/?key=1"))}
    error = refused(server, records="rows", paging={"by": "body"}, headers={"Authorization": "secret"})
    assert (error.code, error.values["location"]) == ("run.page_elsewhere", "http://elsewhere.example/")


def test_there_is_a_limit_of_pages_and_it_is_said(server: Web) -> None:
    server.answers = {f"/?page={n}": body(page(n)) for n in range(1, 5)}
    content = read(server, records="rows", paging={"by": "page", "max_pages": 3})
    assert (numbers(content), notes(content), len(server.asked)) == ([1, 2, 3], [("note.pages_stopped_at", 3)], 3)


def test_the_limit_of_bytes_holds_for_all_pages_together(server: Web) -> None:
    server.answers = {f"/?page={n}": body(page(n, fill="x" * 400)) for n in range(1, 9)}
    assert refused(server, records="rows", max_bytes=1000, paging={"by": "page"}).code == "run.too_large"
    assert len(server.asked) == 3


def test_the_deadline_holds_for_all_pages_together(server: Web) -> None:
    server.answers = {"/?page=1": body(page(1)), "/?page=2": dripping(0.05)}
    assert refused(server, records="rows", timeout_s=0.6, paging={"by": "page"}).code == "run.timeout"


@pytest.mark.parametrize(
    ("second", "code"),
    [
        (body(b"<html>login", kind="text/html"), "run.html_instead"),
        (body(b'{"rows": ['), "run.json_invalid"),
        (body(b"{}", status=500), "run.http_server_error"),
        (body(b'{"other": []}'), "run.records_missing"),
    ],
)
def test_a_bad_second_page_is_no_short_list(server: Web, second: object, code: str) -> None:
    server.answers = {"/?page=1": body(page(1)), "/?page=2": second}  # type: ignore[dict-item]
    assert refused(server, records="rows", paging={"by": "page"}).code == code


def test_a_next_that_is_no_address_is_a_fault(server: Web) -> None:
    server.answers = {"/": body(page(1, next={"a": 1}))}
    assert refused(server, records="rows", paging={"by": "body"}).code == "run.page_next"
