"""What can go wrong that a user can mend. Every message is one sentence that says how.

RoopError
├── InputError        a picture, number or option that was given (exit code 2)
│   ├── OptionError   an option's name or value
│   ├── PictureError  a file that cannot be read or written as a picture
│   │   └── TooLarge  a picture that has more pixels than are allowed
│   └── FilmError     a file that cannot be read or written as a film
├── NoFaceError       nothing to swap onto, or everything was filtered out (exit code 3)
├── Refused           the safety gate said no (exit code 4)
└── ModelError        a net is missing, damaged, or cannot run here (exit code 2)

The edges (command line, web UI, API) catch RoopError; every other exception is a bug and propagates.
"""


class RoopError(Exception):
    """Something the user can mend."""

    exit_code = 2


class InputError(RoopError):
    """What was given does not fit: no face in the source, a number out of range. field: its name, where it has one."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class OptionError(InputError):
    """An option is unknown, out of range, or does not fit another one."""


class PictureError(InputError):
    """A file cannot be read or written as a picture."""


class TooLarge(PictureError):
    """A picture has more pixels than are allowed; it was not decoded."""


class FilmError(InputError):
    """A file cannot be read or written as a film: the library's own words, the likely reason and the mend."""


class NoFaceError(RoopError):
    """The target has no face to swap, or none passed the filters; nothing is written."""

    exit_code = 3


class Refused(RoopError):
    """The safety gate refused the picture; nothing is written.

    part and score: what was seen, by the checker's name for it, and how surely, 0..1; None when nothing could check.
    """

    exit_code = 4

    def __init__(self, message: str, *, part: str | None = None, score: float | None = None) -> None:
        super().__init__(message)
        self.part = part
        self.score = score


class ModelError(RoopError):
    """A net is missing, damaged, or cannot be run on this machine."""
