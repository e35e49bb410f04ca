"""What roop does at each hook of a web UI's job.

The pictures of a job go through `postprocess_image` one by one. Where a picture may be dropped (similarity) or become
several (a result for each source), the swap is made in `postprocess_batch_list` already, the only place where a host
lets its list of pictures change; the picture as generated stays in that list, and its result waits here until the host
comes to it, with faces restored or painted by others in between perhaps: then it is made again, and never dropped.
"""

from __future__ import annotations

import logging
import weakref
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from PIL import Image as Pillow

from .. import images, provenance
from ..errors import NoFaceError
from ..images import Picture
from ..options import BEST, WHOLE, PostOptions, SwapUnit
from ..swap import Swap
from ..types import Image, Mask
from . import boundary, filtering, infotext, inpainting, interfaces, request, saving, settings
from .host import GetEngine
from .interfaces import Processing
from .jobs import STATE, Entry, Job, job_of, place_of
from .request import Unit
from .xyz import AXES

AFTER = "postprocess_image_after_composite"
NO_UPSCALING = "none"
UNFINISHED = PostOptions(restorer="none")
"""What is done to the picture that img2img starts from, which is drawn over."""
BREAKS_WITHOUT_PICTURES = ("loopback",)
PUTS_TILES_TOGETHER = (
    *("sd upscale", "ultimate sd upscale", "sd ultimate upscale"),
    *("outpainting mk2", "poor man's outpainting", "prompt matrix"),
)
"""Scripts to which pictures are tiles, so that there may be neither fewer nor more."""
_log = logging.getLogger("roop")


