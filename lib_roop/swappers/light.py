"""The target's light on the source's skin. Pure functions.

They work on logarithms, in which light is a sum: a picture is its low frequencies, the light and the tone of the skin,
plus what is finer, the person. What is finer is split into shading, which takes the colours that the target's skin has
when it is so bright (a shadow on orange skin is not grey), and pigment: lips, brows, freckles. Grids are of grid.py;
mask and fields lie on them.
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
TONES, DARKEST = 8, 32
"""Skin is sorted by brightness into so many groups to tell its colours; below these levels they do not change."""
HAIR = (0.35, 0.55)
"""So much darker or lighter and otherwise coloured than the skin round it is hair or background, at a face's rim."""
MEND = 0.012
"""Part of the face's size: how far from the edge of a mirrored half its filling comes."""
CONTRAST = (0.6, 1.4)
"""How much the contrast of the source's skin may change to be the target's."""
SHADE = 0.09
"""Luma differences beyond this are hair or pupils, not shading, and are not coloured like it."""
SHINE = 0.25
"""Highlights finer than the light are kept this small: they are the source's lamp, and on a bright face burn out."""
KNEE = 225.0
"""Levels above this are compressed, all channels alike, where they would clip one by one and turn white."""
OVER = np.maximum(np.arange(1024, dtype=np.float32), KNEE)
SHOULDER = (255 - (255 - KNEE) * np.exp((KNEE - OVER) / (255 - KNEE))) / OVER
"""What the three channels are multiplied with, by the highest of them."""
SKIN_PIGMENT = 0.4
"""How much of its own colour differences bare skin keeps; lips, eyes and brows keep all."""
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
class Lit:
    """A face: its `logarithms` and the `light` among them, HxWx3 all, and `slopes`, how fast the colours of its
    skin change when its luma does.
    """

    logarithms: Floats
    light: Floats
    slopes: Floats

    @property
    def shade(self) -> Floats:
        """HxW how bright the face is against its light."""
        return luma_of(self.logarithms - self.light)


@dataclass(frozen=True, slots=True)
class Manner:
    """How a face's details are rendered in another picture: gains of luma and of colour."""

    contrast: float
    pigment: float


def relit(drawn: Drawn, target: Image, plain: Mask, grid: Grid) -> Image:
    """The skin of `drawn` in the light of `target` hxwx3, judged where `plain` on the grid says there is bare skin.

    Where hair of the source hangs over cheek or brows, smooth skin in the target's light takes its place; the edge of a
    mirrored half is filled from both its sides; what a lamp did to one side of the source is taken away.
    """
    low = grid.coarser(LIGHT)
    own, wanted = (logarithms_of(low.reduced(picture)) for picture in (drawn.skin, target))
    bare, covered, seam = (low.down(field) for field in (plain, drawn.covered, drawn.seam))
    skin = bare * (1 - strange(own, bare, low))
    both = skin * (1 - strange(wanted, bare, low)) * masks.feather(covered, RIM * low.face)
    source, goal = lit(own, both, low.face), lit(wanted, both, low.face)
    detail = logarithms_of(drawn.skin)
    if seam.any():
        mended = blurred(own, covered * (1 - seam), MEND * low.face)
        detail += low.up(seam)[..., None] * (low.up(mended) - detail)
    detail -= low.up(source.light)
    hair = low.down(drawn.outer) * foreign(source.light - own)
    if hair.any():
        detail *= low.up(1 - hair)[..., None]
    lamp = lamp_of(drawn, (source.shade, goal.shade), skin * low.down(drawn.pair), low)
    detail -= low.up(lamp[..., None] * (1 + source.slopes))
    manner = manner_of(source, goal, both, low.down(drawn.weight))
    result = translated(detail, (low.up(source.slopes), low.up(goal.slopes)), manner, grid.up(plain))
    result += low.up(goal.light)
    return with_shoulder(cv2.exp(result) - np.float32(FLOOR))


def lit(logarithms: Floats, skin: Mask, face: float) -> Lit:
    """A face of `face` pixels in a picture's `logarithms` HxWx3, judged where HxW `skin` is.

    Blurred brightness has other colours than those of what is blurred, so the tones are taken off before.
    """
    tones = tones_of(logarithms[skin > 0.5])
    light = light_of(logarithms - toned(tones, luma_of(logarithms)), skin, face)
    luma = luma_of(light)
    slopes = (toned(tones, luma + SHADE) - toned(tones, luma - SHADE)) / np.float32(2 * SHADE)
    return Lit(logarithms, light + toned(tones, luma), slopes)


