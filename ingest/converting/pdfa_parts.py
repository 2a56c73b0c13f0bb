"""The parts of a PDF/A that are the same whoever drew the pages: its claim, its title, its output intent.

Only pikepdf values; it opens and saves nothing and judges nothing. Sources: ISO 19005-2:2011, 6.2.3 and 6.6;
ISO 32000-1:2008, 14.11.5; XMP specification part 1.
"""

from importlib.resources import files
from xml.sax.saxutils import escape

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream

_XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/"
 xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<pdf:Producer>luutru</pdf:Producer>
<pdfaid:part>{part}</pdfaid:part>
<pdfaid:conformance>{conformance}</pdfaid:conformance>
</rdf:Description>
</rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>"""


def colour_profile() -> bytes:
    """Give the sRGB profile that every PDF/A of ours names as its output intent."""
    return files("pikepdf.pdfa").joinpath("data/sRGB.icc").read_bytes()


def declare(pdf: pikepdf.Pdf, *, title: str, flavour: str) -> None:
    """Give a new PDF its claim, title and output intent. The claim is no proof: veraPDF judges."""
    shown = escape("".join(letter if letter.isprintable() else " " for letter in title))
    packet = _XMP.format(title=shown, part=flavour[0], conformance=flavour[1:].upper())
    metadata = Stream(pdf, packet.encode(), Type=Name.Metadata, Subtype=Name.XML)
    metadata.compress = False
    intent = Dictionary(
        Type=Name.OutputIntent,
        S=Name.GTS_PDFA1,
        OutputConditionIdentifier=b"sRGB IEC61966-2.1",
        Info=b"sRGB IEC61966-2.1",
        DestOutputProfile=pdf.make_indirect(Stream(pdf, colour_profile(), N=3)),
    )
    pdf.Root.Metadata = pdf.make_indirect(metadata)
    pdf.Root.OutputIntents = Array([pdf.make_indirect(intent)])
    pdf.Root.Lang = pikepdf.String("vi")
    pdf.Root.ViewerPreferences = Dictionary(DisplayDocTitle=True)


def claim(pdf: pikepdf.Pdf, *, flavour: str) -> None:
    """Change what a converted PDF claims to be, for example from 2b to 2u."""
    with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as metadata:
        metadata["pdfaid:part"] = flavour[0]
        metadata["pdfaid:conformance"] = flavour[1:].upper()