class Hooks:
    """The hooks of one script. It holds no state of any job."""

    def __init__(self, engine: GetEngine) -> None:
        self._engine = engine

    def process(self, p: Processing, *args: Any) -> None:
        """A job begins: read what it asks, and swap in the picture that img2img starts from where that is asked."""
        before, cell = getattr(p, STATE, None), getattr(p, AXES, None)
        copied = isinstance(before, Job) and before.running and not before.of(p) and before.cell is cell
        if getattr(p, "_ad_inner", False) or copied:
            # ADetailer runs the hooks again in mid-job, on a copy. A plot's cells are copies too, but have own values.
            return
        for stale in infotext.unwritten(p.extra_generation_params):
            del p.extra_generation_params[stale]
        p.__dict__.pop(STATE, None)
        with boundary.boundary(p):
            page, begun_from = not interfaces.from_program(p), getattr(p, "init_images", None)
            asked = settings.applied(request.read(args, cell, from_page=page))
            if page and not begun_from:
                asked = request.where_nothing_is_begun_from(asked)
            if asked.units:
                job = _begun(p, asked, before)
                p.extra_generation_params.update(infotext.settings(asked))
                setattr(p, STATE, job)
                for sentence in self._refrained(p, job):
                    boundary.note(p, sentence)
                self._swap_sources(p, job)
        if begun := job_of(p):
            begun.note = p.extra_generation_params.get(boundary.NOTE, "")

    def postprocess_batch_list(self, p: Processing, pp: Any) -> None:
        """A batch was generated: drop and add pictures where that is asked."""
        job = job_of(p)
        if job is None or not job.of(p):
            return
        turn, job.batch = job.turn, []
        job.turn += p.batch_size
        with boundary.boundary(p) as said:
            batch = filtering.entries(p, pp.images, turn)
            whole = len(batch) == len(pp.images)
            if job.selective and whole and not interfaces.stopped():
                batch = filtering.sorted_out(
                    p, job, batch, lambda rgb, entry: self._results(p, job, rgb, entry), self._reject(p, job)
                )
                pp.images = filtering.lay_out(p, job, batch)
                job.batch = batch
            job.kept += [replace(entry, swap=None, sample=None) for entry in batch]
        job.broken = " ".join(said)

    def postprocess_image(self, p: Processing, pp: Any) -> None:
        """One picture: swap, and hand the result back. A picture without a face to swap stays as it is."""
        job = job_of(p)
        if job is None:
            return
        job.told = place_of(p)
        for key in (infotext.RAN, boundary.NOTE):
            p.extra_generation_params.pop(key, None)
        if note := f"{job.note} {job.broken}".strip():
            p.extra_generation_params[boundary.NOTE] = note
        if job.swaps and not interfaces.stopped() and not self._waits(p, job):
            with boundary.boundary(p):
                pp.image = self._picture(p, job, pp.image)

    def postprocess_image_after_composite(self, p: Processing, pp: Any) -> None:
        """The picture with what lies outside the mask back around it: swap there if asked, enlarge it now."""
        job = job_of(p)
        if job is None or interfaces.stopped():
            return
        with boundary.boundary(p):
            pasted = self._pasted_later(p, job)
            if job.swaps and self._waits(p, job):
                pp.image = self._picture(p, job, pp.image)
            elif delayed := job.delayed.pop(place_of(p), None):
                composite = replace(delayed, picture=_read(pp.image.convert("RGB")))
                # Faces were restored before the composite was made.
                later = replace(job.request.post, upscale_first=False)
                enlarged = self._engine().enlarged(composite, later)
                pp.image = saving.finished(enlarged, _label(p, job))
                job.altered[place_of(p)] = infotext.made_by(enlarged)
            elif (engine := job.altered.get(place_of(p))) and (pasted or not provenance.carried(pp.image)):
                whole = pp.image.copy()
                if job.request.output.label and pasted:
                    whole = Pillow.fromarray(saving.labelled(_read(whole.convert("RGB")), engine, _label(p, job)).rgb)
                pp.image = saving.carrying(whole, engine)

    def postprocess(self, p: Processing, processed: Any) -> None:
        """The job is done, or ADetailer pretends so on a copy; nothing that a saved picture depends on."""
        job = job_of(p)
        if job is None or not job.of(p) or not job.running:
            return
        job.running = False
        with boundary.boundary(p):
            if job.selective:
                filtering.told(p, job, processed)
            saving.mark_shown(job, processed)
            self._engine().release_idle()
        job.batch, job.kept, job.spare, job.delayed = [], [], None, {}

    def _swap_sources(self, p: Processing, job: Job) -> None:
        units = job.request.sources
        if not units or not getattr(p, "init_images", None):
            return
        everywhere = job.request.job.inpaint == WHOLE
        made: list[Swap] = []
        swapped = []
        for turn, given in enumerate(p.init_images):
            picture = _read(given)
            within = None if everywhere else inpainting.source_mask(p, picture)
            swaps = self._run(p, picture, units, p.all_seeds[0], turn=turn, within=within, post=UNFINISHED)
            swapped.append(saving.finished(swaps[0]) if swaps else given)
            made += swaps[:1]
        said = [infotext.facts(swap, job.request) for swap in made]
        # From here on nothing fails: what is said of the pictures is true of them.
        p.init_images = swapped
        if made:
            job.source, p.extra_generation_params[infotext.SOURCE] = infotext.made_by(made[-1]), said[-1]

    def _picture(self, p: Processing, job: Job, given: Pillow.Image) -> Pillow.Image:
        """The result for the picture that the host is at, or that picture itself."""
        batch, place = place_of(p)
        picture = _read(given.convert("RGB"))
        swap = self._result(p, job, picture, place)
        if swap is None:
            return given
        if job.request.job.keep_original and not job.repeats(place):
            saving.original(p, given, place)
        later = self._first(p, job) is not job.request.post
        if later and not self._pasted_later(p, job):
            swap, later = self._engine().enlarged(swap, job.request.post), False
        label = None if self._pasted_later(p, job) else _label(p, job)
        finished, said = saving.finished(swap, label), infotext.facts(swap, job.request)
        # From here on nothing fails: what is said of a picture is true of it.
        if later and interfaces.has_hook(AFTER):
            job.delayed[batch, place] = swap
        elif later:
            boundary.note(p, "This web UI pastes inpainted pictures together last, so that the size is kept.")
        p.extra_generation_params[infotext.RAN] = said
        _log.info(said)
        job.altered[batch, place] = infotext.made_by(swap)
        return finished

    def _result(self, p: Processing, job: Job, picture: Picture, place: int) -> Swap | None:
        """The result that waits for this picture; where none does, or others changed the picture, a new one."""
        entry = job.batch[place] if place < len(job.batch) else None
        if entry and entry.swap and entry.digest == picture.digest:
            return entry.swap
        turn = entry.turn if entry else job.turn - p.batch_size + place
        units = request.without_limits(job.request.generated)
        within = None if self._waits(p, job) else _within(p, job, picture)
        swaps = self._run(p, picture, units, p.seeds[place], turn=turn, within=within, post=self._first(p, job))
        return swaps[entry.result if entry and entry.result < len(swaps) else 0] if swaps else None

    def _results(self, p: Processing, job: Job, rgb: Image, entry: Entry) -> Sequence[Swap]:
        """Every result of a picture that may be dropped. What cannot be swapped is said, and goes on as it is."""
        swaps: list[Swap] = []
        with boundary.boundary(p):
            picture = _read(rgb)
            how = {"turn": entry.turn, "within": _within(p, job, picture), "post": self._first(p, job)}
            swaps += self._run(p, picture, job.request.generated, entry.seed, **how)
        return swaps

    def _run(self, p: Processing, picture: Picture, units: Sequence[Unit], seed: int, **how: Any) -> tuple[Swap, ...]:
        """The results; none where the picture shows nobody to swap, which is said."""
        swaps = [_seeded(unit.swap, seed) for unit in units]
        if not any(unit.pool == "round-robin" for unit in swaps):
            # What is drawn by lot goes by the picture's seed, wherever it stands in a job.
            how["turn"] = 0
        try:
            with interfaces.showing("roop: swapping faces"):
                results = self._engine().run(picture, swaps, **how)
        except NoFaceError as error:
            boundary.note(p, str(error))
            return ()
        for sentence in dict.fromkeys(sentence for result in results for sentence in result.result.notes):
            boundary.mention(p, sentence)
        # After a stop a result may be the picture as it was.
        return tuple(result for result in results if result.result.patches)

    def _reject(self, p: Processing, job: Job) -> filtering.Reject:
        def reject(entry: Entry, swap: Swap) -> None:
            if not job.request.job.keep_rejected:
                return
            with boundary.boundary(p):
                p.extra_generation_params[infotext.RAN] = infotext.facts(swap, job.request)
                job.told = place_of(p)
                saving.rejected(p, entry, swap)
            p.extra_generation_params.pop(infotext.RAN, None)

        return reject

    def _first(self, p: Processing, job: Job) -> PostOptions:
        """What is done at once: not the enlarging where more is done before it, by roop or by the host."""
        post = job.request.post
        if post.upscaler == NO_UPSCALING or (post.upscale_first and not self._pasted_later(p, job)):
            return post
        return replace(post, upscaler=NO_UPSCALING)

    def _refrained(self, p: Processing, job: Job) -> Iterator[str]:
        """What is asked and cannot be done in this job."""
        if not job.request.generated and not (job.request.sources and getattr(p, "init_images", None)):
            yield "No face is swapped, neither in the source picture nor in what is generated; ask for one of them."
        if job.tiled and job.request.selective:
            yield "Pictures are put together here as tiles, so that none is dropped or added."
        whole = job.request.job.inpaint == WHOLE and inpainting.composited(p)
        if job.request.generated and whole and not self._waits(p, job):
            where = "Before pictures are dropped or added, this" if job.selective else "This"
            yield f"{where} web UI shows inpainted parts alone, so that faces outside them stay."
        if job.request.output.label and inpainting.composited(p) and not interfaces.has_hook(AFTER):
            yield "This web UI pastes inpainted pictures together last, so that they get no label."

    def _pasted_later(self, p: Processing, job: Job) -> bool:
        """Whether the host puts the rest of the picture around what was inpainted when its swaps are made."""
        return inpainting.composited(p) and not self._waits(p, job)

    def _waits(self, p: Processing, job: Job) -> bool:
        """Whether this job's swaps are made in the whole picture, once what was inpainted is back in it."""
        whole = job.request.job.inpaint == WHOLE and inpainting.composited(p)
        return whole and not job.selective and interfaces.has_hook(AFTER)


