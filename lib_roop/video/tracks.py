"""Which faces of neighbouring frames are one and the same: by where they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ..types import Face, Floats

SAME = 0.5
"""Boxes that share so much of the smaller one are one face's."""
GAP = 2
"""For so many frames a face may not be seen and be the same afterwards."""

Faces = Sequence[Face]


def shared(faces: Faces, others: Faces) -> Floats:
    """Which part of the smaller one of each two boxes the other one covers, (n, m)."""
    if not faces or not others:
        return np.zeros((len(faces), len(others)), np.float32)
    a = np.array([face.box for face in faces])[:, None]
    b = np.array([face.box for face in others])[None]
    both = np.clip(np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2]), 0, None).prod(-1)
    smaller = np.minimum((a[..., 2:] - a[..., :2]).prod(-1), (b[..., 2:] - b[..., :2]).prod(-1))
    return np.asarray(both / np.maximum(smaller, 1e-9), np.float32)


def linked(faces: Faces, others: Faces) -> dict[int, Face]:
    """The face among `others`, of another frame, that each of `faces` is, by id; the nearest pairs first."""
    shares = shared(faces, others)
    found: dict[int, Face] = {}
    for _ in range(min(shares.shape)):
        one, other = divmod(int(shares.argmax()), len(others))
        if shares[one, other] < SAME:
            break
        found[faces[one].id] = others[other]
        shares[one], shares[:, other] = -1, -1
    return found


class Paths:
    """The ways of faces through a few frames of one shot. Every two frames are compared once."""

    def __init__(self, frames: Sequence[Faces]) -> None:
        self._frames = frames
        self._links: dict[tuple[int, int], dict[int, Face]] = {}

    def of(self, place: int, face: Face) -> Mapping[int, Face]:
        """The `face` of frame `place` in that frame and in others, as far as it can be followed, by their places."""
        after, before = range(place + 1, len(self._frames)), range(place - 1, -1, -1)
        return {place: face} | self._along(after, place, face) | self._along(before, place, face)

    def missed(self, place: int) -> list[tuple[tuple[int, Face], tuple[int, Face]]]:
        """Faces that frame `place` lacks and that are seen shortly before and after it: where and how, both times."""
        found: list[tuple[tuple[int, Face], tuple[int, Face]]] = []
        known = list(self._frames[place])
        for before in range(place - 1, max(place - 1 - GAP, -1), -1):
            here = self._linked(before, place)
            for face in self._frames[before]:
                ahead = range(before + 1, min(before + 2 + GAP, len(self._frames)))
                later = {} if face.id in here else self._along(ahead, before, face)
                after = min((at for at in later if at > place), default=None)
                if after is None or place in later or (shared([later[after]], known) >= SAME).any():
                    continue
                found.append(((before, face), (after, later[after])))
                known.append(later[after])
        return found

    def _along(self, places: range, at: int, face: Face) -> dict[int, Face]:
        """The face in these frames, one after the other, until it is gone for more than `GAP` of them."""
        found: dict[int, Face] = {}
        for place in places:
            if abs(place - at) > GAP + 1:
                break
            if (other := self._linked(at, place).get(face.id)) is not None:
                found[place] = other
                at, face = place, other
        return found

    def _linked(self, one: int, other: int) -> dict[int, Face]:
        if (one, other) not in self._links:
            self._links[one, other] = linked(self._frames[one], self._frames[other])
        return self._links[one, other]
