"""A job as hosts describe it, and how they run it: the order of hooks, batches, pasting, grid, texts and files."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image as Pillow
from PIL import ImageOps

from lib_roop.types import Image
from tests.webui.host import Runner, Webui, pixels


class Tensor:
    """As much of a torch tensor as hosts hand to scripts."""

    def __init__(self, rgb: Image) -> None:
        # Hosts cut numbers off when they make them uint8, so that they are to lie between two of those.
        self._numbers = np.moveaxis(np.minimum((rgb.astype(np.float32) + 0.75) / 255, 1), 2, 0)

    def cpu(self) -> "Tensor":
        return self

    def float(self) -> "Tensor":
        return self

    def numpy(self) -> Any:
        return self._numbers


class Job:
    """StableDiffusionProcessing. pictures: what is generated; without any, what img2img begins with comes out again."""

    def __init__(self, webui: Webui, pictures: Sequence[Image] = (), **given: Any) -> None:
        self.generated = list(pictures)
        self.prompt: Any = "a person"
        self.negative_prompt, self.seed, self.subseed = "blurred", 100, 500
        self.batch_size, self.n_iter, self.iteration = 1, 1, 0
        self.width, self.height = 100, 60
        self.init_images: Any = None
        self.image_mask: Pillow.Image | None = None
        self.mask_for_overlay: Pillow.Image | None = None
        self.inpainting_mask_invert, self.inpaint_full_res = 0, False
        self.overlay_images: list[Pillow.Image] | None = None
        self.paste_to: tuple[int, int, int, int] | None = None
        self.color_corrections: list[int] | None = None
        self.restore_faces = self.do_not_save_samples = self.do_not_save_grid = self.is_api = False
        self.extra_generation_params: dict[str, Any] = {}
        self.comments: dict[str, int] = {}
        self.outpath_samples, self.outpath_grids = str(webui.folder / "samples"), str(webui.folder / "grids")
        self.scripts: Any = Runner(webui, [])
        self.script_args: tuple[Any, ...] = (0,)
        self.arguments: dict[str, Sequence[Any]] = {}
        if webui.flavour.judges:
            self.save_samples = lambda: _saves(webui, self)
        vars(self).update(given)

    if TYPE_CHECKING:
        # Hosts and extensions put onto a job whatever they like.
        def __getattr__(self, name: str) -> Any: ...
        def __setattr__(self, name: str, value: Any) -> None: ...

    def comment(self, text: str) -> None:
        self.comments[text] = 1


def run(webui: Webui, p: Job) -> Any:
    """Generate: `process_images`."""
    p.scripts.call("before_process", p)
    count = p.n_iter * p.batch_size
    p.all_prompts = list(p.prompt) if isinstance(p.prompt, list) else [p.prompt] * count
    p.all_negative_prompts = [f"{p.negative_prompt} {number}" for number in range(count)]
    p.all_seeds, p.all_subseeds = ([first + number for number in range(count)] for first in (p.seed, p.subseed))
    p.scripts.call("process", p)
    _begin(p)
    images: list[Pillow.Image] = []
    texts: list[str] = []
    for number in range(p.n_iter):
        p.iteration = number
        webui.state.skipped = False
        if webui.state.interrupted or getattr(webui.state, "stopping_generation", False):
            break
        _generate(webui, p, images, texts)
    if not texts:
        texts.append(webui.infotext(p, p.all_prompts, p.all_seeds, p.all_subseeds))
    p.color_corrections = None
    first = _grid(webui, p, images, texts)
    processed = processed_of(p, images, texts, first)
    if webui.flavour.ends or not (webui.state.interrupted or webui.state.skipped):
        p.scripts.call("postprocess", p, processed)
    return processed


def processed_of(p: Job, images: list[Pillow.Image], texts: list[str], first: int = 0) -> Any:
    """Processed: what callers get, and `postprocess` too."""
    return SimpleNamespace(
        images=images,
        infotexts=texts,
        index_of_first_image=first,
        comments="".join(f"{comment}\n" for comment in p.comments),
        all_prompts=p.all_prompts,
        all_negative_prompts=p.all_negative_prompts,
        all_seeds=p.all_seeds,
        all_subseeds=p.all_subseeds,
        extra_generation_params=p.extra_generation_params,
    )


def _begin(p: Job) -> None:
    """p.init: what is outside the mask is kept to be pasted over the result, per picture of a batch."""
    if p.init_images is None:
        return
    mask = p.image_mask and p.image_mask.convert("L")
    if mask and p.inpainting_mask_invert:
        mask = ImageOps.invert(mask)
    p.mask_for_overlay = mask
    if mask and p.inpaint_full_res:
        x0, y0, x1, y1 = mask.getbbox() or (0, 0, *mask.size)
        p.paste_to = x0, y0, x1 - x0, y1 - y0
    starts = []
    overlays = []
    for picture in p.init_images:
        whole = picture.convert("RGB")
        if mask:
            overlay = whole.convert("RGBA")
            overlay.putalpha(ImageOps.invert(mask))
            overlays.append(overlay)
        x, y, width, height = p.paste_to or (0, 0, *whole.size)
        cut = whole.crop((x, y, x + width, y + height))
        starts.append(pixels(cut.resize((p.width, p.height), Pillow.Resampling.NEAREST)))
    times = p.batch_size if len(starts) == 1 else 1
    p.overlay_images = overlays * times if mask else None
    if p.color_corrections is not None and len(p.color_corrections) == 1:
        p.color_corrections = p.color_corrections * times
    if not p.generated:
        p.generated = starts * times * p.n_iter


def _generate(webui: Webui, p: Job, images: list[Pillow.Image], texts: list[str]) -> None:
    """One batch."""
    part = slice(p.iteration * p.batch_size, (p.iteration + 1) * p.batch_size)
    p.prompts, p.negative_prompts = p.all_prompts[part], p.all_negative_prompts[part]
    p.seeds, p.subseeds = p.all_seeds[part], p.all_subseeds[part]
    named: dict[str, Any] = {"prompts": p.prompts, "seeds": p.seeds, "subseeds": p.subseeds}
    for hook in ("before_process_batch", "process_batch"):
        p.scripts.call(hook, p, batch_number=p.iteration, **named)
    if p.iteration == 0:
        # params.txt
        webui.infotext(p, p.all_prompts, p.all_seeds, p.all_subseeds)
    made = p.generated[part]
    samples: list[Any] = [Tensor(each) if webui.flavour.tensors else Pillow.fromarray(each) for each in made]
    p.scripts.call("postprocess_batch", p, images=samples, batch_number=p.iteration)
    p.prompts, p.negative_prompts = p.all_prompts[part], p.all_negative_prompts[part]
    batch = SimpleNamespace(images=samples)
    p.scripts.call("postprocess_batch_list", p, batch, batch_number=p.iteration)
    for place, sample in enumerate(batch.images):
        p.batch_index = place
        picture, mask = _finished(webui, p, place, sample)
        text = _text(webui, p, place)
        if _saves(webui, p):
            _save(webui, p, place, picture)
        texts.append(text)
        if webui.options["enable_pnginfo"]:
            picture.info["parameters"] = text
        images.append(picture)
        if mask is not None and webui.options["save_mask"] and _saves(webui, p):
            _save(webui, p, place, mask, "-mask")
        if mask is not None and webui.options["return_mask"]:
            images.append(mask)


def _finished(webui: Webui, p: Job, place: int, sample: Any) -> tuple[Pillow.Image, Pillow.Image | None]:
    """A picture as it is saved, and its mask."""
    flavour = webui.flavour
    if isinstance(sample, Pillow.Image):
        picture = sample
    else:
        picture = Pillow.fromarray((255.0 * np.moveaxis(sample.cpu().numpy(), 0, 2)).astype(np.uint8))
    if p.restore_faces and flavour.restorers:
        if webui.options["save_images_before_face_restoration"] and _saves(webui, p):
            _save(webui, p, place, picture, "-before-face-restoration")
        picture = painted(picture, 3)
    if flavour.colours_first:
        picture = _corrected(p, place, picture)
    picture = _after(p, "postprocess_image", picture, place, indexed=flavour.indexed)
    overlay = p.overlay_images[place] if p.overlay_images and place < len(p.overlay_images) else None
    mask = None if p.mask_for_overlay is None else p.mask_for_overlay.convert("RGB")
    if not flavour.colours_first:
        picture = _corrected(p, place, picture)
    picture = _composed(p, picture, overlay)
    picture = _after(p, "postprocess_image_after_composite", picture, place, indexed=flavour.indexed)
    return picture, mask


def _after(p: Job, hook: str, picture: Pillow.Image, place: int, *, indexed: bool) -> Pillow.Image:
    pp = SimpleNamespace(image=picture)
    if indexed:
        pp.index = place + p.iteration * p.batch_size
    p.scripts.call(hook, p, pp)
    assert isinstance(pp.image, Pillow.Image), "most hosts die of anything else"
    return pp.image


def painted(picture: Pillow.Image, number: int) -> Pillow.Image:
    """A new picture with a mark of a step in its corner."""
    array = pixels(picture).copy()
    array[0, 0, 2] = number
    return Pillow.fromarray(array)


def _corrected(p: Job, place: int, picture: Pillow.Image) -> Pillow.Image:
    if p.color_corrections is None or place >= len(p.color_corrections):
        return picture
    return painted(picture, p.color_corrections[place])


def _composed(p: Job, picture: Pillow.Image, overlay: Pillow.Image | None) -> Pillow.Image:
    """What was inpainted with the rest around it: a result that is larger than expected is not fitted here."""
    if overlay is None:
        return picture
    whole = picture.convert("RGBA")
    if p.paste_to:
        x, y, width, height = p.paste_to
        whole = Pillow.new("RGBA", overlay.size)
        whole.paste(picture.resize((width, height), Pillow.Resampling.NEAREST), (x, y))
    whole.alpha_composite(overlay)
    return whole.convert("RGB")


def _text(webui: Webui, p: Job, place: int) -> str:
    negatives = p.negative_prompts if webui.flavour.judges else None
    return webui.infotext(p, p.prompts, p.seeds, p.subseeds, index=place, all_negative_prompts=negatives)


def _saves(webui: Webui, p: Job) -> bool:
    stopped = webui.state.interrupted or webui.state.skipped
    wanted = webui.options["samples_save"] and not p.do_not_save_samples
    return bool(wanted and (webui.options["save_incomplete_images"] or not stopped))


def _save(webui: Webui, p: Job, place: int, picture: Pillow.Image, suffix: str = "") -> None:
    webui.save_image(
        picture, p.outpath_samples, "", p.seeds[place], p.prompts[place], webui.options["samples_format"],
        info=_text(webui, p, place), p=p, suffix=suffix,
    )  # fmt: skip


def _grid(webui: Webui, p: Job, images: list[Pillow.Image], texts: list[str]) -> int:
    """Put a grid in front of the pictures and save it; how many stand in front of the first picture."""
    if len(images) < 2 or p.do_not_save_grid:
        return 0
    width, height = max(each.width for each in images), max(each.height for each in images)
    grid = Pillow.new("RGB", (width * len(images), height))
    for place, each in enumerate(images):
        grid.paste(each, (place * width, 0))
    text = webui.infotext(p, p.all_prompts, p.all_seeds, p.all_subseeds)
    if webui.options["grid_save"]:
        webui.save_image(grid, p.outpath_grids, "grid", p.all_seeds[0], p.all_prompts[0], info=text, p=p, grid=True)
    if not webui.options["return_grid"]:
        return 0
    grid.info["parameters"] = text
    images.insert(0, grid)
    texts.insert(0, text)
    return 1
