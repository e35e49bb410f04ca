"""What comes over the network comes whole and right, or not at all, and goes on where it broke off."""

import email.message
import hashlib
import io
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from lib_roop.errors import ModelError
from lib_roop.zoo import download
from lib_roop.zoo.cards import Build, ModelCard

from .graphs import TINY, card_of
from .site import Site

DATA = hashlib.shake_256(b"a net").digest(700_000)
PART = "net.onnx.part"


def card_for(*urls: str, data: bytes = DATA, known: bool = True) -> ModelCard:
    """A card for a file of these bytes; not `known`: nobody states its size and hash."""
    return replace(card_of(data) if known else TINY, name="net", file="net.onnx", urls=urls)


def failed(card: ModelCard, folder: Path) -> str:
    """What is said when it cannot be got; nothing is in its place then."""
    with pytest.raises(ModelError) as caught:
        download.fetch(card, folder)
    message = str(caught.value)
    assert message.endswith(".") and "\n" not in message
    assert not (folder / card.file).exists()
    return message


def asked_from(site: Site) -> list[str]:
    """The part that each request asked for."""
    return [headers.get("Range", "all") for _, headers in site.asked]


def test_a_file_comes_into_its_place_and_leaves_nothing_beside(site: Site, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    folder = tmp_path / "new" / "models"
    path = download.fetch(card_for(site.put("/net", DATA)), folder, lambda *numbers: told.append(numbers))
    assert path == folder / "net.onnx" and path.read_bytes() == DATA
    assert [entry.name for entry in folder.iterdir()] == ["net.onnx"]
    assert told[0] == (0, len(DATA)) and told[-1] == (len(DATA), len(DATA)) and told == sorted(told)


def test_a_file_that_nobody_states_a_hash_of_is_taken_as_it_comes(site: Site, tmp_path: Path) -> None:
    assert download.fetch(card_for(site.put("/net", DATA), known=False), tmp_path).read_bytes() == DATA


def test_addresses_are_tried_in_their_order(site: Site, tmp_path: Path) -> None:
    site.broken["/gone"] = 410
    right = site.put("/right", DATA)
    urls = f"{site.base}/none", f"{site.base}/gone", site.put("/wrong", DATA[::-1]), right
    assert download.fetch(card_for(*urls), tmp_path).read_bytes() == DATA
    assert [path for path, _ in site.asked] == ["/none", "/gone", "/wrong", "/right"]


def test_when_no_address_has_it_each_reason_is_said_and_where_it_goes_by_hand(site: Site, tmp_path: Path) -> None:
    card = card_for(f"{site.base}/none", "http://127.0.0.1:9/net")
    message = failed(card, tmp_path)
    assert "127.0.0.1: HTTP 404; 127.0.0.1: " in message and "refused" in message
    assert message.endswith(f"; try later, or put the file net.onnx into {tmp_path}.")


def test_a_card_without_addresses_says_where_the_file_goes(tmp_path: Path) -> None:
    assert failed(card_for(), tmp_path) == (f"Nobody states an address for net; put the file net.onnx into {tmp_path}.")


@pytest.mark.parametrize("tagged", [True, False])
def test_what_broke_off_goes_on_where_it_ended(site: Site, tmp_path: Path, tagged: bool) -> None:
    url = site.put("/net", DATA)
    site.tags = {"/net": '"v1"'} if tagged else {}
    site.cuts = [300_000, 200_000]
    assert download.fetch(card_for(url), tmp_path).read_bytes() == DATA
    assert asked_from(site) == ["all", "bytes=300000-", "bytes=500000-"]
    assert site.asked[1][1].get("If-Range") == ('"v1"' if tagged else None)


def test_the_next_call_goes_on_where_the_last_was_stopped(site: Site, tmp_path: Path) -> None:
    card = card_for(site.put("/net", DATA))
    with pytest.raises(ModelError, match="net was stopped; what has come stays"):
        download.fetch(card, tmp_path, stop=lambda: (tmp_path / PART).stat().st_size > 0)
    have = (tmp_path / PART).stat().st_size
    assert 0 < have < len(DATA) and DATA.startswith((tmp_path / PART).read_bytes())
    assert download.fetch(card, tmp_path).read_bytes() == DATA
    assert asked_from(site) == ["all", f"bytes={have}-"]


def test_ctrl_c_leaves_what_has_come(site: Site, tmp_path: Path) -> None:
    def press(done: int, whole: int) -> None:
        if done:
            raise KeyboardInterrupt

    card = card_for(site.put("/net", DATA))
    with pytest.raises(KeyboardInterrupt):
        download.fetch(card, tmp_path, press)
    assert (tmp_path / PART).stat().st_size > 0 and not (tmp_path / "net.onnx").exists()
    assert download.fetch(card, tmp_path).read_bytes() == DATA


def test_a_server_without_parts_sends_all_again(site: Site, tmp_path: Path) -> None:
    site.cuts, site.ranges = [300_000], False
    assert download.fetch(card_for(site.put("/net", DATA)), tmp_path).read_bytes() == DATA
    assert asked_from(site) == ["all", "bytes=300000-"]


def test_another_version_is_not_mixed_with_what_was_begun(site: Site, tmp_path: Path) -> None:
    url = site.put("/net", DATA)
    site.tags, site.cuts = {"/net": '"old"'}, [300_000]
    with pytest.raises(ModelError):
        download.fetch(card_for(url), tmp_path, stop=lambda: (tmp_path / PART).stat().st_size >= 262_144)
    new = DATA[::-1]
    site.files["/net"], site.tags["/net"], site.cuts = new, '"new"', []
    assert download.fetch(card_for(url, data=new), tmp_path).read_bytes() == new


def test_a_file_without_hash_and_tag_is_begun_anew(site: Site, tmp_path: Path) -> None:
    url = site.put("/net", DATA)
    (tmp_path / PART).write_bytes(b"something old")
    assert download.fetch(card_for(url, known=False), tmp_path).read_bytes() == DATA
    assert asked_from(site) == ["all"]


def test_a_mirror_goes_on_with_what_the_first_address_began(site: Site, tmp_path: Path) -> None:
    first, second = site.put("/first", DATA), site.put("/second", DATA)
    site.cuts = [300_000]
    with pytest.raises(ModelError):
        download.fetch(card_for(first), tmp_path, stop=lambda: (tmp_path / PART).stat().st_size >= 262_144)
    have = (tmp_path / PART).stat().st_size
    site.cuts = []
    assert download.fetch(card_for(second), tmp_path).read_bytes() == DATA
    assert asked_from(site)[-1] == f"bytes={have}-"


def test_a_mirror_of_another_build_begins_anew(site: Site, tmp_path: Path) -> None:
    other = DATA[:400_000]
    first, second = site.put("/first", DATA), site.put("/second", other)
    card = replace(card_for(first, second), builds=(Build(len(other), hashlib.sha256(other).hexdigest()),))
    (tmp_path / PART).write_bytes(DATA[:300_000])
    (tmp_path / f"{PART}.from").write_text(f"{first}\n\n{len(DATA)}")
    site.broken["/first"] = 503
    assert download.fetch(card, tmp_path).read_bytes() == other


def test_a_part_that_is_whole_already_is_not_asked_for(site: Site, tmp_path: Path) -> None:
    (tmp_path / PART).write_bytes(DATA)
    assert download.fetch(card_for(site.put("/net", DATA)), tmp_path).read_bytes() == DATA
    assert site.asked == []


def test_a_damaged_part_is_dropped_and_got_anew(site: Site, tmp_path: Path) -> None:
    url = site.put("/net", DATA)
    (tmp_path / PART).write_bytes(b"x" * 300_000)
    (tmp_path / f"{PART}.from").write_text(f"{url}\n\n{len(DATA)}")
    assert download.fetch(card_for(url), tmp_path).read_bytes() == DATA


def test_a_file_of_another_hash_is_deleted_and_said_to_be(site: Site, tmp_path: Path) -> None:
    message = failed(card_for(site.put("/net", DATA[::-1])), tmp_path)
    assert "the file has another sha256, and was deleted" in message
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_another_size_is_not_even_begun(site: Site, tmp_path: Path) -> None:
    message = failed(card_for(site.put("/net", DATA + b"!")), tmp_path)
    assert "the file there has 700,001 bytes instead of 700,000" in message
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_states_no_size_cannot_send_more_than_the_card_says(site: Site, tmp_path: Path) -> None:
    site.promise = False
    assert "more bytes come than were promised" in failed(card_for(site.put("/net", DATA * 4)), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_short_file_of_a_server_that_states_no_size_is_noticed(site: Site, tmp_path: Path) -> None:
    site.promise = False
    assert "the connection ended after 699,999 bytes" in failed(card_for(site.put("/net", DATA[:-1])), tmp_path)


def test_redirects_are_followed(site: Site, tmp_path: Path) -> None:
    site.put("/net", DATA)
    site.moved["/here"] = "/net"
    assert download.fetch(card_for(f"{site.base}/here"), tmp_path).read_bytes() == DATA


@pytest.mark.parametrize("place", ["file:///etc/hostname", "ftp://127.0.0.1/net", "data:,x"])
def test_redirects_to_other_schemes_are_refused(site: Site, tmp_path: Path, place: str) -> None:
    site.moved["/here"] = place
    message = failed(card_for(f"{site.base}/here", known=False), tmp_path)
    assert f"it leads on to {place}" in message or "HTTP 302" in message
    assert list(tmp_path.iterdir()) == []


def test_addresses_of_other_schemes_are_refused(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(DATA)
    assert "roop takes files from http and https" in failed(card_for(secret.as_uri()), tmp_path / "models")


def test_redirects_from_https_to_http_are_refused_and_back_are_not() -> None:
    handler = download.OnlyHttp()
    headers = email.message.Message()
    with pytest.raises(urllib.error.URLError, match="it leads on to http://b/"):
        handler.redirect_request(urllib.request.Request("https://a/"), io.BytesIO(), 302, "", headers, "http://b/")
    asked = urllib.request.Request("http://a/", headers={"Range": "bytes=5-"})
    follow = handler.redirect_request(asked, io.BytesIO(), 302, "", headers, "https://b/")
    assert follow is not None and follow.full_url == "https://b/" and follow.get_header("Range") == "bytes=5-"


def test_a_redirect_is_also_followed_to_go_on(site: Site, tmp_path: Path) -> None:
    site.put("/net", DATA)
    site.moved["/here"], site.cuts, site.tags = "/net", [300_000], {"/net": '"v1"'}
    assert download.fetch(card_for(f"{site.base}/here"), tmp_path).read_bytes() == DATA
    assert asked_from(site)[-1] == "bytes=300000-"


def test_a_redirect_without_end_is_given_up(site: Site, tmp_path: Path) -> None:
    site.moved["/here"] = "/here"
    assert "127.0.0.1: " in failed(card_for(f"{site.base}/here"), tmp_path)


def test_the_proxy_of_the_environment_is_asked(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site.files["http://models.invalid/net"] = DATA
    monkeypatch.setenv("http_proxy", site.base)
    monkeypatch.delenv("no_proxy", raising=False)
    assert download.fetch(card_for("http://models.invalid/net"), tmp_path).read_bytes() == DATA


def test_a_disk_without_room_is_said_before_anything_comes(site: Site, tmp_path: Path) -> None:
    card = replace(card_for(site.put("/net", DATA)), size=1 << 60)
    message = failed(card, tmp_path)
    assert message.startswith("net needs 1,152,921,504,607 MB and ") and "make room" in message
    assert site.asked == []


def test_a_folder_that_cannot_be_written_is_said(site: Site, tmp_path: Path) -> None:
    (tmp_path / "models").write_text("a file")
    with pytest.raises(ModelError, match=r"net\.onnx cannot be kept in .*models \(File exists\)"):
        download.fetch(card_for(site.put("/net", DATA)), tmp_path / "models")


@pytest.mark.parametrize("write", [Path.write_bytes, lambda path, data: path.symlink_to(path.with_name("loop"))])
def test_what_was_in_its_place_is_replaced_only_at_the_end(
    site: Site, tmp_path: Path, write: Callable[[Path, bytes], object]
) -> None:
    write(tmp_path / "net.onnx", b"old")
    with pytest.raises(ModelError):
        download.fetch(card_for(site.put("/wrong", DATA[::-1])), tmp_path)
    assert (tmp_path / "net.onnx").is_symlink() or (tmp_path / "net.onnx").read_bytes() == b"old"
    assert download.fetch(card_for(site.put("/net", DATA)), tmp_path).read_bytes() == DATA
