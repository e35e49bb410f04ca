"""A graph with Winograd's convolutions gives what the graph itself gives, is made once, and only where it can be."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest

from lib_roop.engine import Engine
from lib_roop.errors import ModelError
from lib_roop.options import RuntimeOptions
from lib_roop.types import Floats
from lib_roop.zoo import inswapper, runtime
from lib_roop.zoo.hashes import Ledger, sha256_of
from lib_roop.zoo.nets import Nets
from lib_roop.zoo.runtime import Device
from lib_roop.zoo.winograd import Room, faster, forget, keeping, reading, rewriting, sites
from tests.fakes import FakeGate, FakeHost
from tests.graphs import write_pack
from tests.test_neural import KINDS, people, unpinned

from .graphs_winograd import LATENT, Swapping

NAME = "inswapper_128.onnx"
PLENTY = Room(lambda: 1 << 40, lambda folder: 1 << 40)
CARD = unpinned(inswapper.INSWAPPER_128)
REAL = Swapping(side=(128, 128))
"""Of the size that the card says."""


@pytest.fixture
def host(tmp_path: Path) -> FakeHost:
    """With a model folder of its own, and another tool's in which the net lies."""
    for name in ("own", "other"):
        (tmp_path / name).mkdir()
    (tmp_path / "other" / NAME).write_bytes(Swapping().data())
    return FakeHost(folders=(tmp_path / "own", tmp_path / "other"), wish=RuntimeOptions(fast_graph="on"))


def net(host: FakeHost) -> Path:
    return host.folders[1] / NAME


def fed(net: Swapping, batch: int = 1) -> dict[str, Floats]:
    random = np.random.default_rng(3)
    return {
        "target": random.random((batch, 3, *net.side), np.float32),
        "source": random.standard_normal((batch, LATENT), np.float32),
    }


def output(source: bytes | Path, inputs: dict[str, Floats]) -> Floats:
    return runtime.load_unlisted("net", source, Device(threads=1)).run(inputs)["output"]


def distance(found: Floats, expected: Floats) -> float:
    """The root mean square of the differences, in parts of what is expected's deviation."""
    return float(np.sqrt(((found - expected) ** 2).mean()) / expected.std())


def kept(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name not in {NAME, "hashes.json"})


def short(path: Path) -> str:
    """What of its sha256 is in the names of what is made of it."""
    return sha256_of(path)[:16]


def broken() -> bytes:
    """A net that gives no numbers, whatever is made of it."""
    model = onnx.load_from_string(REAL.data())
    (last,) = (each for each in model.graph.initializer if each.name == "last")
    last.CopyFrom(onnx.numpy_helper.from_array(onnx.numpy_helper.to_array(last) * np.float32(np.nan), "last"))
    return bytes(model.SerializeToString())


def operators(path: Path) -> list[str]:
    return [node.op_type for node in onnx.load(path, load_external_data=False).graph.node]


def rewritten(tmp_path: Path, net: Swapping, most: int) -> tuple[Path, list[int]]:
    """A file with what was made of the net whose weights may grow by `most` bytes, and the tiles that it has."""
    data = net.data()
    graph = reading.read(data)
    found = reading.convolutions(graph)
    outputs = runtime.load_unlisted("watched", data + rewriting.watching(found)).run(fed(net))
    planned = sites.planned(found, {name: value.shape for name, value in outputs.items()}, most)
    made = rewriting.rewritten(data, graph, planned, "tables")
    path = tmp_path / "made"
    path.write_bytes(made.model)
    contents = bytearray(made.size)
    for numbers in made.tables:
        written = b"".join(numbers.blocks())
        contents[numbers.offset : numbers.offset + len(written)] = written
    (tmp_path / "tables").write_bytes(contents)
    return path, [site.tile for site in planned]


