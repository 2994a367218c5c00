"""Operators' word on which villages they cover, as a wide sheet (one row per village, a column per technology) or a long one.

Same word as before: only `confirmed_at` moves. Another word: a new row. An older report is kept as history and never hides a newer one.
An empty cell says nothing, which is not "none".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel
from pydantic import Field as Option
from sqlalchemy import Connection

from feeds.cells import LOCAL, Cells, fold
from feeds.columns import resolve
from feeds.errors import ContentError, RowError
from feeds.operator_names import OperatorNames, suggested_key
from feeds.records import Field, Parsed, Rejections, Stamp, Stored, rejection
from feeds.tables import Table
from feeds.words import usual, word
from store import observations
from store.observations import ClaimRow
from store.operators import Operator, all_operators
from store.schema import coverage
from store.write import upsert

WORDS = {
    "covered": (
        *("có", "có sóng", "đã có", "đã có sóng", "có phủ sóng", "phủ sóng", "đã phủ", "đã phủ sóng", "được phủ sóng", "rồi"),
        *("tốt", "sóng tốt", "có sóng tốt", "sóng mạnh", "mạnh", "ổn định", "sóng ổn định"),
        *("x", "v", "✓", "✔", "☑", "√", "+", "1", "100%", "yes", "y", "true", "covered", "good", "full"),
    ),
    "weak": (
        *("yếu", "sóng yếu", "có sóng yếu", "có nhưng yếu", "có sóng nhưng yếu", "kém", "sóng kém", "lõm", "lõm sóng", "vùng lõm"),
        *("chập chờn", "sóng chập chờn", "không ổn định", "sóng không ổn định", "một phần", "phủ một phần", "phủ sóng một phần"),
        *("weak", "poor", "partial"),
    ),
    "none": (
        *("không", "không có", "không có sóng", "không sóng", "không phủ sóng", "không được phủ sóng", "mất sóng", "trắng", "trắng sóng"),
        *("chưa", "chưa có", "chưa có sóng", "chưa phủ", "chưa phủ sóng", "chưa được phủ sóng", "vùng trắng"),
        *("0", "0%", "no", "n", "false", "none", "no signal", "no coverage", "not covered"),
    ),
}
STATUSES = usual(WORDS)
ALIASES = {"broadband": ("Băng rộng cố định", "Băng rộng", "Internet cáp quang", "Cáp quang")}
OPERATOR_HEADERS = ("Nhà mạng", "Tên nhà mạng", "Mã nhà mạng", "Doanh nghiệp", "Doanh nghiệp viễn thông")
STATUS_HEADERS = ("Tình trạng phủ sóng", "Trạng thái", "Mức phủ sóng", "Phủ sóng", "Tình trạng")
TECHNOLOGIES = {fold(name): key for key, names in ALIASES.items() for name in names}
COLUMNS = tuple(column.key for column in coverage.c)


class Options(BaseModel):
    """operator: whose word it is when the file does not say; method: how it is known; form: wide or long sheet."""

    operator: str | None = None
    method: Literal["declared", "measured", "reported"] = "declared"
    form: Literal["wide", "long"] = "wide"
    technologies: tuple[str, ...] = ("2g", "3g", "4g", "5g", "broadband")
    future_tolerance_s: int = Option(default=3600, ge=0)


@dataclass(frozen=True)
class Reference:
    villages: frozenset[str]
    operators: Mapping[str, str]
    service: Mapping[str, tuple[date | None, date | None]]
    register: Mapping[str, Operator] = field(default_factory=dict)

    @cached_property
    def named(self) -> OperatorNames:
        return OperatorNames({key: self.register.get(key, Operator(key, name)) for key, name in self.operators.items()})

    def in_service(self, technology: str, day: date) -> bool:
        start, end = self.service[technology]
        return (start is None or start <= day) and (end is None or day <= end)


class Claim(NamedTuple):
    """One word about one village; row: the source row it stands in."""

    row: int
    village_id: str
    operator: str
    technology: str
    method: str
    observed_at: datetime
    status: str


def fields(options: Options) -> tuple[Field, ...]:
    return (*_base(options), *_technology_fields(options))


def _base(options: Options) -> tuple[Field, ...]:
    own = () if options.operator else (Field("operator", aliases=OPERATOR_HEADERS),)
    known = {key: ALIASES.get(key, ()) for key in options.technologies}
    long = (
        (
            Field("technology", aliases=("Công nghệ", "Loại mạng", "Mạng"), words=known),
            Field("status", aliases=STATUS_HEADERS, type="code", words=WORDS, vocabulary="coverage"),
        )
        if options.form == "long"
        else ()
    )
    return (
        Field("village_id", aliases=("Mã thôn", "Mã thôn, bản", "Mã thôn/bản", "Mã bản", "Mã tổ dân phố")),
        Field("observed_at", aliases=("Ngày báo cáo", "Ngày số liệu", "Ngày cập nhật", "Thời điểm", "Ngày", "report_date"), type="moment"),
        *own,
        *long,
    )


def _technology_fields(options: Options) -> tuple[Field, ...]:
    if options.form == "long":
        return ()
    shared: Any = {"required": False, "type": "code", "words": WORDS, "vocabulary": "coverage"}
    return tuple(Field(key, aliases=_headers(key), **shared) for key in options.technologies)


def _headers(technology: str) -> tuple[str, ...]:
    """The usual headers of a technology's column."""
    names = ALIASES.get(technology) or (technology.upper(),)
    return (*names, *(f"{word} {name}" for word in ("Phủ sóng", "Sóng", "Mạng", "Tình trạng phủ sóng") for name in names))


