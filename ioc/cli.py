"""The console script `ioc`.

`serve` and `demo` are this package's; the other commands belong to the worker's package and are run as `python -m feeds`.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from ioc.cli_terminal import TEXT, ArgumentsError, CommandError, complain
from store.errors import StoreError

if TYPE_CHECKING:
    from ioc.settings import Settings

OWN = ("demo", "serve")
DELEGATED = ("init", "import", "worker", "simulate", "feeds", "names", "backup", "restore", "sample", "store", "doctor")
BAD_ARGUMENTS, FAILED = 2, 1


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        return _run(arguments)
    except ArgumentsError as error:
        complain(error.code, **error.values)
        return BAD_ARGUMENTS
    except CommandError as error:
        complain(error.code, **error.values)
    except StoreError as error:
        complain(error.code, **error.args_)
    except KeyboardInterrupt:
        return 130
    return FAILED


def _run(arguments: list[str]) -> int:
    if not arguments:
        raise ArgumentsError("cli.no_command", known=", ".join(OWN + DELEGATED))
    name = arguments[0]
    if name in DELEGATED:
        _become_feeds(arguments)
    if not name.startswith("-") and name not in OWN:
        raise ArgumentsError("cli.unknown_command", name=name, known=", ".join(OWN + DELEGATED))
    options, unknown = _parser().parse_known_args(arguments)
    if unknown:
        raise ArgumentsError("cli.unknown_arguments", unknown=" ".join(unknown), name=name)
    command: Callable[[argparse.Namespace], int] = options.command
    return command(options)


def _serve(options: argparse.Namespace) -> int:
    from ioc.serve import serve

    return serve(read_settings(host=options.host, port=options.port))


def _demo(options: argparse.Namespace) -> int:
    from ioc.demo import Demo

    settings = read_settings(home=options.home, host=options.host, port=options.port)
    return Demo(settings, province=options.province, timing=options.timing).run()


def _become_feeds(arguments: list[str]) -> NoReturn:
    environment = read_settings().as_environment()
    os.execve(sys.executable, [sys.executable, "-P", "-m", "feeds", *arguments], environment)  # noqa: S606 - our own package


def read_settings(**given: Any) -> Settings:
    """The settings: what was given, else the environment, else the defaults. Raises CommandError naming the wrong one."""
    from pydantic import ValidationError

    from ioc.settings import Settings

    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        name = f"IOC_{'_'.join(map(str, first['loc']))}".upper()
        raise CommandError("cli.setting_wrong", name=name, value=first["input"], detail=first["msg"]) from error


class _Parser(argparse.ArgumentParser):
    """Complains in one line, in both languages."""

    def error(self, message: str) -> NoReturn:
        complain("cli.arguments_wrong", detail=message, program=self.prog)
        sys.exit(BAD_ARGUMENTS)


class _Version(argparse.Action):
    """`importlib.metadata` is slow to import, and only --version needs it."""

    def __init__(self, option_strings: Sequence[str], dest: str, **_: Any) -> None:
        super().__init__(option_strings, dest, nargs=0, help=TEXT.both("help.version"))

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        from importlib.metadata import version

        print(f"ioc {version('ioc')}")
        parser.exit()


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="ioc", description=TEXT.both("help.ioc"), allow_abbrev=False)
    parser.add_argument("--version", action=_Version)
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    demo = _command(commands, "demo", _demo)
    demo.add_argument("--province", metavar="CODE", help=TEXT.both("help.province"))
    demo.add_argument("--home", metavar="FOLDER", help=TEXT.both("help.home"))
    demo.add_argument("--timing", action="store_true", help=TEXT.both("help.timing"))
    serve = _command(commands, "serve", _serve)
    for command in (demo, serve):
        command.add_argument("--host", metavar="ADDRESS", help=TEXT.both("help.host"))
        command.add_argument("--port", metavar="PORT", type=_port, help=TEXT.both("help.port"))
    for name in DELEGATED:
        commands.add_parser(name, help=TEXT.both(f"help.{name}"), add_help=False)
    return parser


def _command(commands: Any, name: str, run: Callable[[argparse.Namespace], int]) -> argparse.ArgumentParser:
    text = TEXT.both(f"help.{name}")
    parser: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text, allow_abbrev=False)
    parser.set_defaults(command=run)
    return parser


def _port(text: str) -> int:
    if text.isascii() and text.isdigit() and 1 <= int(text) <= 65_535:
        return int(text)
    raise ArgumentsError("cli.port_wrong", value=text)


if __name__ == "__main__":
    sys.exit(main())