@pytest.mark.parametrize(("most", "tiles"), [(120_000, [2]), (450_000, [2, 3]), (900_000, [3, 4]), (1 << 30, [4, 4])])
@pytest.mark.parametrize(
    "net",
    [
        Swapping(),
        Swapping(side=(13, 18)),
        Swapping(side=(5, 4)),
        Swapping(pads=(0, 2, 1, 0), side=(11, 9)),
        Swapping(listed=True),
        Swapping(shared=True),
    ],
    ids=["even", "odd", "small", "other pads", "floats in a list", "shared weights"],
)
def test_every_tile_gives_what_the_convolution_gives(
    tmp_path: Path, net: Swapping, most: int, tiles: list[int]
) -> None:
    path, found = rewritten(tmp_path, net, most)
    if net == Swapping():
        assert sorted(found) == tiles
    assert distance(output(path, fed(net)), output(net.data(), fed(net))) < 1e-5
    assert operators(path).count("DepthToSpace") == len(found) > 0


def test_the_weights_grow_by_no_more_than_was_allowed(tmp_path: Path) -> None:
    data = Swapping().data()
    found = reading.convolutions(reading.read(data))
    shapes = {each.taken: (1, 64, 18, 18) for each in found}
    for most in (0, 100_000, 250_000, 500_000, 1_000_000):
        planned = sites.planned(found, shapes, most)
        assert sum(site.added for site in planned) <= most
    assert not sites.planned(found, shapes, 100_000)


def test_convolutions_of_large_pictures_stay_as_they_are() -> None:
    found = reading.convolutions(reading.read(Swapping().data()))
    small, large = ({each.taken: (1, 64, side, side) for each in found} for side in (256, 1024))
    assert len(sites.planned(found, small, 1 << 30)) == 2
    assert not sites.planned(found, large, 1 << 30)


def test_nets_that_take_several_at_once_still_do(tmp_path: Path) -> None:
    net = Swapping(batch=None)
    path, _ = rewritten(tmp_path, net, 1 << 30)
    assert distance(output(path, fed(net, 3)), output(net.data(), fed(net, 3))) < 1e-5


def test_the_graph_is_made_once_beside_the_net_and_gives_the_same(host: FakeHost) -> None:
    made = faster(host, net(host), PLENTY)
    assert made.parent == host.folders[1] and kept(made.parent) == [made.name, f"{made.name}.data"]
    assert distance(output(made, fed(Swapping())), output(net(host), fed(Swapping()))) < 1e-5
    changed = made.stat().st_mtime_ns
    assert faster(host, net(host), PLENTY) == made and made.stat().st_mtime_ns == changed
    assert host.said == [f"{NAME} is rewritten as a faster graph, once; this takes about a minute."]


@pytest.mark.parametrize("part", ["", ".data"])
@pytest.mark.parametrize("damage", ["flipped", "cut", "gone"])
def test_what_is_damaged_is_made_anew(host: FakeHost, part: str, damage: str) -> None:
    made = faster(host, net(host), PLENTY)
    file = made.with_name(made.name + part)
    whole = file.read_bytes()
    if damage == "gone":
        file.unlink()
    else:
        file.write_bytes(whole[:-100] if damage == "cut" else bytes([*whole[:200], whole[200] ^ 1, *whole[201:]]))
    assert faster(host, net(host), PLENTY) == made and file.read_bytes() == whole
    assert len(host.said) == 2


def test_what_another_version_of_roop_made_is_made_anew(host: FakeHost) -> None:
    made = faster(host, net(host), PLENTY)
    model = onnx.load(made, load_external_data=False)
    (entry,) = model.metadata_props
    version, rest = entry.value.split(" ", 1)
    entry.value = f"{int(version) - 1} {rest}"
    made.write_bytes(model.SerializeToString())
    Ledger(host.folders[0]).note(made, sha256_of(made))
    assert faster(host, net(host), PLENTY) == made and len(host.said) == 2


def test_what_somebody_else_put_there_is_made_anew(host: FakeHost, tmp_path: Path) -> None:
    stranger = FakeHost(folders=(tmp_path / "theirs",), wish=host.wish)
    forged = faster(stranger, net(host), PLENTY)
    before = forged.stat().st_mtime_ns
    assert faster(host, net(host), PLENTY) == forged != net(host)
    assert len(host.said) == 1 and forged.stat().st_mtime_ns != before


