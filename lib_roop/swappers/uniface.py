"""UniFace: a picture of the source, 256 pixels, aligned as in FFHQ, as the target is.

Contract as facefusion's face_swapper/core.py has it; the source goes in as RGB 0..1, the target as -1..1.
"""

from .crops import pictured as opened

__all__ = ["opened"]
