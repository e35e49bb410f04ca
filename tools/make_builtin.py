"""Makes every file in models/builtin that is not written by hand.

usage: python tools/make_builtin.py WHEEL SDIST FOLDER
"""

import sys
from pathlib import Path

import convert_dlib
import convert_mediapipe
from packages import write_files


def main(wheel: Path, sdist: Path, folder: Path) -> None:
    """Converts both packages' nets into the folder."""
    write_files(convert_mediapipe.convert(wheel), folder)
    write_files(convert_dlib.convert(sdist), folder)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
