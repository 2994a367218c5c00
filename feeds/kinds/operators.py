"""Operators: their keys and names, the technologies they offer with their days, and their colours.

One row for each operator, its technologies in one cell ("4g, 2g đến 15/09/2026"), or one row for each of its technologies.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from pydantic import BaseModel
from pydantic import Field as Option
from sqlalchemy import Connection

from feeds.cells import Cells, fold
from feeds.columns import resolve
from feeds.config_operators import KEY_FORM
from feeds.errors import ContentError, RowError
from feeds.kinds.coverage import ALIASES
from feeds.reading import OBSERVED, moment_of, read_fields
from feeds.records import Field, Parsed, Rejections, Stamp, Stored, rejection
from feeds.tables import Row, Table
from store import observations
from store.operators import Operator, Origin, Span, configured_keys, has_real, write_operators

KEY = re.compile(KEY_FORM)
COLOUR = re.compile(r"#[0-9a-f]{6}")
_OFFERED = re.compile(r"(?P<name>[^()]+?)\s*\(?\s*((từ|from)\s+(?P<first>[\d/.-]+))?\s*((đến|hết|to|until)\s+(?P<last>[\d/.-]+))?\s*\)?")

OWN = (
    Field("key", aliases=("Mã nhà mạng", "Mã")),
    Field("name", aliases=("Tên nhà mạng", "Nhà mạng", "Tên")),
    Field("technologies", required=False, aliases=("Các công nghệ",)),
    Field("technology", required=False, aliases=("Công nghệ",)),
    Field("technology_from", required=False, aliases=("Công nghệ từ ngày",), type="day"),
    Field("technology_to", required=False, aliases=("Công nghệ đến ngày",), type="day"),
    Field("colour", required=False, aliases=("Màu",)),
    Field("valid_from", required=False, aliases=("Từ ngày",), type="day"),
    Field("valid_to", required=False, aliases=("Đến ngày",), type="day"),
)


class Options(BaseModel):
    """future_tolerance_s: how far the source's clock may be ahead."""

    future_tolerance_s: int = Option(default=300, ge=0)


@dataclass(frozen=True)
class Reference:
    """technologies: key by each word for it; configured: operators that feeds.toml declares."""

    technologies: Mapping[str, str]
    configured: frozenset[str]


@dataclass
class _Said:
    """What the rows of one operator say; rows: their numbers."""

    operator: Operator
    observed_at: datetime
    rows: list[int] = field(default_factory=list)
    offers: dict[str, Span] = field(default_factory=dict)


def fields(options: Options) -> tuple[Field, ...]:
    return (*OWN, OBSERVED)


def reference(connection: Connection) -> Reference:
    """Technologies by key and by name, and the operators that are not for a feed to speak of."""
    names = observations.technology_names(connection)
    words = {fold(word): key for key, name in names.items() for word in (*ALIASES.get(key, ()), name, key)}
    return Reference(words, configured_keys(connection))


def parse(table: Table, mapping: Mapping[str, str], known: Reference, options: Options, stamp: Stamp) -> Parsed:
    """One record for each operator, of all its rows; a row that contradicts an earlier one of its operator is turned away."""
    headers = resolve(table, fields(options), mapping)
    latest = stamp.stored_at + timedelta(seconds=options.future_tolerance_s)
    found: dict[str, _Said] = {}
    rejections = Rejections()
    for row in table.rows:
        try:
            _take(row, Cells(row, headers), found, known, stamp, latest)
        except RowError as error:
            rejections.append(rejection(row, error))
    records = list(found.values())
    return Parsed(len(table.rows), records, rejections, max((said.observed_at for said in records), default=None))


def _take(row: Row, cells: Cells, found: dict[str, _Said], known: Reference, stamp: Stamp, latest: datetime) -> None:
    observed_at = moment_of(cells, stamp.reported_at, latest)
    operator = _operator(cells)
    if operator.key in known.configured:
        raise cells.fail("row.operator_configured", "key")
    offers = _offers(cells, known)
    before = found.setdefault(operator.key, _Said(operator, observed_at))
    if before.operator != operator or (before.rows and (not offers or before.offers.keys() & offers.keys())):
        raise RowError("row.duplicate", first=before.rows[0])
    before.rows.append(row.number)
    before.offers |= offers


def _operator(cells: Cells) -> Operator:
    values = read_fields(cells, [one for one in OWN if one.name in ("name", "valid_from", "valid_to")])
    key, first, last = fold(cells.text("key")), values["valid_from"], values["valid_to"]
    if not KEY.fullmatch(key):
        raise cells.fail("row.bad_operator_key", "key")
    if first and last and last < first:
        raise cells.fail("row.ends_before", "valid_to")
    return Operator(key, values["name"], first, last, _colour(cells))


def _colour(cells: Cells) -> str | None:
    if not cells.has("colour"):
        return None
    colour = fold(cells.text("colour"))
    if not COLOUR.fullmatch(colour):
        raise cells.fail("row.bad_colour", "colour")
    return colour


def _offers(cells: Cells, known: Reference) -> dict[str, Span]:
    """The technologies of a row; none when it says nothing of them."""
    found: dict[str, Span] = {}
    if cells.has("technology"):
        span = tuple(cells.day(name) if cells.has(name) else None for name in ("technology_from", "technology_to"))
        found[_technology(cells, known, "technology", cells.text("technology"))] = (span[0], span[1])
    if cells.has("technologies"):
        for text, span in offered(cells.text("technologies"), cells):
            words = [text] if fold(text) in known.technologies else text.split()
            found |= {_technology(cells, known, "technologies", word): span for word in words}
    if any(first and last and last < first for first, last in found.values()):
        raise cells.fail("row.ends_before", "technology_to" if cells.has("technology_to") else "technologies")
    return found


def offered(text: str, cells: Cells) -> list[tuple[str, Span]]:
    """The technologies that a text lists, with their days: "2g đến 15/09/2026, 4g từ 01/01/2017, 5g"."""
    found: list[tuple[str, Span]] = []
    for part in re.split(r"[,;\n]", fold(text)):
        if not part.strip():
            continue
        match = _OFFERED.fullmatch(part.strip())
        if match is None:
            raise cells.fail("row.bad_technologies", "technologies")
        days = (_day(match["first"], cells), _day(match["last"], cells))
        found += [(match["name"], days)]
    return found


def _day(text: str | None, cells: Cells) -> date | None:
    if text is None:
        return None
    try:
        return Cells(Row(cells.number_of_row, {"day": text}), {"day": "day"}).day("day")
    except RowError as error:
        raise cells.fail("row.bad_technologies", "technologies") from error


def _technology(cells: Cells, known: Reference, column: str, text: str) -> str:
    key = known.technologies.get(fold(text))
    if key is None:
        raise cells.fail("row.unknown_technology", column)
    return key


def store(connection: Connection, records: list[_Said], stamp: Stamp, options: Options) -> Stored:
    """Write the operators. Raises ContentError("run.invented_over_real") for invented ones where there are real ones."""
    if stamp.synthetic and has_real(connection):
        raise ContentError("run.invented_over_real", table="operators")
    counts = {"added": 0, "changed": 0, "unchanged": 0, "older": 0}
    for said in sorted(records, key=lambda said: said.observed_at):
        operator = said.operator._replace(offers=said.offers or None)
        origin = Origin(stamp.source, stamp.feed, stamp.synthetic, said.observed_at, stamp.reported_at, stamp.stored_at)
        counts[write_operators(connection, [operator], origin)[operator.key]] += len(said.rows)
    return Stored(**counts)
