"""What the built-in swapper costs, stage by stage, against the size of the face: `./run bench mesh_swap`."""

import argparse
import statistics
import time
from collections.abc import Callable, Sequence

import cv2
import numpy as np

from lib_roop import facemesh, geometry
from lib_roop.swappers import atlas, grain, light, mesh, occlusion, texture
from lib_roop.swappers import shape as shapes
from lib_roop.swappers.grid import grid_of
from lib_roop.types import Face, Floats, Identity, Image, SwapJob, Texture

SIZES = (60, 120, 240, 480, 960, 2000)


def drawn_mesh(size: int, margin: int) -> Floats:
    """(468, 3) the mesh as a dome, `size` pixels wide, `margin` pixels away from the picture's edges."""
    flat = atlas.flattened(facemesh.topology())
    height = 0.8 * (1 - np.square(flat).sum(1))
    dome = np.column_stack([flat[:, 0], -flat[:, 1], -height]) * size / 2
    dome[:, :2] += margin + size / 2
    return dome.astype(np.float32)


def drawn_skin(size: int, seed: int) -> Image:
    """Coloured noise, `size` pixels square."""
    coarse = np.random.default_rng(seed).integers(60, 220, (size // 8 + 1, size // 8 + 1, 3), np.uint8)
    return np.kron(coarse, np.ones((8, 8, 1), np.uint8))[:size, :size]


def median_ms(work: Callable[[], object], rounds: int) -> float:
    """How long `work` keeps the processor busy, in milliseconds."""
    work()
    times = []
    for _ in range(rounds):
        start = time.process_time()
        work()
        times.append((time.process_time() - start) * 1e3)
    return statistics.median(times)


def stages(size: int, source_size: int) -> dict[str, Callable[[], object]]:
    """The swap of a face `size` pixels wide, and its parts."""
    margin = size // 4
    picture, dense = drawn_skin(size + 2 * margin, seed=1), drawn_mesh(size, margin)
    shape = drawn_mesh(source_size, source_size // 4)
    identity = Identity(
        name="drawn",
        texture=Texture(drawn_skin(source_size * 3 // 2, seed=2), shape[:, :2].copy(), facemesh.towards_camera(shape)),
        shape=shape,
    )
    box = np.concatenate([dense[:, :2].min(0), dense[:, :2].max(0)])
    face = Face(id=0, box=box, landmarks=facemesh.five_points(dense), score=1.0, dense=dense)
    swapper = mesh.MeshSwapper()
    job = SwapJob(geometry.cut(picture, swapper.frame(face, identity)), identity, 1.0, face)
    target, skin = job.crop.pixels, identity.texture
    assert skin is not None
    before = dense + np.array([*job.crop.spec.matrix[:, 2], 0], np.float32)
    grid = grid_of(target.shape, size)
    points = shapes.moved(before, shape, 1.0)
    drawn = texture.drawn(points, before, texture.reduced(skin, size), grid)
    under = texture.shifted(target, drawn.x, drawn.y)
    plain = mesh.skin_of(grid.points(points), drawn.compared)
    lit = light.relit(drawn, under, plain, grid)
    return {
        "shape": lambda: shapes.moved(before, shape, 1.0),
        "reduce": lambda: texture.reduced(skin, size),
        "draw": lambda: texture.drawn(points, before, texture.reduced(skin, size), grid),
        "cover": lambda: occlusion.covering(target, drawn.weight, plain, grid),
        "move": lambda: texture.shifted(target, drawn.x, drawn.y),
        "light": lambda: light.relit(drawn, under, plain, grid),
        "grain": lambda: grain.matched(lit, under, grid.up(drawn.weight), grid.up(plain)),
        "whole": lambda: swapper.swap([job]),
    }


def main(argv: Sequence[str] | None = None) -> int:
    """Prints the table. "draw" contains "reduce"; "whole" is all of a swap without pasting."""
    parser = argparse.ArgumentParser(prog="mesh_swap", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="widths of the face in pixels")
    parser.add_argument("--source", type=int, default=240, help="width of the source's face in pixels")
    parser.add_argument("--rounds", type=int, default=15, help="how often each stage runs; the median counts")
    options = parser.parse_args(argv)
    cv2.setNumThreads(1)
    names = list(stages(60, 60))
    print("face px " + "".join(f"{name:>11}" for name in names) + "   (ms)")
    for size in options.sizes:
        row = [median_ms(work, options.rounds) for work in stages(size, options.source).values()]
        print(f"{size:7} " + "".join(f"{value:11.2f}" for value in row))
    return 0
