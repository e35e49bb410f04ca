"""What is saved, under which name, and which files say that they were altered."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow

from lib_roop import images
from lib_roop.provenance import type_of
from lib_roop.webui.infotext import engine_of, joined, parameters, without_facts
from tests.fakes import row
from tests.webui.host import pixels
from tests.webui.studio import HIM, Doubling, Made, Studio, marked, same, seen, unit


def named(files: list[Path], suffix: str) -> list[Path]:
    return [path for path in files if path.stem.endswith(suffix)]


def test_the_original_is_kept_on_request_beside_the_result(everywhere: Studio) -> None:
    made = everywhere.made([row(10), row(20)], unit(), job={"keep_original": True})
    kept = named(made.files, "-before-swap")
    assert [seen(path) for path in kept] == [[10], [20]] and not any(map(marked, kept))
    texts = [Pillow.open(path).text["parameters"] for path in kept]  # type: ignore[attr-defined]
    assert ["Seed: 100" in texts[0], "Seed: 101" in texts[1]] == [True, True]
    assert not any("fake engine" in text for text in texts)


def test_a_picture_that_was_not_swapped_is_not_kept_twice(everywhere: Studio) -> None:
    assert len(everywhere.made([row()], unit(), job={"keep_original": True}).files) == 1


@pytest.mark.parametrize("extension", ["png", "jpg", "webp"])
def test_the_mark_stands_beside_the_hosts_text_in_its_format(everywhere: Studio, extension: str) -> None:
    everywhere.webui.options["samples_format"] = extension
    made = everywhere.made([row(10)], unit())
    (path,) = made.files
    assert path.suffix == f".{extension}" and marked(path)
    if extension == "png":
        with Pillow.open(path) as saved:
            assert saved.info["parameters"] == made.texts[0]


def test_no_pixel_of_a_saved_file_is_changed_by_the_mark(everywhere: Studio) -> None:
    before: list[bytes] = []
    everywhere.webui.callbacks["image_saved"].insert(
        0, lambda params: before.append(Pillow.open(params.filename).tobytes())
    )
    made = everywhere.made([row(10)], unit())
    with Pillow.open(made.files[0]) as saved:
        assert [saved.tobytes()] == before
        assert saved.mode == ("RGBA" if everywhere.webui.flavour.stealthy else "RGB")


def test_a_picture_that_is_only_handed_out_carries_the_mark(everywhere: Studio) -> None:
    mask = Pillow.new("L", (40, 60), 255)
    for parts in ({}, {"image_mask": mask, "init_images": [Pillow.fromarray(row(10))], "color_corrections": [9]}):
        made = everywhere.made([row(10)], unit(), width=40, do_not_save_samples=True, **parts)
        assert not made.files and "DigitalSourceType" in str(made.images[0].info)


def test_the_mark_does_not_depend_on_the_hosts_own_text(compositing: Studio) -> None:
    compositing.webui.options["enable_pnginfo"] = False
    given = {"image_mask": Pillow.new("L", (40, 60), 255), "init_images": [Pillow.fromarray(row(10))]}
    parts = {"width": 40, "do_not_save_samples": True, "inpaint_full_res": True}
    made = compositing.made([row(10)], unit(), **parts, **given)
    assert "DigitalSourceType" in str(made.images[0].info) and "parameters" not in made.images[0].info


def test_a_handed_out_grid_carries_the_mark_whichever_picture_was_altered(everywhere: Studio) -> None:
    made = everywhere.made([row(10), row()], unit(), do_not_save_samples=True)
    marks = ["DigitalSourceType" in str(picture.info) for picture in made.processed.images]
    assert marks == [True, True, False]


def test_grids_and_pictures_may_lie_in_one_folder(everywhere: Studio, tmp_path: Path) -> None:
    places = {"outpath_samples": str(tmp_path / "all"), "outpath_grids": str(tmp_path / "all")}
    made = everywhere.made([row(10), row()], unit(), **places)
    assert [marked(path) for path in made.files] == [True, False, True]


def test_pictures_may_lie_in_a_folder_inside_that_of_the_grids(everywhere: Studio, tmp_path: Path) -> None:
    places = {"outpath_samples": str(tmp_path / "all" / "samples"), "outpath_grids": str(tmp_path / "all")}
    made = everywhere.made([row(10), row()], unit(), **places)
    assert [marked(path) for path in made.files] == [True, False, True]


def test_a_picture_that_the_user_saves_again_is_marked_again(everywhere: Studio) -> None:
    made = everywhere.made([row(10), row()], unit(), do_not_save_samples=True)
    for p in (None, SimpleNamespace(seed=1)):
        for picture, text in zip(made.images, made.texts, strict=True):
            plain = Pillow.fromarray(pixels(picture))
            path, _ = everywhere.webui.save_image(plain, str(everywhere.webui.folder / "log"), info=text, p=p)
            assert marked(Path(path)) == ("fake engine" in text)


def test_a_batch_of_files_keeps_the_text_elsewhere(sdnext: Studio) -> None:
    made = sdnext.made([row(10)], unit(), do_not_save_samples=True)
    path, _ = sdnext.webui.save_image(
        Pillow.fromarray(pixels(made.images[0])), str(sdnext.webui.folder), existing_info={"extras": made.texts[0]}
    )
    assert marked(Path(path))


def test_what_others_save_in_the_meantime_is_not_marked(everywhere: Studio) -> None:
    class Saver:
        def title(self) -> str:
            return "saver"

        def postprocess_image(self, p: Any, pp: Any, *_: Any) -> None:
            name = str(everywhere.webui.folder / "maps")
            everywhere.webui.save_image(pp.image.copy(), name, info="a map", p=p, suffix="-map")

    everywhere.scripts.insert(0, Saver())
    made = everywhere.made([row(10), row(20)], unit())
    assert [marked(path) for path in named(made.files, "-map")] == [False, False]


def test_nothing_is_saved_where_the_host_saves_nothing(everywhere: Studio) -> None:
    made = everywhere.made(
        [row(10)], unit(), job={"keep_original": True, "keep_rejected": True}, do_not_save_samples=True
    )
    assert not made.files and made.people == [[HIM]]


def test_a_file_can_be_opened_by_roop_again(everywhere: Studio) -> None:
    made = everywhere.made([row(10)], unit())
    assert "DigitalSourceType" in images.read(made.files[0]).metadata.xmp.decode()


class Selected:
    def title(self) -> str:
        return "SD upscale"


@pytest.mark.parametrize("faces", [(0, 10, 0), (0, 0, 10), (10, 0, 0)])
def test_what_was_put_together_of_tiles_is_marked_whichever_of_them_was_altered(
    everywhere: Studio, faces: tuple[int, ...]
) -> None:
    p = everywhere.job([], unit(), do_not_save_samples=True, do_not_save_grid=True, script_args=(1,))
    p.scripts.selectable_scripts = [Selected()]
    for number in faces:
        p.generated = [row(number) if number else row()]
        everywhere.run(p)
    whole = Pillow.fromarray(row(HIM))
    path, _ = everywhere.webui.save_image(whole, p.outpath_samples, info="of the first tile", p=p)
    assert marked(Path(path))


def test_what_was_put_together_of_tiles_as_they_were_is_not_marked(everywhere: Studio) -> None:
    p = everywhere.job([row()], unit(), do_not_save_samples=True, do_not_save_grid=True, script_args=(1,))
    p.scripts.selectable_scripts = [Selected()]
    for _ in range(2):
        everywhere.run(p)
    path, _text = everywhere.webui.save_image(Pillow.fromarray(row()), p.outpath_samples, info="a text", p=p)
    assert not marked(Path(path))


LARGE = np.kron(row(10), np.ones((4, 4, 1), np.uint8))
LABEL: dict[str, Any] = {"output": {"label": True}}


def differences(made: Made, other: Made) -> Any:
    """Where the first pictures differ, HxW."""
    return (pixels(made.images[0]) != pixels(other.images[0])).any(-1)


def test_a_label_is_drawn_once_where_it_is_asked_for(everywhere: Studio) -> None:
    drawn = differences(everywhere.made([LARGE], unit(), **LABEL), everywhere.made([LARGE], unit()))
    rows, columns = np.nonzero(drawn)
    height, width = np.ptp(rows), np.ptp(columns)
    assert 0 < height < drawn.shape[0] / 4 and 0 < width < drawn.shape[1]


def test_a_picture_that_was_not_swapped_gets_no_label(everywhere: Studio) -> None:
    plain = np.zeros_like(LARGE)
    assert same(everywhere.made([plain], unit(), **LABEL).images[0], plain)


def test_the_label_lies_on_the_whole_picture_where_a_part_was_inpainted(everywhere: Studio) -> None:
    mask = Pillow.new("L", LARGE.shape[1::-1])
    mask.paste(255, (0, 20, 160, 140))
    parts = {"image_mask": mask, "init_images": [Pillow.fromarray(LARGE)], "inpaint_full_res": True}
    size = {"width": 160, "height": 120}
    made, plain = (everywhere.made([], unit(), **parts, **size, **asked) for asked in (LABEL, {}))
    if everywhere.webui.flavour.composites:
        rows, _ = np.nonzero(differences(made, plain))
        assert np.ptp(rows) < 40 and (rows.min() > 140 or rows.max() < 100), "in a corner of all of it"
    else:
        assert not differences(made, plain).any() and any("no label" in said for said in made.said)


@pytest.mark.parametrize("swapped", [True, False])
def test_what_is_put_together_of_tiles_is_marked_where_it_is_handed_out(everywhere: Studio, swapped: bool) -> None:
    """No hook of the host comes between its saving and the answer to a program."""
    p = everywhere.job([row(10), row(20)], *([unit()] if swapped else []), script_args=(1,), do_not_save_samples=True)
    p.scripts.selectable_scripts = [SimpleNamespace(title=lambda: "SD upscale")]
    tiles = everywhere.run(p).images
    whole = Pillow.fromarray(np.hstack([pixels(each) for each in tiles]))
    everywhere.webui.save_image(whole, str(everywhere.webui.folder), info="tiles\nSteps: 1", p=p)
    assert ("DigitalSourceType" in str(whole.info)) == marked(everywhere.webui.saved[-1]) == swapped


class Drawing(Doubling):
    """Enlarges with a net."""

    name = "Net.x4"
    models: tuple[str, ...] = ("net.onnx",)


@pytest.mark.parametrize(("post", "engine"), [({}, "built-in"), ({"upscaler": "Net"}, "built-in + Net-x4")])
def test_a_net_that_drew_after_the_built_in_engine_is_named_with_it(
    everywhere: Studio, post: dict[str, Any], engine: str
) -> None:
    everywhere.fakes.swapper.engine = "built-in"
    everywhere.fakes.host.own_upscalers = {"Net": Drawing()}
    made = everywhere.made([row(10)], unit(), post={**post, "scale": 2.0})
    assert f"roop ({engine} engine)".encode() in made.files[0].read_bytes()
    assert str(made.values("roop")[0]).startswith(f"{engine} engine; ")
    assert engine_of(made.texts[0]) == engine and (type_of(engine) == "composite") == (not post)


def test_lines_that_extensions_append_are_not_the_line_of_the_parameters() -> None:
    text = (
        'a face, Steps: many\nSteps: 20, Seed: 1\nTemplate: a {face|head}, roop: "none engine"\nNegative Template: bad'
    )
    assert parameters(text) == "Steps: 20, Seed: 1" and engine_of(text) == ""
    told = joined(text, {"roop": "mesh engine", "roop note": "late"})
    assert told == text.replace("Seed: 1", "Seed: 1, roop: mesh engine, roop note: late")
    assert engine_of(told) == "mesh" and without_facts(told) == text


def test_without_a_line_of_parameters_the_last_line_counts() -> None:
    text = "upscaled\nPostprocess upscale by: 2, roop: mesh engine"
    assert parameters(f"{text}\n") == "Postprocess upscale by: 2, roop: mesh engine" and engine_of(text) == "mesh"
    assert without_facts(text) == "upscaled\nPostprocess upscale by: 2"
