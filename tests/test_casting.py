"""Who a unit puts there: pictures, folders of them, and kept faces; with fakes for every net."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lib_roop.casting import Sources
from lib_roop.engine import Engine
from lib_roop.errors import InputError, ModelError, OptionError
from lib_roop.host import StandaloneHost
from lib_roop.identities import checkpoints
from lib_roop.options import SwapUnit
from lib_roop.types import Identity, Image
from tests.cli.running import save
from tests.fakes import RECOGNISER, FakeHost, Fakes, Person, angle, drawn, row


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Pictures of persons 10, 12 and 14, one without a face, one that is damaged, and files that are no pictures."""
    place = tmp_path / "people"
    place.mkdir()
    for number in (10, 12, 14):
        save(place / f"p{number}.png", row(number))
    save(place / "empty.png", row())
    (place / "bad.jpg").write_bytes(b"\xff\xd8\xff\xe0 no picture")
    (place / "notes.txt").write_text("x")
    (place / ".hidden.png").write_bytes(b"x")
    (place / "deeper").mkdir()
    return place


def sources(turn: int = 0, engine: Engine | None = None, **options: object) -> Sources:
    return (engine or Fakes().engine()).sources(SwapUnit(**options), turn=turn)  # type: ignore[arg-type]


def names(found: Sources) -> list[str]:
    return [sample[0].identity.name for sample in found.samples]


def kept(folder: Path, *, number: int = 200, recogniser: str = RECOGNISER, picture: Image | None = None) -> Engine:
    """An engine whose folder of faces holds "kept"."""
    fakes = Fakes(host=FakeHost(faces=folder))
    identity = Identity(name="kept", embeddings={recogniser: angle(number)[: checkpoints.LENGTHS[recogniser]]})
    if picture is not None:
        own = fakes.engine().identities(SwapUnit(source=(picture,), similarity=True))[0]
        identity = replace(own, embeddings=identity.embeddings)
    checkpoints.write(identity, folder / "kept.safetensors")
    return fakes.engine()


def test_a_folder_is_all_its_pictures_and_says_what_was_left_out(folder: Path) -> None:
    found = sources(source=(folder,))
    assert names(found) == ["p10", "p12", "p14"]
    (cast,) = found.casts("mean")
    assert (cast.source, cast.identities[0].name, cast.reference.name) == ("people", "people", "p10")
    left = [note for note in found.notes if "was left out" in note]
    assert [note.split()[0] for note in left] == ["bad.jpg", "empty.png"] and len(found.notes) == 2


def test_of_a_folder_at_least_one_picture_must_work(folder: Path) -> None:
    for path in folder.glob("p*.png"):
        path.unlink()
    with pytest.raises(InputError, match="holds no picture with a face that can be used; name another"):
        sources(source=(str(folder),))


def test_a_picture_named_itself_must_work(folder: Path) -> None:
    with pytest.raises(InputError, match="No face was found in empty"):
        sources(source=(folder / "empty.png", folder / "p10.png"))


def test_round_robin_takes_one_for_each_turn_and_passes_over_what_cannot_be_used(folder: Path) -> None:
    taken = [names(sources(turn, source=(folder,), pool="round-robin")) for turn in range(6)]
    assert taken == [["p10"], ["p10"], ["p10"], ["p12"], ["p14"], ["p10"]], "bad and empty give way to the next"
    note = sources(3, source=(folder,), pool="round-robin").notes[-1]
    assert note == f"p12.png was taken from the folder {folder}."


def test_a_random_choice_is_the_same_with_the_same_seed_and_turns_with_the_turn(folder: Path) -> None:
    def taken(seed: int, turn: int) -> str:
        return names(sources(turn, source=(folder,), pool="random", seed=seed))[0]

    chosen = [taken(5, turn) for turn in range(20)]
    assert chosen == [taken(5, turn) for turn in range(20)] and set(chosen) == {"p10", "p12", "p14"}
    assert len({taken(seed, 0) for seed in range(20)}) == 3


def test_a_random_choice_without_a_seed_is_one_of_them(folder: Path) -> None:
    found = sources(source=(folder,), pool="random")
    assert names(found)[0] in {"p10", "p12", "p14"}
    assert found.casts("mean")[0].source == names(found)[0], "the one that was used is named"


