"""What the swap does to people: everyone of the packages' photographs onto everyone else, measured by `roop report`.

Its options --strength, --model, --output and --json are those of the command.
"""

from collections.abc import Sequence

from lib_roop.__main__ import main as roop

from .people import photographs


def main(argv: Sequence[str]) -> int:
    """Prints the command's table, every face of every picture a source and a target. Returns its exit code."""
    paths = photographs()
    return roop(["report", "--source", *paths, "--target", *paths, "--every-face", *argv])
