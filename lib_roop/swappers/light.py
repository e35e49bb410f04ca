"""The target's light on the source's skin. Pure functions.

They work on logarithms, in which light is a sum: a picture is its low frequencies, the light and the tone of the skin,
plus what is finer, the person. What is finer is split into shading, which takes the target's colours (a shadow on
orange skin is not grey), and pigment: lips, brows, freckles. Grids are of grid.py; mask and fields lie on them.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..types import Floats, Image, Mask
from .grid import Grid, blurred
from .texture import Drawn

FLOOR = 8.0
"""Levels added before the logarithm: below it is noise, which must not weigh as much as a shadow."""
BROAD, FINE, FINE_SHARE = 0.1, 0.035, 0.3
"""Sigmas of the light, in parts of the face's size, and the share of the finer one. More of it brings the target's
own modelling and less of the source: 0 costs paleness on turned heads, 0.5 likeness (0.01 on six photographs)."""
STRANGE = (0.4, 0.8)
"""What is so far from the skin round it, in logarithms, counts less, then not at all: hair, frames of glasses."""
LINE = 0.06
"""Parts of the face's size: broader dark places are shadows, which must count."""
HAIR = (0.35, 0.55)
"""So much darker and otherwise coloured than the skin round it is hair, at a face's rim."""
MEND = 0.012
"""Part of the face's size: how far from the edge of a mirrored half its filling comes."""
CONTRAST = (0.6, 1.4)
"""How much the contrast of the source's skin may change to be the target's."""
SLOPES = (0.7, 1.3)
"""Limits to how fast one channel falls in shadow against the luma. With (1, 1) noses are grey in warm shadow."""
SHADE = 0.3
"""Luma differences beyond this are hair or pupils, not shading, and are not coloured like it."""
SHINE = 0.25
"""Highlights finer than the light are kept this small: they are the source's lamp, and on a bright face burn out."""
KNEE = 225.0
"""Levels above this are compressed, all channels alike, where they would clip one by one and turn white."""
OVER = np.maximum(np.arange(1024, dtype=np.float32), KNEE)
SHOULDER = (255 - (255 - KNEE) * np.exp((KNEE - OVER) / (255 - KNEE))) / OVER
"""What the three channels are multiplied with, by the highest of them."""
SKIN_PIGMENT = 0.6
"""How much of its own colour differences bare skin keeps; lips, eyes and brows keep all. With 1, noses grey in another
lamp's light stay grey; with 0.3 likeness falls and nothing looks better."""
FEW = 12
"""Fewer pixels of skin on the grid than this tell nothing."""
LUMA = np.array([0.3, 0.59, 0.11], np.float32)
LOGARITHMS = np.log(np.arange(256, dtype=np.float32) + FLOOR)


@dataclass(frozen=True, slots=True, eq=False)
class Manner:
    """How a face's details are rendered in another picture: gains of luma and of colour, and, (3,), how much faster
    than the luma the channels fall in the source's shadows and in the target's.
    """

    contrast: float
    pigment: float
    source_shade: Floats
    target_shade: Floats


def relit(drawn: Drawn, target: Image, plain: Mask, grid: Grid) -> Image:
    """The skin of `drawn` in the light of `target` hxwx3, judged where `plain` on the grid says there is bare skin.

    Where hair of the source hangs over a cheek, smooth skin in the target's light takes its place; the edge of a
    mirrored half is filled from both its sides.
    """
    source, wanted = (np.log(grid.down(picture) + FLOOR) for picture in (drawn.skin, target))
    own = plain * (1 - strange(source, plain, grid))
    both = own * (1 - strange(wanted, plain, grid))
    source_light, light = light_of(source, both, grid.face), light_of(wanted, both, grid.face)
    detail = np.asarray(cv2.LUT(drawn.skin, LOGARITHMS), np.float32)
    if drawn.seam.any():
        mended = blurred(source, drawn.covered * (1 - drawn.seam), MEND * grid.face)
        detail += grid.up(drawn.seam)[..., None] * (grid.up(mended) - detail)
    detail -= grid.up(source_light)
    hair = drawn.outer * darker(source, own, grid)
    if hair.any():
        detail *= grid.up(1 - hair)[..., None]
    manner = manner_of(source, wanted, (source_light, light), both)
    result = translated(detail, manner, grid.up(plain))
    result += grid.up(light)
    return with_shoulder(cv2.exp(result) - np.float32(FLOOR))


def translated(detail: Floats, manner: Manner, plain: Mask) -> Floats:
    """The source's `detail` hxwx3, which is written to, as the target would show it; `plain` hxw is bare skin."""
    luma = luma_of(detail)
    shine = np.maximum(luma, 0)
    shine = plain * (shine - SHINE * np.tanh(shine / SHINE))
    shade = SHADE * np.tanh(luma / SHADE)
    pigment = np.float32(manner.pigment) * (1 - np.float32(1 - SKIN_PIGMENT) * plain)
    for channel, (own, wanted) in enumerate(zip(manner.source_shade, manner.target_shade, strict=True)):
        colour = detail[..., channel]
        colour -= luma + own * shade
        colour *= pigment
        colour += np.float32(manner.contrast) * (luma - shine + wanted * shade)
    return detail


