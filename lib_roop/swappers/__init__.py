"""Putting one face onto another: one file a family."""

from .mesh import MeshSwapper as MeshSwapper
