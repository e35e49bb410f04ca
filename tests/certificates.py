"""A certificate chain made for one test: a root that vouches for a signer, on the curve P-256."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.x509 import Name

NEEDS = "c2pa-python has no wheel for this platform, or is not installed"


@dataclass(frozen=True)
class Chain:
    """Paths of PEM files."""

    key: Path
    certificate: Path

    @property
    def options(self) -> dict[str, str]:
        return {"c2pa_key": str(self.key), "c2pa_certificate": str(self.certificate)}

    @property
    def words(self) -> tuple[str, ...]:
        return "--c2pa-key", str(self.key), "--c2pa-certificate", str(self.certificate)


def chain(folder: Path, *, purpose: str = "1.3.6.1.5.5.7.3.4", days: int = 9) -> Chain:
    """Write one into `folder`, for a purpose (OID) and valid for so many days; skips the test where nothing signs."""
    pytest.importorskip("c2pa", reason=NEEDS)
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    root, signer = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    made = Chain(folder / "key.pem", folder / "certificate.pem")
    made.key.write_bytes(signer.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    made.certificate.write_bytes(_certificate("Signer", signer, root, purpose, days) + _certificate("Root", root, root))
    return made


def _certificate(
    name: str, subject: EllipticCurvePrivateKey, root: EllipticCurvePrivateKey, purpose: str = "", days: int = 9
) -> bytes:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.serialization import Encoding

    now, own = datetime.now(timezone.utc), subject is root
    usage = x509.KeyUsage(
        digital_signature=not own,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=own,
        crl_sign=own,
        encipher_only=False,
        decipher_only=False,
    )
    extensions: list[tuple[x509.ExtensionType, bool]] = [
        (x509.BasicConstraints(own, None), True),
        (usage, True),
        (x509.SubjectKeyIdentifier.from_public_key(subject.public_key()), False),
        (x509.AuthorityKeyIdentifier.from_issuer_public_key(root.public_key()), False),
    ]
    if not own:
        extensions.append((x509.ExtendedKeyUsage([x509.ObjectIdentifier(purpose)]), False))
    builder = (
        x509.CertificateBuilder()
        .subject_name(_named(name))
        .issuer_name(_named("Root"))
        .public_key(subject.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=9))
        .not_valid_after(now + timedelta(days=days))
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return builder.sign(root, hashes.SHA256()).public_bytes(Encoding.PEM)


def _named(name: str) -> Name:
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    parts = [(NameOID.COMMON_NAME, f"roop test {name}"), (NameOID.ORGANIZATION_NAME, "roop tests")]
    return x509.Name([x509.NameAttribute(kind, value) for kind, value in parts])
