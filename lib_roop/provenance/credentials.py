"""Content credentials (C2PA): made with the user's own key, and read back. Works offline; needs the extra `c2pa`."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import numpy as np

from .. import __version__, images
from ..errors import OptionError
from ..options import OutputOptions
from .terms import COMPOSITE, TERMS, SourceType

State = Literal["valid", "broken", "signer not accepted", "not checked"]
PURPOSES = ("1.3.6.1.5.5.7.3.4", "1.3.6.1.5.5.7.3.36", "1.3.6.1.4.1.62558.2.1", "1.3.6.1.4.1.311.76.59.1.9")
"""What signers' certificates may be for: e-mail, documents, C2PA, and Microsoft's own use for C2PA."""
SETTINGS = {
    # Nothing is fetched, and no small picture of the face that was there before is put into the file.
    "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False, "verify_trust": False},
    "builder": {"thumbnail": {"enabled": False}},
    "trust": {"trust_config": "\n".join(PURPOSES)},
}
MISSING = (
    'Content credentials need the package c2pa-python; install it with: pip install ".[c2pa]" '
    "(in roop's own environment, which has no pip, with: uv pip install c2pa-python)"
)
PEM = "name a PEM file of your own"
_FORMATS = {".jpg": "JPEG", ".tif": "TIFF"}
_PLACE = re.compile(r"\(self#jumbf[^)]*\)")
_CURVES = {"secp256r1": "es256", "secp384r1": "es384", "secp521r1": "es512"}


@dataclass(frozen=True, slots=True)
class Key:
    """A private key with its certificates, as PEM, and C2PA's name for its algorithm."""

    algorithm: str
    private: bytes = field(repr=False)
    certificates: bytes


@dataclass(frozen=True, slots=True, eq=False)
class Edit:
    """What is signed: an altered picture, which knows the file it came from, and what it is now."""

    picture: images.Picture
    kind: SourceType


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What a file's credentials say. signer: the certificate's name, which anybody can choose. reason: why broken."""

    state: State
    signer: str = ""
    source_types: tuple[str, ...] = ()
    reason: str = ""


def load_key(options: OutputOptions) -> Key | None:
    """The key that the options name, tried by signing, so that nobody waits in vain; None where they name none.

    Raises OptionError when the extra is missing, a file cannot be read, or key and certificate cannot sign.
    """
    if not options.c2pa_key:
        return None
    _library()
    private, certificates = (_content(path, PEM) for path in (options.c2pa_key, options.c2pa_certificate))
    key = key_of(private, options.c2pa_key, certificates)
    dot = images.encode(images.read(np.zeros((1, 1), np.uint8)), ".png")
    _signed(dot, "image/png", key, _manifest("dot", TERMS + COMPOSITE, edited=False), None)
    return key


def signed(data: bytes, suffix: str, key: Key, edit: Edit) -> bytes:
    """`data`, a file with that suffix, with a manifest that says what was done to which picture; read back and valid.

    Whatever is changed in the file afterwards breaks it. Raises OptionError.
    """
    picture = edit.picture
    parent = _parent(picture)
    manifest = _manifest(picture.name, TERMS + edit.kind, edited=parent is not None)
    return _signed(data, mime(_FORMATS.get(suffix, suffix[1:])), key, manifest, parent)


def read(data: bytes, mime: str) -> Credentials:
    """What the credentials of a file that carries some say. That the signer is who the name says is never checked."""
    try:
        return _read(data, mime)
    except OptionError:
        return Credentials(state="not checked", reason="the package c2pa-python is not installed")


def _library() -> ModuleType:
    try:
        import c2pa
    except (ImportError, OSError, RuntimeError) as error:
        raise OptionError(MISSING) from error
    library: ModuleType = c2pa
    return library


def _content(path: str, advice: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise OptionError(f"{path} cannot be read ({reason}); {advice}.") from error


def key_of(private: bytes, path: str, certificates: bytes) -> Key:
    """The private key of a PEM file in the form that C2PA takes, PKCS #8. Raises OptionError, which names `path`."""
    # Comes with c2pa-python.
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

    try:
        key = load_pem_private_key(private, None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise OptionError(f"{path} is no private key in PEM without a password; name one that is.") from error
    algorithm = _CURVES.get(key.curve.name) if isinstance(key, ec.EllipticCurvePrivateKey) else None
    algorithm = "ed25519" if isinstance(key, ed25519.Ed25519PrivateKey) else algorithm
    algorithm = "ps256" if isinstance(key, rsa.RSAPrivateKey) else algorithm
    if algorithm is None:
        raise OptionError(f"{path} is a key that C2PA does not know; use one of the curve P-256.")
    return Key(algorithm, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), certificates)


