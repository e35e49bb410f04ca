"""Kept and blended faces of real people, with the built-in engine."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from PIL import Image as Pillow

from lib_roop import facemesh, faces
from lib_roop.engine import Engine
from lib_roop.identities import blending, checkpoints, textures
from lib_roop.types import Identity, Image
from tests.fakes import FakeGate, FakeHost

RECOGNISER = "dlib_resnet_v1"
TURNED = 4
"""The face in the group that looks furthest aside."""


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(FakeHost(), gate=FakeGate())


@pytest.fixture(scope="module")
def astronaut() -> Image:
    return np.asarray(skimage.data.astronaut(), np.uint8)


@pytest.fixture(scope="module")
def group() -> Image:
    """Six people."""
    spec = importlib.util.find_spec("insightface")
    assert spec is not None and spec.origin is not None
    with Pillow.open(Path(spec.origin).parent / "data" / "images" / "t1.jpg") as opened:
        return np.array(opened.convert("RGB"))


def everybody(engine: Engine, picture: Image) -> list[Identity]:
    found = engine.detect(picture, embeddings=True).faces
    return [blending.from_face(picture, face, f"person {face.id}") for face in found]


def mirrored(picture: Image) -> Image:
    return np.ascontiguousarray(picture[:, ::-1])


def distance(engine: Engine, source: object, target: Image, wanted: Identity, checkpoint: str = "") -> float:
    """How far the swapped target is from `wanted`: 0.8 for strangers, below 0.6 for the same person."""
    swap = engine.swap(source, target, checkpoint=checkpoint)  # type: ignore[arg-type]
    (found,) = engine.analyser.recogniser.embed(swap.result.image, engine.detect(target).faces)
    return float(np.linalg.norm(found.embeddings[RECOGNISER] - wanted.embeddings[RECOGNISER]))


def test_a_kept_face_is_as_near_to_the_person_as_her_picture(
    engine: Engine, astronaut: Image, group: Image, tmp_path: Path
) -> None:
    (wanted,) = everybody(engine, astronaut)
    target = np.ascontiguousarray(group[250:560, 700:950])
    faces.save(faces.build(engine, "one", [astronaut]), tmp_path)
    grain = np.random.default_rng(1).normal(0, 4, astronaut.shape)
    noisy = np.clip(astronaut + grain, 0, 255).astype(np.uint8)
    faces.save(faces.build(engine, "three", [astronaut, mirrored(astronaut), noisy]), tmp_path)
    direct = distance(engine, astronaut, target, wanted)
    one, three = (
        distance(engine, (), target, wanted, str(tmp_path / f"{name}.safetensors")) for name in ("one", "three")
    )
    assert direct < 0.6 and abs(one - direct) < 0.03 and three < direct + 0.06
    assert max(path.stat().st_size for path in tmp_path.glob("*.safetensors")) < 150_000


def test_six_people_are_different_people_and_their_blend_is_one_whole_face(engine: Engine, group: Image) -> None:
    built = faces.build(engine, "six", [group])
    assert built.samples[0].faces == 6
    people = everybody(engine, group)
    names = [person.name for person in people]
    (sentence,) = blending.doubts(names, blending.resemblances([person.embeddings for person in people]))
    assert "look like different people" in sentence
    blended = blending.blend(people, "six")
    assert blended.texture is not None and blended.shape is not None
    face = blended.texture.rgb[150:400, 120:390].astype(float)
    assert 20 < face.std() < 80 and face.mean() > 90
    assert abs(facemesh.pose(blended.shape).yaw) < 3


def test_two_views_from_the_sides_make_a_whole_face(engine: Engine, group: Image) -> None:
    """The mirrored picture of one side stands for the other side of one person."""
    one = everybody(engine, group)[TURNED]
    other = everybody(engine, mirrored(group))[5 - TURNED]
    blended = blending.blend([one, other], "whole")
    assert one.texture is not None and other.texture is not None and blended.texture is not None
    hidden = one.texture.seen < 0.1
    assert hidden.sum() > 40 and (blended.texture.seen[hidden] > 0.3).mean() > 0.8
    alone = textures.blend([other.texture], blended.texture.points, textures.trust([other.texture], [1.0]), 0)
    inner = np.setdiff1d(np.nonzero(hidden & (other.texture.seen > 0.6))[0], facemesh.topology().oval)
    x, y = blended.texture.points[inner].round().astype(int).T
    rows, columns = y[:, None], x[:, None] + np.arange(-8, 9)
    details = [
        float(np.abs(np.diff(skin.rgb[rows, columns].astype(float), axis=1)).mean())
        for skin in (blended.texture, alone)
    ]
    assert details[0] == pytest.approx(details[1], rel=0.35)


def test_two_views_from_the_sides_leave_no_line_down_the_nose(engine: Engine, group: Image) -> None:
    one, other = everybody(engine, group)[TURNED], everybody(engine, mirrored(group))[5 - TURNED]
    whole = blending.blend([one, other], "whole").texture
    assert whole is not None and one.texture is not None
    column, (first, *_, last) = round(float(whole.points[5, 0])), whole.points[[6, 197, 195, 5, 4], 1].astype(int)
    ridge = whole.rgb[first:last, column - 20 : column + 20].mean((0, 2))
    assert np.abs(np.diff(ridge)).max() < 3


def test_a_face_from_both_sides_carries_over_as_well_as_from_one(
    engine: Engine, astronaut: Image, group: Image
) -> None:
    one = everybody(engine, group)[TURNED]
    box = np.clip(engine.detect(group).faces[TURNED].box + np.array([-60, -60, 60, 60]), 0, None).astype(int)
    picture = np.ascontiguousarray(group[box[1] : box[3], box[0] : box[2]])
    alone = distance(engine, picture, astronaut, one)
    both = distance(engine, [picture, mirrored(picture)], astronaut, one)
    assert max(alone, both) < 0.6
    assert both < alone + 0.05


def test_a_checkpoint_reads_back_as_the_same_person(engine: Engine, astronaut: Image, tmp_path: Path) -> None:
    path, preview = faces.save(faces.build(engine, "Eileen", [astronaut]), tmp_path)
    found = checkpoints.read(path).identity
    (wanted,) = everybody(engine, astronaut)
    np.testing.assert_array_equal(found.embeddings[RECOGNISER], wanted.embeddings[RECOGNISER])
    assert preview is not None and len(engine.detect(preview).faces) == 1
