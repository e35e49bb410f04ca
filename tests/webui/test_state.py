"""Everything of a job lies on the job: one script serves all users, and nothing stays behind."""

from copy import deepcopy
from typing import Any

import numpy as np
from PIL import Image as Pillow

from lib_roop.webui.jobs import handed_on
from tests.fakes import people, row
from tests.webui import jobs
from tests.webui.host import pixels
from tests.webui.studio import Made, Studio, unit


class Interrupted:
    """A job of another user begins and ends at every picture of this one."""

    def __init__(self, studio: Studio) -> None:
        self.studio, self.running = studio, False
        self.seen: list[list[int]] = []

    def title(self) -> str:
        return "another user"

    def postprocess_image(self, *_: Any) -> None:
        if self.running:
            return
        self.running = True
        made = self.studio.made([row(30, 40)], unit(220, target_faces="1"), seed=7)
        self.seen += made.people
        self.running = False


def test_jobs_of_two_users_do_not_meet(everywhere: Studio) -> None:
    other = Interrupted(everywhere)
    everywhere.scripts.insert(0, other)
    made = everywhere.made([row(10), row(20)], unit(200, strength=0.5, min_similarity=0.5))
    assert made.people == [[105], [110]] and other.seen == [[30, 220]] * 2


def test_what_was_sent_is_not_changed(everywhere: Studio) -> None:
    p = everywhere.job([row(10)], unit(), post={"restorer": "none"}, _roop_xyz={"unit.strength": 0.5})
    sent = deepcopy(p.arguments)
    everywhere.run(p)
    assert p.arguments == sent and p._roop_xyz == {"unit.strength": 0.5}


def test_a_finished_job_holds_no_pictures(everywhere: Studio) -> None:
    options = {"strength": 0.5, "min_similarity": 0.95}
    p = everywhere.job([row(10), row(180)], unit(**options), job={"when_none": "best"})
    everywhere.run(p)
    state = p._roop
    assert not (state.batch or state.kept or state.spare or state.delayed)


def test_only_plain_values_are_put_into_the_text(everywhere: Studio) -> None:
    made = everywhere.made([row(10)], unit(similarity=True, mask=["box"], sex="any"))
    ours = {key: value for key, value in made.p.extra_generation_params.items() if key.startswith("roop")}
    assert ours and all(isinstance(value, (str, int, float, bool)) for value in ours.values())


def test_the_same_job_run_again_gives_the_same(everywhere: Studio) -> None:
    p = everywhere.job([row(10), row(20)], unit(similarity=True))
    first, second = (Made(p, everywhere.run(p), everywhere.webui) for _ in range(2))
    assert first.texts == second.texts and first.people == second.people


def test_a_script_that_begins_again_from_a_result_is_served(everywhere: Studio) -> None:
    p = everywhere.job([], unit(), width=40, init_images=[Pillow.fromarray(row(10))])
    for source in (10, 200, 200):
        assert people(pixels(p.init_images[0])) == [source]
        p.generated = []
        p.init_images = jobs.run(everywhere.webui, p).images[:1]
    assert everywhere.fakes.swapper.batches == [1, 1, 1]


def test_a_sample_is_read_to_the_bit_as_its_host_makes_a_picture_of_it() -> None:
    picture = row(10, 181)
    rgba = Pillow.fromarray(picture)
    rgba.putalpha(7)
    scaled = (picture + np.float32(0.75)) / 255
    forms = (jobs.Tensor(picture), np.minimum(scaled, 1), Pillow.fromarray(picture), rgba, picture, np.asarray(rgba))
    for sample in forms:
        assert np.array_equal(handed_on(sample), picture)
