"""The feeds of a deployment, declared in one TOML file; every mistake is named with its line.

    [feeds.mcu]
    title = "Hệ thống hội nghị truyền hình"
    title_en = "Video-conference system"
    connector = "http"            # a file of feeds/connectors
    kind = "endpoint_status"      # a file of feeds/kinds
    url = "https://mcu.tinh.vn/api/endpoints"
    headers = { Authorization = "Bearer ${MCU_TOKEN}" }
    source = "Sở Thông tin và Truyền thông"
    every_s = 10
    [feeds.mcu.columns]
    endpoint_id = "ma_diem_cau"

``${NAME}`` is the environment's NAME, ``${NAME:-value}`` has a default.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from feeds.config_operators import KEY_FORM, read_operators
from feeds.coverage_rules import read_rules
from feeds.errors import ConfigError, Problem
from feeds.mapping import Declared
from feeds.mapping_check import KEYS, MappingReader, meant
from feeds.records import Field as RecordField
from feeds.registry import Connector, Kind, Registry, registry
from feeds.secret_options import in_address, is_secret, secrets_of
from feeds.toml_lines import Lines
from store import speaking
from store.hidden import MARK, hide, without_secrets
from store.operators import Operator
from store.precedence import Precedence
from store.promises import ALWAYS, Ages, Calendar, Every, Promise

KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
OPERATOR_KEY = re.compile(KEY_FORM)
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")
TABLES = ("feeds", "operators", "calendar", "coverage")
SENT_ALONG = {"headers", "query"}  # whatever an administrator keeps out of the file there is not for others, under any name
CALENDAR = ("days_off", "days_worked")
_AT_LINE = re.compile(r"\(at line (\d+), column \d+\)")
_TWICE = ("Cannot overwrite", "Cannot declare", "Duplicate", "Cannot mutate")


class Schedule(BaseModel):
    """What every feed says, whatever its connector and kind.

    timeout_s: total time for reading the source, retries included. What the source promises: `speaks` with an optional `grace`, or the
    ages of the newest true_at, late_after_s and stale_after_s.
    """

    title: str = Field(min_length=1)
    title_en: str = Field(min_length=1)
    source: str = Field(min_length=1)
    every_s: int = Field(ge=1)
    speaks: str | None = None
    grace: str | None = None
    late_after_s: int | None = Field(default=None, ge=1)
    stale_after_s: int | None = Field(default=None, ge=1)
    timeout_s: float = Field(default=30.0, gt=0, le=3600)
    max_bytes: int = Field(default=50_000_000, ge=1)
    retries: int = Field(default=2, ge=0, le=10)
    enabled: bool = True
    synthetic: bool = False


@dataclass(frozen=True)
class Feed:
    """One feed as declared. mapping: what it says about its source's values; base: the folder that relative paths start from."""

    key: str
    schedule: Schedule
    connector: Connector
    connector_options: BaseModel
    kind: Kind
    kind_options: BaseModel
    mapping: Declared
    base: Path
    promise: Promise


class Feeds(dict[str, Feed]):
    """The feeds by key, and what else the file declares: operators, and which word about coverage counts."""

    operators: tuple[Operator, ...] = ()
    precedence = Precedence()


