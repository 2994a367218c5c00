"""A record's unit is told by its own day's register, by what a person settled, or by nobody; never by a guess."""

from __future__ import annotations

import shutil
import unicodedata
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine

from feeds.cells import Cells
from feeds.errors import RowError
from feeds.naming import Naming
from feeds.tables import Row
from store import names
from store.engine import open_engine
from store.schema import crosswalk, place_units, units, villages
from store.transactions import reading, writing
from store.write import upsert

AT = datetime(2026, 11, 21, 3, tzinfo=UTC)
FROM, TO, NEW = date(2004, 8, 31), date(2025, 6, 30), date(2025, 7, 1)
BEFORE, AFTER = date(2025, 3, 31), date(2025, 8, 31)
HEADERS = {"unit_code": "Mã", "unit_name": "Xã, phường", "parent_name": "Huyện", "village_id": "Mã thôn", "village_name": "Thôn"}
PLACES = [
    ("11", FROM, TO, "province", "Tỉnh Điện Biên", None, None),
    ("094", FROM, TO, "district", "Thành phố Điện Biên Phủ", "11", None),
    ("100", FROM, TO, "district", "Huyện Điện Biên", "11", None),
    ("03127", FROM, TO, "commune", "Phường Him Lam", "094", None),
    ("03325", FROM, TO, "commune", "Xã Mường Phăng", "094", None),
    ("03352", FROM, TO, "commune", "Xã Thanh An", "100", None),
    ("03355", FROM, TO, "commune", "Xã Minh Quán", "100", None),
    ("03356", FROM, TO, "commune", "Xã Minh Quân", "100", None),
    ("11", NEW, None, "province", "Tỉnh Điện Biên", None, None),
    ("03127", NEW, None, "commune", "Phường Điện Biên Phủ", "11", "094"),
    ("03325", NEW, None, "commune", "Xã Mường Phăng", "11", "094"),
    ("03360", NEW, None, "commune", "Xã Núa Ngam", "11", "100"),
]
SUCCESSION = [("03127", "03127", 1.0, "whole"), ("03325", "03325", 1.0, "whole"), ("03352", "03360", 0.5, "equal")]
SUCCESSION += [("03352", "03127", 0.5, "equal"), ("03355", "03360", 1.0, "whole"), ("03356", "03360", 1.0, "whole")]


@pytest.fixture
def place(engine: Engine) -> Engine:
    fill(engine)
    return engine


def fill(engine: Engine) -> None:
    with writing(engine) as connection:
        rows = [(*row, row[4].split(" ", 1)[1], "xã", "", 103.0, 21.0, True, AT) for row in PLACES]
        more = ("name", "kind", "search_key", "lon", "lat", "outline_schematic", "stored_at")
        columns = ("code", "valid_from", "valid_to", "level", "full_name", "parent_code", "grouping_code", *more)
        upsert(connection, units, columns, rows)
        pairs = [(old, FROM, new, NEW, share, method, "mẫu", AT) for old, new, share, method in SUCCESSION]
        columns = ("old_code", "old_valid_from", "new_code", "new_valid_from", "share", "method", "source", "stored_at")
        upsert(connection, crosswalk, columns, pairs)
        _villages(connection)


def _villages(connection: Connection) -> None:
    homes = [("V1", "Bản Nà Lơi", "03325"), ("V2", "Bản Nà Lơi", "03360"), ("V3", "Bản Na Loi", "03325"), ("V4", "Thôn 1", "03325")]
    columns = ("id", "name", "search_key", "lon", "lat", "valid_from", "source", "synthetic", "stored_at")
    upsert(connection, villages, columns, [(id_, name, "", 103.0, 21.0, FROM, "mẫu", True, AT) for id_, name, _ in homes])
    columns = ("place_kind", "place_id", "unit_valid_from", "unit_code", "unit_valid_to", "stored_at")
    upsert(connection, place_units, columns, [("village", id_, NEW, unit, None, AT) for id_, _, unit in homes])


@pytest.fixture
def naming(register: Naming) -> Naming:
    return register


