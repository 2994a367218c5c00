"""Files on their way from the drop folder through the store to archive or rejected: none lost, none counted twice, each with its reason."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
import tracemalloc
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from feeds.drops import INCOMPLETE_AFTER_S, look
from feeds.pipeline import Pipeline, Run
from geo.legacy_text import letters
from store import schema
from tests.feeds.kinds.conftest import fill_units
from tests.feeds.test_pipeline import COMMON, COVERAGE, counts, make, recorded, rows
from tests.support.features import ZONE, villages, write, zipped

CSV = "Mã thôn;Ngày;4G\nV11-0001;01/11/2026;có\nV11-0002;02/11/2026;không\n"


def feed(engine: Engine, folder: Path, more: str = "", **options: object) -> Pipeline:
    text = COVERAGE.replace("settle_s", f"{more}\nsettle_s").replace(', "broadband"', "")
    return make(engine, folder, text, **options)


def drop(folder: Path, name: str = "m.csv", text: str = CSV) -> Path:
    path = folder / "drop" / name
    path.write_text(text, encoding="utf-8")
    return path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def only(runs: list[Run]) -> Run:
    (run,) = runs
    return run


# ── Reasons ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_rejected_file_has_a_text_beside_it_that_a_clerk_understands(province: Engine, tmp_path: Path) -> None:
    pipeline = feed(province, tmp_path)
    drop(tmp_path, text=CSV.replace("Mã thôn", "Thôn"))
    assert only(pipeline.run()).error_code == "run.missing_column_meant"
    assert names(tmp_path / "drop/rejected") == ["m.csv", "m.csv.why.txt"]
    data = (tmp_path / "drop/rejected/m.csv.why.txt").read_bytes()
    text = data.decode("utf-8-sig")
    assert data.startswith(b"\xef\xbb\xbf")
    assert "Tệp m.csv không được nhận" in text
    assert "Lý do: Thiếu cột Mã thôn; chỉ thấy: Thôn, Ngày, 4G; có phải là: Mã thôn → Thôn?" in text
    assert "The file m.csv was not taken" in text


def test_rows_that_were_not_taken_are_listed_beside_the_archived_file(province: Engine, tmp_path: Path) -> None:
    pipeline = feed(province, tmp_path)
    drop(tmp_path, text=CSV + "V11-9999;02/11/2026;có\n")
    run = only(pipeline.run())
    assert (run.state, counts(run)) == ("partial", (3, 2, 0, 0, 1))
    text = (tmp_path / "drop/archive/m.csv.why.txt").read_text(encoding="utf-8-sig")
    assert "trừ 1 dòng dưới đây" in text
    assert "- Dòng 4: Không có thôn, bản mã V11-9999" in text


def test_a_file_that_was_taken_whole_has_no_text_beside_it(province: Engine, tmp_path: Path) -> None:
    pipeline = feed(province, tmp_path)
    drop(tmp_path)
    pipeline.run()
    assert names(tmp_path / "drop/archive") == ["m.csv"]


def test_a_text_with_a_reason_is_no_file_of_the_feed(province: Engine, tmp_path: Path) -> None:
    pipeline = feed(province, tmp_path, 'pattern = "**/*"')
    drop(tmp_path, text="x")
    pipeline.run()
    shutil.copy(tmp_path / "drop/rejected/m.csv.why.txt", tmp_path / "drop")
    assert only(pipeline.run()).item is None


# ── Another month's file ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_last_months_file_under_this_months_name_changes_nothing(province: Engine, tmp_path: Path) -> None:
    pipeline = feed(province, tmp_path, 'name_date = "m_{yyyy}-{mm}.csv"')
    drop(tmp_path, "m_2026-12.csv")
    run = only(pipeline.run())
    assert (run.error_code, rows(province, schema.coverage)) == ("run.name_date_differs", 0)
    text = (tmp_path / "drop/rejected/m_2026-12.csv.why.txt").read_text(encoding="utf-8-sig")
    assert "nói về 01/12/2026 – 31/12/2026 nhưng số liệu mới nhất bên trong là 02/11/2026" in text
    drop(tmp_path, "m_2026-11.csv")
    assert counts(only(pipeline.run())) == (2, 2, 0, 0, 0)


# ── Geographic files ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def shapefile(tmp_path: Path) -> list[Path]:
    (tmp_path / "gis").mkdir()
    short = villages(ZONE).rename(columns={"Mã thôn": "Mã thôn", "Tên": "ten"})
    write(short, tmp_path / "gis/thon.shp", encoding="UTF-8")
    return sorted((tmp_path / "gis").iterdir())


def test_a_shapefile_waits_for_its_side_files_and_moves_with_them(province: Engine, tmp_path: Path, shapefile: list[Path]) -> None:
    pipeline = feed(province, tmp_path)
    for path in shapefile:
        if path.suffix in (".shp", ".prj"):
            shutil.copy(path, tmp_path / "drop")
    assert only(pipeline.run()).item is None
    for path in shapefile:
        shutil.copy(path, tmp_path / "drop")
    run = only(pipeline.run())
    assert (run.item, counts(run)) == ("thon.shp", (2, 2, 0, 0, 0))
    assert names(tmp_path / "drop/archive") == [path.name for path in shapefile]
    assert names(tmp_path / "drop") == ["archive"]


def test_the_same_shapefile_again_says_nothing_new(province: Engine, tmp_path: Path, shapefile: list[Path]) -> None:
    pipeline = feed(province, tmp_path)
    states = []
    for _ in range(2):
        for path in shapefile:
            shutil.copy(path, tmp_path / "drop")
        states.append(only(pipeline.run()).state)
    assert states == ["ok", "unchanged"]
    assert "thon-2.shp" in names(tmp_path / "drop/archive")
    assert "thon-2.dbf" in names(tmp_path / "drop/archive")


def test_side_files_that_never_come_are_said_so(province: Engine, tmp_path: Path, shapefile: list[Path]) -> None:
    late = datetime.now(UTC) + timedelta(seconds=INCOMPLETE_AFTER_S + 60)
    pipeline = feed(province, tmp_path, clock=lambda: late)
    (shp,) = [path for path in shapefile if path.suffix == ".shp"]
    shutil.copy(shp, tmp_path / "drop")
    run = only(pipeline.run())
    assert (run.error_code, run.error_args) == ("run.shapefile_incomplete", {"missing": ".shx, .dbf"})
    assert names(tmp_path / "drop/rejected") == ["thon.shp", "thon.shp.why.txt"]


def test_a_missing_coordinate_system_is_asked_for_in_words(province: Engine, tmp_path: Path, shapefile: list[Path]) -> None:
    pipeline = feed(province, tmp_path)
    zipped(tmp_path / "drop/thon.zip", *(path for path in shapefile if path.suffix != ".prj"))
    assert only(pipeline.run()).error_code == "run.crs_missing"
    assert "hãy khai báo crs, ví dụ EPSG:9205" in (tmp_path / "drop/rejected/thon.zip.why.txt").read_text(encoding="utf-8-sig")


def test_a_village_list_in_vn2000_and_tcvn3_becomes_villages_at_their_places(province: Engine, tmp_path: Path) -> None:
    old = {letter: latin for latin, letter in letters("tcvn3").items()}
    frame = villages(ZONE)[["geometry"]].assign(
        ma=["V11-0101", "V11-0102"], ten=["".join(old.get(c, c) for c in "Bản Mường"), "x"], xa="03127"
    )
    fill_units(province)
    (tmp_path / "gis").mkdir()
    write(frame, tmp_path / "gis/ban.shp", encoding="ISO-8859-1")
    files = [path for path in (tmp_path / "gis").iterdir() if path.suffix != ".cpg"]
    text = f'[feeds.v]\nconnector = "folder"\nkind = "villages"\nfolder = "drop"\nsettle_s = 0.02\nencoding = "tcvn3"\n{COMMON}'
    pipeline = make(province, tmp_path, text + '[feeds.v.columns]\nid = "ma"\nname = "ten"\nunit_code = "xa"\n')
    zipped(tmp_path / "drop/ban.zip", *files)
    run = only(pipeline.run())
    assert (run.error_code, [row.code for row in run.rejections]) == (None, [])
    with province.connect() as connection:
        found = connection.execute(select(schema.villages).where(schema.villages.c.id == "V11-0101")).one()
    assert (found.name, round(found.lon, 6), round(found.lat, 6)) == ("Bản Mường", 103.0, 21.4)


def test_a_bomb_is_refused_with_its_reason(province: Engine, tmp_path: Path) -> None:
    pipeline = feed(province, tmp_path)
    with zipfile.ZipFile(tmp_path / "drop/m.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("m.csv", bytes(40_000_000))
    assert only(pipeline.run()).error_code == "run.zip_bomb"
    assert names(tmp_path / "drop/rejected") == ["m.zip", "m.zip.why.txt"]


# ── Large files, full disks ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("after", ["archive", "leave"])
def test_two_hundred_megabytes_are_refused_without_being_read(province: Engine, tmp_path: Path, after: str) -> None:
    pipeline = feed(province, tmp_path, f'after = "{after}"')
    with (tmp_path / "drop/m.csv").open("wb") as file:
        file.truncate(200_000_000)
    tracemalloc.start()
    run = only(pipeline.run())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert run.error_code == "run.too_large"
    assert peak < 20_000_000


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real disk of 64 KB."""
    folder = tmp_path / "small"
    folder.mkdir()
    if os.getuid() or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "ioc-test", folder], capture_output=True).returncode:
        pytest.skip("needs the right to mount a small disk")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_a_full_archive_disk_neither_loses_nor_counts_twice(province: Engine, tmp_path: Path, small_disk: Path) -> None:
    pipeline = feed(province, tmp_path)
    (tmp_path / "drop/archive").symlink_to(small_disk)
    with (small_disk / "full").open("wb", buffering=0) as file:
        while file.write(bytes(4096)) == 4096 and file.tell() < 61_440:
            pass
    path = drop(tmp_path, text=CSV + "\n" * 20_000)
    assert counts(only(pipeline.run())) == (2, 2, 0, 0, 0)
    assert path.read_text(encoding="utf-8").startswith(CSV)
    assert [name for name in names(small_disk) if "m.csv" in name] == []
    # Neither by this worker nor by one that starts anew; and once there is room, the file goes where it belongs.
    assert only(pipeline.run()).item is None
    again = only(feed(province, tmp_path).run())
    assert (again.state, rows(province, schema.coverage)) == ("unchanged", 2)
    (small_disk / "full").unlink()
    only(feed(province, tmp_path).run())
    assert names(small_disk) == ["m.csv"]
    assert not path.exists()