def lamp_of(drawn: Drawn, shades: tuple[Floats, Floats], skin: Mask, grid: Grid) -> Floats:
    """HxW what the lamp of the source's picture did to its skin, unless the target has it, too.

    That is shading which its other half lacks, and on cheeks and jaw, which a turned target shows from elsewhere, all
    that shines. shades: HxW each, those of source and target. skin: where both halves show it.
    """
    other = luma_of(logarithms_of(grid.reduced(drawn.other)))[..., None]
    other -= light_of(other, skin, grid.face)
    own, wanted, mirrored = np.moveaxis(blurred(np.dstack([*shades, other]), skin, LAMP * grid.face), 2, 0)
    lamp = own - agreed(own, mirrored)
    lamp += grid.down(drawn.outer) * (np.maximum(own, 0) - np.maximum(lamp, 0))
    lamp -= agreed(lamp, wanted)
    return np.asarray(skin * (lamp - FAINT * np.tanh(lamp / FAINT)), np.float32)


def agreed(one: Floats, other: Floats) -> Floats:
    """The smaller of two values of the same sign, else 0."""
    return np.where(one * other > 0, np.sign(one) * np.minimum(np.abs(one), np.abs(other)), 0)


def translated(detail: Floats, slopes: tuple[Floats, Floats], manner: Manner, plain: Mask) -> Floats:
    """The source's `detail` hxwx3, which is written to, as the target would show it; `plain` hxw is bare skin.

    slopes: hxwx3 how fast the colours of source and target change with their luma.
    """
    luma = luma_of(detail)
    shine = np.maximum(luma, 0)
    shine = plain * (shine - SHINE * np.tanh(shine / SHINE))
    shade = plain * (SHADE * np.tanh(luma / SHADE))
    pigment = np.float32(manner.pigment) * (1 - np.float32(1 - SKIN_PIGMENT) * plain)
    for channel in range(3):
        colour, own, wanted = (field[..., channel] for field in (detail, *slopes))
        colour -= luma + own * shade
        colour *= pigment
        colour += np.float32(manner.contrast) * (luma - shine + wanted * shade)
    return detail


def tones_of(colours: Floats) -> Floats:
    """(256, 3) the colour of skin `colours` (n, 3) in logarithms by its luma, from DARKEST to white.

    In bright light red clips first and skin is pale, in shadow it is saturated: no straight line says how much.
    """
    if len(colours) < FEW:
        return np.zeros((256, 3), np.float32)
    luma = colours @ LUMA
    away = colours - luma[:, None]
    groups = np.array_split(np.argsort(luma), TONES)
    knots, means = [luma[group].mean() for group in groups], [away[group].mean(0) for group in groups]
    levels = np.linspace(LOGARITHMS[DARKEST], LOGARITHMS[-1], 256)
    return np.stack([np.interp(levels, knots, channel) for channel in np.transpose(means)], 1).astype(np.float32)


def toned(tones: Floats, luma: Floats) -> Floats:
    """HxWx3 the colour that `tones` have for `luma` HxW."""
    above = np.maximum(luma - LOGARITHMS[DARKEST], 0)
    step = cv2.convertScaleAbs(above, alpha=255 / float(LOGARITHMS[-1] - LOGARITHMS[DARKEST]))
    return np.asarray(cv2.LUT(cv2.merge([step] * 3), tones[None]), np.float32)


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


def manner_of(source: Lit, target: Lit, skin: Mask, face: Mask) -> Manner:
    """How the detail of `source` becomes that of `target`, judged by their `skin` HxW or the whole `face` HxW."""
    inside, painted = skin > 0.5, face > 0.5
    if min(inside.sum(), painted.sum()) < FEW:
        return Manner(1.0, 1.0)
    spread, wanted = (float(np.std(side.shade[inside])) for side in (source, target))
    own, others = source.logarithms, target.logarithms
    share = saturation(others[inside]) / max(saturation(own[inside]), 1e-6)
    return Manner(
        contrast=float(np.clip(wanted / max(spread, 1e-6), *CONTRAST)),
        pigment=min(1.0, share, room(own[painted], others[painted])),
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


def with_shoulder(levels: Floats) -> Image:
    """`levels` hxwx3, which is written to, as uint8; those above the knee are compressed so that hues stay."""
    np.maximum(levels, 0, out=levels)
    top = cv2.max(cv2.max(levels[..., 0], levels[..., 1]), levels[..., 2])
    levels *= SHOULDER.take(np.minimum(top, len(SHOULDER) - 1).astype(np.intp))[..., None]
    return np.asarray(cv2.convertScaleAbs(levels), np.uint8)
