"""What roop asks of a web UI: the only importer of its `modules`, late, and by feature, never by a host's name."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from PIL import Image as Pillow

from ..errors import InputError
from ..ui.compat import Widgets

Processing = Any
"""A job as the host describes it: StableDiffusionProcessing, or an object with the same fields."""


def module(name: str) -> Any:
    """`modules.<name>` of the host."""
    return importlib.import_module(f"modules.{name}")


def shared() -> Any:
    """Options, state and the lists of restorers and upscalers."""
    return module("shared")


def setting(key: str, default: Any) -> Any:
    """One of the host's options, or `default` where it has none of that name yet."""
    return getattr(shared().opts, key, default)


def argument(name: str) -> Any:
    """One of the host's command line arguments, None where it was not declared or given."""
    return getattr(shared().cmd_opts, name, None)


def outputs() -> Path:
    """Where the host keeps the pictures that are made of others."""
    folder = setting("outdir_samples", "") or setting("outdir_extras_samples", "") or "outputs/extras-images"
    return Path(folder).absolute()


def models_path() -> Path:
    """Where the host keeps models."""
    return Path(module("paths").models_path)


def from_program(p: Processing) -> bool:
    """Whether the job was asked for through the host's API."""
    return bool(getattr(p, "is_api", False) or getattr(p, "per_script_args", None))


def stopped() -> bool:
    """Whether the user asked to interrupt the job at once, or to skip this picture."""
    state = shared().state
    return bool(getattr(state, "interrupted", False) or getattr(state, "skipped", False))


def ending() -> bool:
    """Whether the user asked to end the job once the batch at hand is finished, which is then saved as a whole one."""
    return bool(getattr(shared().state, "stopping_generation", False))


@contextmanager
def showing(text: str) -> Iterator[None]:
    """Show `text` under the host's progress bar, and then again what stood there."""
    state = shared().state
    before = getattr(state, "textinfo", None)
    progress(text)
    try:
        yield
    finally:
        state.textinfo = before


def progress(text: str) -> None:
    """Show `text` under the host's progress bar."""
    shared().state.textinfo = text


def of_files(p: Processing) -> bool:
    """Whether the job is one of those that img2img runs over a batch of files.

    A host then says which of them it is at; another keeps the prompt aside that a text beside a file may replace.
    """
    counted = re.fullmatch(r"\d+ out of \d+", str(getattr(shared().state, "job", "") or ""))
    return bool(getattr(p, "init_images", None) and (counted or hasattr(p, "default_prompt")))


def face_restorers() -> Sequence[Any]:
    """The host's face restorers, none where it has no such list."""
    return getattr(shared(), "face_restorers", None) or []


def upscalers() -> Sequence[Any]:
    """The host's upscalers; the list is empty until it has started."""
    return getattr(shared(), "sd_upscalers", None) or []


def has_hook(name: str) -> bool:
    """Whether the host calls this hook of a script."""
    return hasattr(module("scripts").Script, name)


def tell(p: Processing, sentence: str) -> None:
    """Show `sentence` under the job's pictures."""
    if hasattr(p, "comment"):
        p.comment(sentence)


def infotext(p: Processing, index: int) -> str:
    """The text that the host writes with picture `index` of the batch at hand."""
    texts = {"all_negative_prompts": p.negative_prompts, "index": index}
    processing = module("processing")
    if not hasattr(processing, "create_infotext"):
        processing = module("processing_info")
    return str(processing.create_infotext(p, p.prompts, p.seeds, p.subseeds, **texts))


def saves(p: Processing) -> bool:
    """Whether the host will write the job's pictures into files."""
    if hasattr(p, "save_samples"):
        return bool(p.save_samples())
    return not p.do_not_save_samples and bool(setting("samples_save", True))


def save(p: Processing, picture: Pillow.Image, index: int, folder: Path, suffix: str) -> None:
    """Write a picture beside picture `index` of the batch, with the host's names, format and text."""
    module("images").save_image(
        picture.copy(),
        str(folder),
        "",
        p.seeds[index],
        p.prompts[index],
        setting("samples_format", "png"),
        info=infotext(p, index),
        p=p,
        suffix=suffix,
    )


def selected_script(p: Processing) -> str:
    """The title of the script chosen in the menu, in small letters; "" for none."""
    chosen = (getattr(p, "script_args", None) or [0])[0]
    scripts = getattr(getattr(p, "scripts", None), "selectable_scripts", [])
    if not isinstance(chosen, int) or isinstance(chosen, bool) or not 0 < chosen <= len(scripts):
        return ""
    return str(scripts[chosen - 1].title()).lower()


def gradio() -> Any:
    """The host's version of gradio."""
    return importlib.import_module("gradio")


def widgets(elem_id: Callable[[str], str]) -> Widgets:
    """What a panel is drawn with, the host's own widgets where it has them."""
    own = module("ui_components")
    return Widgets(
        gradio=gradio(),
        elem_id=elem_id,
        input_accordion=getattr(own, "InputAccordion", None),
        tool_button=getattr(own, "ToolButton", None),
        form_row=getattr(own, "FormRow", None),
    )


@contextmanager
def queue() -> Iterator[None]:
    """What runs within waits for the job at hand, and the next job for it."""
    with module("call_queue").queue_lock:
        yield


@contextmanager
def queued_job() -> Iterator[None]:
    """A job of its own in the queue: what was interrupted before does not stop it."""
    state = shared().state
    with queue():
        if hasattr(state, "begin"):
            state.begin("roop")
        try:
            yield
        finally:
            if hasattr(state, "end"):
                state.end()


def offers_api() -> bool:
    """Whether programs are answered: as they are told to be, or always where there is nothing to tell."""
    return not hasattr(shared().cmd_opts, "api") or bool(argument("api") or argument("nowebui"))


def accounts() -> list[str] | None:
    """Who may use the host's API, as name:password; None where everybody may. Raises InputError."""
    named = "api_auth" if hasattr(shared().cmd_opts, "api_auth") else "auth"
    given, file = argument(named), argument("auth_file") if named == "auth" else None
    if not given and not file:
        return None
    try:
        more = Path(file).read_text(encoding="utf-8").splitlines() if file else []
    except (OSError, ValueError) as error:
        raise InputError(f"{file} cannot be read ({error}).") from error
    return [each.replace('"', "").strip() for each in (*str(given or "").split(","), *more)]


def picture_of(shown: Any) -> Pillow.Image:
    """A picture as a gallery or a picture box of the page hands it over. The host says which files a page may name."""
    if isinstance(shown, (list, tuple)) and shown:
        shown = shown[0]
    if isinstance(shown, Pillow.Image):
        return shown
    for name in ("infotext_utils", "generation_parameters_copypaste"):
        with suppress(ImportError):
            if reader := getattr(module(name), "image_from_url_text", None):
                picture: Pillow.Image = reader([shown])
                return picture
    raise InputError("This web UI does not hand over its pictures; save the picture and give it to Extras.")


def save_alone(tab: str, picture: Pillow.Image, text: str) -> None:
    """Save a picture that no job made in the folder of the tab's pictures, where the host saves at all."""
    folder = setting("outdir_samples", "") or setting(f"outdir_{tab}_samples", "")
    if not folder or not setting("samples_save", True):
        return
    module("images").save_image(
        picture.copy(), folder, "", extension=setting("samples_format", "png"), info=text, suffix="swapped"
    )
