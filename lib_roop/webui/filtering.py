"""Pictures that are dropped from a batch or added to it, with everything that the host keeps by place in step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from ..images import digest
from ..swap import Swap
from ..types import Image
from . import boundary, infotext, interfaces
from .interfaces import Processing
from .jobs import Entry, Job, handed_on, similarity

Swapping = Callable[[Image, Entry], Sequence[Swap]]
"""Every result of a picture; none where nothing is to be swapped."""
Reject = Callable[[Entry, Swap], None]


def entries(p: Processing, samples: Sequence[object], turn: int) -> list[Entry]:
    """The pictures of a batch as they were generated."""
    rows = zip(samples, p.prompts, p.negative_prompts, p.seeds, p.subseeds, strict=False)
    return [
        Entry(
            sample=sample,
            place=place,
            turn=turn + place,
            prompt=prompt,
            negative_prompt=negative,
            seed=seed,
            subseed=sub,
        )
        for place, (sample, prompt, negative, seed, sub) in enumerate(rows)
    ]


def sorted_out(p: Processing, job: Job, batch: Sequence[Entry], swapping: Swapping, reject: Reject) -> list[Entry]:
    """The entries to go on with: one for each result that passes; a picture without a face to swap stays.

    The best of what was dropped is kept in mind, and comes back at the end of a job that would have nothing else.
    """
    kept: list[Entry] = []
    for entry in batch:
        rgb = handed_on(entry.sample)
        swaps = swapping(rgb, entry)
        key = digest(rgb) if swaps else ""
        made = [replace(entry, result=number, digest=key, swap=swap) for number, swap in enumerate(swaps)]
        for each in made:
            if each.swap is None or not each.swap.result.rejected:
                kept.append(each)
                continue
            job.dropped.append(f"Picture {each.turn + 1} was dropped: {each.swap.result.rejected}.")
            boundary.note(p, job.dropped[-1])
            # Programs see nothing but the texts of the pictures that are left.
            earlier = p.extra_generation_params.get(infotext.DROPPED)
            p.extra_generation_params[infotext.DROPPED] = (
                f"{earlier}, {each.turn + 1}" if earlier else f"{each.turn + 1}"
            )
            reject(each, each.swap)
            if job.spare is None or job.spare.swap is None or similarity(each.swap) > similarity(job.spare.swap):
                job.spare = each
        kept += [] if made else [entry]
    last = p.iteration >= p.n_iter - 1 or interfaces.ending()
    if last and not kept and not job.kept and job.must_keep and job.spare is not None:
        sentence = f"No picture passed; picture {job.spare.turn + 1} is kept, which is the most alike."
        boundary.note(p, sentence)
        job.note = f"{job.note} {sentence}".strip()
        # Not the swap: that one was not finished, as it was to be dropped.
        kept = [replace(job.spare, swap=None)]
    return kept


def lay_out(p: Processing, job: Job, batch: Sequence[Entry]) -> list[object]:
    """Put the entries into the host's lists, each with its prompts, seeds, overlay and colours; their pictures."""
    if not job.originals:
        job.overlays, job.corrections = getattr(p, "overlay_images", None), getattr(p, "color_corrections", None)
        job.originals = True
    p.prompts = [entry.prompt for entry in batch]
    p.negative_prompts = [entry.negative_prompt for entry in batch]
    p.seeds = [entry.seed for entry in batch]
    p.subseeds = [entry.subseed for entry in batch]
    if job.overlays:
        p.overlay_images = [job.overlays[entry.place] for entry in batch if entry.place < len(job.overlays)]
    if job.corrections:
        p.color_corrections = [job.corrections[entry.place] for entry in batch if entry.place < len(job.corrections)]
    return [entry.sample for entry in batch]


def told(p: Processing, job: Job, processed: object) -> None:
    """What the host says of the job's pictures, made to fit those that were kept. Without any it is left alone.

    Why the others were dropped stands among the job's texts, as no picture has it, and not every host shows comments.
    """
    if job.dropped:
        p.extra_generation_params[boundary.NOTE] = " ".join(job.dropped)
    if not job.kept or not hasattr(processed, "all_seeds"):
        return
    for name in ("prompt", "negative_prompt", "seed", "subseed"):
        setattr(processed, f"all_{name}s", [getattr(entry, name) for entry in job.kept])
