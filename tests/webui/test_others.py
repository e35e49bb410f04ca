"""Other extensions and the host's own steps around roop: detailers that run hooks again, restorers, interrupts."""

from copy import copy
from typing import Any

import pytest
from PIL import Image as Pillow

from tests.fakes import people, row
from tests.webui import jobs
from tests.webui.host import Runner, pixels
from tests.webui.studio import HIM, Made, Studio, seen, unit


class Detailer:
    """As ADetailer does: hooks of all scripts are called on copies in mid-job, then a job of its own is run.

    paints: whom it puts into the picture; 0 for nobody.
    """

    def __init__(self, studio: Studio, paints: int = 0) -> None:
        self.studio, self.paints = studio, paints

    def title(self) -> str:
        return "detailer"

    def postprocess_image(self, p: Any, pp: Any, *_: Any) -> None:
        if getattr(p, "_ad_inner", False):
            return
        if p.batch_index == 0:
            p.scripts.call("postprocess", copy(p), jobs.processed_of(p, [], []))
        if p.batch_index == len(p.seeds) - 1:
            again = copy(p)
            p.scripts.call("before_process", again)
            p.scripts.call("process", again)
        inner = self.studio.job([row(30)], do_not_save_samples=True, do_not_save_grid=True)
        inner._ad_inner = True
        inner.scripts = Runner(self.studio.webui, self.studio.scripts)
        inner.arguments = p.arguments
        made = self.studio.run(inner)
        assert people(pixels(made.images[0])) == [30]
        if self.paints:
            pp.image = Pillow.fromarray(row(self.paints))


ORDERS = pytest.mark.parametrize("place", [0, 1], ids=["before", "after"])


@ORDERS
def test_a_detailer_that_calls_the_hooks_again_changes_nothing(everywhere: Studio, place: int) -> None:
    everywhere.scripts.insert(place, Detailer(everywhere))
    made = everywhere.made([row(10), row(20), row(40), row(50)], unit(), n_iter=2)
    assert made.people == [[HIM]] * 4 and all(made.values("roop"))
    assert everywhere.fakes.swapper.batches == [1] * 4


@ORDERS
def test_nothing_is_swapped_twice_in_the_source(everywhere: Studio, place: int) -> None:
    everywhere.scripts.insert(place, Detailer(everywhere))
    init = Pillow.fromarray(row(60))
    made = everywhere.made([row(10)], unit(in_source=True, in_generated=False), init_images=[init], width=40)
    assert everywhere.fakes.swapper.batches == [1] and made.people == [[10]]


@ORDERS
def test_the_filter_works_with_a_detailer(everywhere: Studio, place: int) -> None:
    everywhere.scripts.insert(place, Detailer(everywhere))
    strict = {"strength": 0.5, "min_similarity": 0.95}
    made = everywhere.made([row(180), row(10), row(182)], unit(**strict))
    assert made.people == [[190], [191]] and made.processed.all_seeds == [100, 102]


class Copier:
    """As other detailers do: a job of its own on a plain copy, with every script."""

    def __init__(self, studio: Studio) -> None:
        self.studio = studio

    def title(self) -> str:
        return "copier"

    def postprocess_image(self, p: Any, pp: Any, *_: Any) -> None:
        if getattr(p, "copied", False):
            return
        again = copy(p)
        again.copied, again.n_iter, again.batch_size, again.generated = True, 1, 1, [row(30)]
        again.do_not_save_samples = again.do_not_save_grid = True
        assert len(self.studio.run(again).images) == 1 and pp.image


def test_a_job_on_a_copy_leaves_the_batch_at_hand_alone(everywhere: Studio) -> None:
    everywhere.scripts.insert(0, Copier(everywhere))
    strict = {"strength": 0.5, "min_similarity": 0.95}
    made = everywhere.made([row(10), row(180), row(182)], unit(**strict), do_not_save_grid=True)
    assert made.people == [[190], [191]] and made.processed.all_seeds == [101, 102]


