"""The mark in XMP: a packet gets the digital source type, the AI system and its version, and keeps all else.

IPTC Photo Metadata Standard 2025.1; XMP specification, part 1.
"""

from __future__ import annotations

import functools
import logging
import re
from collections.abc import Iterator, Sequence
from itertools import chain
from xml.dom import minidom
from xml.parsers.expat import ExpatError, ParserCreate

from .terms import CAPTURED, MADE, SOFTWARE, TERMS, SourceType, strongest, term

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
IPTC = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
XMP = "http://ns.adobe.com/xap/1.0/"
ROOP = "urn:roop:marks:1/"
"""Our own namespace: `SourceManifest` is the SHA-256 of content credentials that the altered picture carried."""

_PICTURES = {
    (XMP, "Thumbnails"),
    ("http://ns.adobe.com/xap/1.0/g/img/", "image"),
    ("http://ns.google.com/photos/1.0/image/", "Data"),
}
"""Pictures inside a packet: they show what was there before."""
_PADDING = "\0 \t\r\n"
DEEPEST = 100
"""So far elements may lie within each other; XMP needs ten."""
_TERM = re.compile(rb"(?i)digitalsourcetype\W{1,5}(\w+)")
_EMPTY = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
    f'<rdf:RDF xmlns:rdf="{RDF}"/></x:xmpmeta><?xpacket end="w"?>'
)
_log = logging.getLogger(__name__)


# The pictures of a job are marked alike, each of them several times on its way out of a web UI.
@functools.lru_cache(maxsize=8)
def marked(xmp: bytes, source_type: SourceType, engine: str | None = "", manifest: str = "") -> bytes:
    """The packet `xmp`, b"" for none, with the mark and without small pictures; earlier tools stay named, all else too.

    A type that says more is kept: what a generator made stays trainedAlgorithmicMedia. A packet that cannot be read is
    replaced, and the log says so. engine: as `SwapResult.engine` says, None where no AI system altered the picture.
    manifest: the SHA-256 of content credentials that it carried.
    """
    kind = strongest(source_type, map(term, source_types(xmp)))
    if not readable(xmp):
        _log.warning("The picture's XMP packet is damaged and was replaced.")
    document = _parsed(xmp) or minidom.parseString(_EMPTY.encode())
    _take_pictures(document)
    _taken(document, IPTC, "DigitalSourceType")
    system, version = _system(engine)
    manifests = _taken(document, ROOP, "SourceManifest")
    properties = {
        (IPTC, "Iptc4xmpExt:DigitalSourceType"): TERMS + kind,
        (IPTC, "Iptc4xmpExt:AISystemUsed"): _with(_taken(document, IPTC, "AISystemUsed"), system),
        (IPTC, "Iptc4xmpExt:AISystemVersionUsed"): _with(_taken(document, IPTC, "AISystemVersionUsed"), version),
        (XMP, "xmp:CreatorTool"): _with(_taken(document, XMP, "CreatorTool"), SOFTWARE),
        (ROOP, "roop:SourceManifest"): _with(manifests, f"sha256:{manifest}") if manifest else "; ".join(manifests),
    }
    description = document.createElementNS(RDF, "rdf:Description")
    for prefix, namespace in (("rdf", RDF), ("Iptc4xmpExt", IPTC), ("xmp", XMP), ("roop", ROOP)):
        description.setAttribute(f"xmlns:{prefix}", namespace)
    description.setAttributeNS(RDF, "rdf:about", _about(document))
    for (namespace, name), value in properties.items():
        if value:
            description.setAttributeNS(namespace, name, value)
    document.getElementsByTagNameNS(RDF, "RDF")[0].appendChild(description)
    return "".join(node.toxml() for node in document.childNodes).encode()


def carries(xmp: bytes, source_type: SourceType, engine: str = "") -> bool:
    """Whether `marked` would add nothing."""
    system, version = _system(engine)
    return (
        [term(value) for value in source_types(xmp)] == [source_type]
        and readable(xmp)
        and system in "; ".join(values(xmp, "AISystemUsed", IPTC)).split("; ")
        and version in "; ".join(values(xmp, "AISystemVersionUsed", IPTC)).split("; ")
    )


def values(xmp: bytes, name: str, namespace: str | None = None) -> list[str]:
    """Every value of a property in a packet, of any namespace where none is given; none in one that is no XMP."""
    document = _parsed(xmp)
    return _taken(document, namespace, name) if document else []


