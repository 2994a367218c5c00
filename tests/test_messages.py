"""What people read says what is wrong, where, and what to do: no names of exceptions, none of our own names for what they do not see."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from feeds.registry import all_kinds

ROOT = Path(__file__).resolve().parent.parent
FOR_LOGS = {
    "feeds/drops.py",  # a trouble in the log
    "feeds/plugins.py",  # to whoever writes the plug-in
    "feeds/databases.py",  # by which a fault is recognised
    "feeds/pipeline.py",  # by which a trouble is known again
    "feeds/connectors/snmp.py",  # by which a code is looked up
    "ioc/api/errors.py",  # in the log, beside the reference that the reader gets
}
"""Where the name of an exception is used without being shown to whoever sends data."""
_CATALOGUES = [folder / f"{language}.toml" for folder in (ROOT / "store/text", ROOT / "feeds/text") for language in ("vi", "en")]


def _sources() -> Iterator[Path]:
    for package in ("feeds", "store", "ioc", "geo"):
        yield from sorted((ROOT / package).rglob("*.py"))


def _names_of_types(tree: ast.AST) -> list[int]:
    """Lines that ask for `type(…).__name__` or `….__class__.__name__`."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr == "__name__":
            of = node.value
            if (isinstance(of, ast.Call) and isinstance(of.func, ast.Name) and of.func.id == "type") or (
                isinstance(of, ast.Attribute) and of.attr == "__class__"
            ):
                found.append(node.lineno)
    return sorted(found)


def test_the_name_of_an_exception_goes_to_logs_only() -> None:
    using = {str(path.relative_to(ROOT)) for path in _sources() if _names_of_types(ast.parse(path.read_text(encoding="utf-8")))}
    assert using <= FOR_LOGS


def test_the_walk_finds_what_it_looks_for() -> None:
    assert _names_of_types(ast.parse("f(detail=type(error).__name__)\ng(error.__class__.__name__)\nh(__name__)")) == [1, 2]


def _texts(path: Path) -> Iterator[tuple[str, str]]:
    def walk(table: dict[str, object], prefix: str) -> Iterator[tuple[str, str]]:
        for key, value in table.items():
            if isinstance(value, dict):
                yield from walk(value, f"{prefix}{key}.")
            else:
                yield f"{prefix}{key}", str(value)

    yield from walk(tomllib.loads(path.read_text(encoding="utf-8")), "")


@pytest.mark.parametrize("path", _CATALOGUES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_text_holds_the_name_of_an_exception(path: Path) -> None:
    held = {
        key: found[0]
        for key, text in _texts(path)
        if (found := re.findall(r"\b[A-Z][a-z]+[A-Za-z]*(?:Error|Exception|Zip[A-Z]\w*)\b", text))
    }
    assert held == {}


@pytest.mark.parametrize("path", _CATALOGUES[:2], ids=lambda path: path.name)
def test_what_is_said_of_a_row_has_no_field_names_in_it(path: Path) -> None:
    fields = {field.name for kind in all_kinds().values() for field in kind.fields(kind.Options()) if "_" in field.name}
    rows = [(key, text) for key, text in _texts(path) if key.startswith("row.")]
    assert {key for key, text in rows if fields & set(re.findall(r"\w+", re.sub(r"\{.*?\}", "", text)))} == set()
    assert len(rows) > 50


def test_what_is_said_of_a_cell_names_its_column_and_what_stands_there() -> None:
    """Every text that names a column also shows the value, but for an empty cell."""
    for path in _CATALOGUES[:2]:
        for key, text in _texts(path):
            if key.startswith("row.") and "{column}" in text and key != "row.missing":
                assert "{value}" in text, (path.name, key)
