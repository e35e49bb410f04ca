"""Black pictures and no numbers are made once again on the CPU, and told; twice is an error."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pytest

from lib_roop.errors import ModelError
from lib_roop.zoo.guarded import Guarded, usable
from lib_roop.zoo.runtime import CPU, CUDA, Tensor

GOOD = np.array([0.0, 0.5], np.float32)
BAD = {
    "nan": np.array([0.5, np.nan], np.float32),
    "infinite": np.array([0.5, np.inf], np.float32),
    "black": np.zeros(2, np.float32),
    "blacker": np.full(2, -0.1, np.float32),
}


@dataclass
class Played:
    """A net that always gives the same, or stops."""

    made: Tensor | None
    providers: tuple[str, ...] = (CUDA, CPU)
    runs: int = 0

    def run(self, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
        self.runs += 1
        if self.made is None:
            raise ModelError("The net stopped on cuda.")
        return {"picture": self.made, "score": GOOD}


def test_what_is_good_is_handed_on_and_nothing_else_is_opened() -> None:
    net = Guarded("swapper", Played(GOOD), lambda: pytest.fail("opened"))
    assert net.run({})["picture"] is GOOD
    assert net.providers == (CUDA, CPU)


@pytest.mark.parametrize("bad", [*BAD.values(), None], ids=[*BAD, "stopped"])
def test_what_is_not_is_made_again_on_the_cpu_and_told(bad: Tensor | None, caplog: pytest.LogCaptureFixture) -> None:
    second = Played(GOOD, (CPU,))
    with caplog.at_level(logging.WARNING):
        assert Guarded("swapper", Played(bad), lambda: second).run({})["picture"] is GOOD
    assert second.runs == 1
    assert len(caplog.messages) == 1 and "CPU" in caplog.messages[0]


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_the_cpu_is_not_asked_twice(bad: Tensor) -> None:
    only = Played(bad, (CPU,))
    with pytest.raises(ModelError, match="swapper gives black pictures, or none at all, on the CPU; put"):
        Guarded("swapper", only, lambda: only).run({})
    assert only.runs == 1


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_twice_is_an_error(bad: Tensor) -> None:
    with pytest.raises(ModelError, match="swapper gives black pictures, or none at all, on the CPU too"):
        Guarded("swapper", Played(bad), lambda: Played(bad, (CPU,))).run({})


def test_what_black_is_depends_on_the_net() -> None:
    grey = {"picture": np.zeros(3, np.float32)}
    assert usable(grey, black=-1.0) and usable(grey, black=None) and not usable(grey)
    assert not usable({"picture": np.full(3, -1, np.float32)}, black=-1.0)


def test_one_black_picture_of_several_is_noticed() -> None:
    batch = np.full((2, 3, 4, 4), 0.5, np.float32)
    assert usable({"picture": batch})
    batch[1] = 0
    assert not usable({"picture": batch})


def test_outputs_beside_the_picture_may_be_black_but_must_be_numbers() -> None:
    assert usable({"picture": GOOD, "mask": BAD["black"]})
    assert not usable({"picture": GOOD, "mask": BAD["nan"]})


def test_a_net_that_makes_no_pictures_is_told_so() -> None:
    only = Played(BAD["nan"], (CPU,))
    with pytest.raises(ModelError, match="recogniser gives no numbers, on the CPU; put"):
        Guarded("recogniser", only, lambda: only, black=None).run({})
