"""roop face, and swaps with kept faces."""

import json
import os
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import dill
import numpy as np
import pytest
from PIL import Image as Pillow
from safetensors.numpy import load

from lib_roop import images
from lib_roop.engine import Engine
from lib_roop.identities import checkpoints
from lib_roop.types import Identity
from tests.cli.running import Ended, Run, names, save
from tests.cli.test_report import holds
from tests.fakes import RECOGNISER, FakeHost, Fakes, Person, drawn, row


@pytest.fixture
def faces(tmp_path: Path) -> Path:
    """The folder of faces, which does not exist yet."""
    return tmp_path / "home" / "faces"


@pytest.fixture
def fake(faces: Path) -> Engine:
    return Fakes(host=FakeHost(faces=faces)).engine()


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """Three pictures of one person, a.png to c.png, and one of another, other.png."""
    place = tmp_path / "people"
    place.mkdir()
    for name, number in (("a", 200), ("b", 204), ("c", 208), ("other", 0)):
        save(place / f"{name}.png", row(number))
    return place


@pytest.fixture
def run(run_with: Run, fake: Engine) -> Run:
    return lambda *words: run_with(fake, *words)


def pictures(people: Path, *wanted: str) -> list[Path]:
    return [people / f"{name}.png" for name in wanted]


def test_a_face_is_built_and_lies_in_its_folder_with_a_preview(run: Run, people: Path, faces: Path) -> None:
    ended = run("face", "build", "Анна 安娜", *pictures(people, "a", "b", "c"))
    assert ended.code == 0 and not ended.err
    first, _, _, summary, path = ended.out.splitlines()
    assert first.startswith("a  1 face  16 px  sharpness 0.") and "resemblance 1.00" in first
    assert summary.startswith(f"Анна 安娜: {RECOGNISER} (512 numbers), skin 512x512, 3 pictures, age 30, ")
    assert path == str(faces / "Анна 安娜.safetensors")
    assert names(faces) == {"Анна 安娜.safetensors", "Анна 安娜.png"}
    shown = images.read(faces / "Анна 安娜.png").rgb
    assert shown.shape[0] == shown.shape[1]


def test_a_face_is_completed_from_its_pictures(run: Run, people: Path, faces: Path) -> None:
    run("face", "build", "anna", people / "a.png", "--no-texture")
    assert run("face", "show", "anna").err == ""
    run("face", "build", "anna", people / "other.png", "--update").says(2, "look like another person than anna")
    ended = run("face", "build", "anna", people / "b.png", "--update", "--json", "-")
    assert (
        ended.report["texture"]
        and len(ended.report["sources"]) == 2
        and names(faces) == {"anna.safetensors", "anna.png"}
    )
    run("face", "build", "anna", people / "b.png", "--update").says(2, "anna has all that can be added here")
    run("face", "build", "nobody", people / "b.png", "--update").says(2, "There is no face 'nobody'")


def test_a_face_of_another_engine_says_what_it_lacks(run: Run, people: Path, faces: Path) -> None:
    run("face", "build", "anna", people / "a.png")
    path = faces / "anna.safetensors"
    kept = checkpoints.read(path).identity
    checkpoints.write(replace(kept, embeddings={"dlib_resnet_v1": np.ones(128, np.float32)}), path, overwrite=True)
    shown = run("face", "show", "anna")
    assert (
        shown.code == 0 and f"anna lacks {RECOGNISER}" in shown.err and "face build anna PICTURE --update" in shown.err
    )


def test_the_preview_is_the_best_picture(run: Run, people: Path, faces: Path) -> None:
    save(people / "large.png", drawn(Person((20, 20, 300), 201), size=(340, 340)))
    run("face", "build", "anna", *pictures(people, "a", "large"))
    shown = images.read(faces / "anna.png").rgb
    assert shown.shape == (256, 256, 3) and shown[128, 128, 1] == 201


