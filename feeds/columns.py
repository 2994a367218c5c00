"""Which header holds which field: the feed's own mapping first, the usual names after it, and a clear word when one is missing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches

from feeds.errors import ContentError
from feeds.records import Field
from feeds.tables import Table, header


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that `name` is probably a slip of; None when nothing is near."""
    by_fold = {candidate.casefold(): candidate for candidate in known}
    found = get_close_matches(name.casefold(), list(by_fold), n=1, cutoff=0.6)
    return by_fold[found[0]] if found else None


def headers_of(table: Table, fields: Iterable[Field], mapping: Mapping[str, str]) -> dict[str, str]:
    """Field → header of those fields that the table has; silent about the others."""
    present = {name.casefold(): name for name in table.columns}
    return {field.name: found for field in fields if (found := _header(field, present, mapping)) is not None}


def _header(field: Field, present: Mapping[str, str], mapping: Mapping[str, str]) -> str | None:
    wanted = [mapping[field.name]] if field.name in mapping else [field.name, *field.aliases]
    return next((present[key] for name in wanted if (key := header(name).casefold()) in present), None)


def resolve(table: Table, fields: Iterable[Field], mapping: Mapping[str, str], taken: Collection[str] = ()) -> dict[str, str]:
    """Field → header of `table`. Case and outer space do not matter.

    taken: headers that are something else already, so nothing was renamed to them.
    A header that the mapping names must be there, even for an optional field: a renamed column would otherwise read as silence.
    Raises ContentError("run.missing_column") naming every header that is missing, those that came, and what was probably meant.
    """
    present = {name.casefold(): name for name in table.columns}
    found: dict[str, str] = {}
    missing: list[str] = []
    for field in fields:
        match = _header(field, present, mapping)
        if match is not None:
            found[field.name] = match
        elif field.required or field.name in mapping:
            missing.append(mapping.get(field.name, field.name))
    if missing:
        raise _missing(missing, [name for name in table.columns if name not in found.values() and name not in taken], table.columns)
    return found


def _missing(missing: list[str], spare: list[str], columns: tuple[str, ...]) -> ContentError:
    meant = [f"{name} → {near}" for name in missing if (near := nearest(name, spare))]
    # A lone leftover column is the likely heir of a lone missing one, however different its name.
    if not meant and len(missing) == len(spare) == 1:
        meant = [f"{missing[0]} → {spare[0]}"]
    code = "run.missing_column_meant" if meant else "run.missing_column"
    return ContentError(code, columns=", ".join(missing), found=", ".join(columns[:30]), meant=", ".join(meant))
