"""Honest marks: every picture that roop writes says that it is a composite, and by which program (IPTC, XMP).

`save` is the only way to a written picture.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Literal
from xml.dom import minidom
from xml.parsers.expat import ExpatError

from . import __version__, images

SourceType = Literal["composite", "compositeWithTrainedAlgorithmicMedia"]
"""IPTC digital source types: put together from pictures, or with a trained net among the makers."""
COMPOSITE: SourceType = "composite"
TRAINED_COMPOSITE: SourceType = "compositeWithTrainedAlgorithmicMedia"

TERMS = "http://cv.iptc.org/newscodes/digitalsourcetype/"
SOFTWARE = f"roop {__version__}"

_STRONGER = (COMPOSITE, TRAINED_COMPOSITE, "trainedAlgorithmicMedia")
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_IPTC = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
_XMP = "http://ns.adobe.com/xap/1.0/"
_EMPTY = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
    f'<rdf:RDF xmlns:rdf="{_RDF}"/></x:xmpmeta><?xpacket end="w"?>'
)

_log = logging.getLogger(__name__)


def save(
    picture: images.Picture,
    path: str | os.PathLike[str],
    *,
    source_type: SourceType,
    quality: int = images.QUALITY,
) -> Path:
    """Write `picture` with its mark, and log what the format cannot hold: a .bmp file not even the mark.

    Raises PictureError as `images.write` does.
    """
    metadata = replace(picture.metadata, xmp=marked(picture.metadata.xmp, source_type))
    whole = replace(picture, metadata=metadata)
    written = images.write(whole, path, quality=quality)
    for sentence in images.losses(whole, written.suffix):
        _log.warning(sentence)
    return written


def marked(xmp: bytes, source_type: SourceType) -> bytes:
    """The packet `xmp`, b"" for none, with the digital source type and the software added; all else in it is kept.

    A type that says more is kept: what a generator made stays trainedAlgorithmicMedia. A packet that is no XMP is
    replaced, and the log says so.
    """
    document = _parsed(xmp) if xmp else None
    if xmp and document is None:
        _log.warning("The picture's XMP packet is damaged and was replaced.")
    if document is None:
        document = minidom.parseString(_EMPTY.encode())
    root = document.getElementsByTagNameNS(_RDF, "RDF")[0]
    types = [value.removeprefix(TERMS) for value in _taken(root, _IPTC, "DigitalSourceType")]
    tools = _taken(root, _XMP, "CreatorTool")
    strongest = max((source_type, *(kind for kind in types if kind in _STRONGER)), key=_STRONGER.index)
    if SOFTWARE not in "; ".join(tools).split("; "):
        tools.append(SOFTWARE)
    description = document.createElementNS(_RDF, "rdf:Description")
    for name, value in (("xmlns:rdf", _RDF), ("xmlns:Iptc4xmpExt", _IPTC), ("xmlns:xmp", _XMP)):
        description.setAttribute(name, value)
    description.setAttributeNS(_RDF, "rdf:about", _about(root))
    description.setAttributeNS(_IPTC, "Iptc4xmpExt:DigitalSourceType", TERMS + strongest)
    description.setAttributeNS(_XMP, "xmp:CreatorTool", "; ".join(tools))
    root.appendChild(description)
    return "".join(node.toxml() for node in document.childNodes).encode()


def _parsed(xmp: bytes) -> minidom.Document | None:
    """The packet as a document, or None. Packets are UTF-8 without a document type, which could expand without end."""
    packet = xmp.strip(b"\0 \t\r\n")
    if b"\0" in packet or b"<!" in packet.replace(b"<!--", b"").replace(b"<![CDATA[", b""):
        return None
    try:
        document = minidom.parseString(packet)
    except (ExpatError, ValueError, LookupError):
        return None
    return document if document.getElementsByTagNameNS(_RDF, "RDF") else None


def _descriptions(root: minidom.Element) -> Iterator[minidom.Element]:
    for node in root.childNodes:
        if isinstance(node, minidom.Element) and (node.namespaceURI, node.localName) == (_RDF, "Description"):
            yield node


def _about(root: minidom.Element) -> str:
    """What the packet describes: one value for all its descriptions, mostly ''."""
    return next((found for node in _descriptions(root) if (found := node.getAttributeNS(_RDF, "about"))), "")


def _taken(root: minidom.Element, namespace: str, name: str) -> list[str]:
    """Remove a property, written as an attribute or as an element, and return its values."""
    values = []
    for description in _descriptions(root):
        if description.hasAttributeNS(namespace, name):
            values.append(description.getAttributeNS(namespace, name))
            description.removeAttributeNS(namespace, name)
        for node in list(description.childNodes):
            if isinstance(node, minidom.Element) and (node.namespaceURI, node.localName) == (namespace, name):
                text = "".join(part.data for part in node.childNodes if isinstance(part, minidom.Text))
                values.append(text.strip() or node.getAttributeNS(_RDF, "resource"))
                description.removeChild(node)
    return [value for value in values if value]