def test_another_person_is_named_and_left_out_when_asked(run: Run, people: Path, faces: Path) -> None:
    words = ("face", "build", "x", *pictures(people, "a", "b", "c", "other"), "--json", "-")
    kept = run(*words).report
    assert [row["outlier"] for row in kept["pictures"]] == [False, False, False, True]
    assert all(row["used"] for row in kept["pictures"])
    assert kept["notes"] == ["other looks like another person (0.31 to the others)."]
    dropped = run(*words, "--drop-outliers", "--overwrite").report
    assert [row["used"] for row in dropped["pictures"]] == [True, True, True, False]
    assert (len(kept["sources"]), len(dropped["sources"])) == (4, 3)
    shown = run("face", "build", "y", *pictures(people, "a", "b", "c", "other"), "--drop-outliers")
    assert shown.out.splitlines()[3].endswith("another person? left out")


def test_the_largest_face_of_a_picture_counts(run: Run, people: Path) -> None:
    save(people / "two.png", row(20, 200))
    (told,) = run("face", "build", "x", people / "two.png", "--json", "-").report["pictures"]
    assert (told["name"], told["faces"], told["size"]) == ("two", 2, 17)


def test_a_folder_of_pictures_is_taken_whole(run: Run, people: Path) -> None:
    (people / "empty.png").unlink(missing_ok=True)
    save(people / "empty.png", row())
    report = run("face", "build", "x", people, "--json", "-").report
    assert [told["name"] for told in report["pictures"]] == ["a", "b", "c", "other"]
    assert any(note.startswith("empty.png was left out") for note in report["notes"])


def test_of_several_faces_that_of_the_person_in_most_pictures_is_picked_where_asked(run: Run, people: Path) -> None:
    save(people / "both.png", row(206, 0))
    words = ("face", "build", "x", *pictures(people, "a", "b", "both"), "--overwrite", "--json", "-")
    largest, alike = (run(*words, "--pick", pick).report for pick in ("largest", "alike"))
    assert [told["outlier"] for told in largest["pictures"]] == [False, False, True]
    assert [told["outlier"] for told in alike["pictures"]] == [False, False, False]
    assert alike["pictures"][2]["name"] == "both.png (face 2 of 2)" and run(*words).report["pictures"][2]["outlier"]
    holds(alike["pictures"][2], "A picture of face build")


def test_without_skin_a_face_is_small_and_the_mesh_model_names_it(roop: Run, here: Path) -> None:
    home = here / "kept"
    assert roop("face", "build", "pale", here / "pale.png", "--no-texture", "--out", home).code == 0
    assert 2000 < (home / "pale.safetensors").stat().st_size < 5000
    words = ("--checkpoint", home / "pale.safetensors", "--target", here / "dark.png")
    roop("swap", *words).says(2, '"pale" has no skin for the mesh model to paint with')
    assert "pale_dark.png" not in names(here)


def test_a_kept_face_swaps_like_its_picture(roop: Run, here: Path) -> None:
    roop("face", "build", "pale", here / "pale.png", "--out", here / "kept")
    checkpoint, target = here / "kept" / "pale.safetensors", here / "dark.png"
    words = ("--similarity", "--json", "-")
    direct = roop("swap", "--source", here / "pale.png", "--target", target, "--output", here / "1.png", *words).report
    kept = roop("swap", "--checkpoint", checkpoint, "--target", target, "--output", here / "2.png", *words).report
    one, other = direct["faces"][0]["similarity"], kept["faces"][0]["similarity"]
    assert other == pytest.approx(one, abs=0.03)
    difference = np.abs(images.read(here / "1.png").rgb.astype(int) - images.read(here / "2.png").rgb)
    assert difference.mean() < 0.3
    both = roop("swap", "--checkpoint", checkpoint, "--source", here / "pale.png", "--target", target, *words).report
    assert both["faces"][0]["identity"] == "pale" and names(here) >= {"pale_dark.png"}


