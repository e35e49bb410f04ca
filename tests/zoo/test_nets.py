"""The nets that an engine keeps: one copy of each, where the host wants them, as long as they are used."""

from pathlib import Path

import numpy as np
import pytest

from lib_roop.errors import ModelError
from lib_roop.options import RuntimeOptions
from lib_roop.zoo.nets import Nets
from lib_roop.zoo.runtime import CPU, Device
from tests.fakes import FakeHost

from .graphs import TINY, tiny

HOUR = 3600.0
ONES = {"image": np.ones((1, 2, 3), np.float32)}


@pytest.fixture
def host(tmp_path: Path) -> FakeHost:
    (tmp_path / TINY.file).write_bytes(tiny())
    return FakeHost(folders=(tmp_path,))


def other(host: FakeHost) -> Path:
    path = host.folders[0] / "other.onnx"
    path.write_bytes(tiny())
    return path


def test_a_net_is_opened_once_for_all_who_use_it(host: FakeHost) -> None:
    nets = Nets(host)
    one, two = nets.small(TINY), nets.small(TINY)
    assert (one.run(ONES)["negative"] == two.run(ONES)["negative"]).all()
    assert len(nets.loaded) == 1
    path = host.folders[0] / TINY.file
    assert nets.large(TINY, path) is nets.large(TINY, path)


def test_a_net_that_was_let_go_comes_back_when_it_is_run(host: FakeHost) -> None:
    nets = Nets(host)
    net = nets.small(TINY)
    nets.clear()
    assert not nets.loaded
    assert (net.run(ONES)["negative"] == -1).all() and net.providers == (CPU,)
    assert len(nets.loaded) == 1


@pytest.mark.parametrize(
    ("minutes", "left"), [(0, ["tiny.onnx", "other.onnx"]), (59, ["other.onnx"]), (61, ["tiny.onnx", "other.onnx"])]
)
def test_nets_that_lay_idle_are_let_go_when_another_one_is_used(host: FakeHost, minutes: int, left: list[str]) -> None:
    host.wish = RuntimeOptions(unload_after=minutes)
    nets = Nets(host)
    nets.small(TINY)
    (idle,) = nets.loaded
    idle.used -= HOUR
    nets.large(None, other(host))
    assert [net.file for net in nets.loaded] == left


def test_the_net_that_is_wanted_again_after_an_hour_is_not_opened_anew(host: FakeHost) -> None:
    host.wish = RuntimeOptions(unload_after=1)
    nets = Nets(host)
    path = other(host)
    net = nets.large(None, path)
    net.used -= HOUR
    assert nets.large(None, path) is net


def test_hosts_may_ask_for_idle_nets_to_go(host: FakeHost) -> None:
    host.wish = RuntimeOptions(unload_after=1)
    nets = Nets(host)
    nets.large(None, other(host)).used -= HOUR
    nets.release_idle()
    assert not nets.loaded


def test_a_setting_that_changes_takes_effect_and_leaves_no_second_copy(host: FakeHost) -> None:
    nets = Nets(host)
    net = nets.small(TINY)
    before = nets.loaded
    host.wish = RuntimeOptions(provider="cpu", threads=1)
    net.run(ONES)
    assert nets.device == Device((CPU,), 1)
    assert len(nets.loaded) == 1 and nets.loaded != before


def test_a_device_that_is_not_offered_is_refused_and_named(host: FakeHost) -> None:
    host.wish = RuntimeOptions(provider="abacus")
    with pytest.raises(ModelError, match=r"offers .*cpu here, not abacus; choose one of these"):
        Nets(host).small(TINY)


def test_a_guarded_net_on_the_cpu_says_at_once_that_it_gives_nothing(host: FakeHost) -> None:
    nets = Nets(host)
    net = nets.guarded(TINY, host.folders[0] / TINY.file)
    assert (net.run({"image": -ONES["image"]})["negative"] == 1).all()
    with pytest.raises(ModelError, match=r"tiny gives black pictures, or none at all, on the CPU; put"):
        net.run(ONES)
    assert len(nets.loaded) == 1, "it was not opened a second time"
