"""Restorers: nets that draw a face anew, finer than it came. What one can do is said in types.py: hosts have some."""

from .aligned import AlignedRestorer as AlignedRestorer
from .faces import restored as restored
