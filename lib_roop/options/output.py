"""What is done to a result when it is written."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import OptionError
from .declaring import option, settle


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputOptions:
    """What is done to a result when it is written, beside the marks in its metadata, which it always gets.

    Raises OptionError when a value has the wrong type, or of key and certificate only one is named.
    """

    label: bool = option(False, "Visible label", "write into a free corner that the picture was altered")
    c2pa_key: str = option(
        "", "Key for content credentials", "sign the result (C2PA) with this private key, a PEM file", metavar="FILE"
    )
    c2pa_certificate: str = option(
        "", "Certificate of that key", "a PEM file: the certificate, and those that vouch for it", metavar="FILE"
    )

    def __post_init__(self) -> None:
        settle(self)
        if bool(self.c2pa_key) != bool(self.c2pa_certificate):
            raise OptionError("Content credentials need both: c2pa_key and c2pa_certificate.")
