"""The measurement of reading a workbook measures what it says: each way in a process of its own, on the same sheet."""

from __future__ import annotations

from bench.reading import WANTED, WAYS, feeds_now, main, table, workbook


def test_every_way_reads_the_same_sheet_and_only_feeds_leave_the_total_out() -> None:
    measured = {way: (speed, megabytes, found) for way, speed, megabytes, found in table(rows=20, repeats=1)}
    assert measured.keys() == WAYS.keys()
    assert all(speed > 0 and megabytes >= 0 for speed, megabytes, _ in measured.values())
    assert {way: found for way, (_, _, found) in measured.items()} == {way: 20 if way == "feeds, now" else 21 for way in WAYS}


def test_the_sheet_is_read_as_it_is_meant() -> None:
    from feeds.fetching import Layout, Wanted
    from feeds.tables import read_table

    assert feeds_now()(workbook(30)) == 30
    rows = read_table(workbook(30), Layout("xlsx", wanted=tuple(Wanted((name,), True) for name in WANTED))).rows
    assert [str(rows[24].values[name]) for name in ("Xã", "Kỳ", "Tỷ lệ hộ có mạng", "3G")] == ["Xã 2", "10/2026", "25%", "x"]


def test_one_way_alone_prints_seconds_megabytes_and_rows(tmp_path, capsys) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "thon.xlsx"
    path.write_bytes(workbook(5))
    main(["--way", "feeds, now", "--file", str(path)])
    assert capsys.readouterr().out.split()[2] == "5"
