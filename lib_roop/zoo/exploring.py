"""What is in an ONNX file, whosever it is: read from its fields, never run, and no weight is ever loaded.

Field numbers and types are those of onnx.proto, https://github.com/onnx/onnx.
"""

from __future__ import annotations

import math
import mmap
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import ModelError
from ..host import builtin_folder
from . import builtin, hashes, nudenet, store, wire
from .cards import Listed, ModelCard, Pack
from .wire import Data

MOST_FIELDS, MOST_NAMES = 2_000_000, 100_000
"""Of a whole file: nets have some ten thousand, and a hostile file must not keep the reader busy for long."""
MOST_TEXT, MOST_SIZES, DEEPEST = 200, 16, 8
"""Letters of a text, sizes of a shape, and graphs within graphs."""
OWN: tuple[ModelCard, ...] = (builtin.BLAZEFACE, builtin.FACEMESH, builtin.DLIB_RESNET, nudenet.NUDENET_320N)
"""Cards of nets that come with roop or with a package, and so are in no list of those that can be got."""
TYPES = (
    *("?", "float32", "uint8", "int8", "uint16", "int16", "int32", "int64", "string", "bool", "float16", "float64"),
    *("uint32", "uint64", "complex64", "complex128", "bfloat16", "float8e4m3fn", "float8e4m3fnuz", "float8e5m2"),
    *("float8e5m2fnuz", "uint4", "int4", "float4e2m1"),
)
"""TensorProto.DataType by number."""
KINDS: Mapping[int, str] = {4: "sequence", 5: "map", 8: "sparse tensor", 9: "optional"}
"""What a value may be beside a tensor, by the field of TypeProto."""
_IR, _PRODUCER, _PRODUCER_VERSION, _GRAPH, _OPSET = 1, 2, 3, 7, 8
_NODE, _INITIALIZER, _INPUT, _OUTPUT = 1, 5, 11, 12
_OPERATOR, _ATTRIBUTE, _DOMAIN = 4, 5, 7
_ATTRIBUTE_GRAPHS = (6, 11)
_DIMS, _TENSOR_NAME = 1, 8


@dataclass(frozen=True, slots=True)
class Value:
    """An input or output. shape: sizes, names of sizes that are free, "?" for those without a name."""

    name: str
    type: str
    shape: tuple[int | str, ...]

    def __str__(self) -> str:
        return f"{self.name}: {self.type} [{', '.join(map(str, self.shape))}]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The card that a file belongs to. certain: its sha256 is the card's; else it is only called so."""

    name: str
    task: str
    licence: str
    commercial_use: bool
    certain: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Explored:
    """What an ONNX file says of itself.

    opsets: the version by domain, "" for ONNX's own. operators: how many nodes of each there are, most first, those
    within other nodes too. parameters: how many numbers its weights are. known: None for a file that no card describes.
    """

    path: Path
    size: int
    sha256: str
    ir_version: int
    producer: str
    opsets: Mapping[str, int]
    inputs: tuple[Value, ...]
    outputs: tuple[Value, ...]
    operators: Mapping[str, int]
    parameters: int
    known: Known | None

    @property
    def nodes(self) -> int:
        """How many there are."""
        return sum(self.operators.values())


def explored(path: Path, models: Sequence[Listed]) -> Explored:
    """What is in the file, and which of `models` it is. Raises ModelError when it is no whole ONNX file."""
    if not path.is_file():
        raise ModelError(f"{path} is no file; name an ONNX net.")
    try:
        with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
            found = _Reader(data)
            found.model()
        size, sha256 = path.stat().st_size, hashes.sha256_of(path)
    except OSError as error:
        raise ModelError(f"The file {path} cannot be read ({error.strerror or error}); check it.") from error
    except (ValueError, IndexError, OverflowError) as error:
        raise ModelError(f"The file {path} is no ONNX net, or only a part of one ({error}).") from error
    return Explored(
        path=path,
        size=size,
        sha256=sha256,
        ir_version=found.ir_version,
        producer=" ".join(filter(None, found.producer)),
        opsets=found.opsets,
        # Before IR version 4 weights are listed among the inputs.
        inputs=tuple(each for each in found.inputs if each.name not in found.weights),
        outputs=tuple(found.outputs),
        operators=dict(found.operators.most_common()),
        parameters=found.parameters,
        known=known(path.name, sha256, models),
    )