@pytest.fixture(scope="module")
def register(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Naming:
    """The names of one store, read once."""
    path = tmp_path_factory.mktemp("names") / "ioc.db"
    shutil.copy(migrated_sqlite, path)
    engine = open_engine(f"sqlite:///{path}")
    fill(engine)
    found = read(engine)
    engine.dispose()
    return found


def read(engine: Engine) -> Naming:
    with reading(engine) as connection:
        return Naming.read(connection, villages=True)


def cells(**values: object) -> Cells:
    return Cells(Row(2, {HEADERS[field]: value for field, value in values.items()}), HEADERS)


def refused(naming: Naming, day: date, level: str | None = None, **values: object) -> RowError:
    with pytest.raises(RowError) as caught:
        naming.unit(cells(**values), day, level=level)
    return caught.value


def asked(error: RowError) -> names.Question:
    assert error.question is not None
    return error.question


@pytest.mark.parametrize(
    ("written", "day", "code"),
    [
        ({"unit_code": "03127"}, BEFORE, "03127"),
        ({"unit_code": "03127", "unit_name": "Phường Him Lam"}, BEFORE, "03127"),
        ({"unit_code": "03127", "unit_name": "Phường Điện Biên Phủ"}, AFTER, "03127"),
        ({"unit_code": 3127}, AFTER, "03127"),
        ({"unit_code": 3127.0, "unit_name": "P. ĐIỆN BIÊN PHỦ"}, AFTER, "03127"),
        ({"unit_name": "Phường Điện Biên Phủ"}, AFTER, "03127"),
        ({"unit_name": unicodedata.normalize("NFD", "xã núa  ngam")}, AFTER, "03360"),
        ({"unit_name": "Nua Ngam", "parent_name": "Huyện Điện Biên"}, AFTER, "03360"),
        ({"unit_name": "X. Núa Ngam, huyện Điện Biên, tỉnh Điện Biên"}, AFTER, "03360"),
        ({"unit_name": "Thanh An", "parent_name": "H. Điện Biên"}, BEFORE, "03352"),
        ({"unit_name": "Thanh An", "parent_name": "100"}, BEFORE, "03352"),
        ({"unit_name": "Thanh An", "parent_name": "Tỉnh Điện Biên"}, BEFORE, "03352"),
        ({"unit_code": "their-7", "unit_name": "Xã Thanh An"}, BEFORE, "03352"),
        ({"unit_name": "Tỉnh Điện Biên"}, AFTER, "11"),
    ],
    ids=str,
)
def test_a_unit_is_the_one_of_the_records_day(naming: Naming, written: dict[str, object], day: date, code: str) -> None:
    assert naming.unit(cells(**written), day) == code


@pytest.mark.parametrize(
    ("written", "day", "reason", "candidates"),
    [
        ({"unit_code": "03127", "unit_name": "Phường Him Lam"}, AFTER, "row.unit_name_differs", ("03127",)),
        ({"unit_code": "03127", "unit_name": "Phường Điện Biên Phủ"}, BEFORE, "row.unit_name_differs", ("03127", "03352")),
        ({"unit_name": "Phường Him Lam"}, AFTER, "row.unit_former", ("03127",)),
        ({"unit_name": "Xã Thanh An"}, AFTER, "row.unit_former", ("03127", "03360")),
        ({"unit_code": "03352"}, AFTER, "row.unit_former", ("03127", "03360")),
        ({"unit_name": "Huyện Điện Biên"}, AFTER, "row.unit_former", ("03360", "03127")),
        ({"unit_code": "100"}, AFTER, "row.unit_former", ("03360", "03127")),
        ({"unit_name": "Phường Điện Biên Phủ"}, BEFORE, "row.unit_former", ("03127", "03352")),
        ({"unit_name": "Xã Mường Phăng", "parent_name": "TP. Điện Biên Phủ"}, AFTER, "row.unit_parent_former", ("03325",)),
        ({"unit_name": "Minh Quan", "parent_name": "Huyện Điện Biên"}, BEFORE, "row.unit_ambiguous", ("03355", "03356")),
        ({"unit_name": "Xã Mường Phằng"}, AFTER, "row.unit_unknown", ("03325",)),
        ({"unit_name": "Xã Thanh An", "parent_name": "Huyện Tủa Chùa"}, BEFORE, "row.unit_parent_unknown", ("03352",)),
        ({"unit_name": "Xã Thanh An", "parent_name": "TP Điện Biên Phủ"}, BEFORE, "row.unit_unknown", ("03352",)),
        ({"unit_name": "Xã Không Đâu"}, AFTER, "row.unit_unknown", ()),
        ({"unit_code": "99999"}, AFTER, "row.unit_unknown", ()),
        ({"unit_name": ", ,"}, AFTER, "row.unit_unknown", ()),
    ],
    ids=str,
)
def test_what_cannot_be_told_goes_to_a_person_with_candidates(
    naming: Naming, written: dict[str, object], day: date, reason: str, candidates: tuple[str, ...]
) -> None:
    error = refused(naming, day, **written)
    assert (error.code, asked(error).reason) == (reason, reason)
    assert tuple(unit.code for unit in asked(error).candidates) == candidates


def test_a_row_with_neither_code_nor_name_is_no_question_of_names(naming: Naming) -> None:
    error = refused(naming, AFTER, unit_name="  ")
    assert (error.code, error.question) == ("row.missing", None)


def test_only_units_of_the_level_count(naming: Naming) -> None:
    assert naming.unit(cells(unit_name="Điện Biên"), BEFORE, level="district") == "100"
    assert naming.unit(cells(unit_name="Điện Biên"), BEFORE, level="province") == "11"
    assert refused(naming, BEFORE, unit_name="Điện Biên").code == "row.unit_ambiguous"


def settle(engine: Engine, question: names.Question, decision: str, code: str | None = None, feed: str = "sheet") -> None:
    with writing(engine) as connection:
        names.note_reviews(connection, feed, [question], item="a.csv", at=AT)
        assert names.decide(connection, question.review_id(feed), decision=decision, code=code, by="An", at=AT)


def test_what_a_person_settled_holds_for_the_feed_and_its_structure_until_it_is_forgotten(place: Engine) -> None:
    written = {"unit_name": "Xã Thanh An", "parent_name": "Điện Biên"}
    question = asked(refused(read(place), AFTER, **written))
    settle(place, question, names.CHOSEN, "03360")
    naming = read(place)
    assert naming.of("sheet").unit(cells(**written), AFTER) == "03360"
    assert naming.of("sheet").unit(cells(**written), BEFORE) == "03352"
    assert refused(naming.of("other"), AFTER, **written).code == "row.unit_former"
    settle(place, question, names.FORGOTTEN)
    assert refused(read(place).of("sheet"), AFTER, **written).code == "row.unit_former"


def test_a_name_that_somebody_ignored_stays_out_and_asks_no_more(place: Engine) -> None:
    settle(place, asked(refused(read(place), AFTER, unit_name="Tổng cộng")), names.IGNORED)
    error = refused(read(place).of("sheet"), AFTER, unit_name="Tổng cộng")
    assert (error.code, error.question) == ("row.name_ignored", None)


def test_a_choice_that_is_no_unit_on_the_day_does_not_count(place: Engine) -> None:
    settle(place, asked(refused(read(place), AFTER, unit_name="Xã Thanh An")), names.CHOSEN, "03352")
    assert refused(read(place).of("sheet"), AFTER, unit_name="Xã Thanh An").code == "row.unit_former"


def test_villages_are_told_within_their_commune(naming: Naming) -> None:
    def village(unit: str, **written: object) -> str:
        return naming.village(cells(**written), AFTER, unit)

    assert village("03325", village_name="Bản Nà Lơi") == "V1"
    assert village("03360", village_name="bản na loi") == "V2"
    assert village("03360", village_name="Nà Lơi") == "V2"
    assert village("03325", village_name="Thôn 01") == "V4"
    assert village("03325", village_id="V4") == "V4"


@pytest.mark.parametrize(
    ("unit", "name", "reason", "candidates"),
    [
        ("03360", "Thôn 1", "row.village_unknown", ()),
        ("03325", "Nà Lợi", "row.village_unknown", ("V1", "V3")),
        ("99999", "Bản Nà Lơi", "row.village_unknown", ()),
    ],
)
def test_a_village_that_cannot_be_told_goes_to_a_person(
    naming: Naming, unit: str, name: str, reason: str, candidates: tuple[str, ...]
) -> None:
    with pytest.raises(RowError) as caught:
        naming.village(cells(village_name=name), AFTER, unit)
    question = asked(caught.value)
    assert (question.reason, question.what, question.parent) == (reason, "village", unit)
    assert tuple(village.code for village in question.candidates) == candidates


def test_the_same_name_in_many_rows_and_files_is_one_review(place: Engine) -> None:
    question = asked(refused(read(place), AFTER, unit_name="Xã Thanh An"))
    later = datetime(2026, 12, 21, 3, tzinfo=UTC)
    with writing(place) as connection:
        assert names.note_reviews(connection, "sheet", [question] * 500, item="a.csv", at=AT) == 1
        names.note_reviews(connection, "sheet", [question] * 3, item="b.csv", at=later)
        found = names.reviews(connection)
    (row,) = found.to_dict("records")
    assert (row["rows"], row["item"], row["first_seen_at"], row["last_seen_at"]) == (3, "b.csv", AT, later)
    assert [unit["code"] for unit in row["candidates"]] == ["03127", "03360"]
    assert row["decision"] is None
