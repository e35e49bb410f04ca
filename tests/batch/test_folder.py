"""A run over a folder: what becomes of each picture, and what the next run makes of it."""

import errno
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest

from lib_roop import images
from lib_roop.batch.folder import Run
from lib_roop.batch.making import Row
from lib_roop.batch.manifest import NAME, Manifest
from lib_roop.errors import InputError, ModelError, OptionError
from lib_roop.options import SwapUnit
from lib_roop.types import Patch, SwapJob
from tests.batch.conftest import UNWANTED, Folder, PickyGate
from tests.cli.running import save
from tests.fakes import FakeHost, Fakes, FakeSwapper, FakeUpscaler, drawn, people, row
from tests.pictures import full

MADE = {
    "a.png": "swapped",
    "b.png": "swapped",
    "below/a.png": "swapped",
    "broken.png": "failed",
    "nobody.png": "kept",
}


def by_name(rows: list[Row]) -> dict[str, Row]:
    return {each.target: each for each in rows}


def source(*numbers: int) -> SwapUnit:
    return SwapUnit(source=tuple(images.read(row(number)) for number in numbers))


def test_every_picture_is_swapped_or_told_why_not(folder: Folder) -> None:
    rows = by_name(folder.run())
    assert {name: each.status for name, each in rows.items()} == MADE
    assert list(folder.results) == ["a.png", "b.png", "below/a.png"]
    assert (rows["a.png"].faces, rows["a.png"].swapped, rows["a.png"].models) == (2, 1, ("paint",))
    assert "no picture" in rows["broken.png"].reason and "No face was found" in rows["nobody.png"].reason


def test_results_are_those_of_one_picture_at_a_time(folder: Folder, tmp_path: Path) -> None:
    folder.run()
    alone = folder.fakes.engine().run(folder.target / "a.png", [source(200)])[0]
    alone.save(tmp_path / "alone.png")
    assert folder.results["a.png"] == (tmp_path / "alone.png").read_bytes()
    assert people(images.read(folder.output / "a.png").rgb) == [200, 20]


def test_what_is_done_is_passed_over_and_what_failed_is_tried_again(folder: Folder) -> None:
    first, before = folder.run(), folder.results
    rows = by_name(folder.run())
    assert rows["broken.png"].status == "failed"
    done = [each for each in rows.values() if each.status == "unchanged"]
    assert len(done) == 4 and all(each.earlier == MADE[each.target] for each in done)
    assert rows["a.png"].ms == by_name(first)["a.png"].ms and rows["nobody.png"].reason
    assert folder.results == before
    save(folder.target / "broken.png", row(50))
    assert folder.statuses() == {**dict.fromkeys(MADE, "unchanged"), "broken.png": "swapped"}


def test_results_that_are_gone_or_changed_are_made_again(folder: Folder) -> None:
    folder.run()
    before = folder.results
    (folder.output / "a.png").unlink()
    (folder.output / "b.png").write_bytes(before["b.png"][:-1])
    statuses = folder.statuses()
    assert [name for name, status in statuses.items() if status == "swapped"] == ["a.png", "b.png"]
    assert folder.results == before


def test_a_target_that_was_edited_is_swapped_again_into_the_same_place(folder: Folder) -> None:
    folder.run()
    save(folder.target / "a.png", row(60, 70))
    assert folder.statuses()["a.png"] == "swapped"
    assert people(images.read(folder.output / "a.png").rgb) == [200, 70]
    assert "a_2.png" not in folder.results


@pytest.mark.parametrize(
    "changes",
    [
        {"units": (source(150),)},
        {"units": (SwapUnit(source=(images.read(row(200)),), strength=0.5),)},
        {"label": True},
        {"upscaler": "lanczos"},
    ],
    ids=["source", "unit", "label", "upscaler"],
)
def test_other_options_make_the_results_anew_in_their_places(folder: Folder, changes: dict[str, object]) -> None:
    folder.run()
    before = folder.results
    assert folder.statuses(**changes)["a.png"] == "swapped"
    after = folder.results
    assert before.keys() == after.keys() and before["a.png"] != after["a.png"]
    assert folder.statuses(**changes)["a.png"] == "unchanged"


