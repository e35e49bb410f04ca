"""The parser of the command line. Its settings come from `options.describe()`, by name; it imports nothing heavy."""

from __future__ import annotations

import argparse
import difflib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from .. import __version__
from ..errors import OptionError
from ..options import Option, SwapUnit, describe, no_such

COMMANDS: Mapping[str, str] = {
    "swap": "put a face onto the faces of a picture",
    "detect": "number the faces of a picture",
    "compare": "say how alike the faces of two pictures are",
    "doctor": "say what works on this machine, and mend what does not",
    "demo": "swap two faces, to look at",
}
JSON_HELP = "write a report as JSON; - prints it, and words go to standard error"


class Parser(argparse.ArgumentParser):
    """A parser that takes no abbreviations and raises OptionError, one sentence, instead of printing its usage."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(allow_abbrev=False, formatter_class=argparse.RawDescriptionHelpFormatter, **settings)

    def error(self, message: str) -> NoReturn:
        raise OptionError(f"{message[:1].upper()}{message[1:]}; {self.prog} --help says what there is.")

    def known(self) -> list[str]:
        """Every option as it is typed."""
        return [name for action in self._actions for name in action.option_strings]


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """What was typed; unit options are there only when they were typed.

    Raises OptionError, and SystemExit after `--help` and `--version`.
    """
    parser, commands = parsers()
    if not argv:
        parser.print_help()
        raise SystemExit(0)
    if not argv[0].startswith("-") and argv[0] not in COMMANDS:
        raise OptionError(no_such("command", argv[0], COMMANDS))
    if argv[0] in commands:
        _refuse_unknown(argv[1:], commands[argv[0]])
    arguments, extra = parser.parse_known_args(argv)
    if extra:
        raise OptionError(f"{extra[0]!r} belongs to no option; {parser.prog} --help says what there is.")
    return arguments


def json_place(argv: Sequence[str]) -> str | None:
    """What `--json` names, also in a command line that cannot be parsed otherwise."""
    for place, word in enumerate(argv):
        if word.startswith("--json="):
            return word.removeprefix("--json=")
        if word == "--json" and argv[place + 1 : place + 2]:
            return argv[place + 1]
    return None


def parsers() -> tuple[Parser, dict[str, Parser]]:
    """The parser, and those of the commands by name."""
    parser = Parser(prog="roop", description="roop puts a chosen face on the faces in pictures.")
    parser.add_argument("--version", action="version", version=f"roop {__version__}")
    group = parser.add_subparsers(dest="command", metavar="COMMAND", required=True, title="commands")
    commands: dict[str, Parser] = {}
    for name, text in COMMANDS.items():
        commands[name] = group.add_parser(name, help=text, description=f"{text[:1].upper()}{text[1:]}.")
        _FILL[name](commands[name])
        commands[name].add_argument("--json", metavar="FILE", help=JSON_HELP)
    return parser, commands


def typed_unit(arguments: argparse.Namespace) -> dict[str, Any]:
    """The unit options that were typed, by the names that SwapUnit has."""
    names = {entry.name for entry in describe(SwapUnit)}
    return {name: value for name, value in vars(arguments).items() if name in names}


def flag(name: str) -> str:
    """The option `name` as it is typed."""
    return "--" + name.replace("_", "-")


def _swap(parser: Parser) -> None:
    parser.add_argument(
        "--target", metavar="PICTURE", required=True, help="the picture to change; its file stays as it is"
    )
    parser.add_argument(
        "--output", metavar="FILE", help="the result; without it, <source>_<target> beside the target under a free name"
    )
    parser.add_argument(
        "--units", metavar="FILE", type=Path, help="a JSON file with a list of units, instead of the options below"
    )
    unit = parser.add_argument_group("unit", "whose face goes onto which faces")
    for entry in describe(SwapUnit):
        _add(unit, entry)


def _detect(parser: Parser) -> None:
    parser.add_argument("picture", metavar="PICTURE", help="the picture to look at")
    parser.add_argument("--draw", metavar="FILE", help="the picture with numbered boxes, points and head poses")
    for entry in describe(SwapUnit):
        if entry.name in {"order", "detection_threshold"}:
            _add(parser, entry)


def _compare(parser: Parser) -> None:
    parser.add_argument("a", metavar="A", help="a picture; its largest face counts")
    parser.add_argument("b", metavar="B", help="another one")


def _demo(parser: Parser) -> None:
    parser.add_argument(
        "--output", metavar="FOLDER", default="roop-demo", help="where the pictures go (default: %(default)s)"
    )


def _doctor(parser: Parser) -> None:
    del parser


_FILL = {"swap": _swap, "detect": _detect, "compare": _compare, "doctor": _doctor, "demo": _demo}


def _add(group: argparse._ActionsContainer, entry: Option) -> None:
    settings: dict[str, Any] = {"dest": entry.name, "default": argparse.SUPPRESS, "help": _help(entry)}
    if entry.kind is bool:
        group.add_argument(flag(entry.name), action=argparse.BooleanOptionalAction, **settings)
        return
    if entry.kind is tuple:
        settings |= {"nargs": "+", "action": "extend"}
    if entry.kind in (int, float):
        settings |= {"type": entry.kind}
    group.add_argument(flag(entry.name), metavar=entry.metavar or entry.name.split("_")[-1].upper(), **settings)


def _help(entry: Option) -> str:
    facts = [", ".join(entry.choices)] if entry.choices else []
    if entry.minimum is not None and entry.maximum is not None:
        facts.append(f"{entry.minimum:g} to {entry.maximum:g}")
    if entry.kind is not bool and entry.default not in ((), None, ""):
        facts.append(f"default: {entry.default}")
    return f"{entry.help} ({'; '.join(facts)})".replace("%", "%%") if facts else entry.help.replace("%", "%%")


def _refuse_unknown(words: Sequence[str], parser: Parser) -> None:
    # Before argparse, which would rather say that the option meant is missing.
    known = parser.known()
    for name in (word.split("=")[0] for word in words if word.startswith("--")):
        if name not in {*known, "--"}:
            near = difflib.get_close_matches(name, known, n=1)
            raise OptionError(f"There is no option {name}{f'; did you mean {near[0]}?' if near else '.'}")
