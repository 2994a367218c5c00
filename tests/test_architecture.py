"""The rules that keep the house in shape: who may import whom, where the environment is read, how long a file may get."""

from __future__ import annotations

import ast
import string
import tomllib
import unicodedata
from pathlib import Path

import pytest

from tests.support.modules import (
    PACKAGES,
    ROOT,
    Module,
    files_of_the_repository,
    functions_longer_than,
    imports,
    module_level_effects,
    modules,
    reads_environment,
)

MAY_IMPORT: dict[str, set[str]] = {"store": set(), "geo": set(), "feeds": {"store", "geo"}, "ioc": {"store", "geo"}}
READERS_OF_THE_ENVIRONMENT = {"feeds/settings.py", "ioc/settings.py"}
SQL_IN_IOC = {"sqlalchemy.Engine", "sqlalchemy.Connection", "sqlalchemy.exc.SQLAlchemyError"}
NOT_IN_CALLBACKS = {"sqlalchemy", "pandas", "geopandas", "plotly"}
MAX_FILE_LINES = 350
MAX_FUNCTION_LINES = 50
LISTS_OF_TABLES = ("store/schema/", "store/migrations/versions/")  # they name columns and do nothing
OTHER_HOSTS = ["cd" + "n.", "un" + "pkg", "js" + "delivr", "google" + "apis", "cd" + "njs", "tile." + "openstreetmap"]
GEODATA = {".geojson", ".topojson", ".gpkg", ".shp", ".dbf", ".fgb", ".kml", ".kmz", ".gml", ".parquet", ".pmtiles", ".mbtiles", ".tif"}
MAX_GEODATA_BYTES = 60_000


def _package(module: Module) -> str:
    return module.path.parts[0]


def _roots(module: Module) -> set[str]:
    return {name.split(".")[0] for name in imports(module)}


def test_imports_follow_the_arrows() -> None:
    """feeds and ioc use store and geo; nothing else goes."""
    ours = {*PACKAGES, "tests", "bench"}
    against = {str(m): _roots(m) & ours - {_package(m)} - MAY_IMPORT[_package(m)] for m in modules()}
    assert {name: roots for name, roots in against.items() if roots} == {}


def test_the_environment_is_read_by_settings_only() -> None:
    assert {str(module) for module in modules() if reads_environment(module)} <= READERS_OF_THE_ENVIRONMENT


def test_sql_stays_in_store() -> None:
    """ioc may name the types of what it passes on and of what can go wrong there."""
    used = {str(m): {name for name in imports(m) if name.startswith("sqlalchemy")} - SQL_IN_IOC for m in modules() if _package(m) == "ioc"}
    assert {name: names for name, names in used.items() if names} == {}


def test_callbacks_only_wire() -> None:
    used = {str(m): _roots(m) & NOT_IN_CALLBACKS for m in modules() if str(m).startswith("ioc/callbacks/")}
    assert {name: roots for name, roots in used.items() if roots} == {}


def test_nothing_happens_at_import() -> None:
    effects = {str(module): module_level_effects(module) for module in modules()}
    del effects["store/migrations/env.py"]  # run by Alembic, never imported
    assert {name: lines for name, lines in effects.items() if lines} == {}


def test_every_module_says_what_it_is() -> None:
    assert [str(module) for module in modules() if not (ast.get_docstring(module.tree) or "").strip()] == []


def test_functions_stay_short() -> None:
    long = {str(module): functions_longer_than(module, MAX_FUNCTION_LINES) for module in modules()}
    assert {name: functions for name, functions in long.items() if functions} == {}


def test_files_stay_short() -> None:
    lengths = {str(module): len(module.source.splitlines()) for module in modules() if not str(module).startswith(LISTS_OF_TABLES)}
    assert {name: lines for name, lines in lengths.items() if lines > MAX_FILE_LINES} == {}


def test_every_package_is_looked_at() -> None:
    assert {_package(module) for module in modules()} == set(PACKAGES)


def test_every_callbacks_file_has_the_layout_it_serves() -> None:
    stems = {folder: {path.stem for path in (ROOT / "ioc" / folder).glob("*.py")} for folder in ("callbacks", "layouts")}
    assert stems["callbacks"] <= stems["layouts"]


# ── Files that are not Python ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def files() -> tuple[Path, ...]:
    found = files_of_the_repository()
    if not found:
        pytest.skip("not a git checkout: nothing says which files belong to the repository")
    return found


