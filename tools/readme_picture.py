"""Makes the README's picture: Eileen Collins, Grace Hopper, and Hopper with Collins's face, labelled as altered.

usage: ./run python tools/readme_picture.py docs/hopper-collins.jpg
"""

import sys
from pathlib import Path

import skimage.data
from matplotlib import cbook

from lib_roop import Engine, drawing, images, provenance


def main(path: Path) -> None:
    """Writes the picture."""
    engine = Engine()
    collins = images.read(skimage.data.astronaut()).rgb
    hopper = images.read(cbook.get_sample_data("grace_hopper.jpg", asfileobj=False)).rgb
    altered = engine.swap(collins, hopper).picture.rgb
    places = [engine.detect(picture).faces[0] for picture in (collins, hopper, hopper)]
    captions = "Eileen Collins (NASA)", "Grace Hopper (US Navy)", "altered with roop: Hopper with Collins's face"
    panels = [
        (caption, drawing.close_up(picture, face, zoom=2.4))
        for caption, picture, face in zip(captions, (collins, hopper, altered), places, strict=True)
    ]
    sheet = images.read(drawing.sheet([panels], "roop", width=1200))
    provenance.save(sheet, path, source_type=provenance.COMPOSITE)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