def test_another_format_lies_beside_and_the_first_one_is_still_known(folder: Folder) -> None:
    folder.run()
    assert folder.statuses(image_format="jpg")["a.png"] == "swapped"
    assert {"a.png", "a.jpg"} <= set(folder.results)
    assert folder.statuses()["a.png"] == folder.statuses(image_format="jpg")["a.png"] == "unchanged"


def test_other_nets_make_the_results_anew(folder: Folder) -> None:
    folder.run()
    folder.fakes.swapper.models = ("another",)
    assert folder.statuses()["a.png"] == "swapped"


def test_a_moved_folder_of_targets_is_known(folder: Folder, tmp_path: Path) -> None:
    folder.run()
    folder.target = folder.target.rename(tmp_path / "moved")
    assert folder.statuses()["a.png"] == "unchanged"


def test_a_refused_picture_is_neither_written_nor_copied_nor_asked_about_again(folder: Folder) -> None:
    save(folder.target / "bad.png", row(UNWANTED))
    rows = by_name(folder.run(copy_others=True))
    assert rows["bad.png"].status == "refused" and "must not" in rows["bad.png"].reason
    assert not [name for name in folder.results if "bad" in name]
    assert {name: each.status for name, each in rows.items() if name != "bad.png"} == MADE
    again = by_name(folder.run(copy_others=True))["bad.png"]
    assert (again.status, again.earlier) == ("unchanged", "refused")


def test_a_refused_result_is_not_written_either(folder: Folder) -> None:
    statuses = folder.statuses(units=(source(UNWANTED),), copy_others=True)
    assert set(statuses.values()) == {"refused", "failed", "kept"} and list(folder.results) == ["nobody.png"]


def test_pictures_without_a_face_are_copied_byte_for_byte_when_asked(folder: Folder) -> None:
    assert "nobody.png" not in folder.results
    folder.run()
    rows = by_name(folder.run(copy_others=True))
    assert (rows["nobody.png"].status, rows["a.png"].status) == ("kept", "unchanged")
    assert folder.results["nobody.png"] == (folder.target / "nobody.png").read_bytes()
    assert folder.statuses(copy_others=True)["nobody.png"] == "unchanged"


def test_a_result_that_a_threshold_drops_is_kept_as_it_was(folder: Folder) -> None:
    unit = SwapUnit(source=(images.read(row(200)),), strength=0.1, min_similarity=0.99)
    rows = by_name(folder.run(units=(unit,)))
    assert rows["a.png"].status == "kept" and "is below 0.99" in rows["a.png"].reason and not folder.results


def test_similarity_is_that_of_the_least_alike_face(folder: Folder) -> None:
    unit = SwapUnit(source=(images.read(row(200)),), similarity=True, target_faces="all", strength=0.9)
    measured = by_name(folder.run(units=(unit,)))
    assert 0.5 < (measured["a.png"].similarity or 0) < (measured["below/a.png"].similarity or 0) < 1


def test_where_a_number_is_missing_the_other_faces_are_swapped_and_it_is_said(folder: Folder) -> None:
    unit = SwapUnit(source=(images.read(row(200)),), target_faces="0,1")
    rows = by_name(folder.run(units=(unit,)))
    assert (rows["a.png"].swapped, rows["a.png"].reason) == (2, "")
    assert (rows["b.png"].swapped, rows["b.png"].status) == (1, "swapped") and "no face 1" in rows["b.png"].reason


def test_results_of_several_sources_carry_their_names(folder: Folder) -> None:
    pictures = [
        save(folder.target.parent / f"{name}.png", row(number)) for name, number in (("anna", 150), ("ben", 250))
    ]
    unit = SwapUnit(source=tuple(pictures), blend="none")
    folder.run(units=(unit,))
    assert {"a_anna.png", "a_ben.png", "below/a_anna.png"} <= set(folder.results)
    folder.output = folder.output.with_name("by source")
    folder.run(units=(unit,), names="{source}/{folder}/{name}")
    assert {"anna/a.png", "ben/a.png", "ben/below/a.png"} <= set(folder.results)


