"""The target's light on the source's skin. Pure functions.

They work on logarithms, in which light is a sum: a picture is its low frequencies, the light and the tone of the skin,
plus what is finer, the person. What is finer is split into shading, which takes the target's colours (a shadow on
orange skin is not grey), and pigment: lips, brows, freckles. Grids are of grid.py; mask and fields lie on them.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .. import masks
from ..types import Floats, Image, Mask
from .grid import Grid, blurred, ramp, softly
from .texture import Drawn

LIGHT = 96.0
"""Light is worked out where a face is at most so many pixels large."""
FLOOR = 8.0
"""Levels added before the logarithm: below it is noise, which must not weigh as much as a shadow."""
BROAD, FINE, FINE_SHARE = 0.08, 0.035, 0.3
"""Sigmas of the light, in parts of the face's size, and the share of the finer one. More of it brings the target's
own modelling and less of the source: 0 costs paleness on turned heads, 0.5 likeness (0.01 on six photographs)."""
STRANGE = (0.4, 0.8)
"""What is so far from the skin round it, in logarithms, counts less, then not at all: hair, frames of glasses."""
LINE = 0.06
"""Parts of the face's size: broader dark places are shadows, which must count."""
RIM = 0.04
"""Part of the face's size: so near the edge of a turned head the mesh may lie over what is behind it."""
LAMP, FAINT = 0.015, 0.04
"""Shading is coarser than this part of the face's size; that of the source's own lamp may stay if it is so small."""
HAIR = (0.35, 0.55)
"""So much darker or lighter and otherwise coloured than the skin round it is hair or background, at a face's rim."""
MEND = 0.012
"""Part of the face's size: how far from the edge of a mirrored half its filling comes."""
CONTRAST = (0.6, 1.4)
"""How much the contrast of the source's skin may change to be the target's."""
SLOPES = (0.3, 2.0)
"""Limits to how fast one channel falls in shadow against the luma. With narrower ones noses are grey in warm shadow."""
SHADE = 0.2
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
TONED = (0.03, 0.055)
"""How far colours, in logarithms, are from a curve of the luma alone: at most so far a toned photograph's, from the
second on a colour photograph's. The photographs have 0.06 and more, a sepia JPEG of quality 60 has 0.031."""
SAMPLES = 500
"""So many pixels tell that."""
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

    Where hair of the source hangs over cheek or brows, smooth skin in the target's light takes its place; the edge of a
    mirrored half is filled from both its sides; what a lamp did to one side of the source is taken away.
    """
    low = grid.coarser(LIGHT)
    source, wanted = (logarithms_of(low.reduced(picture)) for picture in (drawn.skin, target))
    bare, covered, seam = (low.down(field) for field in (plain, drawn.covered, drawn.seam))
    own = bare * (1 - strange(source, bare, low))
    both = own * (1 - strange(wanted, bare, low)) * masks.feather(covered, RIM * low.face)
    source_light, light = light_of(source, both, low.face), light_of(wanted, both, low.face)
    detail = logarithms_of(drawn.skin)
    if seam.any():
        mended = blurred(source, covered * (1 - seam), MEND * low.face)
        detail += low.up(seam)[..., None] * (low.up(mended) - detail)
    detail -= low.up(source_light)
    hair = low.down(drawn.outer) * foreign(source_light - source)
    if hair.any():
        detail *= low.up(1 - hair)[..., None]
    manner = manner_of(source, wanted, (source_light, light), both, low.down(drawn.weight))
    shades = luma_of(source - source_light), luma_of(wanted - light)
    lamp = one_sided(drawn, shades, own * low.down(drawn.pair), low)
    detail -= low.up(lamp[..., None] * (1 + manner.source_shade))
    result = translated(detail, manner, grid.up(plain))
    result += low.up(light)
    return with_shoulder(cv2.exp(result) - np.float32(FLOOR))


def one_sided(drawn: Drawn, shades: tuple[Mask, Mask], skin: Mask, grid: Grid) -> Floats:
    """HxW the shading of the source's skin that its other half lacks, and the target, too: the lamp of its picture.

    shades: HxW each, how bright source and target are against their lights. skin: where both halves show it.
    """
    other = luma_of(logarithms_of(grid.reduced(drawn.other)))[..., None]
    other -= light_of(other, skin, grid.face)
    own, wanted, mirrored = np.moveaxis(blurred(np.dstack([*shades, other]), skin, LAMP * grid.face), 2, 0)
    lamp = own - agreed(own, mirrored)
    lamp -= agreed(lamp, wanted)
    return np.asarray(skin * (lamp - FAINT * np.tanh(lamp / FAINT)), np.float32)


def agreed(one: Floats, other: Floats) -> Floats:
    """The smaller of two values of the same sign, else 0."""
    return np.where(one * other > 0, np.sign(one) * np.minimum(np.abs(one), np.abs(other)), 0)


def translated(detail: Floats, manner: Manner, plain: Mask) -> Floats:
    """The source's `detail` hxwx3, which is written to, as the target would show it; `plain` hxw is bare skin."""
    luma = luma_of(detail)
    shine = np.maximum(luma, 0)
    shine = plain * (shine - SHINE * np.tanh(shine / SHINE))
    shade = plain * (SHADE * np.tanh(luma / SHADE))
    pigment = np.float32(manner.pigment) * (1 - np.float32(1 - SKIN_PIGMENT) * plain)
    for channel, (own, wanted) in enumerate(zip(manner.source_shade, manner.target_shade, strict=True)):
        colour = detail[..., channel]
        colour -= luma + own * shade
        colour *= pigment
        colour += np.float32(manner.contrast) * (luma - shine + wanted * shade)
    return detail


