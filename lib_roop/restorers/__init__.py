"""Restorers: nets that draw a face anew, finer than it came."""

from .aligned import AlignedRestorer as AlignedRestorer
from .faces import restored as restored
