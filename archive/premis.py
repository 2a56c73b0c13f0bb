"""A record's package as PREMIS 3 XML: objects with fixity and format, events with their outcome, agents. Pure.

Source: PREMIS Data Dictionary 3.0 and its schema, namespace http://www.loc.gov/premis/v3.
"""

import re
from collections.abc import Iterator

from lxml import etree

from schemas.identifiers import urn
from schemas.packages import Event, Original, Package, Rendition

NAMESPACE = "http://www.loc.gov/premis/v3"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_NAMES = {"premis": NAMESPACE, "xsi": _XSI}
_NOT_XML = re.compile("[^\\t\\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_PRONOM = "https://www.nationalarchives.gov.uk/PRONOM/"


def write(package: Package, *events: Event) -> bytes:
    """Give premis.xml of a package, its own events first, then `events`."""
    root = etree.Element(_name("premis"), nsmap=_NAMES, version="3.0")
    every = (*package.events, *events)
    root.append(_intellectual(package))
    root.extend(_original(package, original) for original in package.originals)
    root.extend(_rendition(package, r) for r in package.renditions if r.path is not None)
    root.extend(_event(package, event, number) for number, event in enumerate(every, start=1))
    root.extend(_agents(every))
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _intellectual(package: Package) -> etree._Element:
    unit = _object("intellectualEntity")
    unit.append(_identifier("object", urn(package.record)))
    return unit


def _original(package: Package, original: Original) -> etree._Element:
    file = _object("file")
    file.append(_identifier("object", f"{urn(package.record)}/{original.path}", kind="local"))
    facts = _characteristics(file, {"SHA-256": original.sha256, "SHA-512": original.sha512}, original.size_bytes)
    known = original.format
    found = _sub(facts, "format")
    designation = _sub(found, "formatDesignation")
    _sub(designation, "formatName", known.name if known and known.name else "unknown")
    if known and known.version:
        _sub(designation, "formatVersion", known.version)
    if known and known.puid:
        registry = _sub(found, "formatRegistry")
        _sub(registry, "formatRegistryName", _PRONOM)
        _sub(registry, "formatRegistryKey", known.puid)
    _sub(file, "originalName", original.name)
    return file


def _rendition(package: Package, rendition: Rendition) -> etree._Element:
    file = _object("file")
    file.append(_identifier("object", f"{urn(package.record)}/{rendition.path}", kind="local"))
    facts = _characteristics(file, {"SHA-512": rendition.sha512 or ""}, None)
    designation = _sub(_sub(facts, "format"), "formatDesignation")
    _sub(designation, "formatName", "PDF/A" if rendition.valid else "PDF")
    if rendition.valid and rendition.flavour:
        _sub(designation, "formatVersion", rendition.flavour)
    relation = _sub(file, "relationship")
    _sub(relation, "relationshipType", "derivation")
    _sub(relation, "relationshipSubType", "has source")
    for path in (p for part in package.parts if part.part == rendition.part for p in part.originals):
        related = _sub(relation, "relatedObjectIdentifier")
        _sub(related, "relatedObjectIdentifierType", "local")
        _sub(related, "relatedObjectIdentifierValue", f"{urn(package.record)}/{path}")
    return file


def _event(package: Package, event: Event, number: int) -> etree._Element:
    element = etree.Element(_name("event"))
    element.append(_identifier("event", f"{urn(package.record)}/event/{number}", kind="local"))
    _sub(element, "eventType", event.type)
    _sub(element, "eventDateTime", event.time)
    if event.detail:
        _sub(_sub(element, "eventDetailInformation"), "eventDetail", event.detail)
    _sub(_sub(element, "eventOutcomeInformation"), "eventOutcome", event.outcome)
    agent = _sub(element, "linkingAgentIdentifier")
    _sub(agent, "linkingAgentIdentifierType", "local")
    _sub(agent, "linkingAgentIdentifierValue", event.agent)
    linked = _sub(element, "linkingObjectIdentifier")
    _sub(linked, "linkingObjectIdentifierType", "URN")
    _sub(linked, "linkingObjectIdentifierValue", urn(package.record))
    return element


def _agents(events: tuple[Event, ...]) -> Iterator[etree._Element]:
    for agent in sorted({event.agent for event in events}):
        element = etree.Element(_name("agent"))
        element.append(_identifier("agent", agent, kind="local"))
        _sub(element, "agentName", agent)
        yield element


def _object(kind: str) -> etree._Element:
    return etree.Element(_name("object"), {f"{{{_XSI}}}type": f"premis:{kind}"})


def _characteristics(file: etree._Element, digests: dict[str, str], size_bytes: int | None) -> etree._Element:
    facts = _sub(file, "objectCharacteristics")
    for algorithm, digest in digests.items():
        if digest:
            fixity = _sub(facts, "fixity")
            _sub(fixity, "messageDigestAlgorithm", algorithm)
            _sub(fixity, "messageDigest", digest)
    if size_bytes is not None:
        _sub(facts, "size", str(size_bytes))
    return facts


def _identifier(of: str, value: str, *, kind: str = "URN") -> etree._Element:
    element = etree.Element(_name(f"{of}Identifier"))
    _sub(element, f"{of}IdentifierType", kind)
    _sub(element, f"{of}IdentifierValue", value)
    return element


def _sub(parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
    element = etree.SubElement(parent, _name(name))
    if text is not None:
        element.text = _clean(text)
    return element


def _clean(text: str) -> str:
    """Leave out what XML 1.0 cannot hold; received names are hostile input."""
    return _NOT_XML.sub("\ufffd", text)


def _name(local: str) -> str:
    return f"{{{NAMESPACE}}}{local}"
