"""Templates: where a face's points lie in a crop."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib_roop import geometry, templates
from lib_roop.templates import ARCFACE_112_V1, ARCFACE_112_V2, ARCFACE_128, FFHQ_512, MTCNN_512, Template

NORMALISED = {
    ARCFACE_112_V1: ((0.35473214, 0.45658929), (0.62086607, 0.77687500)),
    ARCFACE_112_V2: ((0.34191607, 0.46157411), (0.63151696, 0.82325089)),
    ARCFACE_128: ((0.36167656, 0.40387734), (0.61507734, 0.72034453)),
    FFHQ_512: ((0.37691676, 0.46864664), (0.61150205, 0.72490465)),
    MTCNN_512: ((0.36562865, 0.46733799), (0.61178945, 0.77476328)),
}
"""The first and the last point in parts of the side, as facefusion has them."""


@pytest.mark.parametrize("template", NORMALISED, ids=lambda template: str(template.side))
def test_the_points_are_the_published_ones(template: Template) -> None:
    ends = np.array(template.points)[[0, -1]] / template.side
    np.testing.assert_allclose(ends, NORMALISED[template], atol=3e-6)


@pytest.mark.parametrize("template", NORMALISED, ids=lambda template: str(template.side))
def test_points_that_lie_as_in_the_template_are_not_moved(template: Template) -> None:
    spec = templates.frame(template.points, template)
    np.testing.assert_allclose(spec.matrix, [[1, 0, 0], [0, 1, 0]], atol=1e-9)
    assert (spec.width, spec.height) == (template.side, template.side)


@pytest.mark.parametrize(("side", "shift"), [(128, 0), (160, 0.125), (256, 0.5), (320, 0.75), (512, 1.5)])
def test_other_sides_follow_the_half_pixel_rule(side: int, shift: float) -> None:
    spec = templates.frame(ARCFACE_128.points, ARCFACE_128, side)
    scale = side / 128
    np.testing.assert_allclose(spec.matrix, [[scale, 0, shift], [0, scale, shift]], atol=1e-9)


@pytest.mark.parametrize("side", [128, 256, 512])
def test_without_the_half_pixel_rule_points_are_multiplied(side: int) -> None:
    scaled = templates.scaled(ARCFACE_128, side)
    assert scaled.side == side
    np.testing.assert_allclose(scaled.points, np.array(ARCFACE_128.points) * side / 128, atol=1e-9)


@given(factor=st.integers(2, 6))
def test_a_larger_crop_shows_the_same_part_of_the_picture(factor: int) -> None:
    rng = np.random.default_rng(factor)
    picture = np.asarray(cv2.GaussianBlur(rng.integers(0, 256, (200, 200, 3), np.uint8), (0, 0), 12), np.uint8)
    points = np.array(ARCFACE_128.points) * 1.1 + (20, 25)
    small, large = (
        geometry.cut(picture, templates.frame(points, ARCFACE_128, side)).pixels for side in (128, 128 * factor)
    )
    reduced = cv2.resize(large, (128, 128), interpolation=cv2.INTER_AREA)
    inner = np.s_[8:-8, 8:-8]
    assert np.abs(reduced[inner].astype(int) - small[inner]).max() <= 1