def luma_of(logarithms: Floats) -> Floats:
    """HxW the brightness of `logarithms` HxWx3."""
    return np.asarray(cv2.transform(logarithms, LUMA[None]), np.float32)


def colourfulness(away: Floats, luma: Floats) -> Floats:
    """HxW how far a difference `away` HxWx3 of `luma` HxW is one of colour."""
    colour = away - luma[..., None]
    return np.asarray(np.sqrt(np.einsum("ijk,ijk->ij", colour, colour)), np.float32)


def light_of(logarithms: Floats, mask: Mask, face: float) -> Floats:
    """The low frequencies of `logarithms` HxWx3, where a face is `face` pixels large."""
    fine = np.float32(FINE_SHARE) * blurred(logarithms, mask, FINE * face)
    return fine + np.float32(1 - FINE_SHARE) * blurred(logarithms, mask, BROAD * face)


def strange(logarithms: Floats, mask: Mask, grid: Grid) -> Mask:
    """HxW 0..1 what is not skin: dark lines, and other colours than the skin round it has.

    A broad shadow is none. Colours are judged twice, as the first time strange ones still count.
    """
    luma = luma_of(logarithms)
    side = max(3, round(LINE * grid.face))
    kernel = np.ones((side, side), np.uint8)
    lines = cv2.morphologyEx(luma, cv2.MORPH_BLACKHAT, kernel)
    result = np.zeros_like(mask)
    for _ in range(2):
        away = logarithms - blurred(logarithms, mask * (1 - result), BROAD * grid.face)
        result = ramp(np.maximum(lines, 2 * colourfulness(away, luma_of(away))), STRANGE)
    return result


def darker(logarithms: Floats, skin: Mask, grid: Grid) -> Mask:
    """HxW 0..1 what is much darker, and of another colour, than the `skin` HxW round it, with a soft edge."""
    away = blurred(logarithms, skin, BROAD * grid.face) - logarithms
    luma = luma_of(away)
    return softly(ramp(luma + colourfulness(away, luma) * (luma > 0), HAIR))


def softly(found: Mask) -> Mask:
    """`found` HxW a pixel wider and with a soft edge."""
    wider = cv2.dilate(found, np.ones((3, 3), np.uint8))
    return np.asarray(cv2.GaussianBlur(wider, (0, 0), 1.0), np.float32)


def ramp(values: Floats | float, ends: tuple[float, float]) -> Mask:
    """0 up to the first of `ends`, 1 from the second on."""
    return np.asarray(np.clip((values - ends[0]) / (ends[1] - ends[0]), 0, 1), np.float32)


def manner_of(source: Floats, target: Floats, lights: tuple[Floats, Floats], mask: Mask) -> Manner:
    """How the detail of `source` becomes that of `target`, HxWx3 logarithms with their `lights` in this order."""
    inside = mask > 0.5
    if inside.sum() < FEW:
        return Manner(1.0, 1.0, np.zeros(3, np.float32), np.zeros(3, np.float32))
    own, wanted = source[inside], target[inside]
    spread, goal = (float(np.std((skin - low[inside]) @ LUMA)) for skin, low in zip((own, wanted), lights, strict=True))
    return Manner(
        contrast=float(np.clip(goal / max(spread, 1e-6), *CONTRAST)),
        pigment=min(1.0, saturation(wanted) / max(saturation(own), 1e-6)),
        source_shade=shading(own) - 1,
        target_shade=shading(wanted) - 1,
    )


def saturation(colours: Floats) -> float:
    """How far `colours` (n, 3) in logarithms are from grey; exactly 0 for a black-and-white picture."""
    return float((colours.max(1) - colours.min(1)).mean())


def shading(colours: Floats) -> Floats:
    """(3,) how fast the channels of `colours` (n, 3) in logarithms fall when the luma does."""
    away = colours - colours.mean(0)
    luma = away @ LUMA
    slope = (away * luma[:, None]).sum(0) / max(float(luma @ luma), 1e-6)
    slope = np.clip(slope, *SLOPES)
    return np.asarray(slope / (slope @ LUMA), np.float32)


def with_shoulder(levels: Floats) -> Image:
    """`levels` hxwx3, which is written to, as uint8; those above the knee are compressed so that hues stay."""
    np.maximum(levels, 0, out=levels)
    top = cv2.max(cv2.max(levels[..., 0], levels[..., 1]), levels[..., 2])
    levels *= SHOULDER.take(np.minimum(top, len(SHOULDER) - 1).astype(np.intp))[..., None]
    return np.asarray(cv2.convertScaleAbs(levels), np.uint8)