def test_sources_that_are_not_blended_are_one_cast_each(folder: Path) -> None:
    casts = sources(source=(row(200), folder), blend="none").casts("none")
    assert [cast.source for cast in casts] == ["picture", "p10", "p12", "p14"]
    assert all(cast.reference is cast.identities[0] for cast in casts)


def test_a_source_alone_keeps_its_own_pixels_and_several_are_reduced() -> None:
    big, engine = drawn(Person((10, 10, 600), 200), size=(620, 620)), Fakes().engine()

    def side(found: Sources) -> int:
        texture = found.samples[0][0].identity.texture
        assert texture is not None
        return int(max(texture.rgb.shape))

    assert side(sources(engine=engine, source=(big,))) > 600
    assert side(sources(engine=engine, source=(big, big))) < 600
    assert side(sources(engine=engine, source=(big, big), blend="none")) > 600


def test_another_person_among_the_sources_is_named_but_stays() -> None:
    found = sources(source=(row(10), row(12), row(14), row(250)))
    assert found.notes == ("picture looks like another person (0.10 to the others).",)
    assert len(found.samples) == 4


def test_a_kept_face_is_named_by_its_name_or_its_file(tmp_path: Path) -> None:
    engine = kept(tmp_path)
    for text in ("kept", str(tmp_path / "kept.safetensors")):
        found = sources(engine=engine, checkpoint=text)
        (cast,) = found.casts("mean")
        assert (cast.source, cast.reference.name) == ("kept", "kept")
        np.testing.assert_array_equal(cast.identities[0].embeddings[RECOGNISER], angle(200))


def test_a_kept_face_is_blended_with_pictures(tmp_path: Path) -> None:
    (cast,) = sources(engine=kept(tmp_path), source=(row(100),), checkpoint="kept").casts("mean")
    assert cast.identities[0].name == "picture+kept"
    np.testing.assert_allclose(cast.identities[0].embeddings[RECOGNISER], (angle(100) + angle(200)) / 2, rtol=1e-5)


def test_faces_of_different_recognisers_are_not_blended(tmp_path: Path) -> None:
    engine = kept(tmp_path, recogniser="dlib_resnet_v1")
    with pytest.raises(ModelError, match="different recognisers"):
        sources(engine=engine, source=(row(100),), checkpoint="kept")
    assert len(sources(engine=engine, source=(row(100),), checkpoint="kept", blend="none").casts("none")) == 2


def test_a_kept_face_with_skin_swaps_as_its_picture_does(tmp_path: Path) -> None:
    engine = kept(tmp_path, picture=row(200))
    swap = engine.swap((), row(10), checkpoint="kept", similarity=True)
    assert swap.result.faces[0].identity == "kept" and swap.source == "kept"
    assert swap.result.faces[0].similarity == pytest.approx(1, abs=1e-3)


def test_a_kept_face_serves_every_number_of_a_source_face(tmp_path: Path) -> None:
    (cast,) = sources(engine=kept(tmp_path), checkpoint="kept", source_face="0,1").casts("mean")
    assert len(cast.identities) == 2


def test_without_any_source_it_is_asked_for() -> None:
    with pytest.raises(OptionError, match="Name at least one source picture, or a face checkpoint"):
        sources()


def test_a_kept_face_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There is no face 'kpet'; did you mean 'kept'"):
        sources(engine=kept(tmp_path), checkpoint="kpet")


def test_a_blend_is_kept_for_the_next_picture_until_a_source_changes() -> None:
    engine = Fakes().engine()
    unit = SwapUnit(source=(row(100), row(110)))
    assert engine.identities(unit) is engine.identities(unit)
    assert engine.identities(unit) is not engine.identities(replace(unit, blend="median"))
    assert engine.identities(unit) is not engine.identities(replace(unit, source=(row(100), row(120))))
    assert engine.identities(unit) is not engine.identities(replace(unit, source=(row(110), row(100))))
    before = engine.identities(unit)
    engine.unload()
    assert engine.identities(unit) is not before


def test_faces_lie_in_the_users_data_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ROOP_HOME", str(tmp_path))
    assert StandaloneHost().face_folder() == tmp_path / "faces"
