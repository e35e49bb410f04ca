"""The parser of the command line. Its settings come from `options.describe()`, by name; it imports nothing heavy."""

from __future__ import annotations

import argparse
import difflib
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

from .. import __version__
from ..errors import OptionError
from ..options import Option, OutputOptions, PostOptions, RuntimeOptions, SwapUnit, describe, no_such
from ..options.film import FilmOptions, FolderOptions

COMMANDS: Mapping[str, str] = {
    "swap": "put a face onto the faces of a picture",
    "enhance": "draw faces anew, finer, or enlarge pictures, without a swap",
    "detect": "number the faces of a picture",
    "compare": "say how alike faces are",
    "extract": "cut all faces out of many pictures",
    "face": "keep faces: build, show, list and remove them",
    "models": "list, get, show, verify and remove neural nets",
    "report": "measure swaps of your pictures",
    "verify": "say which marks of origin files carry",
    "app": "open roop's page in a browser",
    "serve": "answer programs over HTTP",
    "doctor": "say what works on this machine, and how to mend what does not",
    "demo": "swap two faces, to look at",
}
REPORT_HELP = "write as JSON what was changed, with which models under which licences, for whoever asks"
MACHINE = ("provider", "threads", "pack", "det_size", "fast_graph")
"""Those of RuntimeOptions that can be typed; a command ends before a net could lie idle."""
ENHANCING: Mapping[str, str] = {
    "names": "what results are called, without suffix: {folder} of the target, {name}, {number}",
    "copy_others": "copy the file of a picture that has no face to restore; without it none is written",
    "restorer": "a net that draws every face anew, finer, or none; auto: GFPGAN, where it is there",
    "fidelity": "of CodeFormer: 1 keeps close to the face, 0 prefers one without flaws",
    "upscaler": "what enlarges the whole: lanczos, or a net",
}
"""What options are to `enhance`, where it says them otherwise."""
JSON_HELP = "write a report as JSON; - prints it, and words go to standard error"