def test_where_nothing_can_be_noted_nothing_is_made(host: FakeHost, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    host.folders = (tmp_path / "link", host.folders[1])
    assert faster(host, net(host), PLENTY) == net(host) and not kept(net(host).parent)
    (said,) = host.said
    assert said.startswith(f"{NAME} runs as it is, without the faster graph: ")


def test_what_failed_is_tried_again_only_with_another_onnxruntime_or_net(host: FakeHost) -> None:
    net(host).write_bytes(broken())
    for _ in range(2):
        assert faster(host, net(host), PLENTY) == net(host)
    why = f"{NAME} runs as it is, without the faster graph: what was made of it gives other pictures."
    assert [said for said in host.said if "once" not in said] == [why, why] and len(host.said) == 3
    host.wish = RuntimeOptions(fast_graph="auto")
    assert faster(host, net(host), PLENTY) == net(host) and len(host.said) == 3
    (note,) = (host.folders[0] / name for name in kept(host.folders[0]))
    note.write_bytes(note.read_bytes().replace(runtime.versions()[0].encode(), b"0.1"))
    assert faster(host, net(host), PLENTY) == net(host) and len(host.said) == 5
    net(host).write_bytes(Swapping().data())
    assert faster(host, net(host), PLENTY) != net(host)


def test_what_was_stopped_is_tried_again(host: FakeHost) -> None:
    host.stop = True
    assert faster(host, net(host), PLENTY) == net(host) and not kept(host.folders[0])
    host.stop = False
    assert faster(host, net(host), PLENTY) != net(host)


def test_of_graphs_that_are_never_fit_only_those_hear_who_insist(host: FakeHost) -> None:
    net(host).write_bytes(Swapping(half=True).data())
    for wish, said in (("auto", 0), ("on", 1)):
        host.wish = RuntimeOptions(fast_graph=wish)
        assert faster(host, net(host), PLENTY) == net(host) and len(host.said) == said


def test_one_that_fails_leaves_what_another_process_made(host: FakeHost) -> None:
    net(host).write_bytes(broken())
    theirs = net(host).with_name(f"{NAME}.{short(net(host))}.winograd.data")
    theirs.write_bytes(b"another's")
    assert faster(host, net(host), PLENTY) == net(host)
    assert theirs.read_bytes() == b"another's" and kept(theirs.parent) == [theirs.name]


def test_a_graph_that_another_process_finished_meanwhile_stays_as_it_is(host: FakeHost) -> None:
    times: list[int] = []

    class Slower(FakeHost):
        """While it writes the tables, the other one comes to its end."""

        def interrupted(self) -> bool:
            if not times:
                times.append(faster(host, net(host), PLENTY).stat().st_mtime_ns)
            return False

    made = faster(Slower(folders=host.folders, wish=host.wish), net(host), PLENTY)
    assert [made.stat().st_mtime_ns] == times and kept(made.parent) == [made.name, f"{made.name}.data"]


def test_another_net_of_that_name_gets_a_graph_of_its_own_and_the_old_one_goes(host: FakeHost) -> None:
    first = faster(host, net(host), PLENTY)
    net(host).write_bytes(Swapping(seed=1).data())
    made = faster(host, net(host), PLENTY)
    assert made != first and kept(made.parent) == [made.name, f"{made.name}.data"]
    assert distance(output(made, fed(Swapping())), output(net(host), fed(Swapping()))) < 1e-5


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        (Swapping(half=True), "its graph has no convolutions that roop can rewrite"),
        (Swapping(other=[("strides", [2, 2])]), "its graph has no convolutions that roop can rewrite"),
        (Swapping(other=[("dilations", [2, 2])], side=(20, 20)), "its graph has no convolutions that roop can rewrite"),
        (Swapping(other=[("auto_pad", "VALID")], pads=(0, 0, 0, 0)), "its graph has no convolutions"),
        (Swapping(free=True), "it takes pictures of any size"),
    ],
    ids=["half", "strides", "dilations", "auto_pad", "any size"],
)
def test_another_graph_is_refused_in_one_sentence_and_runs_as_it_is(
    host: FakeHost, other: Swapping, reason: str
) -> None:
    if dict(other.other).get("auto_pad"):
        other = replace(other, pads=(1, 1, 1, 1))
    net(host).write_bytes(_unpadded(other))
    assert faster(host, net(host), PLENTY) == net(host) and not kept(net(host).parent)
    (said,) = host.said
    assert said.startswith(f"{NAME} runs as it is, without the faster graph: {reason}") and said.endswith(".")


