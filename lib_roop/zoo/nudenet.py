"""The net that looks for nudity. It lies in the installed package nudenet, which is not imported; roop has no copy."""

from __future__ import annotations

from .cards import ModelCard

VERSION = "3.4.2"
"""The release of the package whose wheel carries the net."""

NUDENET_320N = ModelCard(
    name="nudenet 320n",
    task="safety",
    file="320n.onnx",
    size=12150158,
    sha256="c15d8273adad2d0a92f014cc69ab2d6c311a06777a55545f2c4eb46f51911f0f",
    licence="AGPL-3.0",
    commercial_use=True,
    inputs={"images": (None, 3, None, None)},
    outputs={"output0": (None, 22, None)},
    read_in="nudenet 3.4.2, the wheel; LICENSE there is the AGPL-3.0, though its metadata says MIT",
)
PARTS = (
    "FEMALE_GENITALIA_COVERED",
    "FACE_FEMALE",
    "BUTTOCKS_EXPOSED",
    "FEMALE_BREAST_EXPOSED",
    "FEMALE_GENITALIA_EXPOSED",
    "MALE_BREAST_EXPOSED",
    "ANUS_EXPOSED",
    "FEET_EXPOSED",
    "BELLY_COVERED",
    "FEET_COVERED",
    "ARMPITS_COVERED",
    "ARMPITS_EXPOSED",
    "FACE_MALE",
    "BELLY_EXPOSED",
    "MALE_GENITALIA_EXPOSED",
    "ANUS_COVERED",
    "FEMALE_BREAST_COVERED",
    "BUTTOCKS_COVERED",
)
"""What rows 4 to 21 of the output score; rows 0 to 3 are a box's centre and size in pixels of the input."""