@functools.lru_cache(maxsize=8)
def source_types(xmp: bytes) -> Sequence[str]:
    """Every digital source type of a packet; of one that cannot be read those that its bytes name."""
    if readable(xmp):
        return tuple(values(xmp, "DigitalSourceType", IPTC))
    # Without its zeros, UTF-16 reads as ASCII does.
    named = (found.decode("ascii") for found in _TERM.findall(xmp.replace(b"\0", b"")))
    return tuple(each for each in named if each in CAPTURED or each in MADE)


def readable(xmp: bytes) -> bool:
    """Whether there is no packet, or one that is XMP."""
    return not xmp.strip(_PADDING.encode()) or _parsed(xmp) is not None


def _parsed(xmp: bytes) -> minidom.Document | None:
    """The packet as a document, or None. One with a document type is refused: it could expand without end."""
    packet = _decoded(xmp)
    try:
        # Readers that part a namespace from a name by this sign refuse one that holds it.
        guard = ParserCreate(namespace_separator="}")
        guard.StartDoctypeDeclHandler = _refuse
        depth = _Depth()
        guard.StartElementHandler, guard.EndElementHandler = depth.deeper, depth.back
        guard.Parse(packet, True)
        document = minidom.parseString(packet)
        return document if document.getElementsByTagNameNS(RDF, "RDF") else None
    except (ExpatError, ValueError, LookupError, RecursionError):
        return None


def _decoded(xmp: bytes) -> str | bytes:
    """The packet as text where it is UTF-16 or UTF-32 (XMP, part 1), else as it is."""
    for encoding in ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be"):
        text = xmp.decode(encoding, "ignore").strip("\ufeff" + _PADDING)
        if text.startswith("<"):
            return text
    return xmp.strip(_PADDING.encode())


class _Depth:
    """Refuses elements within more than `DEEPEST` others: what reads them goes down one call for each."""

    def __init__(self) -> None:
        self._now = 0

    def deeper(self, *_: object) -> None:
        self._now += 1
        if self._now > DEEPEST:
            _refuse()

    def back(self, *_: object) -> None:
        self._now -= 1


def _refuse(*_: object) -> None:
    raise ValueError


def _system(engine: str | None) -> tuple[str, str]:
    """The AI system and its version, "" where there was none."""
    if engine is None:
        return "", ""
    return f"roop ({engine} engine)" if engine else "roop", SOFTWARE


def _with(earlier: Sequence[str], own: str) -> str:
    joined = "; ".join(earlier)
    return joined if not own or own in joined.split("; ") else "; ".join([*earlier, own])


def _nodes(document: minidom.Document) -> Iterator[minidom.Element]:
    """What holds properties: rdf:Description, or an element named after what it describes."""
    for root in document.getElementsByTagNameNS(RDF, "RDF"):
        yield from _elements(root)


def _elements(parent: minidom.Element) -> list[minidom.Element]:
    return [node for node in parent.childNodes if isinstance(node, minidom.Element)]


def _about(document: minidom.Document) -> str:
    """What the packet describes: one value for all its descriptions, mostly ''."""
    return next((found for node in _nodes(document) if (found := node.getAttributeNS(RDF, "about"))), "")


def _taken(document: minidom.Document, namespace: str | None, name: str) -> list[str]:
    """Remove a property, written as an attribute or as an element, and return its values."""
    found = []
    for node in _nodes(document):
        for attribute in list(node.attributes.values()):
            if attribute.localName == name and namespace in (None, attribute.namespaceURI):
                found.append(attribute.value)
                node.removeAttributeNode(attribute)
        for child in _elements(node):
            if child.localName == name and namespace in (None, child.namespaceURI):
                found += _items(child)
                node.removeChild(child)
    return [value.strip() for value in found if value.strip()]


def _items(node: minidom.Element) -> list[str]:
    """The values of a property: the one it has, those of its list, or the one that others only qualify (rdf:value)."""
    own = [node.getAttributeNS(RDF, name) for name in ("resource", "value", "about")]
    children = _elements(node)
    inner = [child for child in children if child.namespaceURI == RDF] or children
    if not inner:
        own.append("".join(part.data for part in node.childNodes if isinstance(part, minidom.Text)))
    return [*own, *chain.from_iterable(map(_items, inner))]


def _take_pictures(document: minidom.Document) -> None:
    roots = document.getElementsByTagNameNS(RDF, "RDF")
    for node in chain.from_iterable(root.getElementsByTagNameNS("*", "*") for root in roots):
        for attribute in list(node.attributes.values()):
            if (attribute.namespaceURI, attribute.localName) in _PICTURES:
                node.removeAttributeNode(attribute)
        if (node.namespaceURI, node.localName) in _PICTURES and node.parentNode:
            node.parentNode.removeChild(node)