def _unpadded(net: Swapping) -> bytes:
    """The file; with auto_pad there must be no pads beside it, and nobody runs it here."""
    model = onnx.load_from_string(net.data())
    for node in model.graph.node:
        names = [attribute.name for attribute in node.attribute]
        if "auto_pad" in names and "pads" in names:
            del node.attribute[names.index("pads")]
    return bytes(model.SerializeToString())


def test_a_file_that_is_no_net_is_refused_by_whoever_opens_it(host: FakeHost) -> None:
    net(host).write_bytes(b"\x3a\x7fnot a graph")
    with pytest.raises(ModelError, match=r"is no ONNX net, or only a part of one; put a whole copy there\."):
        faster(host, net(host), PLENTY)


def test_without_room_on_the_disk_nothing_is_made(host: FakeHost) -> None:
    full = Room(lambda: 1 << 40, lambda folder: 10_000_000)
    assert faster(host, net(host), full) == net(host)
    assert "has 0.0 GB of free disk instead of 1.8" in host.said[0]
    assert not kept(host.folders[0]) and not kept(host.folders[1])


def test_without_free_memory_only_those_who_insist_get_it(host: FakeHost) -> None:
    short = Room(lambda: 1 << 30, lambda folder: 1 << 40)
    assert faster(host, net(host), short) != net(host)
    host.wish = RuntimeOptions(fast_graph="auto")
    assert faster(host, net(host), short) == net(host)
    assert host.said[-1].endswith("the faster graph: that wants 2 GB of free memory.")


def test_beside_a_net_in_a_folder_that_cannot_be_written_to_it_is_made_in_roops_own(host: FakeHost) -> None:
    def disk(folder: Path) -> int:
        if folder == host.folders[1]:
            raise PermissionError(13, "Permission denied")
        return 1 << 40

    made = faster(host, net(host), Room(lambda: 1 << 40, disk))
    assert made.parent == host.folders[0] and not kept(host.folders[1])
    assert distance(output(made, fed(Swapping())), output(net(host), fed(Swapping()))) < 1e-5
    assert faster(host, net(host), PLENTY) == made


def test_where_no_folder_takes_it_the_net_runs_as_it_is(host: FakeHost) -> None:
    def disk(folder: Path) -> int:
        raise PermissionError(13, "Permission denied")

    assert faster(host, net(host), Room(lambda: 1 << 40, disk)) == net(host)
    assert "cannot be written to (Permission denied)" in host.said[0]


def test_what_a_run_left_that_was_killed_goes_a_day_later(host: FakeHost) -> None:
    name = f".{NAME}.{short(net(host))}.winograd"
    old, new, unknown = (net(host).with_name(f"{name}.{digit * 16}.part") for digit in "abc")
    plain = net(host).with_name(f".{'d' * 16}.part")
    for path in (old, new, unknown, plain):
        path.mkdir()
        (path / "half").write_bytes(b"")
        Ledger(host.folders[0]).note(path, "")
    Ledger(host.folders[0]).forget(unknown)
    for path in (old, unknown, plain):
        os.utime(path, (0, 0))
    made = faster(host, net(host), PLENTY)
    assert kept(made.parent) == sorted([new.name, unknown.name, plain.name, made.name, f"{made.name}.data"])


def test_it_is_forgotten_with_the_net_and_nothing_else_is(host: FakeHost) -> None:
    own, there = host.folders[0], host.folders[0] / NAME
    net(host).replace(there)
    made = faster(host, there, PLENTY)
    users = [f"another-{made.name}", f"{NAME}.notes.winograd.txt", f"{made.name}.data.bak"]
    for name in users:
        (own / name).write_bytes(b"")
    forget(NAME, own)
    assert kept(own) == sorted([*users, made.name, f"{made.name}.data"])
    Ledger(own).forget(there)
    forget(NAME, own)
    assert kept(own) == sorted(users) and there.is_file()


