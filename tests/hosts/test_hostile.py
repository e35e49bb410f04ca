"""Hostile files in the folder of kept faces (ROOP_HOST_FACES) of a running web UI: named, said, and never run."""

import io
import os
import pickle
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.hosts.client import Host, Made
from tests.hosts.page import Tab


class Bomb:
    """Unpickling it makes a file."""

    def __init__(self, proof: Path) -> None:
        self._proof = proof

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self._proof),)


def a_pickle(proof: Path) -> bytes:
    return pickle.dumps(Bomb(proof))


def a_zip(proof: Path) -> bytes:
    """As torch saves: an archive with a pickle in it."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("archive/data.pkl", a_pickle(proof))
    return stream.getvalue()


def a_cut_file(_: Path) -> bytes:
    """A header, and nothing of what it speaks of."""
    header = b'{"embedding":{"dtype":"F32","shape":[512],"data_offsets":[0,2048]}}'
    return struct.pack("<Q", len(header)) + header


def a_huge_header(_: Path) -> bytes:
    return struct.pack("<Q", 2**62) + b"{}"


HOSTILE = [a_pickle, a_zip, a_cut_file, a_huge_header, lambda _: b""]
NAMES = ["pickle", "zip", "cut", "huge header", "empty"]


@pytest.mark.parametrize("hostile", HOSTILE, ids=NAMES)
def test_a_hostile_face_is_said_and_the_picture_stays(
    host: Host, plain: Made, kept: Callable[[bytes], str], tmp_path: Path, hostile: Callable[[Path], bytes]
) -> None:
    proof = tmp_path / "proof"
    name = kept(hostile(proof))
    made = host.txt2img({"units": [{"checkpoint": name, "target_faces": "all"}]})
    assert np.array_equal(made.picture, plain.picture)
    note = made.text.partition("roop note: ")[2]
    assert "is no face checkpoint" in note and "roop failed" not in note
    assert name in made.text
    assert not proof.exists()


def test_a_picture_in_the_place_of_a_face_is_said(host: Host, plain: Made, kept: Callable[[bytes], str]) -> None:
    made = host.txt2img({"units": [{"checkpoint": kept(b"\x89PNG\r\n\x1a\n" + bytes(64))}]})
    assert np.array_equal(made.picture, plain.picture) and "is no face checkpoint" in made.text


def test_the_accordion_lists_a_hostile_face_and_says_what_is_wrong_with_it(
    tab: Tab, kept: Callable[[bytes], str], tmp_path: Path
) -> None:
    proof = tmp_path / "proof"
    name = kept(a_pickle(proof))
    (Path(os.environ["ROOP_HOST_FACES"]) / f"{name}.png").write_bytes(a_pickle(proof))
    try:
        tab.of("face1_refresh").click()
        tab.page.wait_for_timeout(1500)
        tab.choose("face1_checkpoint", name)
        said = tab.generate("fake:group")
        assert "is no face checkpoint" in said and "roop failed" not in said
    finally:
        (Path(os.environ["ROOP_HOST_FACES"]) / f"{name}.png").unlink()
        tab.choose("face1_checkpoint", "none")
    assert not proof.exists()