def logarithms_of(picture: Image) -> Floats:
    """The logarithms of `picture` HxWx3."""
    return np.asarray(cv2.LUT(picture, LOGARITHMS), np.float32)


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


def foreign(away: Floats) -> Mask:
    """HxW 0..1 what is much darker or lighter than skin, or of another colour, by `away` HxWx3; with a soft edge."""
    luma = luma_of(away)
    return softly(ramp(np.abs(luma) + colourfulness(away, luma), HAIR))


def manner_of(source: Floats, target: Floats, lights: tuple[Floats, Floats], skin: Mask, face: Mask) -> Manner:
    """How the detail of `source` becomes that of `target`, HxWx3 logarithms with their `lights` in this order."""
    inside, painted = skin > 0.5, face > 0.5
    if min(inside.sum(), painted.sum()) < FEW:
        return Manner(1.0, 1.0, np.zeros(3, np.float32), np.zeros(3, np.float32))
    own, wanted = source[inside], target[inside]
    spread, goal = (float(np.std((skin - low[inside]) @ LUMA)) for skin, low in zip((own, wanted), lights, strict=True))
    return Manner(
        contrast=float(np.clip(goal / max(spread, 1e-6), *CONTRAST)),
        pigment=min(1.0, saturation(wanted) / max(saturation(own), 1e-6), room(source[painted], target[painted])),
        source_shade=shading(own) - 1,
        target_shade=shading(wanted) - 1,
    )


def saturation(colours: Floats) -> float:
    """How far `colours` (n, 3) in logarithms are from grey; exactly 0 for a black-and-white picture."""
    return float((colours.max(1) - colours.min(1)).mean())


def room(own: Floats, wanted: Floats) -> float:
    """How much of the colours `own` (n, 3) has a place among `wanted` (n, 3), logarithms both: 0 in sepia, else 1."""
    less, more = colours_apart(wanted), colours_apart(own)
    return max(float(ramp(less, TONED)), min(1.0, (less / max(more, 1e-6)) ** 2))


def colours_apart(colours: Floats) -> float:
    """How far `colours` (n > 0, 3) in logarithms are from a parabola of their luma."""
    few = colours[:: max(1, len(colours) // SAMPLES)]
    luma = few @ LUMA
    powers = np.vander(luma - luma.mean(), 3)
    away = few - luma[:, None]
    away = away - powers @ np.linalg.lstsq(powers, away, rcond=None)[0]
    return float(np.sqrt(np.square(away).sum(1).mean()))


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