def test_only_what_was_made_of_the_replaced_file_goes(host: FakeHost) -> None:
    own, other = host.folders
    unknown = other / f"{NAME}.{'0' * 16}.winograd"
    unknown.write_bytes(b"somebody's")
    (own / NAME).write_bytes(Swapping(seed=2).data())
    mine = faster(host, own / NAME, PLENTY)

    def disk(folder: Path) -> int:
        return 1 << 40 if folder == own else 0

    first = faster(host, net(host), Room(lambda: 1 << 40, disk))
    assert first.parent == own and mine.is_file()
    net(host).write_bytes(Swapping(seed=1).data())
    second = faster(host, net(host), Room(lambda: 1 << 40, disk))
    assert kept(own) == sorted(f"{path.name}{end}" for path in (mine, second) for end in ("", ".data"))
    net(host).write_bytes(Swapping(seed=3).data())
    third = faster(host, net(host), PLENTY)
    assert kept(other) == sorted([unknown.name, third.name, f"{third.name}.data"])


def test_stopping_leaves_nothing_behind(host: FakeHost) -> None:
    host.stop = True
    assert faster(host, net(host), PLENTY) == net(host) and not kept(net(host).parent)
    assert host.said[-1].endswith("making it was stopped.")


def test_what_gives_other_pictures_is_not_kept() -> None:
    right = {"output": np.linspace(0, 1, 300, dtype=np.float32)}
    keeping.compare(right, right)
    for wrong in (right["output"] + np.float32(1e-3), right["output"] * np.float32(np.nan)):
        with pytest.raises(keeping.Unsuited, match="gives other pictures"):
            keeping.compare({"output": wrong}, right)


@pytest.mark.parametrize(("wish", "many"), [("on", True), ("auto", None), ("off", False)])
def test_nets_open_it_as_the_option_says(host: FakeHost, wish: str, many: bool | None) -> None:
    net(host).write_bytes(REAL.data())
    host.wish = RuntimeOptions(provider="cpu", fast_graph=wish)
    found = Nets(host).large(CARD, net(host)).run(fed(REAL))["output"]
    assert distance(found, output(net(host), fed(REAL))) < 1e-5
    if many is not None:
        assert bool(kept(net(host).parent)) is many


def test_a_kept_graph_that_does_not_open_gives_way_to_the_net(host: FakeHost) -> None:
    net(host).write_bytes(REAL.data())
    host.wish = RuntimeOptions(provider="cpu", fast_graph="on")
    made = faster(host, net(host), PLENTY)
    model = onnx.load(made, load_external_data=False)
    model.graph.node[0].op_type = "Unknown"
    made.write_bytes(model.SerializeToString())
    Ledger(host.folders[0]).note(made, sha256_of(made))
    found = Nets(host).large(CARD, net(host)).run(fed(REAL))["output"]
    assert np.array_equal(found, output(net(host), fed(REAL)))
    (said,) = host.said[1:]
    assert said.startswith(f"{NAME} runs as it is, for its faster graph {made} cannot be opened here; ")


def test_a_setting_that_changes_opens_the_other_graph(host: FakeHost) -> None:
    net(host).write_bytes(REAL.data())
    nets = Nets(host)
    first = nets.large(CARD, net(host))
    host.wish = RuntimeOptions(fast_graph="off")
    assert nets.large(CARD, net(host)) is not first


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Engine, Engine]]:
    """One with the faster graph and one without."""
    folder = tmp_path_factory.mktemp("models")
    write_pack(folder / "buffalo_l")
    (folder / NAME).write_bytes(REAL.data())
    hosts = [FakeHost(folders=(folder,), wish=RuntimeOptions(fast_graph=wish)) for wish in ("on", "off")]
    fast, plain = (Engine(each, gate=FakeGate(), models=KINDS) for each in hosts)
    yield fast, plain
    assert kept(folder)[1:], "the graph was made"


def test_pictures_differ_by_one_level_at_most(engines: tuple[Engine, Engine]) -> None:
    target = people((96, 96), (300, 200))
    fast, plain = (
        engine.swap(people((200, 128), green=90), target, target_faces="all", model="inswapper_128").picture.rgb
        for engine in engines
    )
    assert (plain != target).any()
    assert np.abs(fast.astype(int) - plain).max() <= 1