def known(file: str, sha256: str, models: Sequence[Listed]) -> Known | None:
    """Whose file it is: by its sha256, else by what it is called."""
    cards = [*OWN, *(card for item in models for card in (item.members if isinstance(item, Pack) else (item,)))]
    for card in cards:
        if any(build.sha256 == sha256 for build in store.builds(card)):
            return _known(card, certain=True)
    named = next((card for card in cards if file.lower() in (card.file.lower(), *map(str.lower, card.aliases))), None)
    return _known(named, certain=False) if named else None


def facts(found: Explored) -> list[tuple[str, str]]:
    """What there is to say of a file beside its values and operators, by what it is."""
    opsets = (f"{domain or 'ai.onnx'} {version}" for domain, version in found.opsets.items())
    return [
        ("card", _told(found.known)),
        ("size", f"{found.size:,} bytes, {found.parameters:,} parameters"),
        ("sha256", found.sha256),
        ("made by", f"{found.producer or 'unknown'}, IR version {found.ir_version}, operators of {', '.join(opsets)}"),
    ]


def _told(known: Known | None) -> str:
    if known is None:
        return "unknown: nobody here states what it is, or under which licence"
    doubt = "" if known.certain else "only by its name, for its sha256 is no known one: "
    use = "commercial use is allowed" if known.commercial_use else "no commercial use"
    return f"{doubt}{known.name} ({known.task}), {known.licence} ({use})"


def files(folders: Sequence[Path]) -> dict[str, Path]:
    """The ONNX files that lie where nets do, each by a name that says where: its folder's and its own."""
    found: dict[str, Path] = {}
    for base in (builtin_folder(), *folders):
        below = {path for pattern in ("*.onnx", "*/*.onnx", "*/*/*.onnx") for path in base.glob(pattern)}
        for path in sorted(path for path in below - {*found.values()} if path.is_file()):
            plain = name = (Path(base.name) / path.relative_to(base)).as_posix()
            number = 1
            while name in found:
                number += 1
                name = f"{plain} ({number})"
            found[name] = path
    return found


def _known(card: ModelCard, *, certain: bool) -> Known:
    return Known(
        name=card.name, task=card.task, licence=card.licence, commercial_use=card.commercial_use, certain=certain
    )