def test_no_file_names_a_host_that_pages_would_load_from(files: tuple[Path, ...]) -> None:
    texts = {path: path.read_bytes().lower() for path in files}
    named = [f"{path.relative_to(ROOT)}: {host}" for path, text in texts.items() for host in OTHER_HOSTS if host.encode() in text]
    assert named == []


def test_no_real_geodata_is_in_the_repository(files: tuple[Path, ...]) -> None:
    sizes = {str(path.relative_to(ROOT)): path.stat().st_size for path in files if path.suffix.lower() in GEODATA}
    assert {name: size for name, size in sizes.items() if size >= MAX_GEODATA_BYTES} == {}


def _catalogues() -> list[Path]:
    return sorted({path.parent for package in PACKAGES for path in (ROOT / package).rglob("*.toml") if path.stem in {"vi", "en"}})


def _texts(path: Path) -> dict[str, str]:
    def flat(table: dict[str, object], prefix: str) -> dict[str, str]:
        found: dict[str, str] = {}
        for key, value in table.items():
            found |= flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {prefix + key: str(value)}
        return found

    return flat(tomllib.loads(path.read_text(encoding="utf-8")), "")


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("folder", _catalogues(), ids=lambda folder: str(folder.relative_to(ROOT)))
def test_both_languages_say_the_same_things(folder: Path) -> None:
    vi, en = _texts(folder / "vi.toml"), _texts(folder / "en.toml")
    assert vi.keys() == en.keys()
    assert {key for key in vi if _placeholders(vi[key]) != _placeholders(en[key])} == set()
    assert {key for texts in (vi, en) for key, text in texts.items() if not text.strip()} == set()
    assert {key for key, text in vi.items() if not unicodedata.is_normalized("NFC", text)} == set()


# ── The rules find what they look for ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("import feeds.pipeline", "feeds.pipeline"),
        ("from feeds import pipeline", "feeds.pipeline"),
        ("def f():\n    from feeds.kinds import coverage", "feeds.kinds.coverage"),
        ("if TYPE_CHECKING:\n    import feeds", "feeds"),
        ("from . import selection", "ioc.views.selection"),
        ("from ..text import say", "ioc.text.say"),
    ],
)
def test_imports_are_found_wherever_they_hide(source: str, name: str) -> None:
    assert imports(Module(Path("ioc/views/panel.py"), source)) == {name}


@pytest.mark.parametrize(
    "source", ["import os\nos.environ['X']", "import os\nos.getenv('X')", "from os import environ", "from os import getenv as g"]
)
def test_reading_the_environment_is_found(source: str) -> None:
    assert reads_environment(Module(Path("ioc/a.py"), source))


@pytest.mark.parametrize(
    "source",
    [
        "engine = open_engine('sqlite://')",
        "ENGINE: Engine = engine.create_engine(url)",
        "app = Dash(__name__)",
        "TEXT = Path('x').read_text()",
        "if FAST:\n    start()",
        "class A:\n    text = open('x')",
        "for name in names:\n    load(name)",
        "try:\n    import uvloop\nexcept ImportError:\n    uvloop = None",
    ],
)
def test_what_happens_at_import_is_found(source: str) -> None:
    assert len(module_level_effects(Module(Path("ioc/a.py"), source))) == 1


@pytest.mark.parametrize(
    "source",
    [
        '"""Docstring."""',
        "LOGGER = logging.getLogger(__name__)",
        "def f():\n    return open_engine('x')",
        "if __name__ == '__main__':\n    main()",
        "HERE = Path(__file__).parent",
        "make = lambda url: open_engine(url)",
    ],
)
def test_what_does_no_harm_at_import_is_let_be(source: str) -> None:
    assert module_level_effects(Module(Path("ioc/a.py"), source)) == []


def test_long_functions_are_found() -> None:
    body = "\n".join(["def short():", "    pass", "async def long():", *["    x = 1"] * 5])
    assert functions_longer_than(Module(Path("ioc/a.py"), body), 5) == ["long: 6 lines"]


@pytest.mark.parametrize(("text", "names"), [("a {b} {c:.1f}", {"b", "c"}), ("{{no}}", set()), ("", set())])
def test_placeholders_are_found(text: str, names: set[str]) -> None:
    assert _placeholders(text) == names