def _parent(picture: images.Picture) -> tuple[bytes, str, str] | None:
    """The file that the picture was read from: bytes, type and name."""
    if not picture.path:
        return None
    path = Path(picture.path)
    return _content(picture.path, "content credentials name it, so leave it there"), mime(picture.format), path.name


def _manifest(title: str, source_type: str, *, edited: bool) -> Mapping[str, Any]:
    made = {"name": "roop", "version": __version__}
    # A picture that was no file cannot be named as an ingredient, so its history begins here.
    action = {"action": "c2pa.edited" if edited else "c2pa.created", "digitalSourceType": source_type}
    actions = {"actions": [{**action, "softwareAgent": made}]}
    return {
        "claim_generator_info": [made],
        "title": title,
        "assertions": [{"label": "c2pa.actions", "data": actions}],
    }


def _signed(
    data: bytes, mime: str, key: Key, manifest: Mapping[str, Any], parent: tuple[bytes, str, str] | None
) -> bytes:
    library, result = _library(), io.BytesIO()
    try:
        signer = library.Signer.from_info(library.C2paSignerInfo(key.algorithm, key.certificates, key.private, None))
        builder = library.Builder.from_json(json.dumps(manifest), library.Context.from_dict(SETTINGS))
        if parent:
            content, kind, name = parent
            builder.set_intent(library.C2paBuilderIntent.EDIT)
            builder.add_ingredient(json.dumps({"title": name, "relationship": "parentOf"}), kind, io.BytesIO(content))
        builder.sign(signer, mime, io.BytesIO(data), result)
    except library.C2paError as error:
        reason = " ".join(_PLACE.sub("", str(error)).split())
        raise OptionError(f"The content credentials cannot be made ({reason}); check key and certificate.") from error
    found = _read(result.getvalue(), mime)
    if found.state != "valid":
        raise OptionError(f"The content credentials do not hold ({found.reason}); check key and certificate.")
    return result.getvalue()


def _read(data: bytes, mime: str) -> Credentials:
    library = _library()
    try:
        with library.Reader(mime, io.BytesIO(data), context=library.Context.from_dict(SETTINGS)) as reader:
            state = reader.get_validation_state()
            manifest = reader.get_active_manifest() or {}
            failures = (reader.get_validation_results() or {}).get("activeManifest", {}).get("failure", [])
    except library.C2paError as error:
        return Credentials(state="broken", reason=str(error))
    signature = manifest.get("signature_info", {})
    name = signature.get("common_name") or signature.get("issuer") or ""
    kinds = [action.get("digitalSourceType", "") for action in _actions(manifest)]
    codes = tuple(dict.fromkeys(str(failure.get("code")) for failure in failures))
    return Credentials(
        state="valid" if state in ("Valid", "Trusted") else _state(codes),
        signer=str(name),
        source_types=tuple(dict.fromkeys(kind for kind in kinds if kind)),
        reason=", ".join(codes),
    )


def _state(failures: Sequence[str]) -> State:
    """A certificate that has ended, or was made for something else, does not mean that the file was changed."""
    harmless = failures and all(code.startswith("signingCredential.") for code in failures)
    return "signer not accepted" if harmless else "broken"


def _actions(manifest: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found = [each["data"] for each in manifest.get("assertions", ()) if each["label"].startswith("c2pa.actions")]
    return [action for data in found for action in data.get("actions", ())]


def mime(format: str) -> str:  # noqa: A002 - Pillow's word
    """The type of a file by Pillow's name of its format."""
    return "image/" + format.lower().replace("mpo", "jpeg")
