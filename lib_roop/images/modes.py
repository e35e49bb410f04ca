"""From Pillow's many modes to grey or RGB samples and alpha."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from ..types import Samples

_PLAIN = {"1": "L", "P": "RGB", "PA": "RGBA", "La": "LA", "RGBa": "RGBA", "RGBX": "RGB", "HSV": "RGB", "YCbCr": "RGB"}
_SEE_THROUGH = {"1": "LA", "L": "LA", "P": "RGBA", "RGB": "RGBA"}


def samples_of(picture: Pillow.Image, deep: bool) -> tuple[Samples, Samples | None, bool]:
    """Pixels, alpha, and whether the pixels are still those that the picture's ICC profile describes.

    deep: the file holds 16-bit samples, which Pillow may have put into 32 bits.
    """
    if picture.mode in ("CMYK", "LAB"):
        return *_split(_managed(picture)), False
    if picture.mode.startswith("I;16") or (picture.mode == "I" and deep):
        pixels = np.ascontiguousarray(picture, np.uint16)
        key = picture.info.get("transparency")
        alpha = np.where(pixels == key, np.uint16(0), np.uint16(65535)) if isinstance(key, int) else None
        return pixels, alpha, True
    if picture.mode in ("I", "F"):
        return _ranged(np.asarray(picture)), None, True
    see_through = "transparency" in picture.info or getattr(picture.palette, "mode", "") == "RGBA"
    wanted = _PLAIN.get(picture.mode, picture.mode)
    wanted = _SEE_THROUGH.get(picture.mode, wanted) if see_through else wanted
    return *_split(np.asarray(picture if wanted == picture.mode else picture.convert(wanted))), True


def _split(samples: NDArray[Any]) -> tuple[Samples, Samples | None]:
    if samples.ndim == 2:
        return samples, None
    if samples.shape[2] == 3:
        return samples, None
    colour = samples[..., 0] if samples.shape[2] == 2 else samples[..., :3]
    return np.ascontiguousarray(colour), np.ascontiguousarray(samples[..., -1])


def _ranged(values: NDArray[Any]) -> Samples:
    """32-bit grey in the depth its values suggest: 0..1 and 0..255 as 8 bits, 0..65535 as 16, else stretched to 8."""
    finite = np.nan_to_num(values.astype(np.float64), posinf=0.0, neginf=0.0)
    low, high = float(finite.min()), float(finite.max())
    if low >= 0 and high <= 1 and values.dtype.kind == "f":
        return np.rint(finite * 255).astype(np.uint8)
    if low >= 0 and high <= 255:
        return np.rint(finite).astype(np.uint8)
    if low >= 0 and high <= 65535:
        return np.rint(finite).astype(np.uint16)
    return np.rint((finite - low) * (255 / max(high - low, 1e-300))).astype(np.uint8)


def _managed(picture: Pillow.Image) -> NDArray[Any]:
    """CMYK or Lab as sRGB: through the picture's profile, without a usable one by Pillow's formula."""
    from PIL import ImageCms

    try:
        lab = picture.mode == "LAB"
        profile: Any = ImageCms.createProfile("LAB") if lab else io.BytesIO(picture.info.get("icc_profile") or b"")
        result = ImageCms.profileToProfile(picture, profile, ImageCms.createProfile("sRGB"), outputMode="RGB")
        return np.asarray(result)
    except ImageCms.PyCMSError:
        return np.asarray(picture.convert("RGB"))