def _label(p: Processing, job: Job) -> str | None:
    """What a label needs to know of the picture that the host is at; None where none is asked for."""
    return interfaces.infotext(p, place_of(p)[1]) if job.request.output.label else None


def _read(given: Pillow.Image | Image) -> Picture:
    """A picture of the host, which sentences call "the picture"."""
    return replace(images.read(given), name="the picture")


def _begun(p: Processing, asked: request.Request, before: Any) -> Job:
    """The job that begins. before: the one that was here, of which tiles of the same picture may come."""
    tiled = interfaces.selected_script(p) in PUTS_TILES_TOGETHER
    earlier = saving.engines(before) if tiled and isinstance(before, Job) and before.of(p) else ""
    return Job(
        owner=weakref.ref(p), request=asked, cell=getattr(p, AXES, None), must_keep=_must_keep(p, asked), tiled=tiled,
        source=earlier,
    )  # fmt: skip


def _must_keep(p: Processing, asked: request.Request) -> bool:
    """Whether the best picture stays where none passes: by wish, or because what runs the job breaks without any."""
    breaks = interfaces.selected_script(p) in BREAKS_WITHOUT_PICTURES
    return asked.job.when_none == BEST or breaks or interfaces.of_files(p)


def _seeded(unit: SwapUnit, seed: int) -> SwapUnit:
    """A random choice follows the picture's seed, so that the same seed gives the same picture."""
    return replace(unit, seed=seed % 2**31) if unit.pool == "random" and unit.seed < 0 else unit


def _within(p: Processing, job: Job, picture: Picture) -> Mask | None:
    """Where faces are swapped in what was generated; None for everywhere."""
    return None if job.request.job.inpaint == WHOLE else inpainting.mask(p, picture)
