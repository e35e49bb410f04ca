"""BlendSwap, of the project BlendFace: a picture of the source, 112 pixels, aligned as recognisers see faces.

Contract as facefusion's face_swapper/core.py has it; both pictures go in as RGB 0..1, and 0..1 comes out.
"""

from .crops import pictured as opened

__all__ = ["opened"]
