"""Which files of a folder are pictures, in which order, and what their results are called."""

import os
from pathlib import Path

import pytest
from PIL import Image as Pillow

from lib_roop.batch import walking
from lib_roop.batch.walking import SOURCE, found, kind, named, pattern, suffix
from lib_roop.errors import InputError, OptionError, PictureError
from lib_roop.options.film import FolderOptions


def put(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"any")
    return folder


def nobody(_: Path) -> bool:
    return False


def still(path: Path) -> Path:
    Pillow.new("RGB", (8, 8), (200, 0, 0)).save(path)
    return path


def moving(path: Path) -> Path:
    frames = [Pillow.new("RGB", (8, 8), (value, 0, 0)) for value in (0, 120, 250)]
    frames[0].save(path, save_all=True, append_images=frames[1:])
    return path


def test_pictures_are_found_at_any_depth_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    put(tmp_path, "b10.png", "b9.JPG", "A/c.webp", "a.tiff", "below/deep/x.bmp")
    assert found(tmp_path, nobody).pictures == ("a.tiff", "A/c.webp", "b9.JPG", "b10.png", "below/deep/x.bmp")


def test_what_is_hidden_is_nobodys_and_what_is_no_picture_is_counted(tmp_path: Path) -> None:
    put(tmp_path, "a.png", ".hidden.png", ".git/x.png", "notes.txt", "data.json", "film.mp4", "below/FILM.MKV")
    seen = found(tmp_path, nobody)
    assert (seen.pictures, seen.films, seen.others) == (("a.png",), ("below/FILM.MKV", "film.mp4"), 2)


def test_links_are_followed_and_do_not_turn_in_a_circle(tmp_path: Path) -> None:
    elsewhere = put(tmp_path / "elsewhere", "far.png")
    folder = put(tmp_path / "in", "a.png", "below/b.png")
    (folder / "below" / "up").symlink_to(folder)
    (folder / "root").symlink_to(tmp_path)
    (folder / "again").symlink_to(folder / "below")
    (folder / "linked").symlink_to(elsewhere)
    (folder / "twice").symlink_to(elsewhere)
    (elsewhere / "self").symlink_to(elsewhere)
    seen = found(folder, nobody).pictures
    assert len(seen) == 3 and {Path(each).name for each in seen} == {"a.png", "b.png", "far.png"}


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may look everywhere")
def test_a_folder_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    put(tmp_path, "a.png", "shut/b.png")
    (tmp_path / "shut").chmod(0)
    try:
        seen = found(tmp_path, nobody)
    finally:
        (tmp_path / "shut").chmod(0o700)
    assert (seen.pictures, seen.unread) == (("a.png",), (str(tmp_path / "shut"),))


def test_a_folder_that_is_none_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        found(tmp_path / "none", nobody)


def test_a_pipe_is_no_picture_and_a_dead_link_is_one_that_fails(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "dead.png").symlink_to(tmp_path / "gone.png")
    seen = found(tmp_path, nobody)
    assert (seen.pictures, seen.others) == (("dead.png",), 1)


@pytest.mark.parametrize("name", ["a.png", "a.gif", "a.webp"])
def test_what_moves_is_known_by_what_the_file_says(tmp_path: Path, name: str) -> None:
    assert kind(still(tmp_path / name)) == "picture"
    assert kind(moving(tmp_path / name)) == "animation"


@pytest.mark.parametrize("length", [0, 3, 12, 20, 40])
@pytest.mark.parametrize("name", ["a.png", "a.gif", "a.webp"])
def test_what_is_cut_short_is_a_picture_that_fails_later(tmp_path: Path, name: str, length: int) -> None:
    path = moving(tmp_path / name)
    path.write_bytes(path.read_bytes()[:length])
    assert kind(path) in ("picture", "animation")


@pytest.mark.parametrize(
    ("names", "target", "expected"),
    [
        ("{folder}/{name}", "a.png", "a"),
        ("{folder}/{name}", "x/y/a.b.png", "x/y/a.b"),
        ("{name}_{source}", "x/a.png", f"a_{SOURCE}"),
        ("{number}", "x/a.png", "000007"),
        ("all/{folder}/../{name}", "a.png", "all/a"),
        ("/{name}{{x}}", "a.png", "a{x}"),
        ("{name}", "x/{source}.png", "{source}"),
    ],
)
def test_names_are_filled(names: str, target: str, expected: str) -> None:
    assert pattern(names, target, 7) == expected


def test_several_results_are_told_apart_by_their_sources() -> None:
    assert named("x/a", "anna", several=False) == "x/a"
    assert named("x/a", "anna", several=True) == "x/a_anna"
    assert named(f"{SOURCE}/a", "an/na", several=True) == "an_na/a"
    assert named(f"{SOURCE}/a", "..", several=False) == "_/a"


def test_very_long_names_are_cut_inside_no_letter() -> None:
    made = named("ä" * 120, "ö" * 200, several=True)
    assert len(made.encode()) <= walking.LONGEST


@pytest.mark.parametrize(
    ("target", "asked", "expected"),
    [("a.JPG", "", ".JPG"), ("a.bmp", "", ".png"), ("a.png", "jpg", ".jpg"), ("a.png", ".WEBP", ".webp")],
)
def test_the_format_is_the_targets_or_the_one_asked_for(target: str, asked: str, expected: str) -> None:
    assert suffix(target, asked) == expected


def test_a_format_that_cannot_be_written_is_said() -> None:
    with pytest.raises(PictureError, match="xyz"):
        suffix("a.png", "xyz")


@pytest.mark.parametrize("names", ["{nme}", "{name:3}", "{name!r}", "{name", "{0}"])
def test_other_braces_than_the_placeholders_are_refused(names: str) -> None:
    with pytest.raises(OptionError, match="placeholders"):
        FolderOptions(names=names)


def test_names_that_are_all_alike_are_refused() -> None:
    with pytest.raises(OptionError, match="tell results apart"):
        FolderOptions(names="{folder}/result")
