"""Content credentials: signed with the user's key, valid when read back, and never at the cost of what was there."""

from __future__ import annotations

import hashlib
import json
import socket
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from lib_roop import images, provenance
from lib_roop.errors import OptionError
from lib_roop.options import OutputOptions, from_mapping
from lib_roop.provenance import credentials, verify
from lib_roop.provenance.verify import Mark
from lib_roop.types import Image
from tests.certificates import NEEDS, Chain, chain
from tests.pictures import full, smooth
from tests.test_provenance import packet

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

CREATED = {
    "label": "c2pa.actions",
    "data": {
        "actions": [{"action": "c2pa.created", "digitalSourceType": provenance.TERMS + "trainedAlgorithmicMedia"}]
    },
}
"""What a generator says of a picture that it made."""


@pytest.fixture(scope="session")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Chain:
    return chain(tmp_path_factory.mktemp("keys"))


def saved(picture: images.Picture, path: Path, signer: Chain | None = None) -> Path:
    options = from_mapping(OutputOptions, signer.options if signer else {})
    return provenance.save(picture, path, source_type="composite", engine="built-in", options=options)


def credential(path: Path) -> Mark:
    return next(mark for mark in verify.verify(path) if mark.kind == "content credentials")


@pytest.fixture
def target(tmp_path: Path) -> images.Picture:
    """A picture that was read from a file, and altered."""
    images.write(full(), tmp_path / "target.png")
    read = images.read(tmp_path / "target.png")
    altered: Image = 255 - read.rgb
    return replace(read, rgb=altered, pixels=altered)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".tif", ".gif", ".avif"])
def test_a_signed_picture_is_valid_and_still_marked(
    suffix: str, target: images.Picture, signer: Chain, tmp_path: Path
) -> None:
    if suffix not in images.suffixes():
        pytest.skip(f"this Pillow writes no {suffix}")
    path = saved(target, tmp_path / f"a{suffix}", signer)
    plain = saved(target, tmp_path / f"b{suffix}")
    assert np.array_equal(images.read(path).rgb, images.read(plain).rgb)
    marks = verify.verify(path)
    assert (credential(path).value, "roop test Signer" in credential(path).meaning) == ("valid", True)
    assert {(mark.where, mark.value) for mark in marks if mark.kind == "digital source type"} == {
        ("C2PA", "composite"),
        ("XMP", "composite"),
    }
    assert verify.verdict(marks) == verify.SPEAKS


def test_the_manifest_names_the_action_and_the_altered_file(
    target: images.Picture, signer: Chain, tmp_path: Path
) -> None:
    import c2pa

    path = saved(target, tmp_path / "a.png", signer)
    with path.open("rb") as stream, c2pa.Reader("image/png", stream) as reader:
        manifest = reader.get_active_manifest()
    actions = [action for each in manifest["assertions"] for action in each["data"].get("actions", ())]
    assert [action["action"] for action in actions] == ["c2pa.opened", "c2pa.edited"]
    assert actions[1]["digitalSourceType"] == provenance.TERMS + "composite"
    assert actions[1]["softwareAgent"]["name"] == "roop"
    assert [(each["title"], each["relationship"]) for each in manifest["ingredients"]] == [("target.png", "parentOf")]
    assert "thumbnail" not in manifest and "thumbnail" not in manifest["ingredients"][0]


def test_a_picture_that_was_no_file_is_signed_without_an_ingredient(signer: Chain, tmp_path: Path) -> None:
    assert credential(saved(images.read(smooth()), tmp_path / "a.jpg", signer)).value == "valid"


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_a_change_after_signing_is_seen(suffix: str, target: images.Picture, signer: Chain, tmp_path: Path) -> None:
    path = saved(target, tmp_path / f"a{suffix}", signer)
    path.write_bytes(path.read_bytes() + b"more")
    assert credential(path).value == "broken" and "dataHash.mismatch" in credential(path).meaning
    assert verify.verdict(verify.verify(path)) == verify.BROKEN


def test_altering_a_signed_picture_records_the_credentials_it_had(
    target: images.Picture, signer: Chain, tmp_path: Path
) -> None:
    signed = saved(target, tmp_path / "signed.png", signer)
    with signed.open("rb") as stream:
        store = images.manifest_of(stream)
    expected = f"sha256:{hashlib.sha256(store).hexdigest()}"
    again = images.read(signed)
    assert "SHA-256" in again.notes[0]
    for suffix in (".jpg", ".tif"):
        path = saved(again, tmp_path / f"again{suffix}")
        assert [mark.value for mark in verify.verify(path) if mark.kind == "earlier credentials"] == [expected]
        assert "content credentials" not in {mark.kind for mark in verify.verify(path)}
        assert credential(saved(again, tmp_path / f"resigned{suffix}", signer)).value == "valid"


