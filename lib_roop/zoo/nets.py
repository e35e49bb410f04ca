"""The nets of one engine while they are open: one copy of each, where the host wants it, as long as it is used."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from ..errors import ModelError
from ..host import Host
from ..memory import Memory
from ..options import OFF, RuntimeOptions
from . import runtime, store, winograd
from .cards import ModelCard
from .guarded import Guarded
from .hashes import Ledger
from .runtime import CPU, Device, Net, OnnxNet, Tensor

REMEMBERED = 256
MINUTE = 60.0


class OnDemand:
    """A net by what gives it: whoever keeps the nets may let this one go, and it comes back when it is run."""

    def __init__(self, give: Callable[[], Net]) -> None:
        self._give = give

    @property
    def providers(self) -> tuple[str, ...]:
        return self._give().providers

    def run(self, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """All outputs by name. Raises ModelError."""
        return self._give().run(inputs)


class Nets:
    """Opens nets when they are needed, checks their files first, and forgets those that lie idle.

    A host that changes its mind about the device gets all of them anew. Safe to share between threads.
    """

    def __init__(self, host: Host) -> None:
        self._host = host
        self._open: Memory[OnnxNet] = Memory(REMEMBERED)
        self._device: Memory[Device] = Memory(1)

    @property
    def device(self) -> Device:
        """Where nets are to run now. Raises ModelError when onnxruntime does not offer that here."""
        wish = self._host.runtime()
        return self._device.get((wish.provider, wish.threads, wish.fast_graph), lambda: self._changed(wish))

    @property
    def loaded(self) -> tuple[OnnxNet, ...]:
        """Those that are open, the one used last at the end."""
        return self._open.values()

    def small(self, card: ModelCard) -> Net:
        """A net that is read whole and hashed each time it is opened. It is opened now. Raises ModelError."""
        path = store.find(card, self._host.model_folders())

        def give() -> OnnxNet:
            return self._get(card.name, self.device, lambda at: runtime.load(card, store.verified(card, path), at))

        give()
        return OnDemand(give)

    def large(self, card: ModelCard | None, path: Path, device: Device | None = None) -> OnnxNet:
        """A net that is opened by its path and hashed once, or never where it has no card. Raises ModelError."""

        def make(at: Device) -> OnnxNet:
            if card is None:
                return runtime.load_unlisted(path.name, path, at)
            checked = store.checked(card, path, Ledger(self._host.model_folders()[0]))
            if card.family not in winograd.FAMILIES or at.providers[0] != CPU or self._host.runtime().fast_graph == OFF:
                return runtime.load(card, checked, at)
            return self._faster(card, checked, at)

        return self._get(path, device or self.device, make)

    def guarded(self, card: ModelCard | None, path: Path, *, black: float | None = 0.0) -> Guarded:
        """A large net whose outputs are looked at, and made again on the CPU when they are no use. It is opened now.

        Raises ModelError.
        """
        self.large(card, path)

        def again() -> OnnxNet:
            return self.large(card, path, Device((CPU,), self._host.runtime().threads))

        return Guarded(card.name if card else path.name, OnDemand(lambda: self.large(card, path)), again, black=black)

    def release_idle(self) -> None:
        """Forget the nets that were not used for as long as the host's settings say. Cheap."""
        if minutes := self._host.runtime().unload_after:
            oldest = time.monotonic() - minutes * MINUTE
            self._open.drop(lambda net: net.used < oldest)

    def clear(self) -> None:
        """Forget them all."""
        self._open.clear()
        self._device.clear()

    def _get(self, key: str | Path, device: Device, make: Callable[[Device], OnnxNet]) -> OnnxNet:
        net = self._open.get((key, device), lambda: make(device))
        net.used = time.monotonic()
        self.release_idle()
        return net

    def _faster(self, card: ModelCard, checked: Path, at: Device) -> OnnxNet:
        """The net with its faster graph; as it is where there is none, or that does not open."""
        chosen = winograd.faster(self._host, checked)
        if chosen != checked:
            try:
                return runtime.load(card, chosen, replace(at, planned=False))
            except (ModelError, MemoryError):
                self._host.say(
                    f"{checked.name} runs as it is, for its faster graph {chosen} cannot be opened here; "
                    "free memory, or choose the faster graph off."
                )
        return runtime.load(card, checked, at)

    def _changed(self, wish: RuntimeOptions) -> Device:
        device = runtime.device(wish.provider, wish.threads)
        self._open.clear()
        return device
