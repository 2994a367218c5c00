"""The folder connector on real files: complete ones only, once, and out of the way afterwards."""

import os
import threading
import time
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path

import pytest

from feeds.connectors import folder
from feeds.errors import ContentError, FeedError
from feeds.fetching import Fetched, Visit

NOW = datetime(2026, 11, 21, 3, tzinfo=UTC)


def look(path: Path, *, memory: dict[str, object] | None = None, known: Collection[str] = (), **options: object) -> list[Fetched]:
    settings = folder.Options(folder=path, **{"settle_s": 0.05, **options})  # type: ignore[arg-type]
    visit = Visit(
        NOW,
        time.monotonic() + 5,
        Path(),
        max_bytes=1000,
        memory={} if memory is None else memory,
        taken=lambda hashes: set(hashes) & set(known),
    )
    return list(folder.fetch(settings, visit))


def drop(path: Path, data: bytes = b"a\n1\n", age_s: float = 0.0) -> Path:
    path.write_bytes(data)
    moment = NOW.timestamp() - age_s
    os.utime(path, (moment, moment))
    return path


def test_files_come_oldest_first_with_their_time(tmp_path: Path) -> None:
    drop(tmp_path / "b.csv", age_s=60)
    drop(tmp_path / "a.csv", age_s=30)
    found = look(tmp_path)
    assert [fetched.item for fetched in found] == ["b.csv", "a.csv"]
    content = found[0].read()
    assert (content.data, content.layout.format) == (b"a\n1\n", "csv")
    assert content.reported_at == datetime.fromtimestamp(NOW.timestamp() - 60, UTC)
    assert all(fetched.once for fetched in found)


def test_only_matching_finished_visible_files_count(tmp_path: Path) -> None:
    for name in ("op-a_1.csv", "op-b_1.csv", ".op-a_hidden.csv", "~$op-a_1.xlsx", "op-a_2.csv.part"):
        drop(tmp_path / name)
    (tmp_path / "op-a_folder").mkdir()
    assert [fetched.item for fetched in look(tmp_path, pattern="op-a_*")] == ["op-a_1.csv"]


def test_a_file_that_is_still_growing_is_left(tmp_path: Path) -> None:
    path = tmp_path / "slow.csv"
    done = threading.Event()

    def write() -> None:
        with path.open("ab", buffering=0) as file:
            while not done.is_set():
                file.write(b"x")
                time.sleep(0.01)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        time.sleep(0.1)
        assert look(tmp_path, settle_s=0.2) == []
    finally:
        done.set()
        writer.join()
    assert [fetched.item for fetched in look(tmp_path)] == ["slow.csv"]


def test_taken_files_go_to_archive_and_unreadable_ones_to_rejected(tmp_path: Path) -> None:
    drop(tmp_path / "good.csv")
    drop(tmp_path / "bad.csv")
    for fetched in look(tmp_path):
        fetched.settle(fetched.item == "good.csv")
    assert (tmp_path / "archive" / "good.csv").is_file()
    assert (tmp_path / "rejected" / "bad.csv").is_file()
    assert look(tmp_path) == []


def test_the_archive_keeps_both_files_of_one_name(tmp_path: Path) -> None:
    for text in (b"first", b"second"):
        drop(tmp_path / "m.csv", text)
        look(tmp_path)[0].settle(True)
    assert {path.name: path.read_bytes() for path in (tmp_path / "archive").iterdir()} == {"m.csv": b"first", "m-2.csv": b"second"}


def test_a_file_that_stays_is_not_read_again_until_it_changes(tmp_path: Path) -> None:
    memory: dict[str, object] = {}
    path = drop(tmp_path / "m.csv")
    look(tmp_path, memory=memory, after="leave")[0].settle(True)
    assert look(tmp_path, memory=memory, after="leave") == []
    drop(path, b"a\n2\n")
    assert [fetched.item for fetched in look(tmp_path, memory=memory, after="leave")] == ["m.csv"]


def test_a_file_that_stays_is_known_by_its_content_after_a_restart(tmp_path: Path) -> None:
    drop(tmp_path / "m.csv")
    assert look(tmp_path, after="leave", known=[folder.digest(b"a\n1\n")]) == []


def test_a_file_that_cannot_be_moved_is_not_read_again(tmp_path: Path) -> None:
    memory: dict[str, object] = {}
    drop(tmp_path / "m.csv")
    (tmp_path / "archive").write_bytes(b"in the way")
    look(tmp_path, memory=memory, pattern="*.csv")[0].settle(True)
    assert look(tmp_path, memory=memory, pattern="*.csv") == []


@pytest.mark.parametrize(("name", "data", "code"), [("m.pdf", b"x", "run.file_type"), ("m.csv", b"x" * 1001, "run.too_large")])
def test_a_file_that_cannot_be_taken_says_why(tmp_path: Path, name: str, data: bytes, code: str) -> None:
    drop(tmp_path / name, data)
    with pytest.raises(ContentError) as caught:
        look(tmp_path)[0].read()
    assert caught.value.code == code


def test_a_file_that_vanishes_before_it_is_read_says_so(tmp_path: Path) -> None:
    path = drop(tmp_path / "m.csv")
    fetched = look(tmp_path)[0]
    path.unlink()
    with pytest.raises(FeedError) as caught:
        fetched.read()
    assert caught.value.code == "run.file_unreadable"


def test_an_absent_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(FeedError) as caught:
        look(tmp_path / "nowhere")
    assert caught.value.code == "run.folder_missing"
