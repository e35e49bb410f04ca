"""A web UI's page in a browser: roop's accordion by the ids that docs/webui-ids.md promises, the rest by the host's."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Callable
from typing import Any

CHROMIUM = "/usr/bin/chromium"
PATIENCE = 60


class Tab:
    """One tab of the page. `roop` is what the ids of roop's elements in it begin with."""

    def __init__(self, page: Any, url: str) -> None:
        self.page, self.url = page, url
        self.name = self.roop = ""

    def open(self, name: str) -> None:
        """Load the page and go to a tab with a prompt."""
        self.name = name
        self.page.goto(self.url, wait_until="domcontentloaded")
        self.page.wait_for_selector(f"#{name}_generate", state="attached")
        self.until(self._ids, "roop's elements are not on the page")
        self.page.wait_for_timeout(3000)
        self.until(self._come, f"the tab {name} does not open")
        self.roop = next(id_ for id_ in self._ids() if id_.endswith("_face1_reference")).removesuffix("face1_reference")

    def _come(self) -> bool:
        """Click the tab, which some call otherwise, where it is not the one that is seen; whether it is."""
        button = self.page.locator(f"#{self.name}_generate").first
        if not button.is_visible():
            label = re.compile(
                r"^\s*(Text|txt2img)\s*$" if self.name == "txt2img" else r"^\s*(Image|img2img)\s*$", re.IGNORECASE
            )
            self.page.locator("#tabs button").filter(has_text=label).locator("visible=true").first.click()
            self.page.wait_for_timeout(1500)
        return bool(button.is_visible())

    def _ids(self) -> list[str]:
        """Ids of roop's elements in the tab; the page's own list, as hosts put more before and behind them."""
        js = "tab => [...document.querySelectorAll('[id]')].map(e => e.id).filter(i => i.includes(`${tab}_roop_`))"
        return list(self.page.evaluate(js, self.name))

    def of(self, name: str) -> Any:
        """An element of roop."""
        return self.page.locator(f"#{self.roop}{name}").first

    def click_text(self, text: str) -> None:
        """Click what says `text`, if anything that is seen does."""
        found = self.page.get_by_text(text, exact=True).locator("visible=true")
        if found.count():
            found.first.click()
            self.page.wait_for_timeout(1500)

    def headers(self, *tabs: str) -> Any:
        """What is seen of the headers "roop" in tabs; the page has a tab of that name, too."""
        inside = self.page.locator(", ".join(f"#tab_{tab}" for tab in tabs))
        return inside.get_by_text("roop", exact=True).locator("visible=true")

    def switch_on(self) -> None:
        """Open the accordion, whose header is the switch where the host has such."""
        if not self.of("face1_target_faces").is_visible():
            self.headers(self.name).first.click()
            self.page.wait_for_timeout(1500)
        if not self.on:
            self.of("enabled").locator("input[type=checkbox]").first.check()

    @property
    def on(self) -> bool:
        """Whether roop is switched on, by the tick that stands for it."""
        ticks = ("enabled-visible-checkbox", "enabled-checkbox input", "enabled input")
        found = (self.page.locator(f"#{self.roop}{tick}").first for tick in ticks)
        return next(bool(tick.is_checked()) for tick in found if tick.count())

    def upload(self, name: str, picture: str) -> None:
        """Put a picture (base64) into a box that has none."""
        box = self.page.locator(f"#{name}").first
        shown = box.locator("img[src*='data:'], img[src*='file='], canvas")
        if shown.count() == 0:
            self.hand_over(name, picture)
        self.until(shown.count, f"{name} shows no picture")
        self.page.wait_for_timeout(1500)

    def hand_over(self, name: str, *pictures: str) -> None:
        """Give pictures (base64) to a box for files."""
        files = [
            {"name": f"{number}.png", "mimeType": "image/png", "buffer": base64.b64decode(picture)}
            for number, picture in enumerate(pictures)
        ]
        self.page.locator(f"#{name} input[type=file]").first.set_input_files(files)

    def choose(self, name: str, choice: str) -> None:
        """Choose from a list that has the choice."""
        self.input(name).click()
        self.input(name).fill(choice)
        self.page.locator("ul.options li, [role=option]").filter(has_text=choice).locator("visible=true").first.click()
        self.page.wait_for_timeout(1000)

    def input(self, name: str) -> Any:
        """What is typed into."""
        return self.of(name).locator("textarea, input").first

    def type(self, name: str, text: str) -> None:
        """Type into a field, and leave it."""
        self.input(name).fill(text)
        self.input(name).press("Enter" if name == "preset" else "Tab")
        self.page.wait_for_timeout(700)

    def value(self, name: str) -> str:
        """What a field shows."""
        return str(self.input(name).input_value())

    def generate(self, prompt: str) -> str:
        """Run a job; what roop's line says of it."""
        self.prompt(prompt)
        self.page.wait_for_timeout(700)
        return self._after(self.page.locator(f"#{self.name}_generate").first.click)

    def prompt(self, text: str) -> None:
        """Type the prompt."""
        self.page.locator(f"#{self.name}_prompt textarea").first.fill(text)
        self.page.wait_for_timeout(500)

    def press(self, name: str) -> str:
        """Press a button of roop; what its line says then."""
        return self._after(lambda: self.of(name).click())

    def _after(self, act: Callable[[], Any]) -> str:
        """What roop's line says once `act` is done. Elements that gradio made anew have no mark of ours."""
        line = self.of("line")
        line.evaluate("e => { for (const p of e.querySelectorAll('.roop-line')) p.className = 'stale'; }")
        act()
        self.until(lambda: line.locator(".roop-line").count(), "roop's line says nothing")
        return " ".join(line.locator(".roop-line").all_inner_texts())

    @property
    def shown(self) -> int:
        """How many pictures the gallery has."""
        js = "id => new Set([...document.querySelectorAll(`#${id} img`)].map(e => e.src)).size"
        return int(self.page.evaluate(js, f"{self.name}_gallery"))

    def until(self, true: Callable[[], Any], otherwise: str) -> None:
        """Wait until something is so."""
        end = time.monotonic() + PATIENCE
        while not true():
            assert time.monotonic() < end, otherwise
            self.page.wait_for_timeout(300)