def test_the_texture_of_several_pictures_swaps_too(roop: Run, here: Path) -> None:
    Pillow.open(here / "pale.png").transpose(Pillow.Transpose.FLIP_LEFT_RIGHT).save(here / "mirrored.png")
    pictures_ = ("--source", here / "pale.png", here / "mirrored.png")
    (face,) = roop("swap", *pictures_, "--target", here / "dark.png", "--similarity", "--json", "-").report["faces"]
    (alone,) = roop(
        "swap", "--source", here / "pale.png", "--target", here / "dark.png", "--similarity", "--json", "-"
    ).report["faces"]
    assert face["identity"] == "pale+mirrored" and face["similarity"] > alone["similarity"] - 0.1


def test_a_kept_face_is_shown_listed_and_removed(run: Run, people: Path, faces: Path) -> None:
    run("face", "build", "anna", people / "a.png", "--sex", "female")
    run("face", "build", "Bob", people / "other.png", "--no-texture")
    shown = run("face", "show", "anna").out
    assert "female, age 30" in shown and "made by roop, 20" in shown and str(faces / "anna.safetensors") in shown
    listed = run("face", "list").out.splitlines()
    assert [line.split()[0] for line in listed] == ["anna", "Bob", str(faces)]
    assert "with skin" in listed[0] and "no skin" in listed[1]
    run("face", "remove", "anna").says(2, "Nothing was deleted; roop face remove anna --yes deletes", "for good")
    assert "anna.safetensors" in names(faces)
    assert run("face", "remove", "anna", "--yes").out.count("deleted ") == 2
    assert names(faces) == {"Bob.safetensors"}
    run("face", "show", "ann").says(2, "There is no face 'ann'")


def test_a_damaged_face_is_listed_as_such_and_can_be_removed(run: Run, people: Path, faces: Path) -> None:
    run("face", "build", "anna", people / "a.png")
    (faces / "bad.safetensors").write_bytes(b"x")
    ended = run("face", "list")
    assert ended.code == 0 and "bad   damaged" in ended.out and "bad.safetensors is no face checkpoint" in ended.err
    assert run("face", "remove", "bad", "--yes").code == 0


def test_without_faces_the_list_is_empty(run: Run) -> None:
    assert run("face", "list").out.startswith("no faces\n")


def test_nothing_is_written_over_unless_asked(run: Run, people: Path, faces: Path) -> None:
    words = ("face", "build", "anna", people / "a.png")
    run(*words)
    before = {path.name: path.read_bytes() for path in faces.iterdir()}
    run(*words, people / "b.png").says(2, "anna.safetensors is there already")
    assert {path.name: path.read_bytes() for path in faces.iterdir()} == before
    assert run(*words, people / "b.png", "--overwrite").code == 0
    (faces / "own.png").write_bytes(b"mine")
    run("face", "build", "own", people / "a.png").says(2, "own.png is there already")
    assert (faces / "own.png").read_bytes() == b"mine" and "own.safetensors" not in names(faces)


@pytest.mark.parametrize("name", ["../x", "a/b", "CON", "end.", "x" * 300, ""])
def test_a_name_that_cannot_be_is_refused_before_any_work(run: Run, people: Path, faces: Path, name: str) -> None:
    assert run("face", "build", name, people / "a.png").code == 2
    assert not faces.exists()


def test_a_face_is_exported_with_a_warning(run: Run, people: Path, tmp_path: Path) -> None:
    run("face", "build", "anna", people / "a.png")
    ended = run("face", "export", "anna", tmp_path / "out.safetensors")
    assert ended.code == 0 and "biometric data" in ended.err
    assert checkpoints.read(tmp_path / "out.safetensors").identity.texture is not None
    run("face", "export", "anna", tmp_path / "out.safetensors").says(2, "is there already")


def test_a_face_for_another_tool_needs_its_recogniser(run: Run, people: Path, tmp_path: Path, faces: Path) -> None:
    run("face", "build", "anna", people / "a.png")
    path = tmp_path / "out.safetensors"
    assert run("face", "export", "anna", path, "--format", "reactor").code == 0, "fakes recognise as ArcFace does"
    assert len(load(path.read_bytes())) == 9
    bare = Identity(name="bare", embeddings={"dlib_resnet_v1": np.ones(128, np.float32)})
    checkpoints.write(bare, faces / "bare.safetensors")
    run("face", "export", "bare", tmp_path / "2.safetensors", "--format", "faceswaplab").says(
        2, 'The face "bare" has no w600k_r50 embedding, which faceswaplab needs'
    )


