"""The whole path on real servers, files and databases: what a run says, what it writes, and that a bad one writes nothing."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from feeds.config import load
from feeds.pipeline import Pipeline
from feeds.run import Run
from feeds.texts import CATALOGUE
from store import runs, schema
from store.rejected_items import items_open
from store.transactions import writing
from tests.feeds.conftest import fill
from tests.feeds.test_tables import xlsx
from tests.support.processes import wait_for
from tests.support.sources import Web, body, cut_off, dripping, endless, free_port, listener, web, with_etag

NOW = datetime(2026, 11, 21, 3, tzinfo=UTC)
COMMON = 'title = "Nguồn"\ntitle_en = "Feed"\nsource = "Nguồn mẫu"\nevery_s = 5\nlate_after_s = 30\nstale_after_s = 60\nsynthetic = true\n'
DOSSIERS = f"""[feeds.dossiers]
connector = "http"
kind = "dossiers"
url = "URL"
records = "don_vi"
timeout_s = 3
{COMMON}
[feeds.dossiers.columns]
centre_id = "ma"
on_time = "dung_han"
"""
COVERAGE = f"""[feeds.coverage]
connector = "folder"
kind = "coverage"
folder = "drop"
settle_s = 0.02
operator = "op-a"
technologies = ["4g", "broadband"]
{COMMON}
[feeds.coverage.columns]
village_id = "Mã thôn"
observed_at = "Ngày"
"4g" = "4G"
"""


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def server() -> Iterator[Web]:
    with web() as served:
        yield served


def make(engine: Engine, folder: Path, text: str, clock: Clock | None = None, **more: Any) -> Pipeline:
    path = folder / "feeds.toml"
    path.write_text(text, encoding="utf-8")
    (folder / "drop").mkdir(exist_ok=True)
    (feed,) = load(path, {}).values()
    s = feed.schedule
    with writing(engine) as connection:
        names = {"title_vi": s.title, "title_en": s.title_en, "source": s.source, "synthetic": s.synthetic, "enabled": s.enabled}
        ages = {"every_s": s.every_s, "late_after_s": s.late_after_s, "stale_after_s": s.stale_after_s}
        runs.register_feeds(connection, [{"key": feed.key, "connector": feed.connector.key, "kind": feed.kind.key, **names, **ages}])
    return Pipeline(engine, feed, "test", **({"now": clock} if clock else {}), **more)


def dossier(number: int, **more: Any) -> dict[str, Any]:
    counts = {"received": 10, "in_progress": 2, "due": 8, "dung_han": 8, "overdue": 0, "online": 5}
    return {"ma": f"C11-00{number}", "period": "2026-11", **counts, **more}


def answer(*rows: dict[str, Any]) -> bytes:
    return json.dumps({"don_vi": rows}).encode()


def counts(run: Run) -> tuple[int, int, int, int, int]:
    return run.rows_read, run.stored.added, run.stored.changed, run.stored.unchanged, len(run.rejections)


def rows(engine: Engine, table: Any) -> int:
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def recorded(engine: Engine) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(select(schema.feed_runs).order_by(schema.feed_runs.c.id)))


def feed_row(engine: Engine) -> Any:
    with engine.connect() as connection:
        return connection.execute(select(schema.feeds)).one()


# ── HTTP ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_good_run_writes_records_feed_times_and_its_own_row_together(province: Engine, tmp_path: Path, server: Web, clock: Clock) -> None:
    server.answers["/"] = body(answer(dossier(1), dossier(2)))
    pipeline = make(province, tmp_path, DOSSIERS.replace("URL", server.url()), clock)
    (run,) = pipeline.run()
    assert (run.state, counts(run)) == ("ok", (2, 2, 0, 0, 0))
    (row,) = recorded(province)
    assert (row.feed, row.state, row.attempts, row.rows_read, row.rows_added) == ("dossiers", "ok", 1, 2, 2)
    assert (row.item, row.bytes, row.worker) == (server.url(), len(answer(dossier(1), dossier(2))), "test")
    assert (feed_row(province).last_ok_at, feed_row(province).true_at) == (NOW, NOW)
    assert rows(province, schema.dossiers) == 2


def test_the_same_again_is_unchanged_and_another_count_is_a_change(province: Engine, tmp_path: Path, server: Web, clock: Clock) -> None:
    first, other = body(answer(dossier(1), dossier(2))), body(answer(dossier(1), dossier(2, received=11)))
    server.answers["/"] = [first, first, other]
    pipeline = make(province, tmp_path, DOSSIERS.replace("URL", server.url()), clock)
    states = []
    for minute in range(3):
        clock.now = NOW + timedelta(minutes=minute)
        states += [(run.state, counts(run)) for run in pipeline.run()]
    assert states == [("ok", (2, 2, 0, 0, 0)), ("unchanged", (2, 0, 0, 2, 0)), ("ok", (2, 0, 1, 1, 0))]
    assert feed_row(province).true_at == clock.now


@pytest.mark.parametrize("broken", ["\ud800", "\udfff!"])
def test_half_a_character_costs_its_row_and_not_the_run(province: Engine, tmp_path: Path, server: Web, broken: str) -> None:
    """JSON can say what no database keeps; also where nobody reads it, and in a row that is refused for something else."""
    unread, negative = dossier(2) | {"note \udc00": broken}, dossier(1, due=-1) | {"note": broken}
    server.answers["/"] = body(answer(dossier(1), dossier(2) | {"ma": broken}, unread, negative))
    (run,) = make(province, tmp_path, DOSSIERS.replace("URL", server.url())).run()
    assert (run.state, counts(run)) == ("partial", (4, 2, 0, 0, 2))
    assert [(row.number, row.code, row.values.get("column")) for row in run.rejections] == [
        (2, "row.no_text", "ma"),
        (4, "row.negative", "due"),
    ]
    assert rows(province, schema.quarantine) == 2
    said = CATALOGUE.text("vi", "row.no_text", **run.rejections[0].values)
    assert "\ufffd" in said
    assert said.encode()


def test_a_rejected_file_is_named_until_the_same_file_is_taken(province: Engine, tmp_path: Path) -> None:
    pipeline, drop = make(province, tmp_path, COVERAGE, quiet=timedelta(0)), tmp_path / "drop"
    line = "Mã thôn,Ngày,4G\n{village},2026-11-{day:02},có\n"

    def taken(name: str, text: str) -> None:
        before = len(recorded(province))
        (drop / name).write_text(text, encoding="utf-8")
        wait_for(lambda: [run for run in pipeline.run() if run.item == name] and len(recorded(province)) > before, 20)

    def still() -> list[str]:
        with province.connect() as connection:
            found = items_open(connection)
        return [] if found.empty else list(found["item"])

    taken("xa-1.csv", line.format(village="không có", day=1))
    for day in range(2, 24):
        taken(f"xa-{day}.csv", line.format(village="V11-0001", day=day))
    assert still() == ["xa-1.csv"]
    taken("xa-1.csv", line.format(village="V11-0002", day=24 - 1))
    assert still() == []


def test_a_file_whose_name_is_no_text_is_taken(province: Engine, tmp_path: Path) -> None:
    pipeline = make(province, tmp_path, COVERAGE)
    name = os.fsencode(tmp_path / "drop") + b"/phu-song-\xff.csv"
    Path(os.fsdecode(name)).write_text("Mã thôn,Ngày,4G\nV11-0001,2026-11-20,có\n", encoding="utf-8")
    wait_for(lambda: recorded(province) or not pipeline.run(), 20)
    assert recorded(province)[0].item.startswith("phu-song-\ufffd")


def test_not_modified_is_unchanged(province: Engine, tmp_path: Path, server: Web) -> None:
    server.answers["/"] = with_etag(answer(dossier(1)), '"1"')
    pipeline = make(province, tmp_path, DOSSIERS.replace("URL", server.url()))
    assert [run.state for _ in range(3) for run in pipeline.run()] == ["ok", "unchanged", "unchanged"]


def test_an_error_that_passes_is_tried_again(province: Engine, tmp_path: Path, server: Web) -> None:
    server.answers["/"] = [body(b"{}", 500), body(b"{}", 503), body(answer(dossier(1)))]
    (run,) = make(province, tmp_path, DOSSIERS.replace("URL", server.url())).run()
    assert (run.state, run.attempts, counts(run)) == ("ok", 3, (1, 1, 0, 0, 0))
    assert len(server.asked) == 3


@pytest.mark.parametrize(
    ("bad", "code", "attempts"),
    [
        (body(b"{}", 500), "run.http_server_error", 3),
        (body(b"{}", 404), "run.http_not_found", 1),
        (body(b"<html>", kind="text/html"), "run.html_instead", 1),
        (body(answer(dossier(1))[:-5]), "run.json_invalid", 1),
        (body(b'{"data": []}'), "run.records_missing", 1),
        (body(answer()), "run.empty", 1),
        (cut_off(b'{"don_vi"', promised=500), "run.cut_off", 3),
        (dripping(0.1), "run.timeout", 1),
        (endless, "run.too_large", 1),
        (body(answer(dossier(1, due=-1), dossier(9))), "run.all_rejected", 1),
        (body(answer(dossier(1)).replace(b'"ma"', b'"ma_dv"')), "run.missing_column_meant", 1),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_failed_run_says_what_happened_and_the_last_good_data_stays(
    province: Engine, tmp_path: Path, server: Web, clock: Clock, bad: Any, code: str, attempts: int
) -> None:
    server.answers["/"] = [body(answer(dossier(1), dossier(2))), bad]
    text = DOSSIERS.replace("URL", server.url()).replace("timeout_s = 3", "timeout_s = 2\nmax_bytes = 1000000")
    pipeline = make(province, tmp_path, text, clock)
    pipeline.run()
    before = _all(province, schema.dossiers)
    clock.now = NOW + timedelta(minutes=1)
    started = time.monotonic()
    (run,) = pipeline.run()
    assert time.monotonic() - started < 3.5
    assert (run.state, run.error_code, run.attempts) == ("failed", code, attempts)
    assert _all(province, schema.dossiers) == before
    assert (feed_row(province).last_ok_at, feed_row(province).true_at) == (NOW, NOW)
    row = recorded(province)[-1]
    assert (row.state, row.error_code, row.rows_added + row.rows_changed) == ("failed", code, 0)
    for language in ("vi", "en"):
        assert "{" not in CATALOGUE.text(language, row.error_code, **row.error_args)


def _all(engine: Engine, table: Any) -> list[Any]:
    with engine.connect() as connection:
        return sorted(map(tuple, connection.execute(select(table))), key=str)


def test_a_renamed_column_is_named_with_its_new_name(province: Engine, tmp_path: Path, server: Web) -> None:
    renamed = {("dung_han_moi" if key == "dung_han" else key): value for key, value in dossier(1).items()}
    server.answers["/"] = body(answer(renamed))
    (run,) = make(province, tmp_path, DOSSIERS.replace("URL", server.url())).run()
    assert run.error_code is not None
    sentence = CATALOGUE.text("vi", run.error_code, **(run.error_args or {}))
    assert sentence.startswith("Thiếu cột dung_han; chỉ thấy: ma, period")
    assert sentence.endswith("dung_han → dung_han_moi?")
    assert rows(province, schema.dossiers) == 0


def test_nobody_there_fails_within_the_deadline_after_all_attempts(province: Engine, tmp_path: Path) -> None:
    (run,) = make(province, tmp_path, DOSSIERS.replace("URL", f"http://127.0.0.1:{free_port()}/")).run()
    assert (run.state, run.error_code, run.attempts) == ("failed", "run.no_connection", 3)


def test_one_bad_row_is_set_aside_with_its_reason_and_the_rest_is_taken(province: Engine, tmp_path: Path, server: Web) -> None:
    server.answers["/"] = body(answer(dossier(1), dossier(2, dung_han=9)))
    (run,) = make(province, tmp_path, DOSSIERS.replace("URL", server.url())).run()
    assert (run.state, counts(run)) == ("partial", (2, 1, 0, 0, 1))
    with province.connect() as connection:
        row = connection.execute(select(schema.quarantine)).one()
    assert (row.feed, row.item, row.row_number, row.reason_code) == ("dossiers", server.url(), 2, "row.more_than")
    assert row.reason_args == {"column": "dung_han", "value": "9", "whole": "due", "limit": 8}
    assert row.raw["ma"] == "C11-002"
    assert row.run_id == recorded(province)[0].id


def test_the_same_failure_is_written_down_once_in_a_while_and_the_recovery_at_once(
    province: Engine, tmp_path: Path, server: Web, clock: Clock
) -> None:
    bad, good = body(b"{}", 404), body(answer(dossier(1)))
    server.answers["/"] = [bad, bad, bad, good]
    pipeline = make(province, tmp_path, DOSSIERS.replace("URL", server.url()), clock)
    for second in (0, 5, 61, 66):
        clock.now = NOW + timedelta(seconds=second)
        pipeline.run()
    assert [(row.state, (row.started_at - NOW).seconds) for row in recorded(province)] == [("failed", 0), ("failed", 61), ("ok", 66)]


# ── Folder ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

SHEET = [
    ["Mã thôn", "Ngày", "4G"],
    ["V11-0001", "2026-10-31", "có"],
    ["V11-0002", "2026-10-31", "không"],
    ["V11-0003", "2026-10-31", "lõm"],
]


def sheet_csv(*lines: list[str]) -> bytes:
    return "\n".join(";".join(line) for line in lines).encode()


def drop(folder: Path, name: str, data: bytes) -> Path:
    path = folder / "drop" / name
    path.write_bytes(data)
    return path


def test_a_sheet_is_taken_once_and_the_same_content_again_is_unchanged(province: Engine, tmp_path: Path) -> None:
    pipeline = make(province, tmp_path, COVERAGE)
    drop(tmp_path, "thang-10.csv", sheet_csv(*SHEET))
    (run,) = pipeline.run()
    assert (run.item, run.state, counts(run)) == ("thang-10.csv", "ok", (3, 3, 0, 0, 0))
    assert (tmp_path / "drop" / "archive" / "thang-10.csv").is_file()
    before = _all(province, schema.coverage)
    drop(tmp_path, "thang-11.csv", sheet_csv(*SHEET))
    (run,) = pipeline.run()
    assert (run.item, run.state, counts(run)) == ("thang-11.csv", "unchanged", (0, 0, 0, 0, 0))
    assert _all(province, schema.coverage) == before
    assert [row.item for row in recorded(province)] == ["thang-10.csv", "thang-11.csv"]
    assert (tmp_path / "drop" / "archive" / "thang-11.csv").is_file()


def test_a_sheet_is_still_known_after_a_restart_of_the_worker(province: Engine, tmp_path: Path) -> None:
    text = COVERAGE.replace('folder = "drop"', 'folder = "drop"\nafter = "leave"')
    drop_in = make(province, tmp_path, text)
    drop(tmp_path, "m.csv", sheet_csv(*SHEET))
    assert [run.state for run in drop_in.run()] == ["ok"]
    (run,) = make(province, tmp_path, text).run()
    assert (run.item, run.state) == (None, "unchanged")


def test_a_spreadsheet_with_one_bad_row_in_the_middle_is_taken_but_for_it(province: Engine, tmp_path: Path) -> None:
    pipeline = make(province, tmp_path, COVERAGE)
    bad = ["V11-0002", "2026-10-31", "tàm tạm"]
    drop(tmp_path, "m.xlsx", xlsx(SHEET[0], SHEET[1], bad, SHEET[3]))  # type: ignore[arg-type]
    (run,) = pipeline.run()
    assert (run.state, counts(run)) == ("partial", (3, 2, 0, 0, 1))
    with province.connect() as connection:
        row = connection.execute(select(schema.quarantine)).one()
    assert (row.item, row.row_number, row.reason_code) == ("m.xlsx", 3, "row.word_unknown")
    assert row.reason_args.items() >= {"column": "4G", "value": "tàm tạm", "cell": "C3", "sheet": "Báo cáo"}.items()
    assert rows(province, schema.coverage) == 2


def test_a_run_says_what_was_left_out_and_which_lines_could_not_be_read(province: Engine, tmp_path: Path) -> None:
    pipeline = make(province, tmp_path, COVERAGE)
    lines = [["BÁO CÁO"], SHEET[0], ["V11-0001\u200b", "2026-10-31", "có"], ["V11-0002", "2026-10-31", "có", "x"], ["Tổng cộng", "", "2"]]
    drop(tmp_path, "t.csv", sheet_csv(*lines))
    (run,) = pipeline.run()
    assert (run.state, counts(run)) == ("partial", (2, 1, 0, 0, 1))
    with province.connect() as connection:
        (stored,) = connection.execute(select(schema.feed_runs.c.notes)).scalars()
        row = connection.execute(select(schema.quarantine)).one()
    assert [(note["code"], note["count"], note["values"]) for note in stored] == [
        ("note.header_row", 1, {"row": 2}),
        ("note.totals", 1, {"rows": "5"}),
        ("note.invisible", 1, {}),
    ]
    assert (row.row_number, row.reason_code, row.reason_args) == (4, "row.too_many_cells", {"found": 4, "expected": 3})
    for language in ("vi", "en"):
        assert "{" not in "".join(CATALOGUE.text(language, note["code"], count=1, **note["values"]) for note in stored)


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("empty.csv", b"", "run.empty"),
        ("header.csv", sheet_csv(SHEET[0]), "run.empty"),
        ("latin.csv", sheet_csv(*SHEET).decode().encode("utf-16-le"), "run.encoding"),
        ("renamed.csv", sheet_csv(*SHEET).replace(b"4G", b"LTE"), "run.missing_column_meant"),
        ("broken.xlsx", b"PK\x03\x04nonsense", "run.xlsx_invalid"),
        ("page.csv", b"<html>x</html>", "run.html_instead"),
        ("a.pdf", b"%PDF", "run.file_type"),
    ],
)
def test_a_file_that_cannot_be_read_is_moved_aside_and_says_why(
    province: Engine, tmp_path: Path, name: str, data: bytes, code: str
) -> None:
    pipeline = make(province, tmp_path, COVERAGE)
    drop(tmp_path, name, data)
    (run,) = pipeline.run()
    assert (run.item, run.state, run.error_code) == (name, "failed", code)
    assert (tmp_path / "drop" / "rejected" / name).is_file()
    assert rows(province, schema.coverage) == 0
    assert recorded(province)[-1].error_code == code


def test_a_bad_file_does_not_keep_the_next_one_waiting(province: Engine, tmp_path: Path) -> None:
    pipeline = make(province, tmp_path, COVERAGE)
    os.utime(drop(tmp_path, "bad.csv", b""), (1, 1))
    drop(tmp_path, "good.csv", sheet_csv(*SHEET))
    assert [(run.item, run.state) for run in pipeline.run()] == [("bad.csv", "failed"), ("good.csv", "ok")]


def test_a_folder_that_vanishes_fails_and_recovers(province: Engine, tmp_path: Path, clock: Clock) -> None:
    pipeline = make(province, tmp_path, COVERAGE, clock)
    (tmp_path / "drop").rmdir()
    assert [run.error_code for run in pipeline.run()] == ["run.folder_missing"]
    (tmp_path / "drop").mkdir()
    assert [run.state for run in pipeline.run()] == ["unchanged"]
    assert [row.state for row in recorded(province)] == ["failed", "unchanged"]


def test_a_recovered_folder_is_noticed_by_a_new_worker_too(province: Engine, tmp_path: Path) -> None:
    pipeline = make(province, tmp_path, COVERAGE)
    (tmp_path / "drop").rmdir()
    pipeline.run()
    again = make(province, tmp_path, COVERAGE)
    again.run()
    again.run()
    assert [row.state for row in recorded(province)] == ["failed", "unchanged"]


def test_looks_that_find_nothing_move_only_the_feeds_time_and_hide_no_rejected_file(province: Engine, tmp_path: Path, clock: Clock) -> None:
    pipeline = make(province, tmp_path, COVERAGE, clock)
    drop(tmp_path, "bad.csv", b"")
    for second in range(0, 130, 5):
        clock.now = NOW + timedelta(seconds=second)
        pipeline.run()
    assert [(row.item, row.state) for row in recorded(province)] == [("bad.csv", "failed")]
    assert feed_row(province).last_ok_at == NOW + timedelta(seconds=125)


# ── TCP ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────

PROBE = f'[feeds.probe]\nconnector = "tcp"\nkind = "endpoint_status"\nspread_s = 0\n{COMMON}'


def test_a_closed_listener_is_a_change_of_state(engine: Engine, tmp_path: Path) -> None:
    with ExitStack() as stack:
        ports = [stack.enter_context(listener()) for _ in range(4)]
        with listener() as closing:
            fill(engine, {f"E11-00{n}": f"127.0.0.1:{port}" for n, port in enumerate([*ports, closing], start=1)})
            pipeline = make(engine, tmp_path, PROBE)
            (first,) = pipeline.run()
            assert (first.state, counts(first)) == ("ok", (5, 5, 0, 0, 0))
        (second,) = pipeline.run()
        assert (second.state, counts(second)) == ("ok", (5, 0, 1, 4, 0))
    with engine.connect() as connection:
        c = schema.endpoint_changes.c
        last = connection.execute(select(c.endpoint_id, c.state, c.previous, c.detail).order_by(c.at.desc()).limit(1)).one()
    assert tuple(last) == ("E11-005", "down", "up", "refused")


def test_probes_that_change_nothing_still_move_the_time_the_feed_speaks_about(engine: Engine, tmp_path: Path) -> None:
    with listener() as port:
        fill(engine, {"E11-001": f"127.0.0.1:{port}"})
        pipeline = make(engine, tmp_path, PROBE)
        pipeline.run()
        before = feed_row(engine).true_at
        time.sleep(0.05)
        assert [run.state for _ in range(3) for run in pipeline.run()] == ["unchanged"] * 3
    assert feed_row(engine).true_at > before
    assert [row.state for row in recorded(engine)] == ["ok", "unchanged"]


# ── The store in trouble ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_unforeseen_error_is_a_failed_run_with_its_trace_in_the_journal(
    province: Engine, tmp_path: Path, server: Web, caplog: pytest.LogCaptureFixture
) -> None:
    server.answers["/"] = body(answer(dossier(1), dossier(2)))
    pipeline = make(province, tmp_path, DOSSIERS.replace("URL", server.url()))
    with province.begin() as connection:
        connection.exec_driver_sql("CREATE UNIQUE INDEX only_one ON dossiers (period)")
    (run,) = pipeline.run()
    assert (run.state, run.error_code) == ("failed", "run.unforeseen")
    assert "IntegrityError" in caplog.text
    assert rows(province, schema.dossiers) == 0
    assert [row.error_code for row in recorded(province)] == ["run.unforeseen"]


def test_a_reader_never_sees_records_without_their_run(province: Engine, tmp_path: Path, server: Web) -> None:
    server.answers["/"] = body(answer(dossier(1), dossier(2)))
    pipeline = make(province, tmp_path, DOSSIERS.replace("URL", server.url()))
    seen: set[tuple[int, int]] = set()
    done = threading.Event()

    def look() -> None:
        d, r = select(func.count()).select_from(schema.dossiers), select(func.count()).select_from(schema.feed_runs)
        while not done.is_set():
            with province.connect() as connection:
                row = connection.execute(select(d.scalar_subquery(), r.scalar_subquery())).one()
            seen.add((row[0], row[1]))

    reader = threading.Thread(target=look)
    reader.start()
    time.sleep(0.1)
    pipeline.run()
    time.sleep(0.1)
    done.set()
    reader.join()
    assert seen == {(0, 0), (2, 1)}


def test_a_bad_row_that_comes_again_and_again_is_set_aside_once_in_a_while(
    province: Engine, tmp_path: Path, server: Web, clock: Clock
) -> None:
    server.answers["/"] = body(answer(dossier(1), dossier(2, due=-1)))
    pipeline = make(province, tmp_path, DOSSIERS.replace("URL", server.url()), clock)
    for second in range(0, 61, 10):
        clock.now = NOW + timedelta(seconds=second)
        assert [run.state for run in pipeline.run()] == ["partial"]
    assert [(row.started_at - NOW).seconds for row in recorded(province)] == [0, 60]
    assert rows(province, schema.quarantine) == 2