@dataclass(slots=True, eq=False)
class _Reader:
    """Goes through a file's fields and remembers what it saw; those of weights are passed over."""

    data: Data
    left: int = MOST_FIELDS
    ir_version: int = 0
    producer: list[str] = field(default_factory=lambda: ["", ""])
    opsets: dict[str, int] = field(default_factory=dict)
    inputs: list[Value] = field(default_factory=list)
    outputs: list[Value] = field(default_factory=list)
    operators: Counter[str] = field(default_factory=Counter)
    weights: set[str] = field(default_factory=set)
    parameters: int = 0

    def model(self) -> None:
        """Read all of it. Raises ValueError or IndexError when it is none."""
        graphs = []
        for number, at, end in self._fields(0, len(self.data)):
            if number == _IR:
                self.ir_version = wire.number(self.data, at)[0]
            elif number in (_PRODUCER, _PRODUCER_VERSION):
                self.producer[number - _PRODUCER] = self._text(at, end)
            elif number == _OPSET:
                self._opset(at, end)
            elif number == _GRAPH:
                graphs.append((at, end))
        if len(graphs) != 1:
            raise ValueError("it has no graph")
        self._graph(*graphs[0], 0)
        if not self.operators or not self.outputs:
            raise ValueError("its graph computes nothing")

    def _graph(self, at: int, end: int, depth: int) -> None:
        if depth > DEEPEST:
            raise ValueError("graphs in graphs without an end")
        for number, begin, stop in self._fields(at, end):
            if number == _NODE:
                self._node(begin, stop, depth)
            elif number == _INITIALIZER:
                self._weight(begin, stop)
            elif number in (_INPUT, _OUTPUT) and not depth:
                (self.inputs if number == _INPUT else self.outputs).append(self._value(begin, stop))

    def _node(self, at: int, end: int, depth: int) -> None:
        operator = domain = ""
        for number, begin, stop in self._fields(at, end):
            if number == _OPERATOR:
                operator = self._text(begin, stop)
            elif number == _DOMAIN:
                domain = self._text(begin, stop)
            elif number == _ATTRIBUTE:
                for inner, first, last in self._fields(begin, stop):
                    if inner in _ATTRIBUTE_GRAPHS:
                        self._graph(first, last, depth + 1)
        name = f"{domain}.{operator}" if domain and domain != "ai.onnx" else operator
        self.operators[name] += 1

    def _weight(self, at: int, end: int) -> None:
        sizes: list[int] = []
        for number, begin, stop in self._fields(at, end):
            if number == _DIMS:
                sizes = [*sizes, *self._numbers(begin, stop)][:MOST_SIZES]
            elif number == _TENSOR_NAME:
                self.weights.add(self._text(begin, stop))
        if (count := math.prod(sizes)) > 1 << 50:
            raise ValueError("a weight of too many numbers")
        self.parameters += count

    def _value(self, at: int, end: int) -> Value:
        name, type_, shape = "", "?", list[int | str]()
        for number, begin, stop in self._fields(at, end):
            if number == 1:
                name = self._text(begin, stop)
            elif number == 2:
                for kind, *part in self._fields(begin, stop):
                    type_, shape = self._tensor(*part) if kind == 1 else (KINDS.get(kind, type_), shape)
        return Value(name, type_, tuple(shape))

    def _tensor(self, at: int, end: int) -> tuple[str, list[int | str]]:
        type_, shape = "?", list[int | str]()
        for number, begin, stop in self._fields(at, end):
            if number == 1:
                place = wire.number(self.data, begin)[0]
                type_ = TYPES[place] if place < len(TYPES) else "?"
            elif number == 2:
                shape = [self._size(*part) for inner, *part in self._fields(begin, stop) if inner == 1][:MOST_SIZES]
        return type_, shape

    def _size(self, at: int, end: int) -> int | str:
        for number, begin, stop in self._fields(at, end):
            if number == 1:
                size = wire.number(self.data, begin)[0]
                return size if 0 < size < 1 << 63 else "?"
            if number == 2:
                return self._text(begin, stop) or "?"
        return "?"

    def _opset(self, at: int, end: int) -> None:
        domain, version = "", 0
        for number, begin, stop in self._fields(at, end):
            if number == 1:
                domain = self._text(begin, stop)
            elif number == 2:
                version = wire.number(self.data, begin)[0]
        self.opsets["" if domain == "ai.onnx" else domain] = version

    def _numbers(self, at: int, end: int) -> list[int]:
        """One integer or, packed, several."""
        found: list[int] = []
        while at < end and len(found) < MOST_SIZES:
            value, at = wire.number(self.data, at)
            found.append(value)
        return found

    def _text(self, at: int, end: int) -> str:
        text = self.data[at : min(end, at + 4 * MOST_TEXT)].decode(errors="replace")[:MOST_TEXT]
        return "".join(letter if letter.isprintable() else "?" for letter in text)

    def _fields(self, at: int, end: int) -> Iterator[tuple[int, int, int]]:
        for each in wire.fields(self.data, at, end):
            self.left -= 1
            named = len(self.weights) + len(self.inputs) + len(self.outputs) + len(self.operators) + len(self.opsets)
            if self.left < 0 or named > MOST_NAMES:
                raise ValueError("it has more parts than any net")
            yield each