def test_an_old_roops_face_is_imported(run: Run, tmp_path: Path, faces: Path) -> None:
    old = tmp_path / "Жанна.pkl"
    old.write_bytes(dill.dumps({"embedding": np.ones(512, np.float32), "gender": 0, "age": 25}))
    assert run("swap", "--checkpoint", old, "--target", tmp_path / "t.png").code == 2
    ended = run("face", "import", old)
    assert ended.code == 0 and "w600k_r50 (512 numbers), no skin, female, age 25" in ended.out
    assert checkpoints.read(faces / "Жанна.safetensors").identity.age == 25
    assert run("face", "import", old, "other").code == 0 and "other.safetensors" in names(faces)
    run("face", "import", old).says(2, "is there already")


def test_a_pickle_that_runs_something_is_not_imported(run: Run, tmp_path: Path, faces: Path) -> None:
    bad = tmp_path / "bad.pkl"
    bad.write_bytes(b"cos\nsystem\n(X\x05\x00\x00\x00falsetR.")
    run("face", "import", bad).says(2, "was not opened (it wants to run os.system)")
    assert not faces.exists()


def test_several_results_are_written_by_their_sources(run: Run, people: Path, tmp_path: Path) -> None:
    target = save(tmp_path / "t.png", row(10))
    words = ("swap", "--source", *pictures(people, "a", "other"), "--blend", "none", "--target", target, "--json", "-")
    report = run(*words, "--output", tmp_path / "out.png").report
    assert [result["source"] for result in report["results"]] == ["a", "other"]
    assert [Path(result["output"]).name for result in report["results"]] == ["out_a.png", "out_other.png"]
    assert report["output"] == report["results"][0]["output"] and report["faces"] == report["results"][0]["faces"]
    holds(report, "Every report", "swap")
    for result in report["results"]:
        holds(result, "A result of swap")
    run(*words)
    assert names(tmp_path) >= {"out_a.png", "out_other.png", "a_t.png", "other_t.png"} and "out.png" not in names(
        tmp_path
    )


