"""The guides are true: their links, commands, options, defaults and examples are those of the software."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from feeds.config import Schedule
from feeds.registry import Connector, Kind, all_connectors, all_kinds
from feeds.settings import Settings as WorkerSettings
from ioc.kpi import Kpi
from ioc.layer import Layer
from ioc.settings import Settings

ROOT = Path(__file__).parent.parent
IOC = Path(sys.executable).with_name("ioc")
GUIDES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
ADMINISTRATOR, CONTRIBUTOR, OPERATOR = (ROOT / "docs" / f"{name}.md" for name in ("administrator", "contributor", "operator"))
NOT_SETTINGS = {"IOC_TEST_BROWSER"}
LOOKED_FOR_IN_THE_SHELL = {"useradd", "install", "systemctl", "nginx", "offline.sh", "curl", "git", "apt-get", "cp", "cd", "python3", "pip"}

guides = pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.name)


def blocks(guide: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", guide.read_text(), re.MULTILINE | re.DOTALL)


def tables(guide: Path) -> Iterator[list[list[str]]]:
    """Every table as rows of cells, without its header."""
    for found in re.findall(r"(?:^\|.*\n)+", guide.read_text(), re.MULTILINE):
        rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in found.splitlines()]
        yield rows[2:]


def table(guide: Path, first: str) -> list[list[str]]:
    """The table that has `first` at the start of one of its rows."""
    return next(rows for rows in tables(guide) if any(row[0] == first for row in rows))


def quoted(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def shell_lines(guide: Path) -> list[str]:
    typed = [line for text in blocks(guide, "sh") for line in text.splitlines()]
    typed += [line.removeprefix("$ ") for text in blocks(guide, "console") for line in text.splitlines() if line.startswith("$ ")]
    return [line for line in typed if line.strip()]


def ioc_commands(guide: Path) -> list[list[str]]:
    """Every `ioc …` that the guide tells people to type, in blocks and in sentences."""
    inline = [
        text for text in quoted(re.sub(r"^```.*?^```$", "", guide.read_text(), flags=re.MULTILINE | re.DOTALL)) if text.startswith("ioc ")
    ]
    typed = [line for line in shell_lines(guide) if re.match(r"(\S*/)?ioc ", line)]
    return [shlex.split(line)[1:] for line in typed + inline]


@cache
def help_of(*command: str) -> str:
    ended = subprocess.run([IOC, *command, "--help"], capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, f"ioc {' '.join(command)}: {ended.stderr}"
    return ended.stdout


# ── Links and words ──────────────────────────────────────────────────────────────────────────────────────────────────────


@guides
def test_every_link_to_a_file_leads_somewhere(guide):
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", guide.read_text()):
        assert target.startswith("http") or (guide.parent / target).exists(), target


@guides
def test_every_link_to_a_heading_leads_somewhere(guide):
    headings = {
        re.sub(r"[^\w\- ]", "", line.lstrip("# ").lower()).replace(" ", "-")
        for line in guide.read_text().splitlines()
        if line.startswith("#")
    }
    assert set(re.findall(r"\]\(#([^)]+)\)", guide.read_text())) <= headings


@guides
def test_every_variable_is_one_that_is_read(guide):
    known = {f"IOC_{name.upper()}" for model in (Settings, WorkerSettings) for name in model.model_fields} | NOT_SETTINGS
    assert set(re.findall(r"\bIOC_[A-Z_]+\b", guide.read_text())) <= known


@guides
def test_every_file_and_folder_of_the_source_that_is_named_exists(guide):
    for path in re.findall(r"`((?:store|geo|feeds|ioc|assets|tests|docs|install|deploy)/[\w./-]*)`", guide.read_text()):
        example = re.search(r"people_5g_pct|schools|NAME", path)
        assert example or (ROOT / path).exists(), path


def test_the_operators_pages_are_the_pages_there_are():
    pages = {cell[0].split()[0].strip("`/") for cell in table(OPERATOR, "`/map` Bản đồ")}
    assert pages == {path.stem for path in (ROOT / "ioc/layouts").glob("[a-z]*.py")} - {"unknown"}


def test_the_changelog_has_a_place_for_what_is_next():
    assert "## [Unreleased]" in (ROOT / "CHANGELOG.md").read_text()


# ── Commands ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_readme_needs_two_commands():
    (typed,) = blocks(ROOT / "README.md", "sh")
    clone, make = typed.strip().splitlines()
    assert (clone.split()[:2], make) == (["git", "clone"], "make demo")


@guides
def test_every_ioc_command_exists_with_its_options(guide):
    for words in ioc_commands(guide):
        command: list[str] = []
        for word in words[: 2 if words[0] in ("feeds", "import", "names", "store") else 1]:
            if word.startswith("-"):
                break
            command.append(word)
        text = help_of(*command)
        for option in [word for word in words if word.startswith("--")]:
            assert option in text, f"ioc {' '.join(words)}: no {option}"


@guides
def test_every_make_target_exists(guide):
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = re.findall(r"(?:`|&& |^)make ([a-z-]+)", guide.read_text(), re.MULTILINE)
    assert set(named) <= targets


@guides
def test_the_shell_in_the_guides_is_sound(guide):
    for line in shell_lines(guide):
        subprocess.run(["bash", "-n", "-c", line], check=True, timeout=10)
        program = Path(shlex.split(line)[0]).name
        assert program in LOOKED_FOR_IN_THE_SHELL | {"ioc", "make"}, line


# ── Settings and feeds ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_table_of_variables_is_the_settings(monkeypatch):
    for name in list(os.environ):
        if name.startswith("IOC_"):
            monkeypatch.delenv(name)
    settings, rows = Settings(), table(ADMINISTRATOR, "`IOC_HOME`")
    assert [row[0].strip("`") for row in rows] == [f"IOC_{name.upper()}" for name in Settings.model_fields]
    for (_, default, meaning), (name, field) in zip(rows, Settings.model_fields.items(), strict=True):
        value = getattr(settings, name)
        assert default.strip("`") == ("" if value is None else str(value)), name
        assert meaning.startswith(field.description or "?"), name


def test_the_example_feeds_pass_the_check(tmp_path):
    example = "\n".join(text for text in blocks(ADMINISTRATOR, "toml") if "[feeds." in text or "[operators." in text)
    (tmp_path / "feeds.toml").write_text(example)
    (tmp_path / "drop").mkdir()
    ended = subprocess.run([IOC, "feeds", "check", tmp_path / "feeds.toml"], capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stdout
    feeds = tomllib.loads(example)["feeds"].values()
    assert {feed["kind"] for feed in feeds} == set(all_kinds())
    assert {feed["connector"] for feed in feeds} == set(all_connectors())


def test_the_table_of_feed_options_is_complete_and_has_the_right_defaults():
    rows = table(ADMINISTRATOR, "`every_s`")
    described = [name for row in rows for name in quoted(row[0])]
    assert set(described) == {*Schedule.model_fields, "connector", "kind", "columns"}
    for row in rows:
        for name in quoted(row[0]):
            if name in Schedule.model_fields and not Schedule.model_fields[name].is_required():
                written = tomllib.loads(f"x = {row[1].strip('`')}")["x"] if row[1] else None
                assert written == Schedule.model_fields[name].default, name


def test_the_table_of_connectors_is_complete():
    described: dict[str, set[str]] = {}
    key = ""
    for row in table(ADMINISTRATOR, "`http`"):
        key = row[0].strip("`") or key
        described.setdefault(key, set()).update(quoted(row[1]))
    assert described == {key: set(connector.Options.model_fields) for key, connector in all_connectors().items()}


def test_the_table_of_connectors_has_the_right_defaults():
    key = ""
    for first, options, default, _ in table(ADMINISTRATOR, "`http`"):
        key = first.strip("`") or key
        for name in quoted(options)[:1]:
            field = all_connectors()[key].Options.model_fields[name]
            if default and not field.is_required():
                assert (
                    default.split(",")[0].strip("`") == f"{field.default:g}" if isinstance(field.default, float) else str(field.default)
                ), name


def test_the_table_of_kinds_is_complete():
    rows = {row[0].strip("`"): row for row in table(ADMINISTRATOR, "`dossiers`")}
    assert set(rows) == set(all_kinds())
    for key, kind in all_kinds().items():
        assert set(quoted(rows[key][2])) == set(kind.Options.model_fields), key
        forms = [kind.Options(form=form) if "form" in kind.Options.model_fields else kind.Options() for form in ("wide", "long")]
        assert set(quoted(rows[key][1])) == {field.name for options in forms for field in kind.fields(options)}, key


# ── Examples of code ─────────────────────────────────────────────────────────────────────────────────────────────────────


def run_example(number: int) -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": f"example_{number}"}
    exec(compile(blocks(CONTRIBUTOR, "python")[number], f"contributor.md, example {number + 1}", "exec", dont_inherit=True), names)
    return names


def test_the_example_figure_is_one():
    kpi = run_example(0)["KPI"]
    assert isinstance(kpi, Kpi)
    text = CONTRIBUTOR.read_text()
    assert f"ioc/kpis/{kpi.key}.py" in text
    assert f"kpi.{kpi.key}" in text


def test_the_example_layer_is_one():
    assert isinstance(run_example(1)["LAYER"], Layer)


def test_the_example_connector_reads(tmp_path):
    import time
    from datetime import UTC, datetime

    from feeds.fetching import Visit

    names = run_example(2)
    connector = Connector("example", names["Options"], names["fetch"], "feeds")
    (tmp_path / "counts.csv").write_text("centre_id\nC11-001\n")
    visit = Visit(datetime.now(UTC), time.monotonic() + 5, tmp_path)
    (fetched,) = connector.fetch(connector.Options(path="counts.csv"), visit)
    assert fetched.read().data == b"centre_id\nC11-001\n"


def test_every_kind_has_what_the_guide_says():
    (promised,) = re.findall(r"`feeds/kinds/NAME.py` with (.*?);", CONTRIBUTOR.read_text())
    assert set(quoted(promised)) == {name for name in Kind.__dataclass_fields__ if name != "key"}
