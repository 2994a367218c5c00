"""The command line of the worker's package. Every refusal is one sentence in both languages and exit code 2."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, NoReturn

from pydantic import ValidationError

from feeds import cli_feeds, cli_guess, cli_names, cli_province, cli_run, cli_sample, cli_store, cli_try
from feeds.errors import CommandError, ConfigError
from feeds.fetching import known_encoding
from feeds.settings import Settings
from feeds.texts import CATALOGUE
from store.errors import StoreError

REFUSED = 2


class _Parser(argparse.ArgumentParser):
    """Says what is wrong with the arguments in our words."""

    def error(self, message: str) -> NoReturn:
        raise CommandError("cli.bad_arguments", detail=message)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace", line_buffering=True)  # type: ignore[union-attr]
    try:
        options = _parser().parse_args(argv)
        code: int = options.command(_settings(), options)
        return code
    except CommandError as error:
        _refuse(error.code, **error.values)
        for more, values in error.lines():
            _refuse(more, **values)
    except ConfigError as error:
        cli_feeds.show_problems(error, sys.stderr)
    except StoreError as error:
        _refuse(error.code, **error.args_)
    except KeyboardInterrupt:
        return 130
    return REFUSED


def _refuse(code: str, **values: object) -> None:
    print(CATALOGUE.both(code, **values), file=sys.stderr)


def _settings() -> Settings:
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "IOC_" + "_".join(map(str, first["loc"])).upper()
        raise CommandError("cli.bad_setting", name=name, value=first["input"], detail=first["msg"]) from error


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="ioc", allow_abbrev=False)
    commands = parser.add_subparsers(dest="name", required=True, metavar="COMMAND")
    _init(_command(commands, "init"))
    importing = _command(commands, "import").add_subparsers(dest="what", required=True, metavar="WHAT")
    _boundaries(_command(importing, "boundaries"))
    _command(commands, "worker").set_defaults(command=cli_run.work)
    _simulate(_command(commands, "simulate"))
    doctor = _command(commands, "doctor")
    doctor.add_argument("--json", action="store_true", help=CATALOGUE.both("help.json"))
    doctor.set_defaults(command=cli_run.doctor)
    feeds = _command(commands, "feeds").add_subparsers(dest="what", required=True, metavar="WHAT")
    check = _command(feeds, "check")
    check.add_argument("file", nargs="?", type=Path)
    check.set_defaults(command=cli_feeds.check)
    run = _command(feeds, "run")
    run.add_argument("key")
    run.set_defaults(command=cli_feeds.run)
    _try(_command(feeds, "try"))
    _guess(_command(feeds, "guess"))
    _command(feeds, "list").set_defaults(command=cli_feeds.list_feeds)
    _names(_command(commands, "names").add_subparsers(dest="what", required=True, metavar="WHAT"))
    _backups(commands)
    removing = _command(_command(commands, "sample").add_subparsers(dest="what", required=True, metavar="WHAT"), "sample_remove", "remove")
    removing.add_argument("--yes", action="store_true", help=CATALOGUE.both("help.yes"))
    removing.set_defaults(command=cli_sample.remove)
    _store(_command(commands, "store").add_subparsers(dest="what", required=True, metavar="WHAT"))
    return parser


def _try(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", metavar="KEY|FILE", help=CATALOGUE.both("help.try_what"))
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE", help=CATALOGUE.both("help.try_file"))
    parser.add_argument("--kind", help=CATALOGUE.both("help.try_kind"))
    parser.add_argument("--set", action="append", default=[], metavar="OPTION=VALUE", help=CATALOGUE.both("help.try_set"))
    parser.add_argument("--source", default="–", help=CATALOGUE.both("help.try_source"))
    parser.add_argument("--limit", type=int, default=50, metavar="NUMBER", help=CATALOGUE.both("help.try_limit"))
    parser.add_argument("--json", action="store_true", help=CATALOGUE.both("help.try_json"))
    parser.set_defaults(command=cli_try.try_)


def _guess(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help=CATALOGUE.both("help.guess_file"))
    parser.add_argument("--kind", default="", help=CATALOGUE.both("help.try_kind"))
    parser.add_argument("--set", action="append", default=[], metavar="OPTION=VALUE", help=CATALOGUE.both("help.guess_set"))
    parser.add_argument("--save", action="store_true", help=CATALOGUE.both("help.guess_save"))
    parser.add_argument("--json", action="store_true", help=CATALOGUE.both("help.try_json"))
    parser.set_defaults(command=cli_guess.guess_)


def _names(commands: Any) -> None:
    listing = _command(commands, "names_list", name="list")
    listing.add_argument("--all", action="store_true", help=CATALOGUE.both("help.names_all"))
    listing.set_defaults(command=cli_names.list_names)
    settling = _command(commands, "settle")
    settling.add_argument("review", metavar="NAME", help=CATALOGUE.both("help.review"))
    settling.add_argument("code", nargs="?", help=CATALOGUE.both("help.place_code"))
    settling.add_argument("--none", action="store_true", help=CATALOGUE.both("help.names_none"))
    settling.set_defaults(command=cli_names.settle)
    forgetting = _command(commands, "forget")
    forgetting.add_argument("review", metavar="NAME", help=CATALOGUE.both("help.review"))
    forgetting.set_defaults(command=cli_names.forget)
    for command in (settling, forgetting):
        command.add_argument("--by", required=True, metavar="WHO", help=CATALOGUE.both("help.decided_by"))


def _backups(commands: Any) -> None:
    making = _command(commands, "backup")
    making.add_argument("target", metavar="FILE|FOLDER", help=CATALOGUE.both("help.backup_target"))
    making.add_argument("--keep", type=_count, metavar="NUMBER", help=CATALOGUE.both("help.keep"))
    making.set_defaults(command=cli_store.back_up)
    restoring = _command(commands, "restore")
    restoring.add_argument("file", type=Path, metavar="FILE")
    restoring.add_argument("--replace", action="store_true", help=CATALOGUE.both("help.replace"))
    restoring.add_argument("--check", action="store_true", help=CATALOGUE.both("help.check_only"))
    restoring.add_argument("--with-plugins", action="store_true", help=CATALOGUE.both("help.with_plugins"))
    restoring.add_argument("--sha256", default="", metavar="CODE", help=CATALOGUE.both("help.sha256"))
    restoring.set_defaults(command=cli_store.restore)
    for command in (making, restoring):
        command.add_argument("--with-config", action="store_true", help=CATALOGUE.both("help.with_config"))


def _store(commands: Any) -> None:
    copying = _command(commands, "copy")
    copying.add_argument("source", metavar="FROM")
    copying.add_argument("target", metavar="TO")
    copying.set_defaults(command=cli_store.copy)
    _command(commands, "status").set_defaults(command=cli_store.status)
    upgrading = _command(commands, "upgrade")
    upgrading.add_argument("--check", action="store_true", help=CATALOGUE.both("help.check_only"))
    upgrading.set_defaults(command=cli_store.upgrade)


def _command(commands: Any, text_key: str, name: str | None = None) -> argparse.ArgumentParser:
    text = CATALOGUE.both(f"help.{text_key}")
    command: argparse.ArgumentParser = commands.add_parser(name or text_key, help=text, description=text, allow_abbrev=False)
    return command


def _init(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--province", required=True, metavar="CODE", help=CATALOGUE.both("help.province"))
    parser.add_argument("--seed", type=int, default=7, metavar="NUMBER", help=CATALOGUE.both("help.seed"))
    parser.add_argument("--probe-base-port", type=_port, default=18_100, metavar="PORT", help=CATALOGUE.both("help.probe_base_port"))
    parser.add_argument("--empty", action="store_true", help=CATALOGUE.both("help.empty"))
    parser.set_defaults(command=cli_province.init)


def _boundaries(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--layer", help=CATALOGUE.both("help.layer"))
    parser.add_argument("--level", required=True, choices=("province", "district", "commune"))
    parser.add_argument("--valid-from", required=True, type=_day, metavar="YYYY-MM-DD", help=CATALOGUE.both("help.valid_from"))
    parser.add_argument("--source", required=True, help=CATALOGUE.both("help.source"))
    parser.add_argument("--licence", required=True, help=CATALOGUE.both("help.licence"))
    parser.add_argument("--crs", metavar="EPSG:CODE", help=CATALOGUE.both("help.crs"))
    parser.add_argument("--encoding", type=_encoding, metavar="NAME", help=CATALOGUE.both("help.encoding"))
    parser.set_defaults(command=cli_province.import_boundaries)


def _simulate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=_port, default=8060, metavar="PORT", help=CATALOGUE.both("help.port"))
    parser.add_argument("--folder", type=Path, help=CATALOGUE.both("help.folder"))
    parser.add_argument("--seed", type=int, default=11, metavar="NUMBER", help=CATALOGUE.both("help.seed"))
    parser.add_argument("--faults", type=_share, default=0.03, metavar="0…1", help=CATALOGUE.both("help.faults"))
    parser.add_argument("--update-every", type=_seconds, default=180.0, metavar="SECONDS", help=CATALOGUE.both("help.update_every"))
    parser.set_defaults(command=cli_run.simulate)


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 65_535):
        raise CommandError("cli.bad_port", value=text)
    return int(text)


def _count(text: str) -> int:
    return int(_number(text, 1, 10_000))


def _share(text: str) -> float:
    return _number(text, 0.0, 1.0)


def _seconds(text: str) -> float:
    return _number(text, 0.1, 86_400.0)


def _number(text: str, least: float, most: float) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not least <= value <= most:
        raise CommandError("cli.bad_number", value=text, least=least, most=most)
    return value


def _encoding(text: str) -> str:
    try:
        return known_encoding(text)
    except ValueError as error:
        raise CommandError("cli.bad_encoding", value=text) from error


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise CommandError("cli.bad_day", value=text) from error