def test_what_a_detailer_painted_is_swapped_again_and_never_dropped(everywhere: Studio) -> None:
    everywhere.scripts.insert(0, Detailer(everywhere, paints=40))
    strict = {"strength": 0.5, "min_similarity": 0.95}
    made = everywhere.made([row(180), row(10)], unit(**strict))
    assert made.people == [[120]]
    (said,) = made.values("roop")
    assert said is not None and " 0.8" in said


def test_faces_that_the_host_restored_are_swapped_as_they_came_out(compositing: Studio) -> None:
    made = compositing.made([row(180)], unit(strength=0.5, min_similarity=0.95), restore_faces=True)
    assert made.people == [[190]] and int(pixels(made.images[0])[0, 0, 2]) == 3


def test_what_the_host_saves_before_it_restores_is_not_said_to_be_swapped(compositing: Studio) -> None:
    compositing.webui.options["save_images_before_face_restoration"] = True
    made = compositing.made([row(10), row(20)], unit(), restore_faces=True)
    before = [path for path in made.files if path.stem.endswith("-before-face-restoration")]
    assert [seen(path) for path in before] == [[10], [20]]
    assert not any(b"DigitalSourceType" in path.read_bytes() for path in before)
    texts = [Pillow.open(path).text["parameters"] for path in before]  # type: ignore[attr-defined]
    assert all("roop 1: " in text and "engine" not in text for text in texts), "nor as the one before it was"


class Stopper:
    """The user's hand on a button, when the first picture is done."""

    def __init__(self, studio: Studio, button: str, hook: str) -> None:
        self.state, self.button = studio.webui.state, button
        setattr(self, hook, self.stop)

    def title(self) -> str:
        return "user"

    def stop(self, *_: Any, **__: Any) -> None:
        setattr(self.state, self.button, True)


BUTTONS = pytest.mark.parametrize("button", ["interrupted", "skipped"])


@BUTTONS
def test_after_a_stop_no_more_faces_are_swapped(everywhere: Studio, button: str) -> None:
    everywhere.scripts.append(Stopper(everywhere, button, "postprocess_image"))
    made = everywhere.made([row(10), row(20)], unit())
    assert made.people == [[HIM], [20]]
    said = made.values("roop")
    assert said[0] and said[1] is None, "nothing is said of a picture that was left alone"


@BUTTONS
def test_a_stop_before_the_pictures_come_leaves_all_of_them(everywhere: Studio, button: str) -> None:
    everywhere.scripts.insert(0, Stopper(everywhere, button, "postprocess_batch"))
    made = everywhere.made([row(180), row(10)], unit(strength=0.5, min_similarity=0.95))
    assert made.people == [[180], [10]] and not made.said and everywhere.fakes.detector.calls == 0


def test_the_batch_at_hand_is_finished_where_the_job_is_to_end_after_it(compositing: Studio) -> None:
    compositing.scripts.insert(0, Stopper(compositing, "stopping_generation", "postprocess_batch"))
    made = compositing.made([row(10), row(20), row(30), row(40)], unit(), n_iter=2)
    assert made.people == [[HIM], [HIM]]


def test_the_best_picture_of_a_job_that_ends_early_is_kept(compositing: Studio) -> None:
    compositing.scripts.insert(0, Stopper(compositing, "stopping_generation", "postprocess_batch"))
    strict = {"strength": 0.5, "min_similarity": 0.95}
    made = compositing.made([row(60), row(10)], unit(**strict), n_iter=2, job={"when_none": "best"})
    assert made.people == [[130]]


def test_a_stop_during_a_swap_leaves_the_picture_and_no_mark(everywhere: Studio) -> None:
    everywhere.fakes.host.stop = True
    made = everywhere.made([row(10)], unit())
    assert made.people == [[10]] and made.values("roop") == [None]
    (path,) = made.files
    assert b"DigitalSourceType" not in path.read_bytes()


def test_the_job_after_an_interrupt_is_swapped_again(everywhere: Studio) -> None:
    p = everywhere.job([row(10)], unit())
    everywhere.webui.state.interrupted = True
    everywhere.run(p)
    everywhere.webui.state.interrupted = False
    made = Made(p, everywhere.run(p), everywhere.webui)
    assert made.people == [[HIM]]
