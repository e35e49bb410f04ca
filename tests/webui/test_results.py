"""Several sources that are not blended give several pictures for each that was generated."""

from PIL import Image as Pillow

from tests.fakes import row
from tests.webui.host import pixels
from tests.webui.studio import Studio, marked, seen, unit

THREE = {"blend": "none"}


def test_each_source_gives_a_picture_with_its_own_text_and_file(everywhere: Studio) -> None:
    made = everywhere.made([row(10), row(20)], unit(200, 210, 220, **THREE), n_iter=2)
    assert made.people == [[200], [210], [220]] * 2
    assert made.values("Seed") == ["100"] * 3 + ["101"] * 3
    texts = made.values("roop")
    assert len(set(texts)) == 3 and texts[:3] == texts[3:]
    files = [path for path in made.files if path.parent.name == "samples"]
    assert [seen(path) for path in files] == made.people and all(map(marked, files))
    assert len(set(files)) == 6


def test_what_the_host_says_of_the_job_counts_them(everywhere: Studio) -> None:
    told = everywhere.made([row(10), row(20)], unit(200, 210, **THREE)).processed
    assert told.all_seeds == [100, 100, 101, 101] and len(told.all_prompts) == len(told.all_subseeds) == 4


def test_the_picture_is_analysed_once_for_all_of_them(everywhere: Studio) -> None:
    everywhere.made([row(10)], unit(200, 210, 220, **THREE))
    assert everywhere.fakes.detector.calls == 3 + 1


def test_overlays_and_colours_go_with_each_of_them(compositing: Studio) -> None:
    start = row(10).copy()
    start[50:, :, 2] = 77
    mask = Pillow.new("L", (40, 60))
    mask.paste(255, (0, 0, 40, 45))
    made = compositing.made(
        [row(10)], unit(200, 210, **THREE), width=40, init_images=[Pillow.fromarray(start)], image_mask=mask,
        color_corrections=[9],
    )  # fmt: skip
    pictures = [pixels(picture) for picture in made.images]
    assert [int(each[0, 0, 2]) for each in pictures] == [9, 9]
    assert [int(each[55, 5, 2]) for each in pictures] == [77, 77]


def test_each_of_them_passes_the_filter_by_itself(everywhere: Studio) -> None:
    made = everywhere.made([row(180)], unit(200, 20, 210, strength=0.5, min_similarity=0.95, **THREE))
    assert made.people == [[190], [195]]


def test_one_that_the_host_changed_is_made_again_of_its_own_source(compositing: Studio) -> None:
    made = compositing.made([row(10)], unit(200, 210, **THREE), restore_faces=True)
    assert made.people == [[200], [210]]
    assert [int(pixels(picture)[0, 0, 2]) for picture in made.images] == [3, 3]


def test_the_original_is_kept_once(everywhere: Studio) -> None:
    made = everywhere.made([row(10)], unit(200, 210, **THREE), job={"keep_original": True})
    assert [seen(path) for path in made.files if path.stem.endswith("-before-swap")] == [[10]]


def test_a_stop_gives_no_copies_of_the_picture_as_it_was(everywhere: Studio) -> None:
    everywhere.fakes.host.stop = True
    assert everywhere.made([row(10)], unit(200, 210, **THREE)).people == [[10]]