def load(path: Path, environment: Mapping[str, str], plugins: Path | None = None) -> Feeds:
    """What the file declares. plugins: folder of the deployment's own connectors and kinds. Raises ConfigError with every mistake found."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError([Problem(error.object[: error.start].count(b"\n") + 1, "config.encoding")]) from error
    except FileNotFoundError as error:
        raise ConfigError([Problem(0, "config.absent", {"path": str(path)})]) from error
    except OSError as error:
        raise ConfigError([Problem(0, "config.unreadable", {"path": str(path), "detail": error.strerror or ""})]) from error
    reader = _Reader(text, path.resolve().parent, environment, registry(plugins))
    feeds = Feeds(reader.feeds())
    feeds.operators, feeds.precedence = reader.operators(), reader.precedence()
    if reader.problems:
        raise ConfigError(sorted(reader.problems))
    return feeds


class _Reader:
    """One pass over the file; collects problems instead of stopping at the first."""

    def __init__(self, text: str, base: Path, environment: Mapping[str, str], known: Registry) -> None:
        self.problems: list[Problem] = []
        self._known = known
        self._base = base
        self._environment = environment
        self._lines = Lines(text)
        self._days = ALWAYS
        self._tree = self._parse(text)

    def _parse(self, text: str) -> dict[str, Any]:
        try:
            return tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            match = _AT_LINE.search(str(error))
            line = int(match[1]) if match else len(text.splitlines())
            what = text.splitlines()[line - 1].split("=")[0].strip(" []") if text.strip() else ""
            twice = str(error).startswith(_TWICE)
            self.problems.append(Problem(line, "config.twice" if twice else "config.syntax", {"key": what, "detail": str(error)}))
            return {}

    def feeds(self) -> dict[str, Feed]:
        if self.problems:
            return {}
        for key in self._tree:
            if key not in TABLES:
                self._unknown((key,), list(TABLES))
        self._days = self._calendar(self._tree.get("calendar", {}))
        tables = self._tree.get("feeds", {})
        if not isinstance(tables, dict) or not (tables or set(TABLES[1:]) & self._tree.keys()):
            self._say(("feeds",), "config.no_feeds")
            return {}
        read = {key: self._feed(key, table) for key, table in tables.items()}
        return {key: feed for key, feed in read.items() if feed is not None}

    def precedence(self) -> Precedence:
        rules, mistakes = read_rules(self._tree.get("coverage", {}))
        for below, code, values in mistakes:
            self._say(("coverage", *below), code, **values)
        return rules

    def operators(self) -> tuple[Operator, ...]:
        return read_operators(self._tree.get("operators", {}), OPERATOR_KEY.fullmatch, self._say)

    def _feed(self, key: str, table: Any) -> Feed | None:
        path = ("feeds", key)
        if not isinstance(table, dict) or not KEY.fullmatch(key):
            self._say(path, "config.bad_feed_key", key=key)
            return None
        before = len(self.problems)
        filled = self._filled(table, path)
        connector = self._one_of(filled, path, "connector", self._known.connectors)
        kind = self._one_of(filled, path, "kind", self._known.kinds)
        if connector is None or kind is None:
            return None
        self._check_keys(filled, path, connector, kind)
        schedule = self._model(Schedule, filled, path)
        connector_options = self._model(connector.Options, filled, path)
        kind_options = self._model(kind.Options, filled, path)
        mapping = self._mapping(filled, path, None if kind_options is None else kind.fields(kind_options))
        promise = self._promise(schedule, path)
        self._check_sense(connector_options, path)
        if connector_options is not None:
            hide(secrets_of(connector_options))
        if len(self.problems) > before or promise is None or None in (schedule, connector_options, kind_options):
            return None
        return Feed(key, schedule, connector, connector_options, kind, kind_options, mapping, self._base, promise)

    def _filled(self, value: Any, path: tuple[str, ...]) -> Any:
        """`value` with ``${NAME}`` replaced in every text."""
        if isinstance(value, dict):
            return {key: self._filled(inner, (*path, key)) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._filled(inner, path) for inner in value]
        if not isinstance(value, str):
            return value
        for match in _VARIABLE.finditer(value):
            if match[1] not in self._environment and match[2] is None:
                self._say(path, "config.no_variable", name=match[1])
            if is_secret(match[1]) or SENT_ALONG & set(path):
                hide([self._environment.get(match[1], "")])
        return _VARIABLE.sub(lambda match: self._environment.get(match[1], match[2] or ""), value)

    def _one_of(self, table: dict[str, Any], path: tuple[str, ...], name: str, known: Mapping[str, Any]) -> Any:
        if name not in table:
            self._say(path, "config.missing", key=name)
            return None
        value = str(table.pop(name))
        if value not in known:
            self._unknown_part((*path, name), name, value, known)
        return known.get(value)

    def _unknown_part(self, path: tuple[str, ...], name: str, value: str, known: Mapping[str, Any]) -> None:
        """A connector or kind that there is not, or whose plug-in cannot be used."""
        broken = next((part for part in self._known.broken if part.sort == f"{name}s" and part.key == value), None)
        if broken is not None:
            self._say(path, broken.code, file=str(broken.path), detail=broken.detail)
            return
        code, values = meant(f"config.unknown_{name}", value, list(known))
        self._say(path, code, **values)

    def _check_keys(self, table: Mapping[str, Any], path: tuple[str, ...], connector: Connector, kind: Kind) -> None:
        known = [*Schedule.model_fields, *connector.Options.model_fields, *kind.Options.model_fields, *KEYS, "connector", "kind"]
        for key in table:
            if key not in known:
                self._unknown((*path, key), known)

    def _unknown(self, path: tuple[str, ...], known: list[str]) -> None:
        code, values = meant("config.unknown_key", path[-1], known)
        self._say(path, code, **values)

    def _model(self, model: type[BaseModel], table: Mapping[str, Any], path: tuple[str, ...]) -> Any:
        try:
            return model.model_validate({key: value for key, value in table.items() if key in model.model_fields})
        except ValidationError as error:
            for mistake in error.errors():
                self._mistake(mistake, path)
            return None

    def _mistake(self, mistake: Any, path: tuple[str, ...]) -> None:
        key = str(mistake["loc"][0])
        if mistake["type"] == "missing":
            self._say(path, "config.missing", key=key)
            return
        kind = mistake["type"]
        number = kind.startswith(("int_", "float_", "greater_than", "less_than"))
        code = "config.bad_number" if number else "config.bad_value"
        self._say((*path, *map(str, mistake["loc"])), code, key=key, value=self._written(path, key, mistake), detail=mistake["msg"])

    def _written(self, path: tuple[str, ...], key: str, mistake: Any) -> str:
        """The value as it stands in the file: filled in, it may hold a secret."""
        written = str(self._tree["feeds"][path[-1]].get(key))
        if "${" in written:
            return written[:80]
        if is_secret(key):
            return MARK
        hide(in_address(written))
        return without_secrets(str(mistake["input"]))[:80]

    def _mapping(self, table: Mapping[str, Any], path: tuple[str, ...], fields: Sequence[RecordField] | None) -> Declared:
        reader = MappingReader(table, fields)
        declared = reader.read()
        for below, code, values in reader.mistakes:
            self._say((*path, *below), code, **values)
        return declared

    def _calendar(self, table: Any) -> Calendar:
        """The days off and the days worked besides, as the table [calendar] names them."""
        if not isinstance(table, dict):
            self._say(("calendar",), "config.bad_value", key="calendar", value=str(table), detail="table expected")
            return ALWAYS
        found: dict[str, frozenset[date]] = {}
        for key, texts in table.items():
            path = ("calendar", key)
            if key not in CALENDAR:
                self._unknown(path, list(CALENDAR))
                continue
            try:
                found[key] = speaking.days_of(map(str, texts if isinstance(texts, list) else [texts]))
            except speaking.NotUnderstoodError as error:
                self._say(path, "config.bad_days", key=key, value=error.args[0])
        return Calendar(*(found.get(key, frozenset()) for key in CALENDAR))

    def _promise(self, schedule: Schedule | None, path: tuple[str, ...]) -> Promise | None:
        if schedule is None:
            return None
        late_s, stale_s = schedule.late_after_s, schedule.stale_after_s
        if schedule.speaks is not None and (late_s, stale_s) == (None, None):
            return self._spoken(schedule, schedule.speaks, path)
        if schedule.speaks is None and late_s is not None and stale_s is not None:
            if stale_s <= late_s:
                self._say((*path, "stale_after_s"), "config.stale_before_late", late=late_s, stale=stale_s)
            return Ages(late_s, stale_s)
        self._say((*path, "speaks") if schedule.speaks else path, "config.promise_twice" if schedule.speaks else "config.no_promise")
        return None

    def _spoken(self, schedule: Schedule, speaks: str, path: tuple[str, ...]) -> Promise | None:
        """The promise of `speaks`. Its grace, unless said: `every_s`, when we notice a word; for "every …" half of it if longer."""
        try:
            promise = speaking.promised(speaks, days=self._days)
        except speaking.NotUnderstoodError:
            self._say((*path, "speaks"), "config.bad_speaks", value=speaks, forms="; ".join(speaking.FORMS))
            return None
        try:
            grace = speaking.span(schedule.grace) if schedule.grace else timedelta(seconds=schedule.every_s)
        except speaking.NotUnderstoodError:
            self._say((*path, "grace"), "config.bad_grace", value=schedule.grace)
            return None
        if isinstance(promise, Every) and not schedule.grace:
            grace = max(grace, promise.span / 2)
        return replace(promise, grace=grace)

    def _check_sense(self, options: BaseModel | None, path: tuple[str, ...]) -> None:
        folder = getattr(options, "folder", None)
        if folder is not None and not (self._base / folder).is_dir():
            self._say((*path, "folder"), "config.folder_absent", folder=str(self._base / folder))

    def _say(self, path: tuple[str, ...], code: str, **values: object) -> None:
        self.problems.append(Problem(self._lines[path], code, {"feed": path[1] if len(path) > 1 else "", **values}))