def test_an_archive_on_another_disk_gets_the_whole_file(province: Engine, tmp_path: Path, small_disk: Path) -> None:
    pipeline = feed(province, tmp_path)
    (tmp_path / "drop/archive").symlink_to(small_disk)
    path = drop(tmp_path)
    pipeline.run()
    assert (small_disk / "m.csv").read_text(encoding="utf-8") == CSV
    assert (names(small_disk), path.exists()) == (["m.csv"], False)


def test_a_rejected_file_that_cannot_be_moved_is_written_down_once(province: Engine, tmp_path: Path) -> None:
    pipeline = feed(province, tmp_path)
    drop(tmp_path, text="x")
    (tmp_path / "drop/rejected").write_text("in the way")
    pipeline = feed(province, tmp_path, 'pattern = "*.csv"')
    for _ in range(3):
        pipeline.run()
    assert [run.error_code for run in recorded(province) if run.item] == ["run.empty"]


def test_files_that_come_while_others_are_read_wait_their_turn(province: Engine, tmp_path: Path) -> None:
    pipeline = feed(province, tmp_path)
    done = threading.Event()

    def keep_dropping() -> None:
        for number in range(8):
            text = CSV.replace("có", "có" if number % 2 else "không").replace("01/11", f"{number + 1:02}/11")
            half = tmp_path / "drop" / f"m{number}.csv.part"
            half.write_text(text, encoding="utf-8")
            half.rename(half.with_suffix(""))
        done.set()

    writer = threading.Thread(target=keep_dropping)
    writer.start()
    taken = []
    while not done.is_set() or look(tmp_path / "drop", "*", datetime.now(UTC)):
        taken += [run.item for run in pipeline.run() if run.item]
    writer.join()
    assert sorted(item for item in taken if item) == [f"m{n}.csv" for n in range(8)]
    assert names(tmp_path / "drop/archive") == [f"m{n}.csv" for n in range(8)]
