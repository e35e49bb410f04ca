"""The panel with the gradio that is installed, if one is."""

import gc
from collections.abc import Iterator

import pytest

from lib_roop.ui import fields
from lib_roop.ui.compat import Widgets
from lib_roop.ui.events import bind
from lib_roop.ui.panel import Choices, Panel, panel
from tests.ui.test_events import Page

gradio = pytest.importorskip("gradio", reason="gradio is not installed; hosts bring it")
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(autouse=True)
def what_gradio_leaves_open_is_gone() -> Iterator[None]:
    """Else its event loops are found open during somebody else's test."""
    yield
    gc.collect()


def drawn(*, is_img2img: bool = True) -> Panel:
    widgets = Widgets(gradio=gradio)
    with gradio.Blocks(analytics_enabled=False):
        made = panel(widgets, Choices(checkpoints=("emma",), missing=("Research only.",)), 3, is_img2img)
        bind(made, widgets, Page(pictures=(), results=(), finished=None).actions)
    return made


@pytest.mark.parametrize("is_img2img", [True, False])
def test_the_panel_is_drawn_and_bound(is_img2img: bool) -> None:
    made = drawn(is_img2img=is_img2img)
    assert len(made.components) == len(fields.fields(3))


def test_components_hold_the_defaults() -> None:
    fresh = fields.defaults(3)
    for field, component in drawn().of.items():
        assert component.value == fresh[field], field


def test_a_fresh_panels_values_ask_for_nothing() -> None:
    assert fields.mapping([component.value for component in drawn().components], 3) == {"units": []}