class Parser(argparse.ArgumentParser):
    """A parser that takes no abbreviations and raises OptionError, one sentence, instead of printing its usage."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(allow_abbrev=False, formatter_class=argparse.RawDescriptionHelpFormatter, **settings)

    def error(self, message: str) -> NoReturn:
        raise OptionError(f"{message[:1].upper()}{message[1:]}; {self.prog} --help says what there is.")

    def print_help(self, file: Any = None) -> None:
        # argparse says nothing when whoever reads has gone away.
        (file or sys.stdout).write(self.format_help())

    def known(self) -> list[str]:
        """Every option as it is typed, those of its subcommands included."""
        own = [name for action in self._actions for name in action.option_strings]
        return own + [name for leaf in self.leaves() if leaf is not self for name in leaf.known()]

    def leaves(self) -> list[Parser]:
        """The parsers of its subcommands, or itself where it has none."""
        groups = [action for action in self._actions if isinstance(action, argparse._SubParsersAction)]
        return [leaf for group in groups for leaf in group.choices.values()] or [self]


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
        for leaf in commands[name].leaves():
            leaf.add_argument("--json", metavar="FILE", help=JSON_HELP)
    return parser, commands


def typed_unit(arguments: argparse.Namespace) -> dict[str, Any]:
    """The unit options that were typed, by the names that SwapUnit has."""
    return typed(arguments, SwapUnit)


def typed(arguments: argparse.Namespace, kind: type) -> dict[str, Any]:
    """The options of an options class that were typed, by name."""
    names = {entry.name for entry in describe(kind)}
    return {name: value for name, value in vars(arguments).items() if name in names}


def flag(name: str) -> str:
    """The option `name` as it is typed."""
    return "--" + name.replace("_", "-")


def as_typed(sentence: str) -> str:
    """`sentence` with the options in it named as they are typed: --target-faces, not target_faces.

    A name that is also a word is one only where it begins the sentence.
    """
    names = [
        entry.name
        for kind in (SwapUnit, PostOptions, RuntimeOptions, FolderOptions, FilmOptions)
        for entry in describe(kind)
    ]
    for name in sorted(names, key=len, reverse=True):
        place = rf"(?<![\w-]){name}(?![\w-])" if "_" in name else rf"\A{name}(?= (?:takes|needs|names|goes|is)\b)"
        sentence = re.sub(place, flag(name), sentence)
    return sentence


def _target_and_output(parser: Parser, verb: str, name: str) -> None:
    """What a command that alters pictures reads and writes; `name`: what a result is called that nobody named."""
    parser.add_argument(
        "--target", metavar="PICTURE", required=True,
        help=f"the picture or film to {verb}, or a folder of pictures; its file stays as it is",
    )  # fmt: skip
    parser.add_argument(
        "--output", metavar="FILE",
        help=f"the result; without it, {name} beside the target under a free name; of a folder: a folder",
    )  # fmt: skip


def _told(parser: Parser) -> None:
    """Where a command that alters pictures tells of them."""
    parser.add_argument("--report", metavar="FILE", help=REPORT_HELP)
    parser.add_argument("--csv", metavar="FILE", help="of a folder: a table of what became of each picture")


def _swap(parser: Parser) -> None:
    _target_and_output(parser, "change", "<source>_<target>")
    parser.add_argument(
        "--units", metavar="FILE", type=Path, help="a JSON file with a list of units, instead of the options below"
    )
    _told(parser)
    folder = parser.add_argument_group("folder", "how a folder of pictures is gone through (docs/folders.md)")
    for entry in describe(FolderOptions):
        _add(folder, entry)
    _film(parser)
    result = parser.add_argument_group("result", "beside the marks in its metadata, which it always gets")
    for entry in (*describe(PostOptions), *describe(OutputOptions)):
        _add(result, entry)
    unit = parser.add_argument_group("unit", "whose face goes onto which faces")
    for entry in describe(SwapUnit):
        _add(unit, entry)
    _machine(parser)


def _enhance(parser: Parser) -> None:
    parser.set_defaults(units=None)
    _target_and_output(parser, "enhance", "<target>_enhanced")
    _told(parser)
    folder = parser.add_argument_group("folder", "how a folder of pictures is gone through (docs/folders.md)")
    _film(parser)
    result = parser.add_argument_group("result", "beside the marks in its metadata, which it always gets")
    for place, kinds in ((folder, (FolderOptions,)), (result, (PostOptions, OutputOptions))):
        for entry in (entry for kind in kinds for entry in describe(kind)):
            if entry.name != "restore_all":
                _add(place, replace(entry, help=ENHANCING.get(entry.name, entry.help)))
    _machine(parser)


def _film(parser: Parser) -> None:
    film = parser.add_argument_group("film", "how a film is gone through and written (docs/video.md)")
    for entry in describe(FilmOptions):
        _add(film, entry)
    film.add_argument("--preview", metavar="FILE", help="instead of the film a picture of its hardest frame, treated")


def _detect(parser: Parser) -> None:
    parser.add_argument("picture", metavar="PICTURE", help="the picture to look at")
    parser.add_argument("--draw", metavar="FILE", help="the picture with numbered boxes, points and head poses")
    for entry in describe(SwapUnit):
        if entry.name in {"order", "detection_threshold"}:
            _add(parser, entry)
    _machine(parser)


def _compare(parser: Parser) -> None:
    parser.add_argument("pictures", metavar="PICTURE", nargs="*", help="pictures; the largest face of each counts")
    parser.add_argument(
        "--checkpoint", metavar="FACE", nargs="+", action="extend", default=[], help="kept faces, by name or file"
    )
    parser.add_argument("--draw", metavar="FILE", help="each with each as a picture")
    _machine(parser)


def _extract(parser: Parser) -> None:
    parser.add_argument("pictures", metavar="PICTURE", nargs="+", help="pictures, or folders of them")
    parser.add_argument("--output", metavar="PLACE", required=True, help="a new or empty folder, or a .zip file")
    parser.add_argument("--csv", metavar="FILE", help="where the table goes instead of faces.csv beside the faces")
    parser.add_argument("--size", type=int, default=256, help="pixels a side, 32 to 1024 (default: %(default)s)")
    parser.add_argument(
        "--plain",
        dest="aligned",
        action="store_false",
        help="as they lie; else upright, eyes and mouth in their places",
    )
    suppressed: dict[str, Any] = {"metavar": "NAME", "default": argparse.SUPPRESS}
    parser.add_argument("--restorer", help="a net that draws the faces anew, finer (default: none)", **suppressed)
    parser.add_argument("--upscaler", help="what enlarges faces smaller than --size (default: none)", **suppressed)
    for entry in describe(PostOptions):
        if entry.name in {"restorer_visibility", "fidelity"}:
            _add(parser, entry)
    for entry in describe(SwapUnit):
        if entry.name in {"order", "detection_threshold"}:
            _add(parser, entry)
    _machine(parser)


def _face(parser: Parser) -> None:
    parser.epilog = "Each of them has its own --help, and --json FILE."
    group = parser.add_subparsers(dest="action", metavar="ACTION", required=True, title="actions")
    overwrite: dict[str, Any] = {"action": "store_true", "help": "write over what is there"}

    build = group.add_parser(
        "build", help="make a checkpoint of pictures", description="Make a checkpoint of pictures."
    )
    build.add_argument("name", metavar="NAME", help="what the face is to be called, in any script")
    build.add_argument("pictures", metavar="PICTURE", nargs="+", help="pictures of one person, or folders of them")
    build.add_argument("--out", metavar="FOLDER", help="where it goes instead of roop's own folder of faces")
    build.add_argument(
        "--method", choices=("mean", "median", "weighted"), default="mean", help="how they are blended (default: mean)"
    )
    build.add_argument(
        "--no-texture", dest="texture", action="store_false", help="keep no skin: small, for neural models"
    )
    build.add_argument(
        "--pick", choices=("largest", "alike"), default="largest",
        help="which face of several in a picture; alike: of the person whom most pictures show (default: largest)",
    )  # fmt: skip
    build.add_argument("--drop-outliers", action="store_true", help="leave out who looks like another person")
    build.add_argument("--sex", choices=("auto", "female", "male"), default="auto", help="auto: as it was recognised")
    build.add_argument("--overwrite", **overwrite)
    build.add_argument("--update", action="store_true", help="add to the face of that name what it lacks, skin or data")
    _machine(build)

    show = group.add_parser("show", help="say what a checkpoint holds", description="Say what a checkpoint holds.")
    show.add_argument("face", metavar="FACE", help="its name, or its file")

    group.add_parser("list", help="all faces that are kept", description="List all faces that are kept.")

    rename = group.add_parser("rename", help="call a face otherwise", description="Give a kept face another name.")
    rename.add_argument("name", metavar="NAME")
    rename.add_argument("new", metavar="NEW", help="what it is to be called, in any script")

    note = group.add_parser("note", help="write something about a face", description="Keep a note with a face.")
    note.add_argument("name", metavar="NAME")
    note.add_argument("text", metavar="TEXT", help="instead of what is noted; an empty one deletes it")

    doctor = group.add_parser("doctor", help="examine a face", description="Say what a face lacks, and try it on.")
    doctor.add_argument("face", metavar="FACE", help="its name, or its file")
    _machine(doctor)

    remove = group.add_parser(
        "remove", help="delete a face for good", description="Delete a face, its skin and preview."
    )
    remove.add_argument("name", metavar="NAME")
    remove.add_argument("--yes", action="store_true", help="without it nothing is deleted")

    export = group.add_parser("export", help="write a face for others", description="Write a face for other programs.")
    export.add_argument("face", metavar="FACE", help="its name, or its file")
    export.add_argument("file", metavar="FILE", help="a .safetensors file")
    export.add_argument(
        "--format", choices=("roop", "reactor", "faceswaplab"), default="roop", help="who is to read it (default: roop)"
    )
    export.add_argument("--overwrite", **overwrite)

    bring = group.add_parser("import", help="keep a face of another tool", description="Keep a face of another tool.")
    bring.add_argument("file", metavar="FILE", help="a .safetensors file, an old roop's .pkl, or a folder of them")
    bring.add_argument("name", metavar="NAME", nargs="?", help="what it is to be called (default: as the file)")
    bring.add_argument("--overwrite", **overwrite)


def _models(parser: Parser) -> None:
    parser.epilog = "Each of them has its own --help, and --json FILE."
    group = parser.add_subparsers(dest="action", metavar="ACTION", required=True, title="actions")
    several: dict[str, Any] = {"metavar": "NAME", "help": "as roop models list names them"}

    group.add_parser(
        "list",
        help="what there is, under which licence",
        description="List every net that can be got, its licence, and whether it is there.",
    )
    get = group.add_parser("get", help="download nets", description="Download nets, and check them.")
    get.add_argument("names", nargs="+", **several)
    show = group.add_parser(
        "show", help="what is in an ONNX file", description="Say what is in an ONNX file, and whose it is."
    )
    show.add_argument("net", metavar="NET", help="a file, or a name as roop models list has it")
    verify = group.add_parser("verify", help="check files", description="Read files anew and compare their sha256.")
    verify.add_argument("names", nargs="*", **several)
    verify.add_argument("--accept", action="store_true", help="take a file as it is now where nobody states its sha256")
    group.add_parser(
        "where", help="the folders that are searched", description="List the folders that are searched for nets."
    )
    remove = group.add_parser("remove", help="delete a net", description="Delete a net from roop's own folder.")
    remove.add_argument("name", **several)


def _demo(parser: Parser) -> None:
    parser.add_argument(
        "--output", metavar="FOLDER", default="roop-demo", help="where the pictures go (default: %(default)s)"
    )
    _machine(parser)


def _report(parser: Parser) -> None:
    several: dict[str, Any] = {"metavar": "PICTURE", "nargs": "+", "action": "extend", "required": True}
    parser.add_argument("--source", help="pictures of who to put there; the largest face of each counts", **several)
    parser.add_argument("--target", help="pictures to put them on; every face counts", **several)
    parser.add_argument(
        "--output", metavar="FOLDER", help="where report.json and sheet.jpg go; without it nothing is written"
    )
    parser.add_argument(
        "--strength", metavar="S", nargs="+", type=float, default=[1.0], help="each of them is measured (default: 1)"
    )
    parser.add_argument(
        "--every-face", action="store_true", help="every face of the source pictures counts, not only the largest"
    )
    group = parser.add_argument_group(
        "comparison", "several are measured on the same pairs, each with each, and set against each other"
    )
    entries = {entry.name: entry for entry in (*describe(SwapUnit), *describe(PostOptions))}
    for name, more in (("model", "; all: whatever is there"), ("boost", ""), ("restorer", "; all: what is there")):
        words = f"{_help(entries[name])}{more}"
        group.add_argument(f"--{name}", metavar=name.upper(), nargs="+", action="extend", help=words)
    _machine(parser)


def _verify(parser: Parser) -> None:
    parser.add_argument("files", metavar="FILE", nargs="+", help="pictures, whoever wrote them")


def _serve(parser: Parser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="where to listen (default: %(default)s, only this machine)")
    parser.add_argument("--port", type=int, default=7861, help="0 for one that is free (default: %(default)s)")
    parser.add_argument("--auth", metavar="FILE", help="who may ask: name:password, a line for each")
    _machine(parser)


def _app(parser: Parser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="where to listen (default: %(default)s, only this machine)")
    parser.add_argument("--port", type=int, default=7860, help="0 for one that is free (default: %(default)s)")
    parser.add_argument("--auth", metavar="FILE", help="who may use it: name:password, a line for each")
    browser: dict[str, Any] = {"action": argparse.BooleanOptionalAction, "default": True}
    parser.add_argument("--browser", help="open the page (default: yes)", **browser)
    _machine(parser)


def _doctor(parser: Parser) -> None:
    _machine(parser)


_FILL = {
    "swap": _swap,
    "enhance": _enhance,
    "detect": _detect,
    "compare": _compare,
    "extract": _extract,
    "face": _face,
    "models": _models,
    "report": _report,
    "verify": _verify,
    "app": _app,
    "serve": _serve,
    "doctor": _doctor,
    "demo": _demo,
}


def _machine(parser: Parser) -> None:
    group = parser.add_argument_group("machine", "where and how nets run")
    for entry in describe(RuntimeOptions):
        if entry.name in MACHINE:
            _add(group, entry)


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
    if entry.kind is tuple and entry.default:
        facts.append(f"default: {' '.join(entry.default)}")
    elif entry.default is not False and entry.default not in ((), None, ""):
        facts.append(f"default: {'yes' if entry.default is True else entry.default}")
    return f"{entry.help} ({'; '.join(facts)})".replace("%", "%%") if facts else entry.help.replace("%", "%%")


def _refuse_unknown(words: Sequence[str], parser: Parser) -> None:
    # Before argparse, which would rather say that the option meant is missing.
    known = parser.known()
    for name in (word.split("=")[0] for word in words if word.startswith("--")):
        if name not in {*known, "--"}:
            near = difflib.get_close_matches(name, known, n=1)
            raise OptionError(f"There is no option {name}{f'; did you mean {near[0]}?' if near else '.'}")
