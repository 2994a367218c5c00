"""The list of gaps is what the summary counts as uncovered, and says why when it is empty."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, delete, update

from ioc.api.context import Context
from ioc.gaps import UnknownOperatorError, UnknownTechnologyError, read_gaps
from ioc.layouts.gaps import ID, page
from ioc.selection import Selection
from ioc.snapshots import Snapshots
from ioc.summary import UnknownUnitError, summarise
from ioc.text import Words
from ioc.views.gaps_grid import columns, grid_rows
from store.schema import coverage, villages
from store.write import bump, upsert, writing

DECLARED = ("village_id", "operator", "technology", "method", "source", "observed_at", "status", "confirmed_at", "reported_at", "stored_at",
            "feed", "synthetic")  # fmt: skip
AT = datetime(2026, 11, 20, 3, tzinfo=UTC)


def gaps_of(snapshots: Snapshots, query: str):
    return read_gaps(snapshots, Selection.parse(query))


def say(engine: Engine, *claims: tuple[str, str, str, str]) -> None:
    """village, operator, technology, status: declared on 20 November 2026."""
    rows = [(*claim[:3], "declared", "thử", AT, claim[3], AT, AT, AT, None, False) for claim in claims]
    with writing(engine) as connection:
        upsert(connection, coverage, DECLARED, rows)


def texts(component: Any) -> str:
    """All words of a component."""
    if isinstance(component, str):
        return component
    if isinstance(component, list | tuple):
        return " ".join(texts(part) for part in component)
    children = getattr(component, "children", None)
    return "" if children is None else texts(children)


def links(component: Any) -> list[str]:
    if isinstance(component, list | tuple):
        return [href for part in component for href in links(part)]
    own = [component.href] if getattr(component, "href", None) else []
    return own + links(getattr(component, "children", None) or [])


# ── The rows ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("query", ["", "as_of=2022-04-30", "unit=096", "unit=096&as_of=2022-04-30", "unit=03163"])
@pytest.mark.parametrize("technology", ["2g", "3g4g", "4g", "5g", "broadband"])
def test_the_list_is_what_the_summary_counts_as_uncovered(unchanged, query, technology):
    selection = Selection.parse(f"{query}&tech={technology}")
    gaps = read_gaps(unchanged, selection)
    summary = summarise(unchanged.get(selection.as_of), selection.unit)
    figure = next(figure for figure in summary.figures if figure.key == f"villages_{technology}_pct")
    if figure.value is None:
        assert gaps.frame.empty
        assert gaps.villages.denominator == 0
        assert gaps.state in ("ended", "not_yet", "no_data")
    else:
        assert len(gaps.frame) == gaps.villages.numerator == figure.denominator - figure.numerator
        assert gaps.villages.denominator == figure.denominator


def test_the_published_day_lists_82_villages_without_3g_or_4g(unchanged):
    gaps = gaps_of(unchanged, "tech=3g4g&as_of=2022-04-30")
    assert (gaps.villages.numerator, gaps.villages.denominator) == (82, 1440)
    assert gaps.weak + int((gaps.frame["status"] == "none").sum()) == 82
    assert gaps.people.numerator == int(gaps.frame["people"].sum())
    assert list(gaps.frame["people"]) == sorted(gaps.frame["people"], reverse=True)


def test_the_nearest_covered_village_is_covered_and_near(unchanged):
    gaps = gaps_of(unchanged, "tech=3g4g")
    uncovered = set(gaps.frame["id"])
    assert uncovered.isdisjoint(gaps.frame["nearest_id"])
    assert gaps.frame["distance_m"].between(1, 60_000).all()


def test_a_village_covered_by_one_operator_is_a_gap_of_the_others(snapshots, province):
    village = gaps_of(snapshots, "tech=4g").frame["id"].iloc[0]
    say(province, (village, "op-b", "4g", "covered"))
    assert village not in set(gaps_of(snapshots, "tech=4g").frame["id"])
    assert village not in set(gaps_of(snapshots, "tech=4g&op=op-b").frame["id"])
    assert village in set(gaps_of(snapshots, "tech=4g&op=op-a").frame["id"])
    assert village in set(gaps_of(snapshots, "tech=4g&as_of=2022-04-30").frame["id"])


def test_since_is_the_day_of_the_last_changed_word(snapshots, province):
    first, second = gaps_of(snapshots, "tech=4g").frame["id"].iloc[:2]
    say(province, (first, "op-a", "4g", "none"), (second, "op-a", "3g", "none"))
    since = gaps_of(snapshots, "tech=4g").frame.set_index("id")["since"]
    assert since[first] == date(2026, 11, 20)
    assert since[second] == date(2022, 4, 30)


def test_a_village_that_nobody_speaks_about_is_neither_a_gap_nor_counted(snapshots, province):
    village = gaps_of(snapshots, "tech=4g").frame["id"].iloc[0]
    with writing(province) as connection:
        connection.execute(delete(coverage).where(coverage.c.village_id == village))
        bump(connection, "coverage")
    gaps = gaps_of(snapshots, "tech=4g")
    assert village not in set(gaps.frame["id"])
    assert (gaps.villages.denominator, gaps.without_data) == (1439, 1)


def test_where_no_village_is_covered_there_is_no_nearest_one(snapshots, province):
    everywhere = list(snapshots.get().places.villages["id"])
    say(province, *((village, operator, "5g", "none") for village in everywhere for operator in ("op-a", "op-b")))
    gaps = gaps_of(snapshots, "tech=5g")
    assert len(gaps.frame) == 1440
    assert gaps.frame["distance_m"].isna().all()
    row = grid_rows(gaps, Selection.parse("tech=5g"), Words("vi"))[0]
    assert (row["distance_km"], row["nearest"]) == (None, None)


@pytest.mark.parametrize(
    ("query", "error"), [("unit=999", UnknownUnitError), ("tech=6g", UnknownTechnologyError), ("op=op-z", UnknownOperatorError)]
)
def test_what_is_not_known_is_an_error_of_its_own(unchanged, query, error):
    with pytest.raises(error):
        gaps_of(unchanged, query)


# ── Rows of the grid ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_rows_are_plain_values_with_a_link_to_the_map(unchanged):
    selection = Selection.parse("tech=3g4g&unit=096&layers=endpoints&lang=en")
    row = grid_rows(read_gaps(unchanged, selection), selection, Words("en"))[0]
    assert row["href"].startswith(f"/map?unit=096&tech=3g4g&village={row['id']}")
    assert "villages" in Selection.parse(row["href"].partition("?")[2]).layers
    assert row["district"] == "Huyện Mường Nhé"
    assert row["status"] in ("no signal", "weak signal")
    assert "since" not in row, "the same day on nearly every row"
    assert all(value is None or isinstance(value, str | int | float) for value in row.values())


def test_the_quick_filter_finds_a_village_without_accents(unchanged):
    selection = Selection.parse("tech=3g4g&unit=096")
    row = grid_rows(read_gaps(unchanged, selection), selection, Words("vi"))[0]
    assert all(word in row["search"] for word in ("ban mau", "muong nhe", "song", row["id"].lower().replace("-", " ")))


def test_unknown_people_are_not_zero(snapshots, province):
    village = gaps_of(snapshots, "tech=4g").frame["id"].iloc[0]
    with writing(province) as connection:
        connection.execute(update(villages).where(villages.c.id == village).values(population=None, households=None, grid_power=None))
        bump(connection, "villages")
    rows = {row["id"]: row for row in grid_rows(gaps_of(snapshots, "tech=4g"), Selection.parse("tech=4g"), Words("vi"))}
    assert (rows[village]["people"], rows[village]["households"], rows[village]["grid_power"]) == (None, None, "chưa rõ")
    assert list(rows)[-1] == village


def test_the_district_is_called_former_since_there_are_none(unchanged):
    def heading(query: str) -> str:
        return next(column["headerName"] for column in columns(gaps_of(unchanged, query), Words("vi")) if column["field"] == "district")

    assert (heading("tech=4g"), heading("tech=4g&as_of=2022-04-30")) == ("Huyện (cũ)", "Huyện")


# ── The page ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def shown(unchanged):
    """(query) → the children of the page."""
    context = Context.of(unchanged, "b")

    def show(query: str) -> list[Any]:
        selection = Selection.parse(query)
        return page(context, selection, Words(selection.language))

    return show


def test_the_head_says_how_many_of_how_many(shown):
    words = texts(shown("tech=3g4g&as_of=2022-04-30"))
    assert "Thôn, bản chưa có 3G/4G" in words
    assert "82  / 1.440 thôn, bản" in words
    assert "Dữ liệu mô phỏng" in words
    assert "82  / 1,440 villages" in texts(shown("tech=3g4g&as_of=2022-04-30&lang=en"))


@pytest.mark.parametrize(
    ("query", "why", "next_step"),
    [
        ("tech=2g", "2G hoạt động đến hết ngày 15/09/2026", "/gaps?as_of=2026-09-15&tech=2g"),
        ("tech=5g&as_of=2022-04-30", "5G hoạt động từ ngày", "/gaps?as_of=2022-04-30"),
        ("tech=5g", "Chưa nguồn nào gửi số liệu 5G ở Tỉnh Điện Biên", "/feeds?tech=5g"),
        ("tech=5g&unit=096", "Chưa nguồn nào gửi số liệu 5G ở Huyện Mường Nhé", "/gaps?tech=5g"),
        ("tech=3g4g&unit=03127", "đều đã có 3G/4G", "/map?unit=03127&tech=3g4g"),
        ("unit=999", "Không có đơn vị mã 999", "/gaps"),
        ("tech=6g", "Hệ thống không có công nghệ “6g”", "/gaps"),
        ("op=op-z", "Hệ thống không có nhà mạng mã “op-z”", "/gaps"),
    ],
)
def test_an_empty_page_says_why_and_offers_the_next_step(shown, query, why, next_step):
    found = shown(query)
    assert why in texts(found)
    assert next_step in links(found)


def test_area_menus_count_the_gaps_of_each_area(shown, unchanged):
    words = texts(shown("tech=3g4g"))
    count = len(gaps_of(unchanged, "tech=3g4g&unit=096").frame)
    assert f"Huyện Mường Nhé {count}" in words


def test_the_list_has_the_ids_that_its_callbacks_name(shown):
    found = [getattr(part, "id", None) for part in shown("tech=4g")]
    assert {ID.GRID, ID.FIGURES, ID.NOTHING, ID.SHOWN} <= set(found)
