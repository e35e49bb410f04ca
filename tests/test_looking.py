"""What is looked at and when: nets that nobody needs do not run."""

from dataclasses import replace

import pytest

from lib_roop.options import SwapUnit
from lib_roop.types import Detection, Image
from tests.fakes import FakeDetector, Fakes, FakeSwapper, row


class Bare(FakeDetector):
    """Finds boxes and five points, as the detectors of packs do."""

    def detect(self, image: Image, threshold: float) -> Detection:
        found = super().detect(image, threshold)
        return replace(found, faces=tuple(replace(face, dense=None) for face in found.faces))


SOURCES = (row(200), row(204))


def meshed(engine: str, *, to_keep: bool = False, blend: str = "mean") -> int:
    """How often meshes were laid while the sources of a unit were looked at."""
    fakes = Fakes(swapper=FakeSwapper(engine=engine), detector=Bare())
    fakes.engine().sources(SwapUnit(source=SOURCES, model="mesh", blend=blend), to_keep=to_keep)
    return fakes.landmarker.calls


def test_a_model_that_takes_embeddings_needs_no_mesh_of_a_source() -> None:
    assert meshed("neural") == 0


@pytest.mark.parametrize(
    "asked", [{"engine": "built-in"}, {"engine": "neural", "to_keep": True}, {"engine": "neural", "blend": "weighted"}]
)
def test_skin_a_kept_face_and_the_worth_of_a_picture_need_one(asked: dict[str, object]) -> None:
    assert meshed(**asked) == len(SOURCES)  # type: ignore[arg-type]
