"""Reads the serialised form of dlib's face recognition network (dlib 19.4 and later, dnn/layers.h and serialize.h)."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Pair = tuple[int, int]

# The versions that stand for the kinds of nested layers, outermost first, before their contents.
_TAG_OR_SKIP, _LAYER, _INNERMOST_LAYER = 1, 2, 3


@dataclass(frozen=True, slots=True)
class Window:
    """Rows and columns of a convolution's or a pool's window; the size (0, 0) stands for the whole plane."""

    size: Pair
    stride: Pair
    pad: Pair


@dataclass(frozen=True, slots=True)
class Convolution:
    """`weight` [out,in,rows,columns], `bias` [out]."""

    window: Window
    weight: Floats
    bias: Floats


@dataclass(frozen=True, slots=True)
class Affine:
    """A factor and a shift for each channel."""

    gamma: Floats
    beta: Floats


@dataclass(frozen=True, slots=True)
class Relu:
    """max(x, 0)."""


@dataclass(frozen=True, slots=True)
class AddPrevious:
    """Adds a tagged earlier output; where the sizes differ the smaller counts as zero at its far ends."""


@dataclass(frozen=True, slots=True)
class MaxPool:
    """The greatest value of each window."""

    window: Window


@dataclass(frozen=True, slots=True)
class AveragePool:
    """The mean of each window."""

    window: Window


@dataclass(frozen=True, slots=True)
class Dense:
    """x @ weight, `weight` [in,out], no bias."""

    weight: Floats


Layer = Convolution | Affine | Relu | AddPrevious | MaxPool | AveragePool | Dense


@dataclass(frozen=True, slots=True)
class Network:
    """The input's mean colour (RGB, 0..255) and size, and the layers as they are run."""

    mean: Floats
    size: Pair
    layers: tuple[Layer, ...]


def read_network(data: bytes) -> Network:
    """Raises ValueError where the file is not such a network, down to its last byte."""
    reader = _Reader(data)
    reader.expect(1)
    reader.expect_text("loss_metric_2")
    reader.skip_reals(2)
    layers = sum(kind != _TAG_OR_SKIP for kind in _kinds(reader))
    reader.expect_text("input_rgb_image_sized")
    mean = np.array([reader.real() for _ in range(3)], np.float32)
    size = reader.pair()
    network = Network(mean, size, tuple(_layer(reader, innermost=index == 0) for index in range(layers)))
    reader.expect_end()
    return network


def _kinds(reader: "_Reader") -> Iterator[int]:
    while (kind := reader.number()) != _INNERMOST_LAYER:
        if kind not in (_TAG_OR_SKIP, _LAYER):
            raise ValueError(f"{kind} is not a kind of layer")
        yield kind
    yield kind


def _layer(reader: "_Reader", *, innermost: bool) -> Layer:
    layer = _layer_details(reader, reader.text())
    for _ in range(3):
        reader.flag()
    for _ in ("gradient of the input", "cached output", "gradient of the parameters"):
        reader.tensor()
    if innermost:
        reader.number()
    return layer


def _layer_details(reader: "_Reader", name: str) -> Layer:
    if name not in _LAYERS:
        raise ValueError(f"no rule for the dlib layer {name}")
    return _LAYERS[name](reader)


def _convolution(reader: "_Reader") -> Convolution:
    values = reader.tensor().ravel()
    filters = reader.number()
    window = reader.window()
    shape = reader.view()
    reader.view()
    reader.skip_reals(4)
    return Convolution(window, values[:-filters].reshape(shape), values[-filters:])


def _affine(reader: "_Reader") -> Affine:
    gamma, beta = reader.tensor().reshape(2, -1)
    reader.view()
    reader.view()
    reader.number()
    return Affine(gamma, beta)


def _dense(reader: "_Reader") -> Dense:
    outputs, inputs = reader.pair()
    weight = reader.tensor().reshape(inputs, outputs)
    reader.view()
    reader.view()
    # The bias mode: 1 is "no bias".
    reader.expect(1)
    reader.skip_reals(4)
    return Dense(weight)


_LAYERS: Mapping[str, Callable[["_Reader"], Layer]] = {
    "con_4": _convolution,
    "affine_": _affine,
    "relu_": lambda reader: Relu(),
    "add_prev_": lambda reader: AddPrevious(),
    "max_pool_2": lambda reader: MaxPool(reader.window()),
    "avg_pool_2": lambda reader: AveragePool(reader.window()),
    "fc_2": _dense,
}


class _Reader:
    """A place in the file, moved on by each value read."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._place = 0

    def number(self) -> int:
        """One byte with the sign (0x80) and the number of bytes; then the magnitude, least byte first."""
        control = self._take(1)[0]
        magnitude = int.from_bytes(self._take(control & 0x0F), "little")
        return -magnitude if control & 0x80 else magnitude

    def real(self) -> float:
        """A mantissa and a power of two."""
        mantissa = self.number()
        return mantissa * 2.0 ** self.number()

    def flag(self) -> bool:
        """The digit 0 or 1."""
        return self._take(1) == b"1"

    def text(self) -> str:
        """A length and so many ASCII characters."""
        return self._take(self.number()).decode("ascii")

    def pair(self) -> Pair:
        """Two whole numbers, for rows and columns."""
        return self.number(), self.number()

    def window(self) -> Window:
        """Size, stride and padding."""
        return Window(self.pair(), self.pair(), self.pair())

    def tensor(self) -> Floats:
        """A tensor of four dimensions."""
        self.expect(2)
        shape = [self.number() for _ in range(4)]
        return np.frombuffer(self._take(4 * int(np.prod(shape))), "<f4").reshape(shape)

    def view(self) -> list[int]:
        """The shape of a part of a tensor read before."""
        self.expect(1)
        return [self.number() for _ in range(4)]

    def skip_reals(self, count: int) -> None:
        """Passes over settings of the training."""
        for _ in range(count):
            self.real()

    def expect(self, number: int) -> None:
        """Raises ValueError unless the next number is this one."""
        if (found := self.number()) != number:
            raise ValueError(f"expected {number}, found {found} before byte {self._place}")

    def expect_text(self, text: str) -> None:
        """Raises ValueError unless the next text is this one."""
        if (found := self.text()) != text:
            raise ValueError(f"expected {text}, found {found} before byte {self._place}")

    def expect_end(self) -> None:
        """Raises ValueError unless all has been read."""
        if self._place != len(self._data):
            raise ValueError(f"{len(self._data) - self._place} bytes are left after the last layer")

    def _take(self, count: int) -> bytes:
        taken = self._data[self._place : self._place + count]
        if len(taken) != count:
            raise ValueError("the file ends too early")
        self._place += count
        return taken
