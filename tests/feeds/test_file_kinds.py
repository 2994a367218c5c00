"""Files in the forms that other programs write: packed, one record a line, calendars, map programs' own, and JSON whatever it is called."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, select

from feeds.archives import SUSPECT_BYTES
from feeds.calendar_files import read_calendar
from feeds.errors import ContentError
from feeds.fetching import Format, Layout
from feeds.tables import Table, read_table
from store import schema
from tests.feeds.test_features import feature, geojson, is_at_its_place
from tests.feeds.test_old_text import TCVN3
from tests.feeds.test_pipeline import COMMON, make
from tests.feeds.test_tables import xlsx
from tests.support.features import PLACES, villages, write, zipped

RECORDS = [{"Mã thôn": "V11-0001", "ho": 12}, {"Mã thôn": "V11-0002", "ho": None}]
LINES = "\n".join(json.dumps(record) for record in RECORDS).encode()
NOW = datetime(2026, 11, 21, 3, tzinfo=UTC)


def values(table: Table) -> list[dict[str, object]]:
    return [row.values for row in table.rows]


def refused(data: bytes, layout: Layout) -> ContentError:
    with pytest.raises(ContentError) as caught:
        read_table(data, layout)
    return caught.value


# ── JSON ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("form", ["json", "geojson"])
def test_json_is_what_its_body_says(form: Format) -> None:
    assert values(read_table(json.dumps(RECORDS).encode(), Layout(form))) == RECORDS
    assert values(read_table(b'{"d": {"items": ' + json.dumps(RECORDS).encode() + b"}}", Layout(form, records="d.items"))) == RECORDS
    (row,) = read_table(geojson(feature(103, 21, a=1)), Layout(form)).rows
    assert (row.values["a"], row.values["lon"], row.values["lat"]) == (1, 103.0, 21.0)
    assert refused(b"\n<!doctype html><html>", Layout(form)).code == "run.html_instead"
    assert refused(b'[{"a": ' + b"9" * 5000 + b"}]", Layout(form)).code == "run.json_invalid"


def test_a_declared_path_wins_over_geojson() -> None:
    (row,) = read_table(geojson(feature(103, 21, a=1)), Layout("json", records="features")).rows
    assert row.values["properties"] == {"a": 1}


@pytest.mark.parametrize("suffix", [".ndjson", ".jsonl", ".json", ""])
@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n\r\n"])
def test_one_record_a_line(suffix: str, end: bytes) -> None:
    table = read_table(b"\xef\xbb\xbf" + LINES + end, Layout("json", suffix=suffix))
    assert (table.columns, values(table)) == (("Mã thôn", "ho"), RECORDS)


def test_a_line_that_is_no_record_is_set_aside_by_its_number() -> None:
    table = read_table(LINES + b'\n{"Ma\n[1]\n' + LINES, Layout("json", suffix=".ndjson"))
    assert [row.number for row in table.rows] == [1, 2, 5, 6]
    assert [(piece.number, piece.error.code) for piece in table.unreadable] == [(3, "row.line_broken"), (4, "row.line_broken")]
    assert refused(b"Ma,Ten\n1,2\n", Layout("json", suffix=".ndjson")).code == "run.json_invalid"
    assert refused(b"<html>\n</html>", Layout("json", suffix=".ndjson")).code == "run.html_instead"


def test_features_a_line_are_at_their_places() -> None:
    lines = [json.dumps(feature(103, 21, a=1)), "", json.dumps({"type": "Feature", "properties": {"a": 2}, "geometry": 5})]
    table = read_table("\n".join(lines).encode(), Layout("geojson", suffix=".geojsonl"))
    assert [(row.number, row.values["lon"]) for row in table.rows] == [(1, 103.0)]
    assert [piece.number for piece in table.unreadable] == [3]


# ── Packed ───────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("suffix", "data"),
    [
        (".csv.gz", "Mã thôn,ho\nV11-0001,12\n".encode()),
        (".json.gz", json.dumps(RECORDS[:1]).encode()),
        (".ndjson.gz", LINES.splitlines()[0]),
        (".geojson.gz", geojson(feature(103, 21, **RECORDS[0]))),
        (".gz", "Mã thôn;ho\nV11-0001;12\n".encode()),
        (".gz", json.dumps(RECORDS[:1]).encode()),
        (".xlsx.gz", xlsx(["Mã thôn", "ho"], ["V11-0001", 12])),
    ],
)
def test_a_packed_file_is_read_as_what_is_in_it(suffix: str, data: bytes) -> None:
    (row,) = read_table(gzip.compress(data), Layout("gz", suffix=suffix)).rows
    assert (row.values["Mã thôn"], str(row.values["ho"])) == ("V11-0001", "12")


def test_a_packed_file_is_bounded_and_never_an_archive() -> None:
    bomb = gzip.compress(b"0" * (SUSPECT_BYTES + 1))
    assert refused(bomb, Layout("gz", suffix=".csv.gz")).code == "run.zip_bomb"
    assert refused(bomb, Layout("gz", suffix=".csv.gz", max_bytes=1000)).code == "run.too_large"
    assert refused(gzip.compress(LINES)[:-9], Layout("gz", suffix=".json.gz")).code == "run.zip_invalid"
    assert refused(b"PK\x03\x04", Layout("gz", suffix=".csv.gz")).code == "run.zip_invalid"
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a.csv"))
    for inner, suffix in ((packed.getvalue(), ".tar.gz"), (gzip.compress(LINES), ".json.gz"), (b"PK", ".zip.gz"), (b"PK", ".kmz.gz")):
        assert refused(gzip.compress(inner), Layout("gz", suffix=suffix)).code == "run.zip_nested"


# ── Map programs' own ────────────────────────────────────────────────────────────────────────────────────────────────────

KML = (
    '<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document><Folder><name>Thôn</name>{}</Folder>{}'
    "</Document></kml>"
)
MARK = (
    '<Placemark><name>{name}</name><ExtendedData><Data name="ma"><value>{ma}</value></Data></ExtendedData>'
    "<Point><coordinates>{x},{y},12</coordinates></Point></Placemark>"
)


def kml(more: str = "") -> bytes:
    marks = "".join(MARK.format(name=f"Bản {ma}", ma=ma, x=x, y=y) for ma, (x, y) in PLACES.items())
    return KML.format(marks, more).encode()


def test_kml_and_kmz_bring_names_attributes_and_places(tmp_path: Path) -> None:
    (tmp_path / "doc.kml").write_bytes(kml())
    (tmp_path / "other.kml").write_bytes(kml())
    (tmp_path / "icon.png").write_bytes(b"\x89PNG")
    kmz = zipped(tmp_path / "thon.kmz", *(tmp_path / name for name in ("doc.kml", "other.kml", "icon.png"))).read_bytes()
    for data, layout in ((kml(), Layout("geo", suffix=".kml")), (kmz, Layout("zip", suffix=".kmz"))):
        table = read_table(data, layout)
        assert is_at_its_place(table)
        assert [(row.values["Name"], row.values["ma"]) for row in table.rows] == [(f"Bản {ma}", ma) for ma in PLACES]
        assert "tessellate" not in table.columns


def test_folders_of_a_kml_are_layers_to_choose_from() -> None:
    more = "<Folder><name>Trạm</name>" + MARK.format(name="BTS", ma="b", x=103, y=21) + "</Folder>"
    assert refused(kml(more), Layout("geo", suffix=".kml")).values["layers"] == "Thôn, Trạm"
    assert len(read_table(kml(more), Layout("geo", suffix=".kml", layer="Trạm")).rows) == 1


def shapefile(folder: Path, stem: str = "THON", **options: object) -> list[Path]:
    folder.mkdir(exist_ok=True)
    frame = villages()[["Mã thôn", "geometry"]].rename(columns={"Mã thôn": "ma"})
    write(frame, folder / f"{stem}.shp", **options)
    return sorted(folder.glob(f"{stem}.*"))


def test_a_shapefile_is_found_beside_what_tells_about_it_and_in_folders(tmp_path: Path) -> None:
    parts = shapefile(tmp_path / "a")
    for name in ("metadata.json", "readme.txt", "THON.shp.xml", "README.csv"):
        (tmp_path / name).write_text("{}")
        parts.append(tmp_path / name)
    assert is_at_its_place(read_table(zipped(tmp_path / "a.zip", *parts).read_bytes(), Layout("zip")))
    assert is_at_its_place(read_table(zipped(tmp_path / "b.zip", *parts, within="Bàn giao/GIS 2026/").read_bytes(), Layout("zip")))


def test_several_layers_in_a_zip_are_named_and_one_is_chosen(tmp_path: Path) -> None:
    parts = [*shapefile(tmp_path / "a", "THON"), *shapefile(tmp_path / "a", "XA")]
    data = zipped(tmp_path / "a.zip", *parts).read_bytes()
    assert refused(data, Layout("zip")).values["found"] == "THON.shp, XA.shp"
    assert is_at_its_place(read_table(data, Layout("zip", layer="XA")))


def test_side_files_of_another_folder_are_not_taken_for_its_own(tmp_path: Path) -> None:
    shapefile(tmp_path / "a")
    data = zipped(tmp_path / "a.zip", *(path for path in (tmp_path / "a").iterdir() if path.suffix != ".dbf"), within="a/")
    with zipfile.ZipFile(data, "a") as archive:
        archive.write(tmp_path / "a" / "THON.dbf", "b/THON.dbf")
    assert refused(data.read_bytes(), Layout("zip")).values["missing"] == ".dbf"


@pytest.mark.parametrize("said", [None, "UTF-8", "1252"])
def test_old_text_in_a_shapefile_is_named_whatever_its_cpg_says(tmp_path: Path, said: str | None) -> None:
    frame = villages().iloc[[0, 1, 0, 1]].reset_index(drop=True)[["geometry"]]
    write(frame.assign(ten=TCVN3), tmp_path / "xa.shp", encoding="ISO-8859-1")
    (tmp_path / "xa.cpg").unlink(missing_ok=True)
    if said:
        (tmp_path / "xa.cpg").write_text(said)
    error = refused(zipped(tmp_path / "xa.zip", *tmp_path.glob("xa.*")).read_bytes(), Layout("zip"))
    assert (error.code, error.values) == ("run.encoding_old", {"column": "ten", "encoding": "tcvn3"})


# ── Calendars ────────────────────────────────────────────────────────────────────────────────────────────────────────────

MEETING = """BEGIN:VEVENT\r
UID:giao-ban@tinh\r
SUMMARY:Giao ban trực tuyến\\, toàn tỉnh\r
ORGANIZER;CN=Văn phòng UBND tỉnh:mailto:vp@example.vn\r
{more}\r
END:VEVENT\r
"""


def calendar(*events: str) -> bytes:
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\n{''.join(events)}END:VCALENDAR\r\n".encode()


def meeting(*lines: str) -> str:
    return MEETING.format(more="\r\n".join(lines))


@pytest.mark.parametrize(
    ("start", "utc_hour"),
    [
        ("DTSTART:20261125T020000Z", 2),
        ("DTSTART;TZID=Asia/Ho_Chi_Minh:20261125T090000", 2),
        ("DTSTART;TZID=SE Asia Standard Time:20261125T090000", 2),
        ("DTSTART;TZID=Asia/Tokyo:20261125T090000", 0),
        ("DTSTART:20261125T090000", 2),
    ],
)
def test_an_event_is_at_its_moment_in_its_zone(start: str, utc_hour: int) -> None:
    (row,) = read_calendar(calendar(meeting(start, "DURATION:PT1H30M", "STATUS:CANCELLED", "LOCATION:Phòng A")), NOW).rows
    begins = datetime(2026, 11, 25, utc_hour, tzinfo=UTC)
    assert (row.values["starts_at"], row.values["ends_at"]) == (begins, begins + timedelta(minutes=90))
    assert (row.values["id"], row.values["title"]) == ("giao-ban@tinh", "Giao ban trực tuyến, toàn tỉnh")
    assert (row.values["host"], row.values["status"], row.values["location"]) == ("Văn phòng UBND tỉnh", "cancelled", "Phòng A")


def test_a_whole_day_is_a_day_of_viet_nam() -> None:
    (row,) = read_calendar(calendar(meeting("DTSTART;VALUE=DATE:20261125")), NOW).rows
    local = ZoneInfo("Asia/Ho_Chi_Minh")
    assert row.values["starts_at"] == datetime(2026, 11, 25, tzinfo=local)
    assert row.values["ends_at"] == datetime(2026, 11, 26, tzinfo=local)


def test_an_event_that_repeats_is_told_for_each_time_but_those_that_are_off_or_moved() -> None:
    weekly = meeting(
        "DTSTART;TZID=Asia/Ho_Chi_Minh:20261102T090000",
        "DTEND;TZID=Asia/Ho_Chi_Minh:20261102T100000",
        "RRULE:FREQ=WEEKLY;UNTIL=20261207T020000Z",
        "EXDATE;TZID=Asia/Ho_Chi_Minh:20261109T090000",
        "RDATE;TZID=Asia/Ho_Chi_Minh:20261110T140000",
    )
    moved = meeting("RECURRENCE-ID;TZID=Asia/Ho_Chi_Minh:20261116T090000", "DTSTART;TZID=Asia/Ho_Chi_Minh:20261117T150000")
    found = {str(row.values["id"]): row.values["starts_at"] for row in read_calendar(calendar(weekly, moved), NOW).rows}
    days = {identity.split()[1][:8]: (at.day, at.hour) for identity, at in found.items() if isinstance(at, datetime)}
    assert days == {
        "20261102": (2, 2), "20261110": (10, 7), "20261116": (17, 8), "20261123": (23, 2), "20261130": (30, 2), "20261207": (7, 2),
    }  # fmt: skip


def test_an_event_without_end_is_bounded_around_today() -> None:
    rows = read_calendar(calendar(meeting("DTSTART:20150105T020000Z", "RRULE:FREQ=WEEKLY")), NOW).rows
    starts = [row.values["starts_at"] for row in rows]
    assert 55 < len(starts) < 65
    assert NOW - timedelta(days=31) <= starts[0] <= starts[-1] <= NOW + timedelta(days=400)


@pytest.mark.parametrize(
    "rule", ["FREQ=SECONDLY", "FREQ=HOURLY;COUNT=99999999", "FREQ=DAILY;INTERVAL=0", "FREQ=NEVER", "FREQ=WEEKLY;BYDAY=XX"]
)
def test_an_event_that_cannot_be_is_set_aside_and_the_others_are_taken(rule: str) -> None:
    table = read_calendar(calendar(meeting("DTSTART:20261125T020000Z", f"RRULE:{rule}"), meeting("DTSTART:20261126T020000Z")), NOW)
    assert [row.number for row in table.rows] == [2]
    assert [(piece.number, piece.error.code) for piece in table.unreadable] == [(1, "row.event_broken")]


@pytest.mark.parametrize("data", [b"BEGIN:VCALENDAR\r\n", b"Ma,Ten\n1,2\n", b"\x00\xff" * 50])
def test_what_is_no_calendar_is_said_to_be_none(data: bytes) -> None:
    assert refused(data, Layout("ics", suffix=".ics")).code in ("run.calendar_invalid", "run.empty")


def test_a_calendar_becomes_meetings(province: Engine, tmp_path: Path) -> None:
    feed = f'[feeds.hop]\nconnector = "folder"\nkind = "meetings"\nfolder = "drop"\nsettle_s = 0.02\n{COMMON}'
    pipeline = make(province, tmp_path, feed)
    start = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)
    (tmp_path / "drop" / "hop.ics").write_bytes(calendar(meeting(f"DTSTART:{start:%Y%m%dT%H%M%SZ}", "DURATION:PT1H")))
    (run,) = pipeline.run()
    assert (run.error_code, run.stored.added) == (None, 1)
    with province.connect() as connection:
        row = connection.execute(select(schema.meetings)).one()
    assert (row.id, row.starts_at, row.ends_at) == ("giao-ban@tinh", start, start + timedelta(hours=1))