def test_targets_that_would_have_one_result_get_numbers(folder: Folder) -> None:
    for name, number in (("b.jpg", 60), ("B.webp", 70)):
        save(folder.target / name, row(number))
    rows = by_name(folder.run(image_format="png", names="{name}"))
    places = [place for each in rows.values() for place in each.outputs]
    assert len({place.casefold() for place in places}) == len(places) == 5
    assert list(rows["a.png"].outputs) == ["a.png"] and list(rows["below/a.png"].outputs) == ["a_2.png"]
    before = folder.results
    assert set(folder.statuses(image_format="png", names="{name}").values()) == {"unchanged", "failed"}
    folder.run(image_format="png", names="{name}", label=True)
    assert folder.results.keys() == before.keys()


def test_files_of_others_are_not_written_over(folder: Folder) -> None:
    folder.output.mkdir()
    (folder.output / "a.png").write_bytes(b"mine")
    assert list(by_name(folder.run())["a.png"].outputs) == ["a_2.png"]
    assert folder.results["a.png"] == b"mine"
    assert folder.statuses(label=True)["a.png"] == "swapped" and "a_3.png" not in folder.results


def test_another_folder_of_targets_does_not_write_over_the_results_of_the_first(folder: Folder, tmp_path: Path) -> None:
    folder.run()
    before = folder.results
    (tmp_path / "other").mkdir()
    save(tmp_path / "other" / "a.png", row(80))
    (other,) = folder.run(target=tmp_path / "other")
    assert list(other.outputs) == ["a_2.png"] and before.items() <= folder.results.items()


def test_existing_results_are_left_out_when_asked_if_they_are_whole(folder: Folder) -> None:
    folder.output.mkdir()
    save(folder.output / "a.png", row(1))
    (folder.output / "b.png").write_bytes((folder.target / "b.png").read_bytes()[:60])
    rows = by_name(folder.run(skip_existing=True))
    assert (rows["a.png"].status, rows["a.png"].reason) == ("unchanged", "its result is there")
    assert rows["b.png"].status == "swapped" and list(rows["b.png"].outputs) == ["b_2.png"]


def test_every_nth_is_taken(folder: Folder) -> None:
    assert list(folder.statuses(every=2)) == ["a.png", "below/a.png", "nobody.png"]


def test_a_pool_gives_each_target_its_own_source_also_after_a_stop(folder: Folder, tmp_path: Path) -> None:
    pool = tmp_path / "pool"
    pool.mkdir()
    for name, number in (("p", 150), ("q", 200), ("r", 250)):
        save(pool / f"{name}.png", row(number))
    unit = SwapUnit(source=(pool,), pool="round-robin")
    folder.run(units=(unit,))
    who = {name: people(images.read(folder.output / name).rgb)[0] for name in ("a.png", "b.png", "below/a.png")}
    assert who == {"a.png": 150, "b.png": 200, "below/a.png": 250}
    before = folder.results
    (folder.output / "b.png").unlink()
    assert folder.statuses(units=(unit,))["b.png"] == "swapped" and folder.results == before


def test_metadata_profile_alpha_and_depth_are_kept(folder: Folder) -> None:
    rgb = row(10, 20)
    deep = np.dstack([rgb, np.full(rgb.shape[:2], 128, np.uint8)]).astype(np.uint16) * 257
    whole = full(alpha=True, dtype=np.uint16)
    picture = images.read(np.ascontiguousarray(deep))
    (folder.target / "deep.png").write_bytes(images.encode(replace(picture, metadata=whole.metadata), ".png"))
    folder.run()
    made = images.read(folder.output / "deep.png")
    assert made.pixels.dtype == np.uint16 and made.alpha is not None
    assert (made.metadata.icc, made.metadata.text) == (whole.metadata.icc, dict(whole.metadata.text))
    assert b"DigitalSourceType" in made.metadata.xmp and made.metadata.exif


@pytest.mark.parametrize("place", [".", "..", "below"])
def test_results_within_the_targets_are_not_swapped_again(folder: Folder, place: str) -> None:
    folder.output = folder.target / place
    names = "{folder}/{name}_new" if place != ".." else "in/{folder}/{name}_new"
    first = folder.statuses(names=names)
    expected = {name: status for name, status in MADE.items() if place != "below" or not name.startswith("below")}
    assert first == expected
    again = folder.statuses(names=names)
    assert again.keys() == first.keys() and again["a.png"] == "unchanged"
    if place != "..":
        # And not by a run that writes elsewhere, which finds what it left out before.
        assert folder.statuses(output=folder.target.parent / "elsewhere") == MADE


