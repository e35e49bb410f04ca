"""The mark in XMP: a packet gets the digital source type, the AI system and its version, and keeps all else.

IPTC Photo Metadata Standard 2025.1; XMP specification, part 1.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from xml.dom import minidom
from xml.parsers.expat import ExpatError

from .terms import SOFTWARE, TERMS, SourceType, strongest, term

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
IPTC = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
XMP = "http://ns.adobe.com/xap/1.0/"
ROOP = "urn:roop:marks:1/"
"""Our own namespace: `SourceManifest` is the SHA-256 of content credentials that the altered picture carried."""

_EMPTY = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
    f'<rdf:RDF xmlns:rdf="{RDF}"/></x:xmpmeta><?xpacket end="w"?>'
)
_log = logging.getLogger(__name__)


def marked(xmp: bytes, source_type: SourceType, engine: str = "", manifest: str = "") -> bytes:
    """The packet `xmp`, b"" for none, with the mark; all else in it is kept, and earlier tools stay named.

    A type that says more is kept: what a generator made stays trainedAlgorithmicMedia. A packet that is no XMP is
    replaced, and the log says so. manifest: the SHA-256 of content credentials that the picture carried.
    """
    document = _parsed(xmp) if xmp else None
    if xmp and document is None:
        _log.warning("The picture's XMP packet is damaged and was replaced.")
    if document is None:
        document = minidom.parseString(_EMPTY.encode())
    root = document.getElementsByTagNameNS(RDF, "RDF")[0]
    kind = strongest(source_type, map(term, _taken(root, IPTC, "DigitalSourceType")))
    system = f"roop ({engine} engine)" if engine else "roop"
    manifests = _taken(root, ROOP, "SourceManifest")
    properties = {
        (IPTC, "Iptc4xmpExt:DigitalSourceType"): TERMS + kind,
        (IPTC, "Iptc4xmpExt:AISystemUsed"): _with(_taken(root, IPTC, "AISystemUsed"), system),
        (IPTC, "Iptc4xmpExt:AISystemVersionUsed"): _with(_taken(root, IPTC, "AISystemVersionUsed"), SOFTWARE),
        (XMP, "xmp:CreatorTool"): _with(_taken(root, XMP, "CreatorTool"), SOFTWARE),
        (ROOP, "roop:SourceManifest"): _with(manifests, f"sha256:{manifest}") if manifest else "; ".join(manifests),
    }
    description = document.createElementNS(RDF, "rdf:Description")
    for prefix, namespace in (("rdf", RDF), ("Iptc4xmpExt", IPTC), ("xmp", XMP), ("roop", ROOP)):
        description.setAttribute(f"xmlns:{prefix}", namespace)
    description.setAttributeNS(RDF, "rdf:about", _about(root))
    for (namespace, name), value in properties.items():
        if value:
            description.setAttributeNS(namespace, name, value)
    root.appendChild(description)
    return "".join(node.toxml() for node in document.childNodes).encode()


def values(xmp: bytes, name: str, namespace: str | None = None) -> list[str]:
    """Every value of a property in a packet, of any namespace where none is given; none in one that is no XMP."""
    document = _parsed(xmp) if xmp else None
    if document is None:
        return []
    return _taken(document.getElementsByTagNameNS(RDF, "RDF")[0], namespace, name)


def _parsed(xmp: bytes) -> minidom.Document | None:
    """The packet as a document, or None. Packets are UTF-8 without a document type, which could expand without end."""
    packet = xmp.strip(b"\0 \t\r\n")
    if b"\0" in packet or b"<!" in packet.replace(b"<!--", b"").replace(b"<![CDATA[", b""):
        return None
    try:
        document = minidom.parseString(packet)
    except (ExpatError, ValueError, LookupError):
        return None
    return document if document.getElementsByTagNameNS(RDF, "RDF") else None


def _with(earlier: Sequence[str], own: str) -> str:
    joined = "; ".join(earlier)
    return joined if own in joined.split("; ") else "; ".join([*earlier, own])


def _descriptions(root: minidom.Element) -> Iterator[minidom.Element]:
    for node in root.childNodes:
        if isinstance(node, minidom.Element) and (node.namespaceURI, node.localName) == (RDF, "Description"):
            yield node


def _about(root: minidom.Element) -> str:
    """What the packet describes: one value for all its descriptions, mostly ''."""
    return next((found for node in _descriptions(root) if (found := node.getAttributeNS(RDF, "about"))), "")


def _taken(root: minidom.Element, namespace: str | None, name: str) -> list[str]:
    """Remove a property, written as an attribute or as an element, and return its values."""
    found = []
    for description in _descriptions(root):
        for attribute in list(description.attributes.values()):
            if attribute.localName == name and namespace in (None, attribute.namespaceURI):
                found.append(attribute.value)
                description.removeAttributeNode(attribute)
        for node in list(description.childNodes):
            if isinstance(node, minidom.Element) and node.localName == name and namespace in (None, node.namespaceURI):
                found.append(_text(node).strip() or node.getAttributeNS(RDF, "resource"))
                description.removeChild(node)
    return [value for value in found if value]


def _text(node: minidom.Element) -> str:
    """The text of a property, also where it is the item of a list."""
    parts = (part.data if isinstance(part, minidom.Text) else _text(part) for part in node.childNodes
             if isinstance(part, (minidom.Text, minidom.Element)))  # fmt: skip
    return "".join(parts)
