"""The composition root: reads, caches, plans and applies; with fakes for every net."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from lib_roop import images, provenance
from lib_roop.engine import Engine, Swap
from lib_roop.errors import InputError, ModelError, NoFaceError, OptionError, PictureError, Refused
from lib_roop.options import SwapUnit
from lib_roop.types import Detection, Image
from lib_roop.zoo.builtin import BLAZEFACE, FACEMESH
from tests.fakes import RECOGNISER, FakeDetector, FakeGate, FakeHost, Fakes, Person, angle, drawn, people, row


def saved(path: Path, picture: Image) -> Path:
    Pillow.fromarray(picture).save(path)
    return path


def test_a_swap_is_one_call() -> None:
    swap = Fakes().engine().swap(row(200), row(10, 20), target_faces="1")
    assert people(swap.result.image) == [10, 200]
    assert np.array_equal(swap.picture.rgb, swap.result.image)


def test_a_source_may_be_a_path_a_picture_or_an_array(tmp_path: Path) -> None:
    path = saved(tmp_path / "him.png", row(200))
    engine = Fakes().engine()
    for source in (path, str(path), Pillow.fromarray(row(200)), row(200), images.read(path)):
        assert people(engine.swap(source, row(10)).result.image) == [200]


def test_the_report_names_the_source_picture_and_its_face(tmp_path: Path) -> None:
    path = saved(tmp_path / "them.png", row(200, 210))
    engine = Fakes().engine()
    assert engine.swap(path, row(10)).result.faces[0].identity == "them"
    assert engine.swap(path, row(10), source_face="1").result.faces[0].identity == "them#1"


def test_a_misspelt_option_is_named() -> None:
    with pytest.raises(OptionError, match="did you mean 'strength'"):
        Fakes().engine().swap(row(200), row(10), strenght=1)


def test_many_units_look_at_the_target_once() -> None:
    fakes = Fakes()
    units = [SwapUnit(source=(row(200),), target_faces=str(number)) for number in range(3)]
    (swap,) = fakes.engine().run(row(10, 20, 30), units)
    assert people(swap.result.image) == [200, 200, 200]
    assert fakes.detector.calls == 2, "once for the source, once for the target"


def test_the_same_pixels_from_two_files_are_analysed_once(tmp_path: Path) -> None:
    fakes = Fakes()
    engine = fakes.engine()
    for name in ("a.png", "b.bmp"):
        assert len(engine.detect(saved(tmp_path / name, row(10, 20))).faces) == 2
    assert fakes.detector.calls == 1


def test_a_file_that_changes_is_looked_at_again(tmp_path: Path) -> None:
    engine = Fakes().engine()
    assert len(engine.detect(saved(tmp_path / "a.png", row(10, 20))).faces) == 2
    assert len(engine.detect(saved(tmp_path / "a.png", row(10))).faces) == 1


def test_asking_for_more_adds_to_what_was_found() -> None:
    fakes = Fakes()
    engine = fakes.engine()
    engine.detect(row(10))
    assert engine.detect(row(10), embeddings=True).faces[0].embeddings
    assert engine.detect(row(10), attributes=True).faces[0].age == 30
    engine.detect(row(10), embeddings=True)
    assert (fakes.detector.calls, fakes.recogniser.calls) == (1, 1)
    engine.detect(row(10), threshold=0.4)
    assert fakes.detector.calls == 2
    engine.unload()
    engine.detect(row(10))
    assert fakes.detector.calls == 3


@dataclass
class MeetingDetector(FakeDetector):
    """Finds nothing, and only when another thread looks as well."""

    meeting: threading.Barrier = field(default_factory=lambda: threading.Barrier(2, timeout=10))

    def detect(self, image: Image, threshold: float) -> Detection:
        self.meeting.wait()
        return Detection(())


def test_two_threads_look_at_two_pictures_side_by_side() -> None:
    engine = Fakes(detector=MeetingDetector()).engine()
    with ThreadPoolExecutor(2) as threads:
        assert [found.faces for found in threads.map(engine.detect, [row(10), row(20)])] == [(), ()]


def test_what_could_not_be_made_is_tried_again() -> None:
    detector = MeetingDetector(meeting=threading.Barrier(2, timeout=0.01))
    engine = Fakes(detector=detector).engine()
    for _ in range(2):
        with pytest.raises(threading.BrokenBarrierError):
            engine.detect(row(10))


@pytest.mark.parametrize("threshold", [2, float("nan"), 0, -1])
def test_a_threshold_out_of_range_is_refused(threshold: float) -> None:
    with pytest.raises(OptionError, match="detection_threshold"):
        Fakes().engine().detect(row(10), threshold=threshold)


def test_what_was_used_longest_ago_is_forgotten_first() -> None:
    fakes = Fakes()
    engine = fakes.engine()
    for number in range(257):
        engine.detect(drawn(Person((0, 0, 4), number % 250), size=(5, 5 + number // 250)))
    calls = fakes.detector.calls
    engine.detect(drawn(Person((0, 0, 4), 6), size=(5, 6)))
    assert fakes.detector.calls == calls
    engine.detect(drawn(Person((0, 0, 4), 0), size=(5, 5)))
    assert fakes.detector.calls == calls + 1


def test_recognition_runs_only_when_something_is_measured() -> None:
    fakes = Fakes()
    engine = fakes.engine()
    engine.swap(row(200), row(10))
    assert fakes.recogniser.calls == 0
    report = engine.swap(row(200), row(10), similarity=True).result.faces[0]
    assert report.similarity == pytest.approx(1, abs=1e-5)
    assert fakes.recogniser.calls == 2, "the source and the result"


def test_several_sources_are_blended_and_the_first_is_the_reference() -> None:
    report = Fakes().engine().swap([row(100), row(200)], row(10), similarity=True).result.faces[0]
    mean = (angle(100) + angle(200)) / 2
    assert report.similarity == pytest.approx(float(angle(100) @ mean / np.linalg.norm(mean)), abs=1e-4)
    assert report.reference_similarity == pytest.approx(1, abs=1e-4)


def test_someone_named_by_a_picture_is_replaced_wherever_they_stand() -> None:
    swap = Fakes().engine().swap(row(200), row(10, 240), like=row(238), similarity=False)
    assert people(swap.result.image) == [10, 200]
    assert swap.result.faces[0].reason.startswith("resemblance 0.1")


def test_with_several_faces_in_the_picture_of_like_the_largest_counts() -> None:
    swap = Fakes().engine().swap(row(200), row(10, 240), like=row(12, 238))
    assert people(swap.result.image) == [10, 200]


def test_the_sex_of_the_source_selects() -> None:
    fakes = Fakes()
    swap = fakes.engine().swap(row(200, sexes=(2,)), row(10, 20, sexes=(1, 2)), sex="same")
    assert people(swap.result.image) == [10, 200]


def test_sex_is_refused_where_nothing_can_tell() -> None:
    with pytest.raises(OptionError, match="cannot tell a face's sex"):
        Fakes(attributes=None).engine().swap(row(200), row(10), sex="female")


@pytest.mark.parametrize("where", ["source", "like"])
def test_a_picture_that_must_show_a_face_and_does_not_is_the_users_error(where: str) -> None:
    with pytest.raises(InputError, match="No face was found in picture; choose a picture that shows one clearly"):
        Fakes().engine().swap(**{"source": row(200), "target": row(10), "like": row(5), where: row()})


def test_a_source_number_out_of_range_says_how_many_faces_there_are() -> None:
    with pytest.raises(InputError, match="has no face 2: it shows 1 face, numbered from 0"):
        Fakes().engine().swap(row(200), row(10), source_face="2")


def test_source_faces_are_numbered_in_the_order_asked_for() -> None:
    picture = drawn(Person((0, 30, 20), 100), Person((30, 0, 20), 200))
    assert people(Fakes().engine().swap(picture, row(10), order="top-bottom").result.image) == [200]


def test_a_source_is_found_as_easily_as_ever_when_the_target_must_be_sure() -> None:
    source = drawn(Person((10, 10, 20), 200, score=140))
    assert Fakes().engine().swap(source, row(10), detection_threshold=0.9).result.swapped == 1


def test_a_target_without_faces_is_no_face() -> None:
    with pytest.raises(NoFaceError):
        Fakes().engine().swap(row(200), row())


def test_nothing_to_do_is_said() -> None:
    with pytest.raises(OptionError, match="name at least one unit"):
        Fakes().engine().run(row(10), [])
    with pytest.raises(OptionError, match="Name at least one source picture"):
        Fakes().engine().run(row(10), [SwapUnit()])


def test_a_plan_can_be_looked_at_before_it_is_carried_out() -> None:
    fakes = Fakes()
    engine = fakes.engine()
    picture = images.read(row(10, 20))
    plan = engine.plan(picture, [SwapUnit(source=(row(200),), target_faces="5")])
    assert plan.missing == ((5, 2),) and not plan.assignments and not fakes.swapper.batches


def test_a_refusal_reaches_the_caller() -> None:
    fakes = Fakes(gate=FakeGate(refuses=1))
    with pytest.raises(Refused):
        fakes.engine().swap(row(200), row(10))
    assert not fakes.swapper.batches


def test_a_stop_leaves_the_picture() -> None:
    swap = Fakes(host=FakeHost(stop=True)).engine().swap(row(200), row(10))
    assert swap.result.swapped == 0 and people(swap.result.image) == [10]


def test_pictures_are_compared_by_their_largest_faces(tmp_path: Path) -> None:
    fakes = Fakes()
    path = saved(tmp_path / "a.png", row(250, 100))
    assert fakes.engine().compare(path, images.read(row(110))) == pytest.approx(
        float(angle(100) @ angle(110)), abs=1e-5
    )


def test_a_deep_picture_keeps_its_depth_and_alpha() -> None:
    deep = np.dstack([row(10).astype(np.uint16) * 257, np.full(row(10).shape[:2], 999, np.uint16)])
    swap = Fakes().engine().swap(row(200), deep)
    assert swap.picture.pixels.dtype == np.uint16 and swap.picture.alpha is not None
    assert (swap.picture.alpha == 999).all() and people(swap.picture.rgb) == [200]


def test_the_saved_result_is_marked_and_whole(tmp_path: Path) -> None:
    swap = Fakes().engine().swap(row(200), row(10))
    path = swap.save(tmp_path / "out.png")
    written = images.read(path)
    assert np.array_equal(written.rgb, swap.result.image)
    assert (provenance.TERMS + provenance.COMPOSITE).encode() in written.metadata.xmp


def test_a_suffix_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    swap: Swap = Fakes().engine().swap(row(200), row(10))
    with pytest.raises(PictureError):
        swap.save(tmp_path / "out.txt")
    assert not list(tmp_path.iterdir())


def test_a_net_that_runs_elsewhere_than_asked_is_told_with_every_result() -> None:
    engine = Fakes().engine()
    engine.open_net(FACEMESH)
    (net,) = engine.loaded
    net.note = "facemesh.onnx runs on cpu instead of cuda (it has no driver)."
    assert [engine.swap(row(200), row(10)).result.notes for _ in range(2)] == [(net.note,)] * 2


def test_notes_on_the_target_travel_with_the_result() -> None:
    target = replace(images.read(row(10)), notes=("Only the first frame was used.",))
    assert Fakes().engine().swap(row(200), target).result.notes == ("Only the first frame was used.",)


def test_a_net_that_is_nowhere_is_named(tmp_path: Path) -> None:
    absent = replace(BLAZEFACE, file="absent.onnx")
    with pytest.raises(ModelError, match=r"The net absent\.onnx is missing in .*"):
        Engine(FakeHost(folders=(tmp_path,))).open_net(absent)


def test_a_damaged_net_is_never_opened(tmp_path: Path) -> None:
    (tmp_path / "own.onnx").write_bytes(b"\0" * 100)
    card = replace(BLAZEFACE, file="own.onnx", size=100)
    with pytest.raises(ModelError, match=r"own\.onnx is damaged \(its sha256 is not the expected one\)"):
        Engine(FakeHost(folders=(tmp_path,))).open_net(card)


def test_the_embeddings_are_kept_by_recogniser() -> None:
    identity = Fakes().engine().identities(SwapUnit(source=(row(200),), similarity=True))[0]
    assert set(identity.embeddings) == {RECOGNISER}


def test_sources_that_are_not_blended_give_a_result_each() -> None:
    swaps = Fakes().engine().run(row(10, 20), [SwapUnit(source=(row(200), row(210)), blend="none")])
    assert [people(swap.result.image) for swap in swaps] == [[200, 20], [210, 20]]


def test_the_target_is_looked_at_once_for_all_results() -> None:
    fakes = Fakes()
    fakes.engine().run(row(10), [SwapUnit(source=(row(200), row(210), row(220)), blend="none")])
    assert fakes.detector.calls == 4, "three sources and the target"


def test_several_units_go_through_their_sources_together() -> None:
    units = [
        SwapUnit(source=(row(200), row(210)), blend="none"),
        SwapUnit(source=(row(220), row(230), row(240)), blend="none", target_faces="1"),
        SwapUnit(source=(row(250),), target_faces="2"),
    ]
    swaps = Fakes().engine().run(row(10, 20, 30), units)
    assert [people(swap.result.image) for swap in swaps] == [[200, 220, 250], [210, 230, 250], [200, 240, 250]]


def test_swap_is_for_one_result() -> None:
    with pytest.raises(OptionError, match="for one of each source \\(blend none\\) call run"):
        Fakes().engine().swap([row(200), row(210)], row(10), blend="none")


def test_a_result_names_its_sources_and_says_what_is_to_know_of_them(tmp_path: Path) -> None:
    paths = [saved(tmp_path / f"{name}.png", row(number)) for name, number in (("a", 200), ("b", 205), ("c", 0))]
    swap = Fakes().engine().swap(paths[:2], row(10))
    assert (swap.source, swap.result.notes) == ("a+b", ())
    notes = Fakes().engine().swap(paths, row(10)).result.notes
    assert notes == ("c looks like another person (0.32 to the others).",)