def test_results_can_be_targets_themselves(folder: Folder, tmp_path: Path) -> None:
    folder.run()
    assert set(folder.statuses(target=folder.output, output=tmp_path / "again")) == {"a.png", "b.png", "below/a.png"}


def test_results_over_the_targets_are_refused(folder: Folder) -> None:
    before = (folder.target / "a.png").read_bytes()
    with pytest.raises(InputError, match=r"written over .* other --names"):
        folder.run(output=folder.target)
    (folder.target.parent / "link").symlink_to(folder.target)
    with pytest.raises(InputError, match="written over"):
        folder.run(output=folder.target.parent / "link")
    assert (folder.target / "a.png").read_bytes() == before and not (folder.target / NAME).exists()


def test_what_is_wrong_with_all_of_them_stops_before_any_work(folder: Folder) -> None:
    with pytest.raises(InputError, match="No face was found"):
        folder.run(units=(SwapUnit(source=(images.read(drawn()),)),))
    with pytest.raises(OptionError, match="no upscaler"):
        folder.run(upscaler="none such")
    with pytest.raises(ModelError):
        folder.run(units=(SwapUnit(source=(images.read(row(9)),), model="inswapper_128"),))
    folder.fakes.attributes = None
    with pytest.raises(OptionError, match="sex"):
        folder.run(units=(SwapUnit(source=(images.read(row(9)),), sex="female"),))
    assert not folder.output.exists()


@pytest.mark.skipif(os.geteuid() == 0 if hasattr(os, "geteuid") else False, reason="root may read everything")
def test_a_picture_that_may_not_be_read_fails_alone(folder: Folder) -> None:
    (folder.target / "b.png").chmod(0)
    assert folder.statuses() == {**MADE, "b.png": "failed"}


def test_a_dead_link_and_a_place_that_is_taken_by_a_file_fail_alone(folder: Folder) -> None:
    (folder.target / "dead.png").symlink_to("gone.png")
    (folder.target / "circle.png").symlink_to("circle.png")
    folder.output.mkdir()
    (folder.output / "below").write_bytes(b"in the way")
    rows = by_name(folder.run())
    assert [rows[name].status for name in ("dead.png", "circle.png", "below/a.png")] == ["failed"] * 3
    assert "does not exist" in rows["dead.png"].reason and "cannot be written" in rows["below/a.png"].reason
    assert rows["a.png"].status == "swapped"


def test_the_upscaler_is_part_of_it(folder: Folder) -> None:
    folder.fakes.host = FakeHost(own_upscalers={"green": FakeUpscaler()})
    folder.run(upscaler="green", scale=2.0)
    assert images.read(folder.output / "b.png").rgb.shape == (120, 80, 3)


class FullDisk(Manifest):
    """Has no room for the second result."""

    def put(self, place: str, data: bytes) -> None:
        if list(self.folder.glob("*.png")):
            raise OSError(errno.ENOSPC, "No space left on device")
        super().put(place, data)


def test_a_full_disk_ends_the_run_and_the_next_one_goes_on(folder: Folder) -> None:
    with FullDisk(folder.output) as book:
        rows = Run(folder.fakes.engine(), folder.task(), book).rows(lambda: False)
        assert next(rows).target == "a.png"
        with pytest.raises(InputError, match=r"No space left.* goes on when"):
            next(rows)
    assert list(folder.results) == ["a.png"]
    assert folder.statuses() == {**MADE, "a.png": "unchanged"}


@dataclass(eq=False)
class SlowAtFirst(FakeSwapper):
    """The first picture takes as long as the second."""

    second: threading.Event = field(default_factory=threading.Event)

    def swap(self, jobs: Sequence[SwapJob]) -> list[Patch]:
        first = not self.batches
        made = super().swap(jobs)
        if first:
            self.second.wait(60)
        self.second.set()
        return made


def test_whichever_is_done_first_rows_and_names_are_in_order(folder: Folder, tmp_path: Path) -> None:
    rows = folder.run(names="{name}")
    slow = Folder(folder.target, tmp_path / "slow", Fakes(swapper=SlowAtFirst(), gate=PickyGate()))
    again = slow.run(names="{name}")
    assert [(each.target, dict(each.outputs)) for each in again] == [(each.target, dict(each.outputs)) for each in rows]
    assert slow.results == folder.results
