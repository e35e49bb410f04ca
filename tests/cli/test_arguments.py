"""The command line as it is typed."""

import pytest

from lib_roop import __version__
from lib_roop.cli.arguments import COMMANDS, as_typed, flag, json_place, parse, parsers, typed_unit
from lib_roop.errors import OptionError
from lib_roop.options import Option, SwapUnit, describe
from tests.cli.running import Run, process

HEAVY = ("numpy", "cv2", "PIL", "onnxruntime", "insightface")


@pytest.mark.parametrize("entry", describe(SwapUnit), ids=lambda entry: entry.name)
def test_every_option_of_the_unit_can_be_typed_and_is_explained(entry: Option) -> None:
    swap = parsers()[1]["swap"]
    assert flag(entry.name) in swap.known()
    assert entry.help in " ".join(action.help or "" for action in swap._actions)


def test_what_is_not_typed_is_left_to_the_unit() -> None:
    assert typed_unit(parse(["swap", "--target", "a.png"])) == {}


def test_what_is_typed_arrives_by_name_with_its_type() -> None:
    words = "swap --target t --source a b --strength 0.5 --max-faces 2 --similarity --source c --target-faces 0,2"
    assert typed_unit(parse(words.split())) == {
        "source": ["a", "b", "c"],
        "strength": 0.5,
        "max_faces": 2,
        "similarity": True,
        "target_faces": "0,2",
    }


def test_a_switch_can_be_turned_off() -> None:
    assert typed_unit(parse(["swap", "--target", "a", "--no-similarity"])) == {"similarity": False}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("swap --target t --strenght 1", "There is no option --strenght; did you mean --strength?"),
        ("swap --sorce a", "There is no option --sorce; did you mean --source?"),
        ("swap --target t --sou a", "There is no option --sou; did you mean --source?"),
        ("swap --target t --like-t=1", "There is no option --like-t; did you mean --like?"),
        ("detect a.png --strength 1", "There is no option --strength"),
        ("detect a.png --xyzzyxyzzy", "There is no option --xyzzyxyzzy."),
        ("detect a.png b.png", "'b.png' belongs to no option"),
        ("swpa", "There is no command 'swpa'; did you mean 'swap'?"),
        ("--verbose", "required: COMMAND"),
        ("swap --source a", "required: --target; roop swap --help says what there is."),
        ("detect", "required: PICTURE"),
        ("swap --target", "Argument --target: expected one argument"),
        ("swap --target t --source", "Argument --source: expected at least one argument"),
        ("swap --target t --strength high", "Argument --strength: invalid float value: 'high'"),
        ("swap --target t --max-faces 1.5", "Argument --max-faces: invalid int value: '1.5'"),
        ("demo --json", "Argument --json: expected one argument"),
    ],
)
def test_a_mistake_is_one_sentence(words: str, sentence: str) -> None:
    with pytest.raises(OptionError) as caught:
        parse(words.split())
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_mistake_reaches_the_terminal_with_code_2(roop: Run) -> None:
    ended = roop("swap", "--tarket", "a.png")
    assert (ended.code, ended.err) == (2, "roop: There is no option --tarket; did you mean --target?\n")


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ("swap --json out.json", "out.json"),
        ("swap --json=-", "-"),
        ("swap --bogus --json - x", "-"),
        ("swap --json", None),
        ("swap", None),
    ],
)
def test_the_place_of_the_report_is_found_in_any_command_line(words: str, place: str | None) -> None:
    assert json_place(words.split()) == place


def test_roop_alone_lists_the_commands(roop: Run) -> None:
    ended = roop()
    assert ended.code == 0 and not ended.err
    assert all(f"{name} " in ended.out and text in ended.out for name, text in COMMANDS.items())


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(roop: Run, command: str) -> None:
    ended = roop(command, "--help")
    assert ended.code == 0 and not ended.err
    assert ended.out.startswith(f"usage: roop {command}") and "--json FILE" in ended.out


def test_the_version_is_told_without_loading_anything_heavy() -> None:
    watch = f"import atexit; atexit.register(lambda: print(sorted(set({HEAVY!r}) & set(sys.modules))))"
    ended = process("--version", first=watch)
    assert (ended.code, ended.out, ended.err) == (0, f"roop {__version__}\n[]\n", "")


def test_help_and_mistakes_load_nothing_heavy() -> None:
    watch = f"import atexit; atexit.register(lambda: print(sorted(set({HEAVY!r}) & set(sys.modules))))"
    assert process("swap", "--help", first=watch).out.endswith("[]\n")
    assert process("swap", "--target", "a", "--strength", "2", first=watch).out == "[]\n"


@pytest.mark.parametrize(
    ("sentence", "typed"),
    [
        ("like_threshold goes from 0 to 1, not 2.", "--like-threshold goes from 0 to 1, not 2."),
        ("strength goes from 0 to 1.5, not 2.", "--strength goes from 0 to 1.5, not 2."),
        (
            "box names the face by itself; leave out target_faces.",
            "--box names the face by itself; leave out --target-faces.",
        ),
        ("The source picture a.png has no face 3.", "The source picture a.png has no face 3."),
        ("my_source_face.png does not exist.", "my_source_face.png does not exist."),
    ],
)
def test_options_in_a_sentence_are_named_as_they_are_typed(sentence: str, typed: str) -> None:
    assert as_typed(sentence) == typed