def test_sources_of_one_name_do_not_write_over_each_other(run: Run, people: Path, tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    save(tmp_path / "more" / "a.png", row(20))
    target = save(tmp_path / "t.png", row(10))
    words = ("--source", people / "a.png", tmp_path / "more" / "a.png", "--blend", "none", "--target", target)
    assert run("swap", *words, "--output", tmp_path / "out.png").code == 0
    assert {"out_a.png", "out_a_1.png"} <= names(tmp_path)


def test_a_result_of_several_is_not_written_over_an_input(run: Run, people: Path, tmp_path: Path) -> None:
    target = save(tmp_path / "out_a.png", row(10))
    before = target.read_bytes()
    words = ("--source", *pictures(people, "a", "b"), "--blend", "none", "--target", target)
    run("swap", *words, "--output", tmp_path / "out.png").says(2, "would be written over the target")
    assert target.read_bytes() == before and "out_b.png" not in names(tmp_path)


def test_of_several_results_those_below_the_minimum_are_dropped(run: Run, people: Path, tmp_path: Path) -> None:
    target = save(tmp_path / "t.png", row(10))
    words = ("--source", *pictures(people, "other", "a"), "--blend", "none", "--target", target, "--json", "-")
    report = run("swap", *words, "--strength", "0.1", "--min-similarity", "0.9").report
    assert report["exit_code"] == 0 and report["error"] is None
    assert [bool(result["output"]) for result in report["results"]] == [True, False]
    assert "similarity" in report["results"][1]["rejected"] and "a_t.png" not in names(tmp_path)
    report = run("swap", *words, "--strength", "0", "--min-similarity", "1").report
    assert report["exit_code"] == 3 and report["output"] is None


def test_a_note_is_kept_shown_and_deleted(run: Run, people: Path, faces: Path) -> None:
    run("face", "build", "anna", people / "a.png")
    assert run("face", "note", "anna", "agreed\nin May").out == f"{faces / 'anna.safetensors'}\n"
    assert "\nnote: agreed in May\n" in run("face", "show", "anna").out
    assert reported(run, "list")["faces"][0]["note"] == "agreed\nin May"  # type: ignore[index]
    run("face", "build", "berta", people / "a.png", "--no-texture")
    run("face", "note", "berta", "hers")
    assert reported(run, "build", "berta", people / "b.png", "--update")["note"] == "hers"
    assert run("face", "note", "anna", "").code == 0 and "note:" not in run("face", "show", "anna").out
    run("face", "note", "anna", "x" * 1001).says(2, "at most 1000 letters")
    run("face", "note", "clara", "x").says(2, "There is no face 'clara'")


def test_an_export_says_that_the_note_goes_along(run: Run, people: Path, tmp_path: Path, faces: Path) -> None:
    run("face", "build", "anna", people / "a.png")
    run("face", "note", "anna", "hers")
    ended = run("face", "export", "anna", tmp_path / "a.safetensors")
    assert "The note that you wrote about the face goes with it." in ended.err
    assert (tmp_path / "a.safetensors").read_bytes() == (faces / "anna.safetensors").read_bytes()
    assert "note" not in run("face", "export", "anna", tmp_path / "b.safetensors", "--format", "reactor").err


def test_a_face_is_renamed(run: Run, people: Path, faces: Path) -> None:
    for name in ("anna", "berta"):
        run("face", "build", name, people / "a.png")
    run("face", "rename", "anna", "berta").says(2, "There is a face 'berta' already")
    assert run("face", "rename", "anna", "Жанна").code == 0
    assert names(faces) == {"Жанна.safetensors", "Жанна.png", "berta.safetensors", "berta.png"}


def test_a_folder_of_faces_is_imported(run: Run, people: Path, tmp_path: Path, faces: Path) -> None:
    source = tmp_path / "from"
    source.mkdir()
    run("face", "import", source).says(2, "holds no file of a face")
    (source / "bad.pkl").write_bytes(b"no face")
    run("face", "import", source).says(2, "No file of the folder", "bad.pkl is no face")
    (source / "old.pkl").write_bytes(dill.dumps({"embedding": np.ones(512, np.float32), "gender": 0, "age": 25}))
    run("face", "import", source, "name").says(2, "A folder takes neither a name")
    ended = run("face", "import", source)
    assert ended.code == 5 and "old.pkl  It was taken in." in ended.out
    assert "bad.pkl is no face" in ended.err and "1 of 2 files could not be taken in" in ended.err
    assert names(faces) == {"old.safetensors"}
    (source / "bad.pkl").unlink()
    assert "It is kept already, as old." in run("face", "import", source).out


def reported(run: Run, *words: object) -> dict[str, object]:
    ended: Ended = run("face", *words, "--json", "-")
    report: dict[str, object] = ended.report
    return report


def test_the_reports_are_as_documented(run: Run, people: Path, tmp_path: Path) -> None:
    built = reported(run, "build", "anna", people / "a.png", people / "b.png")
    holds(built, "Every report", "face", "A kept face", "face build")
    for told in built["pictures"]:  # type: ignore[attr-defined]
        holds(told, "A picture of face build")
    holds(reported(run, "show", "anna"), "Every report", "face", "A kept face", "Where a kept face is from")
    listed = reported(run, "list")
    holds(listed, "Every report", "face", "face list")
    holds(listed["faces"][0], "A kept face", "Where a kept face is from")  # type: ignore[index]
    for words in (("note", "anna", "hers"), ("rename", "anna", "anna")):
        holds(reported(run, *words), "Every report", "face", "A kept face")
    holds(reported(run, "export", "anna", tmp_path / "x.safetensors"), "Every report", "face", "face export")
    holds(reported(run, "import", tmp_path / "x.safetensors"), "Every report", "face", "A kept face")
    (tmp_path / "from").mkdir()
    (tmp_path / "x.safetensors").rename(tmp_path / "from" / "y.safetensors")
    several = reported(run, "import", tmp_path / "from")
    holds(several, "Every report", "face", "face import of a folder")
    holds(several["files"][0], "A file of face import")  # type: ignore[index]
    holds(reported(run, "remove", "anna", "--yes"), "Every report", "face", "face remove")


def test_the_report_of_an_examination_is_as_documented(roop: Run, here: Path) -> None:
    roop("face", "build", "pale", here / "pale.png", "--out", here / "kept")
    report = reported(roop, "doctor", here / "kept" / "pale.safetensors")
    holds(report, "Every report", "face", "face doctor")
    holds(report["uses"][0], "A use of face doctor")  # type: ignore[index]
    told = roop("face", "doctor", here / "kept" / "pale.safetensors").out
    assert told.splitlines() == report["findings"] and "is like the face by 0." in told


def test_a_report_is_not_written_over_a_picture(run: Run, people: Path) -> None:
    run("face", "build", "x", people / "a.png", "--json", people / "a.png").says(2, "is a source picture")


def test_a_picture_of_a_source_folder_is_not_written_over(run: Run, people: Path, tmp_path: Path) -> None:
    target = save(tmp_path / "t.png", row(10))
    before = (people / "a.png").read_bytes()
    words = ("swap", "--source", people, "--target", target, "--output")
    run(*words, people / "a.png").says(2, "is a source picture, which would be lost")
    assert (people / "a.png").read_bytes() == before
    assert run(*words, people / "new.png").code == 0


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_nobody_else_on_the_machine_may_read_a_face_or_its_preview(run: Run, people: Path, faces: Path) -> None:
    run("face", "build", "anna", people / "a.png")
    assert faces.stat().st_mode & 0o777 == 0o700
    assert {path.name: path.stat().st_mode & 0o777 for path in faces.iterdir()} == {
        "anna.safetensors": 0o600,
        "anna.png": 0o600,
    }


def test_an_imported_face_does_not_keep_the_preview_of_another(run: Run, people: Path, tmp_path: Path) -> None:
    faces = tmp_path / "home" / "faces"
    run("face", "build", "anna", people / "a.png")
    run("face", "export", "anna", tmp_path / "x.safetensors")
    assert run("face", "import", tmp_path / "x.safetensors", "anna", "--overwrite").code == 0
    assert names(faces) == {"anna.safetensors"}
    (faces / "own.png").write_bytes(b"mine")
    run("face", "import", tmp_path / "x.safetensors", "own").says(2, "own.png is there already")
    assert (faces / "own.png").read_bytes() == b"mine" and "own.safetensors" not in names(faces)


def test_a_preview_without_its_face_can_be_removed(run: Run, people: Path, faces: Path) -> None:
    run("face", "build", "anna", people / "a.png")
    (faces / "anna.safetensors").unlink()
    run("face", "remove", "anna").says(2, "Nothing was deleted", "anna.png for good")
    assert run("face", "remove", "anna", "--yes").out == f"deleted {faces / 'anna.png'}\n"
    assert not names(faces)
    run("face", "remove", "anna", "--yes").says(2, "There is no face 'anna'")


def test_without_skin_there_is_no_preview_and_an_old_one_goes(run: Run, people: Path, faces: Path) -> None:
    run("face", "build", "anna", people / "a.png")
    report = run("face", "build", "anna", people / "a.png", "--no-texture", "--overwrite", "--json", "-").report
    assert report["preview"] is None and names(faces) == {"anna.safetensors"}


def test_a_face_cannot_be_called_as_what_it_could_not_be_found_by(run: Run, people: Path, faces: Path) -> None:
    run("face", "build", "a.pkl", people / "a.png").says(2, "without the suffix")
    assert not faces.exists()


def test_a_face_is_exported_as_what_it_is(run: Run, people: Path, tmp_path: Path) -> None:
    run("face", "build", "anna", people / "a.png")
    run("face", "export", "anna", tmp_path / "x.png").says(2, "x.png is no .safetensors file; call it x.safetensors")
    assert not (tmp_path / "x.png").exists()


def test_what_a_face_says_of_itself_cannot_move_the_cursor(run: Run, faces: Path) -> None:
    identity = Identity(name="x", embeddings={"dlib_resnet_v1": np.ones(128, np.float32)})
    data = checkpoints.encode(identity).replace(b'"created":"20', b'"created":"\\n', 1)
    faces.mkdir(parents=True)
    (faces / "x.safetensors").write_bytes(data)
    assert len(run("face", "show", "x").out.splitlines()) == 4


@pytest.mark.skipif(os.name == "nt", reason="Windows allows no such names")
def test_what_a_file_is_called_cannot_move_the_cursor(run: Run, faces: Path) -> None:
    faces.mkdir(parents=True)
    identity = Identity(name="x", embeddings={"dlib_resnet_v1": np.ones(128, np.float32)})
    checkpoints.write(identity, faces / "a\x1b[2J.safetensors")
    (faces / "b\x1b[2J.safetensors").write_bytes(b"x")
    ended = run("face", "list")
    assert ended.code == 0 and "\x1b" not in ended.out + ended.err


def audited(run: Run, tmp_path: Path, *words: object) -> list[dict[str, str]]:
    """The source files that the report of a swap names."""
    target, report = save(tmp_path / "t.png", row(10)), tmp_path / "r.json"
    assert run("swap", *words, "--target", target, "--output", tmp_path / "o.png", "--report", report).code == 0
    told = json.loads(report.read_text())["inputs"]
    for each in told:
        assert each["sha256"] == sha256(Path(each["file"]).read_bytes()).hexdigest()
    return [each for each in told if each["what"] != "the target"]


def test_an_auditor_is_told_the_file_of_a_kept_face(run: Run, people: Path, tmp_path: Path, faces: Path) -> None:
    run("face", "build", "anna", people / "a.png")
    (told,) = audited(run, tmp_path, "--checkpoint", "anna")
    assert (told["what"], told["file"]) == ("the face of --checkpoint", str(faces / "anna.safetensors"))


def test_an_auditor_is_told_the_pictures_of_a_folder(run: Run, people: Path, tmp_path: Path) -> None:
    (people / "notes.txt").write_text("no picture")
    told = audited(run, tmp_path, "--source", people)
    assert [Path(each["file"]).name for each in told] == ["a.png", "b.png", "c.png", "other.png"]


def test_an_auditor_is_told_the_one_picture_that_a_pool_took(run: Run, people: Path, tmp_path: Path) -> None:
    (told,) = audited(run, tmp_path, "--source", people, "--pool", "round-robin")
    assert Path(told["file"]) == (people / "a.png").resolve()


def test_a_result_in_its_source_folder_is_no_source(run: Run, people: Path, tmp_path: Path) -> None:
    target, report = save(tmp_path / "t.png", row(10)), tmp_path / "r.json"
    words = ("--source", people, "--target", target, "--output", people / "new.png", "--report", report)
    assert run("swap", *words).code == 0
    read = {Path(each["file"]).name for each in json.loads(report.read_text())["inputs"]}
    assert read == {"t.png", "a.png", "b.png", "c.png", "other.png"}


@pytest.mark.parametrize("letter", ["x", "ж", "安", "👩"])
def test_names_of_any_script_are_cut_to_what_file_systems_allow(
    run: Run, people: Path, tmp_path: Path, letter: str
) -> None:
    stem = "a" + letter * (230 // len(letter.encode()))
    target = save(tmp_path / f"{stem}.png", row(10))
    source = (people / "a.png").rename(people / f"{stem}.png")
    (written,) = run("swap", "--source", source, "--target", target, "--json", "-").report["results"]
    name = Path(written["output"]).name
    assert 190 < len(name.encode()) < 210 and set(name) <= {"a", letter, *"_.png"}
