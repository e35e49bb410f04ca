"""A running web UI as its API shows it: what it offers is asked, its name never."""

from __future__ import annotations

import base64
import io
import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from PIL import Image as Pillow

from lib_roop.types import Image

SIZE = (640, 448)
"""Width and height of the jobs: the six faces of the group are large enough to be found, and quick to swap."""
PATIENCE = 600
HURRIED = 429
"""What a web UI answers that lets no more than so many questions through in a while."""


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """What a job gave. raw: the pictures as they came; texts: what is written with each of them, grids left out."""

    raw: Sequence[str]
    texts: Sequence[str]

    @property
    def pictures(self) -> list[Image]:
        """The pictures as RGB."""
        return [np.asarray(opened(each).convert("RGB")) for each in self.raw]

    @property
    def picture(self) -> Image:
        """The only one."""
        (picture,) = self.pictures
        return picture

    @property
    def text(self) -> str:
        """What is written with the first."""
        return self.texts[0]


@dataclass(frozen=True)
class Host:
    """A web UI at an address without a slash at its end."""

    url: str

    def ask(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """The JSON answer of `/sdapi/v1/<path>`; a body makes it a POST. Any other status than 200 is a failure."""
        return self._answer("GET" if body is None else "POST", f"sdapi/v1/{path}", body)

    def roop(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """The JSON answer of roop's own `/roop/v1/<path>`. What is no success is a failure."""
        return self._answer(method, f"roop/v1/{path}", body)

    def _answer(self, method: str, path: str, body: Mapping[str, Any] | None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        asked = urllib.request.Request(f"{self.url}/{path}", data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(asked, timeout=PATIENCE) as answer:
                said = answer.read()
        except urllib.error.HTTPError as error:
            if error.code == HURRIED:
                time.sleep(1)
                return self._answer(method, path, body)
            raise AssertionError(f"{path} answers {error.code}: {error.read().decode()[:500]}") from error
        return json.loads(said) if said else None

    def has(self, route: str) -> bool:
        """Whether the API has `/sdapi/v1/<route>`."""
        return f"/sdapi/v1/{route}" in self._routes

    @cached_property
    def _routes(self) -> set[str]:
        with urllib.request.urlopen(f"{self.url}/openapi.json", timeout=PATIENCE) as answer:
            return set(json.load(answer)["paths"])

    @cached_property
    def restorers(self) -> list[str]:
        """Its face restorers by name."""
        return [each["name"] for each in self.ask("face-restorers") or ()] if self.has("face-restorers") else []

    @cached_property
    def upscaler(self) -> str:
        """Its name for what needs no weights."""
        return next(str(each["name"]) for each in self.ask("upscalers") if "Lanczos" in each["name"])

    def script(self, name: str, img2img: bool) -> list[dict[str, Any]] | None:
        """What a script of a tab can be told, value by value; None where there is no such script."""
        found = [each for each in self.ask("script-info") if each["name"] == name and each["is_img2img"] is img2img]
        return found[0]["args"] if found else None

    def txt2img(self, *args: Any, **job: Any) -> Made:
        """Pictures of the group. args: what roop gets; without any the job does not speak of roop.

        beside: other extensions' part of the job, by their titles.
        """
        return self._job("txt2img", args, {"prompt": "fake:group", **job})

    def img2img(self, *args: Any, **job: Any) -> Made:
        """The same from a picture; without a "fake:" in the prompt that comes out again."""
        return self._job("img2img", args, {"prompt": "as it is", "denoising_strength": 0.5, **job})

    def _job(self, kind: str, args: Sequence[Any], job: Mapping[str, Any]) -> Made:
        body = {"steps": 1, "width": SIZE[0], "height": SIZE[1], "seed": 1, "save_images": True, **job}
        scripts = body.pop("beside", {})
        body["alwayson_scripts"] = {**scripts, **({"roop": {"args": list(args)}} if args else {})}
        answer = self.ask(kind, body)
        info = json.loads(answer["info"])
        first = info.get("index_of_first_image") or 0
        return Made(answer["images"][first:], info["infotexts"][first:])


def opened(sent: str) -> Pillow.Image:
    """A picture that came as base64 or as a data URI."""
    return Pillow.open(io.BytesIO(base64.b64decode(sent.rsplit(",", maxsplit=1)[-1])))


def sent(picture: Pillow.Image) -> str:
    """A picture as programs send it."""
    stream = io.BytesIO()
    picture.save(stream, "PNG")
    return base64.b64encode(stream.getvalue()).decode()


def differing(one: Image, other: Image, tolerance: int = 8) -> Any:
    """Where two pictures of one size differ by more than coding and scaling can make them; HxW, true and false."""
    assert one.shape == other.shape
    return np.abs(one.astype(int) - other).max(axis=2) > tolerance