def reference(connection: Connection) -> Reference:
    """Villages, operators and technologies that there are."""
    register = all_operators(connection)
    names = {key: operator.name for key, operator in register.items()}
    return Reference(observations.village_ids(connection), names, observations.technology_service(connection), register)


def parse(table: Table, mapping: Mapping[str, str], known: Reference, options: Options, stamp: Stamp) -> Parsed:
    """Claims of every accepted row: one for each technology that has a word and is in service on the day of the report.

    A row is taken as a whole or turned away as a whole.
    """
    _check_options(options, known)
    headers = resolve(table, _base(options), mapping)
    headers |= _technology_headers(table, headers, mapping, known, options)
    reader = _Reader(headers, known, options, stamp.stored_at + timedelta(seconds=options.future_tolerance_s))
    records: list[Claim] = []
    rejections = Rejections()
    for row in table.rows:
        try:
            records += reader.claims(row.number, Cells(row, headers))
        except RowError as error:
            rejections.append(rejection(row, error))
    return Parsed(len(table.rows), records, rejections, max((record.observed_at for record in records), default=None))


def _check_options(options: Options, known: Reference) -> None:
    if options.operator and known.named.key(options.operator) is None:
        raise ContentError("run.unknown_operator", operator=suggested_key(options.operator), known=known.named.known)
    strange = [key for key in options.technologies if key not in known.service]
    if strange:
        raise ContentError("run.unknown_technology", technology=", ".join(strange), known=", ".join(known.service))


def _technology_headers(
    table: Table, headers: Mapping[str, str], mapping: Mapping[str, str], known: Reference, options: Options
) -> dict[str, str]:
    """Headers of the technologies. One that the mapping names may be absent only while its technology is out of service."""
    if options.form == "long":
        return {}
    day = _report_day(table, headers)
    expected: list[Field] = []
    free: list[Field] = []
    for column in _technology_fields(options):
        gone = day is not None and not known.in_service(column.name, day)
        (free if gone else expected).append(column)
    found = resolve(table, expected, mapping, headers.values())
    found |= resolve(table, [Field(one.name, False, (mapping.get(one.name, one.name), *one.aliases)) for one in free], {})
    if not found:
        raise ContentError("run.missing_column", columns=", ".join(options.technologies), found=", ".join(table.columns))
    return found


def _report_day(table: Table, headers: Mapping[str, str]) -> date | None:
    for row in table.rows:
        try:
            return Cells(row, headers).moment("observed_at").astimezone(LOCAL).date()
        except RowError:
            continue
    return None


class _Reader:
    """Rows of one sheet as claims; remembers what it has seen."""

    def __init__(self, headers: Mapping[str, str], known: Reference, options: Options, latest: datetime) -> None:
        self._technologies = [key for key in options.technologies if key in headers]
        self._known = known
        self._options = options
        self._latest = latest
        self._seen: dict[tuple[str, str, str, datetime], int] = {}
        self._moments: dict[str, datetime] = {}

    def claims(self, number: int, cells: Cells) -> list[Claim]:
        village_id = cells.text("village_id")
        if village_id not in self._known.villages:
            raise cells.fail("row.unknown_village", "village_id")
        observed_at = self._moment(cells)
        day = observed_at.astimezone(LOCAL).date()
        operator = self._known.named.read(cells, day, key=self._options.operator)
        words = self._long(cells) if self._options.form == "long" else self._wide(cells)
        for technology, _ in words:
            first = self._seen.setdefault((village_id, operator, technology, observed_at), number)
            if first != number:
                raise RowError("row.duplicate", first=first)
        said = [(technology, status) for technology, status in words if self._known.in_service(technology, day)]
        if not said:
            raise RowError("row.out_of_service", technologies=", ".join(technology for technology, _ in words), day=day.isoformat())
        self._known.named.check_offers(cells, operator, [technology for technology, status in said if status != "none"], day)
        return [Claim(number, village_id, operator, technology, self._options.method, observed_at, status) for technology, status in said]

    def _moment(self, cells: Cells) -> datetime:
        raw = str(cells.raw("observed_at"))
        if raw not in self._moments:
            moment = cells.moment("observed_at")
            if moment > self._latest:
                raise cells.fail("row.future", "observed_at")
            self._moments[raw] = moment
        return self._moments[raw]

    def _wide(self, cells: Cells) -> list[tuple[str, str]]:
        words = [(key, _status(cells, key)) for key in self._technologies if cells.has(key)]
        if not words:
            raise RowError("row.no_status")
        return words

    def _long(self, cells: Cells) -> list[tuple[str, str]]:
        written = fold(cells.text("technology"))
        technology = TECHNOLOGIES.get(written, written)
        if technology not in self._known.service:
            raise cells.fail("row.unknown_technology", "technology")
        return [(technology, _status(cells, "status"))]