def test_whoever_cannot_sign_loses_nothing(target: images.Picture, signer: Chain, tmp_path: Path) -> None:
    other = chain(tmp_path)
    (tmp_path / "junk.pem").write_bytes(b"no key")
    path = tmp_path / "a.png"
    path.write_bytes(b"precious")
    for key, certificate, words in (
        (other.key, signer.certificate, "key and certificate"),
        (tmp_path / "junk.pem", signer.certificate, "no private key in PEM"),
        (tmp_path / "none.pem", signer.certificate, "cannot be read"),
        (signer.key, tmp_path / "none.pem", "cannot be read"),
        (signer.key, tmp_path / "junk.pem", "key and certificate"),
        (signer.key, signer.key, "key and certificate"),
    ):
        with pytest.raises(OptionError, match=words) as caught:
            saved(target, path, Chain(key, certificate))
        assert str(caught.value).endswith(".") and "\n" not in str(caught.value)
    assert path.read_bytes() == b"precious"


@pytest.mark.parametrize("purpose", credentials.PURPOSES)
def test_certificates_for_these_purposes_can_sign(purpose: str, tmp_path: Path) -> None:
    made = chain(tmp_path, purpose=purpose)
    assert credential(saved(images.read(smooth()), tmp_path / "a.png", made)).value == "valid"


@pytest.mark.parametrize("wrong", [{"purpose": "1.3.6.1.5.5.7.3.3"}, {"days": -1}])
def test_certificates_that_have_ended_or_are_for_something_else_cannot_sign(
    wrong: dict[str, Any], tmp_path: Path
) -> None:
    with pytest.raises(OptionError, match="check key and certificate"):
        credentials.load_key(from_mapping(OutputOptions, chain(tmp_path, **wrong).options))


def test_a_signer_that_is_not_accepted_does_not_make_a_file_a_changed_one(tmp_path: Path) -> None:
    made = chain(tmp_path, purpose="1.2.3.4")
    import c2pa

    settings = {"verify": {"verify_after_sign": False}, "trust": {"trust_config": "1.2.3.4"}}
    info = c2pa.C2paSignerInfo("es256", made.certificate.read_bytes(), made.key.read_bytes(), None)
    manifest = {"claim_generator_info": [{"name": "other", "version": "1"}], "assertions": [CREATED]}
    builder = c2pa.Builder.from_json(json.dumps(manifest), c2pa.Context.from_dict(settings))
    plain = images.write(images.read(smooth()), tmp_path / "plain.png")
    with plain.open("rb") as source, (tmp_path / "a.png").open("w+b") as result:
        builder.sign(c2pa.Signer.from_info(info), "image/png", source, result)
    assert credential(tmp_path / "a.png").value == "signer not accepted"
    marks = verify.verify(tmp_path / "a.png")
    assert verify.verdict(marks) == verify.SPEAKS and "trainedAlgorithmicMedia" in {mark.value for mark in marks}
    with (tmp_path / "a.png").open("ab") as stream:
        stream.write(b"more")
    changed = credential(tmp_path / "a.png")
    assert changed.value == "broken"
    assert "signingCredential." in changed.meaning and "dataHash.mismatch" in changed.meaning


def test_a_target_that_is_gone_is_named(target: images.Picture, signer: Chain, tmp_path: Path) -> None:
    Path(target.path).unlink()
    with pytest.raises(OptionError, match=r"target\.png cannot be read .* leave it there"):
        saved(target, tmp_path / "a.png", signer)


def test_nothing_is_fetched(tmp_path: Path) -> None:
    assert credentials.SETTINGS["verify"] == {
        "remote_manifest_fetch": False,
        "ocsp_fetch": False,
        "verify_trust": False,
    }
    pytest.importorskip("c2pa", reason=NEEDS)
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        link = f"http://127.0.0.1:{server.getsockname()[1]}/a.c2pa"
        xmp = packet(f'xmlns:dcterms="http://purl.org/dc/terms/" dcterms:provenance="{link}"')
        linking = replace(images.read(smooth()), metadata=images.Metadata(xmp=xmp))
        path = images.put(tmp_path / "a.jpg", images.encode(linking, ".jpg"))
        assert link in credentials.read(path.read_bytes(), "image/jpeg").reason
        with pytest.raises(BlockingIOError):
            server.accept()


def test_a_key_is_never_shown() -> None:
    assert "secret" not in repr(credentials.Key("es256", b"secret", b"open"))


def test_key_and_certificate_go_together() -> None:
    with pytest.raises(OptionError, match="need both"):
        OutputOptions(c2pa_key="key.pem")


def test_every_kind_of_key_that_c2pa_knows_is_recognised(tmp_path: Path) -> None:
    pytest.importorskip("c2pa", reason=NEEDS)
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, x25519
    from cryptography.hazmat.primitives.serialization import (
        BestAvailableEncryption,
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    known: dict[str, PrivateKeyTypes] = {
        "es256": ec.generate_private_key(ec.SECP256R1()),
        "es384": ec.generate_private_key(ec.SECP384R1()),
        "ed25519": ed25519.Ed25519PrivateKey.generate(),
        "ps256": rsa.generate_private_key(65537, 2048),
    }
    for algorithm, key in known.items():
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        assert credentials.key_of(pem, "key.pem", b"") == credentials.Key(algorithm, pem, b"")
    older = known["es256"].private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    assert credentials.key_of(older, "key.pem", b"").private.startswith(b"-----BEGIN PRIVATE KEY-----")
    locked = known["es256"].private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))
    with pytest.raises(OptionError, match="without a password"):
        credentials.key_of(locked, "key.pem", b"")
    odd = x25519.X25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with pytest.raises(OptionError, match="P-256"):
        credentials.key_of(odd, "key.pem", b"")
