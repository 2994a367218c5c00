"""Which header holds which field: the feed's own mapping first, the usual names after it, and a clear word when one is missing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from difflib import get_close_matches
from functools import cache

from feeds.errors import ContentError
from feeds.records import Field
from feeds.tables import Table, header
from geo.names import search_key

SHOWN_ALIASES = 2


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that `name` is probably a slip of; None when nothing is near."""
    by_fold = {candidate.casefold(): candidate for candidate in known}
    found = get_close_matches(name.casefold(), list(by_fold), n=1, cutoff=0.6)
    return by_fold[found[0]] if found else None


class Headers(dict[str, str]):
    """Field → header of one table. labels: what a person calls each field, for messages about one that has no column."""

    labels: Mapping[str, str] = {}


def label(field: Field) -> str:
    """What a field is called in a message: its first usual header in Vietnamese, else its name."""
    return next((alias for alias in field.aliases if not alias.isascii()), next(iter(field.aliases), field.name))


def headers_of(table: Table, fields: Iterable[Field], mapping: Mapping[str, str]) -> Headers:
    """Field → header of those fields that the table has; silent about the others.

    A usual header also counts without its accents or with underscores (TEN_THON), where one column and one field have it alone.
    """
    wanted = list(fields)
    present = {name.casefold(): name for name in table.columns}
    found = Headers({field.name: match for field in wanted if (match := _header(field, present, mapping)) is not None})
    found.labels = {field.name: label(field) for field in wanted}
    rest = [field for field in wanted if field.name not in found and field.name not in mapping]
    found.update(_bare_matches(rest, [name for name in table.columns if name not in found.values()], mapping))
    return found


def _bare_matches(fields: Sequence[Field], columns: Sequence[str], mapping: Mapping[str, str]) -> dict[str, str]:
    by_key: dict[str, list[str]] = {}
    for name in columns:
        by_key.setdefault(_bare(name), []).append(name)
    claims = {field.name: {_bare(name) for name in (field.name, *field.aliases)} & by_key.keys() - {""} for field in fields}
    alone = {
        field: next(iter(keys))
        for field, keys in claims.items()
        if len(keys) == 1 and not any(keys & others for other, others in claims.items() if other != field)
    }
    return {field: by_key[key][0] for field, key in alone.items() if len(by_key[key]) == 1}


@cache
def _bare(name: str) -> str:
    return search_key(name.replace("_", " "))


def _header(field: Field, present: Mapping[str, str], mapping: Mapping[str, str]) -> str | None:
    wanted = [mapping[field.name]] if field.name in mapping else [field.name, *field.aliases]
    return next((present[key] for name in wanted if (key := header(name).casefold()) in present), None)


def resolve(table: Table, fields: Iterable[Field], mapping: Mapping[str, str], taken: Collection[str] = ()) -> Headers:
    """Field → header of `table`. Case and outer space do not matter.

    taken: headers that are something else already, so nothing was renamed to them.
    A header that the mapping names must be there, even for an optional field: a renamed column would otherwise read as silence.
    Raises ContentError("run.missing_column") naming every header that is missing, those that came, and what was probably meant.
    """
    wanted = list(fields)
    found = headers_of(table, wanted, mapping)
    missing = {
        mapping.get(field.name, _usual(field)): (mapping.get(field.name, label(field)), *(() if field.name in mapping else _names(field)))
        for field in wanted
        if field.name not in found and (field.required or field.name in mapping)
    }
    if missing:
        raise _missing(missing, [name for name in table.columns if name not in found.values() and name not in taken], table.columns)
    return found


def _names(field: Field) -> tuple[str, ...]:
    return field.name, *field.aliases


def _usual(field: Field) -> str:
    """A field by its usual headers: "Mã thôn (= Mã thôn, bản; Mã bản)"."""
    others = [alias for alias in field.aliases if alias != label(field) and not alias.isascii()][:SHOWN_ALIASES]
    return f"{label(field)} (= {'; '.join(others)})" if others else label(field)


def _missing(missing: Mapping[str, tuple[str, ...]], spare: list[str], columns: tuple[str, ...]) -> ContentError:
    """missing: as it is shown → the headers that it may have, the likeliest first."""
    near = {names[0]: next((found for name in names if (found := nearest(name, spare))), None) for names in missing.values()}
    meant = [f"{name} → {found}" for name, found in near.items() if found]
    # A lone leftover column is the likely heir of a lone missing one, however different its name.
    if not meant and len(missing) == len(spare) == 1:
        meant = [f"{next(iter(near))} → {spare[0]}"]
    code = "run.missing_column_meant" if meant else "run.missing_column"
    return ContentError(code, columns=", ".join(missing), found=", ".join(columns[:30]), meant=", ".join(meant))