def _status(cells: Cells, field: str) -> str:
    status = STATUSES.get(word(cells.text(field)))
    if status is None:
        raise cells.fail("row.bad_status", field)
    return status


def store(connection: Connection, records: list[Claim], stamp: Stamp, options: Options) -> Stored:
    """Reconcile the claims with what the source has said before; rows counted by the most that any claim of theirs did."""
    outcomes: dict[int, set[str]] = defaultdict(set)
    rows: list[tuple[object, ...]] = []
    by_operator: dict[str, list[Claim]] = defaultdict(list)
    for claim in sorted(records, key=lambda claim: claim.observed_at):
        by_operator[claim.operator].append(claim)
    for operator, claims in by_operator.items():
        villages = {claim.village_id for claim in claims}
        history = observations.claims_of(connection, operator, options.method, stamp.source, villages)
        touched: dict[tuple[str, str], dict[datetime, ClaimRow]] = defaultdict(dict)
        for claim in claims:
            key = claim.village_id, claim.technology
            outcome, written = reconcile(history.setdefault(key, []), claim.observed_at, claim.status, stamp)
            outcomes[claim.row].add(outcome)
            touched[key] |= {row.observed_at: row for row in written}
        rows += [_row(key, operator, options.method, row, stamp) for key, done in touched.items() for row in done.values()]
    upsert(connection, coverage, COLUMNS, rows)
    return _tally(outcomes.values())


def reconcile(history: list[ClaimRow], observed_at: datetime, status: str, stamp: Stamp) -> tuple[str, list[ClaimRow]]:
    """What one claim does to the rows of its village, operator and technology; `history` (by observed_at) is kept up to date.

    Returns added | changed | unchanged | older, and the rows to write; what they say is known since it is stored now.
    """
    new = ClaimRow(observed_at, status, observed_at, stamp.reported_at, stamp.stored_at, stamp.feed)
    place = sum(row.observed_at <= observed_at for row in history)
    if place == 0:
        history.insert(0, new)
        return ("added" if len(history) == 1 else "changed"), [new]
    before = history[place - 1]
    if before.status == status:
        if before.confirmed_at >= observed_at:
            return "unchanged" if before.confirmed_at == observed_at else "older", []
        history[place - 1] = before._replace(confirmed_at=observed_at, stored_at=stamp.stored_at)
        return "unchanged", [history[place - 1]]
    if before.observed_at == observed_at:
        history[place - 1] = new
        return "changed", [new]
    if before.confirmed_at <= observed_at:
        history.insert(place, new)
        return "changed", [new]
    # Another word in the middle of a span that was confirmed later: the span ends here and begins again at its last confirmation.
    again = before._replace(observed_at=before.confirmed_at, stored_at=stamp.stored_at)
    history[place - 1] = before._replace(confirmed_at=before.observed_at, stored_at=stamp.stored_at)
    history[place:place] = [new, again]
    return "changed", [history[place - 1], new, again]


def _row(key: tuple[str, str], operator: str, method: str, claim: ClaimRow, stamp: Stamp) -> tuple[object, ...]:
    row = {
        "village_id": key[0],
        "operator": operator,
        "technology": key[1],
        "method": method,
        "source": stamp.source,
        **claim._asdict(),
        "synthetic": stamp.synthetic,
    }
    return tuple(row[name] for name in COLUMNS)


def _tally(outcomes: Iterable[set[str]]) -> Stored:
    rows = list(outcomes)
    changed = sum("changed" in row for row in rows)
    added = sum("added" in row and "changed" not in row for row in rows)
    older = sum(row == {"older"} for row in rows)
    return Stored(added, changed, len(rows) - added - changed - older, older)
