"""What a connector is given and what it gives back."""

from __future__ import annotations

import codecs
import time
from collections.abc import Callable, Collection, Mapping, MutableMapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

from pydantic import BeforeValidator

from feeds.errors import FeedError
from feeds.signed import Entries
from geo.legacy_text import register

if TYPE_CHECKING:
    from feeds.name_dates import NamedDays
    from feeds.tables import Note

Format = Literal["json", "csv", "xlsx", "geojson", "geo", "zip", "gz", "ics", "rows"]
"""csv: text whose separator is found; xlsx: a workbook, also of Excel 97 to 2003 or OpenDocument; geo: a GeoPackage, GML or KML, as OGR
reads it; zip: one of the others, or a Shapefile with its side files; gz: one of the others; ics: a calendar; rows: read already."""

FILE_FORMATS: dict[str, Format] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".tab": "csv",
    ".txt": "csv",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
    ".xls": "xlsx",
    ".ods": "xlsx",
    ".json": "json",
    ".ndjson": "json",
    ".jsonl": "json",
    ".geojson": "geojson",
    ".geojsonl": "geojson",
    ".gpkg": "geo",
    ".gml": "geo",
    ".kml": "geo",
    ".kmz": "zip",
    ".zip": "zip",
    ".gz": "gz",
    ".ics": "ics",
}


class Wanted(NamedTuple):
    """One column that is looked for. headers: any of them names it; needed: nothing can be read without it."""

    headers: tuple[str, ...]
    needed: bool = False


@dataclass(frozen=True)
class Layout:
    """How the rows lie in what came.

    wanted: the columns that are looked for, by which the header row and the sheet are found. header_row: 1-based; 0: the line that names
    most of the wanted columns, the first where none are known. sheet: the one to read, "" for the first visible one whose header fits;
    sheets: several, ("*",) for all visible ones that fit. records: dotted path to the list in a JSON answer. encoding: "" means that the
    bytes say it. layer: of a file with several; crs: of a file that does not say it. suffix: of the file, with its dot. max_bytes: of all
    that is unpacked from a zip. north_first: coordinates come as the authority of the crs orders them, northing or latitude first.
    """

    format: Format
    records: str = ""
    header_row: int = 0
    sheet: str = ""
    encoding: str = ""
    layer: str = ""
    crs: str = ""
    suffix: str = ""
    max_bytes: int = 500_000_000
    north_first: bool = False
    sheets: tuple[str, ...] = ()
    wanted: tuple[Wanted, ...] = ()


@dataclass(frozen=True)
class Unreadable:
    """One of the pieces that came which cannot be made a row. number: its place among them, from 1; raw: what of it is kept."""

    number: int
    error: FeedError
    raw: dict[str, Any]


@dataclass(frozen=True)
class Content:
    """What came from a source.

    data: the bytes, or the rows themselves for a connector that measures. reported_at: when the source said so.
    unchanged: the source says that nothing changed since the last good run; then data is empty. unreadable: pieces (messages) that are no
    rows at all; each becomes a rejected row, the others are taken. size: bytes read, where data is rows. named: the days
    that its name says its rows are about. people: who entered and who signed it, where people stand for it. notes: what the run has to
    say of how it was read. complete: all that the source has now, so that it has no more of what is not in it. whole: False where the
    source did not say where it ends, so that what is missing may be there all the same.
    """

    data: bytes | list[dict[str, Any]]
    layout: Layout
    reported_at: datetime
    unchanged: bool = False
    unreadable: tuple[Unreadable, ...] = ()
    size: int | None = None
    named: NamedDays | None = None
    people: tuple[str, str] | None = None
    complete: bool = False
    notes: tuple[Note, ...] = ()
    whole: bool = True


@dataclass(frozen=True)
class Verdict:
    """What a run has to say to whoever made its content. code: why nothing was taken; rows: number, code, values of the rejected ones.

    more: for the rejected rows that are not kept one by one, how many there are for each reason: count, code, values of the first.
    """

    code: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    rows: tuple[tuple[int, str, Mapping[str, Any]], ...] = ()
    more: tuple[tuple[int, str, Mapping[str, Any]], ...] = ()

    @property
    def rejected(self) -> int:
        """Rows that were not taken, all of them."""
        return len(self.rows) + sum(count for count, _, _ in self.more)


@dataclass(frozen=True)
class Fetched:
    """One thing to read: an answer, a file, a round of probes. It makes one run.

    read: gets the content; raises FetchError or ContentError. settle: told whether it was taken, once the run is recorded.
    explain: told before that why nothing was taken, or which rows were not.
    once: content that an earlier run has taken says nothing new (a file; an answer says that it still holds).
    passing: it does not come again (messages): whatever of it cannot be taken is kept in quarantine, and then it counts as settled.
    """

    item: str
    read: Callable[[], Content]
    settle: Callable[[bool], None] = lambda taken: None
    once: bool = False
    passing: bool = False
    explain: Callable[[Verdict], None] = lambda verdict: None


@dataclass
class Visit:
    """One look at a source.

    deadline: `time.monotonic()` after which nothing may go on. base: folder of the feeds file. memory: kept between looks until the
    connector's `close` gets it. feed: its key. spool: a folder of this feed's own, for what must not be lost; make it when needed.
    wake: asks for another look soon; any thread may call it.
    entries: what people typed in for this feed and signed.
    taken: which of these content hashes an earlier run of this feed has taken. targets: endpoint id → address, see `feeds.probing`.
    newest: the newest moment that this feed has stored anything about, None before the first.
    """

    now: datetime
    deadline: float
    base: Path
    max_bytes: int = 50_000_000
    memory: MutableMapping[str, Any] = field(default_factory=dict)
    taken: Callable[[Collection[str]], set[str]] = lambda hashes: set()
    targets: Callable[[], Mapping[str, str]] = dict
    newest: Callable[[], datetime | None] = lambda: None
    feed: str = ""
    spool: Path = Path("spool")
    wake: Callable[[], None] = lambda: None
    entries: Entries | None = None

    @property
    def left_s(self) -> float:
        return max(0.0, self.deadline - time.monotonic())


def _listed(sheets: object) -> object:
    return (sheets,) if isinstance(sheets, str) else sheets


Sheets = Annotated[tuple[str, ...], BeforeValidator(_listed)]
"""An option that names sheets: one, several, or "*"."""


def known_encoding(name: str) -> str:
    """`name`. Raises ValueError when there is no such encoding."""
    try:
        register()
        codecs.lookup(name or "utf-8")
    except LookupError as error:
        raise ValueError("encoding such as windows-1258, tcvn3 or vni expected") from error
    return name
