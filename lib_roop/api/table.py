"""Everything that can be asked, in one list."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ..engine import Engine
from . import calls, library, original
from .answers import Asked

Work = Callable[[Engine, Asked], Mapping[str, Any] | bytes]
Method = Literal["GET", "POST", "PATCH", "DELETE"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One request. body: the schema of what is sent, by its name in `schemas`. waits: it takes its turn, as it runs
    nets or changes faces. status: of a success. failures: the numbers that its errors may have.
    """

    method: Method
    path: str
    work: Work
    body: str = ""
    waits: bool = True
    status: int = 200
    failures: tuple[int, ...] = ()
    query: Mapping[str, tuple[str, ...]] | None = None

    @property
    def name(self) -> str:
        """As people write it: POST /roop/v1/swap."""
        return f"{self.method} {self.path}"

    @property
    def summary(self) -> str:
        """The first sentence of what it does."""
        return (self.work.__doc__ or "").splitlines()[0]


V1 = "/roop/v1"
FACE = f"{V1}/faces/{{name}}"
LOOKED = (400, 413, 415, 424)
TABLE = (
    Way(method="GET", path=f"{V1}/version", work=calls.version, waits=False),
    Way(method="GET", path=f"{V1}/schema", work=calls.described, waits=False),
    Way(method="GET", path=f"{V1}/doctor", work=calls.healthy),
    Way(method="GET", path=f"{V1}/models", work=calls.models, waits=False),
    Way(method="POST", path=f"{V1}/detect", work=calls.detect, body="detect", failures=LOOKED),
    Way(method="POST", path=f"{V1}/plan", work=calls.plan, body="plan", failures=LOOKED),
    Way(method="POST", path=f"{V1}/swap", work=calls.swap, body="swap", failures=(*LOOKED, 403, 422)),
    Way(method="POST", path=f"{V1}/compare", work=calls.compare, body="compare", failures=LOOKED),
    Way(method="POST", path=f"{V1}/extract", work=calls.extract, body="extract", failures=LOOKED),
    Way(method="POST", path=f"{V1}/verify", work=calls.verified, body="verify", failures=LOOKED),
    Way(method="GET", path=f"{V1}/faces", work=library.listed, waits=False),
    Way(method="POST", path=f"{V1}/faces", work=library.keep, body="keep", status=201, failures=(*LOOKED, 409)),
    Way(
        method="GET", path=FACE, work=library.show, waits=False, failures=(400, 404),
        query={"format": ("roop", "reactor", "faceswaplab")},
    ),
    Way(method="PATCH", path=FACE, work=library.change, body="change", failures=(400, 404, 409, 413, 415)),
    Way(method="DELETE", path=FACE, work=library.remove, failures=(400, 404)),
    Way(method="GET", path=f"{FACE}/doctor", work=library.examine, failures=(400, 403, 404, 424)),
    Way(method="GET", path="/roop/models", work=original.models, waits=False),
    Way(method="POST", path="/roop/image", work=original.swap, body="original", failures=(*LOOKED, 403, 422)),
)  # fmt: skip
