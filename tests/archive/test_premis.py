"""PREMIS: what the package says, readable by any XML parser, whatever hostile text is in it."""

from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from archive import aip, premis
from archive.arrangement import Home
from schemas.identifiers import AccessionKey, RecordId, urn
from schemas.packages import Event, Kind, Package
from tests.archive.builders import NOW, a_package, an_original

PLACE = Home(
    fonds=RecordId("00000000-0000-4000-8000-0000000000f0"), file=RecordId("00000000-0000-4000-8000-0000000000f1")
)
ACCESSION = Event(type="accession", time=NOW.isoformat(), agent="system")
NAMES = {"p": premis.NAMESPACE}


def _texts(root: etree._Element, path: str) -> list[str]:
    return [found.text or "" for found in root.iterfind(path, NAMES)]


def test_objects_events_and_agents_are_told(tmp_path: Path) -> None:
    failed = Event(type="validation", time=NOW.isoformat(), agent="veraPDF 1.30.2", outcome="failure", detail="6.1.2")
    package = a_package(tmp_path, PLACE)
    package = replace(package, events=(*package.events, failed))
    root = etree.fromstring(premis.write(package, ACCESSION))
    assert root.tag == f"{{{premis.NAMESPACE}}}premis"
    assert _texts(root, "p:object/p:objectIdentifier/p:objectIdentifierValue") == [
        urn(package.record),
        f"{urn(package.record)}/original/0001.pdf",
        f"{urn(package.record)}/preservation/0001.pdf",
    ]
    assert package.originals[0].sha512 in _texts(root, ".//p:fixity/p:messageDigest")
    assert _texts(root, ".//p:formatRegistryKey") == ["fmt/276"]
    assert _texts(root, ".//p:size") == ["13"]
    assert _texts(root, ".//p:eventType") == ["message digest calculation", "validation", "accession"]
    assert _texts(root, ".//p:eventOutcome") == ["success", "failure", "success"]
    assert _texts(root, ".//p:agentName") == ["luutru 0.1.0", "system", "veraPDF 1.30.2"]


@given(st.text())
def test_any_received_name_makes_sound_xml(name: str) -> None:
    original = an_original(b"x")
    package = Package(
        record=PLACE.fonds,
        accession_key=AccessionKey("0" * 64),
        fonds=PLACE.fonds,
        file=PLACE.file,
        received_at=NOW.isoformat(),
        sources=(name,),
        kind=Kind.UNKNOWN,
        state="review",
        originals=(replace(original, name=name, format=None),),
        parts=(),
    )
    root = etree.fromstring(premis.write(package, ACCESSION))
    (kept,) = _texts(root, ".//p:originalName")
    assert len(kept) == len(name)


def test_the_object_has_the_agreed_files(tmp_path: Path) -> None:
    package = a_package(tmp_path, PLACE)
    files = {"original/0001.pdf": (tmp_path / "original/0001.pdf", package.originals[0].sha512)}
    pieces = aip.contents(package, files, accession=ACCESSION)
    assert set(pieces) == {"original/0001.pdf", "metadata/record.json", "metadata/premis.xml"}
    assert aip.contents(package, files, accession=ACCESSION) == pieces


def test_only_agreed_paths_are_allowed() -> None:
    good = ["original/0001.pdf", "original/0001", "preservation/0001.pdf", "access/0002.pdf", "text/run-1/words.json"]
    good += ["validation/0001.json", "evidence/0001/sig-1/chain.pem"]
    bad = [
        "",
        "original/1.pdf",
        "original/0001.PDF",
        "original/../0001.pdf",
        "original/0001.pdf/x",
        "metadata/record.json",
    ]
    bad += [
        "/original/0001.pdf",
        "text/words.json",
        "text/../x",
        "evidence/.hidden",
        "original/0001.pdf\n",
        "access/x.pdf",
    ]
    assert all(aip.allowed(path) for path in good)
    assert not any(aip.allowed(path) for path in bad)
