"""What a running web UI saves of roop's work, where its outputs are at hand (ROOP_HOST_FILES)."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from lib_roop import images
from tests.hosts.client import Host


def test_saved_files_carry_the_mark(host: Host, unit: dict[str, Any], written: Callable[[], Sequence[Path]]) -> None:
    host.txt2img({"units": [unit]})
    (path,) = written()
    (packet,) = images.packets_of(path.read_bytes())
    assert b"digitalsourcetype" in packet
    assert b"roop: " in path.read_bytes().replace(b"\0", b"")


def test_files_without_a_swap_carry_none(host: Host, written: Callable[[], Sequence[Path]]) -> None:
    host.txt2img({"units": []})
    (path,) = written()
    assert images.packets_of(path.read_bytes()) == []


def test_originals_and_rejected_pictures_are_kept_under_names_of_their_own(
    host: Host, unit: dict[str, Any], written: Callable[[], Sequence[Path]]
) -> None:
    host.txt2img({"units": [unit], "job": {"keep_original": True}})
    host.txt2img({"units": [{**unit, "min_similarity": 0.99}], "job": {"keep_rejected": True}})
    paths = written()
    (original,) = [path for path in paths if path.stem.endswith("-before-swap")]
    (rejected,) = [path for path in paths if "roop-rejected" in path.parts]
    assert len(paths) == 3
    assert images.packets_of(original.read_bytes()) == []
    assert images.packets_of(rejected.read_bytes()) != []
    assert "-similarity-0." in rejected.stem
