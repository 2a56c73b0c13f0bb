"""A PDF and the text read of its pages become one PDF/A-2u: same pages, same images, an invisible text layer.

OCRmyPDF grafts the layers; pikepdf's PDF/A module (OCRmyPDF's own "internal" backend) declares the PDF/A. Its
checking of the result is left out where a page is nothing but a scanned image, because veraPDF judges every file
anyway (`ingest.validate`): that halves the cost. Never Ghostscript. Where a PDF cannot be taken this way, a new one is
built of its page images, bit for bit where that is possible, and takes the same layers.
Sources: OCRmyPDF 17 manual; pikepdf 10 manual, "PDF/A"; ISO 19005-2:2011, 6.6.4 (conformance level U).
"""

from pathlib import Path
from typing import Any

import ocrmypdf
import pikepdf
from ocrmypdf.exceptions import ExitCode, ExitCodeException
from pikepdf import Name, pdfa

from ingest.pages import ocr_plugin
from ingest.pages.images_to_pdf import Book, picture_of
from ingest.pages.page_images import PageImages
from ingest.pages.text_layer import FAMILY
from schemas.errors import SubmissionError

_FLAVOUR = "2b"  # what pikepdf declares; conformance U is added, since every character of ours has a Unicode value
_RULES_SHOWN = 5
_LAYER = "/OCR-"  # how OCRmyPDF names the layers it grafts
_PLAIN_FILTERS = (Name.DCTDecode, Name.CCITTFaxDecode, Name.FlateDecode)
_PLAIN_IMAGE = frozenset(
    {
        "/Type",
        "/Subtype",
        "/Width",
        "/Height",
        "/BitsPerComponent",
        "/ColorSpace",
        "/Filter",
        "/DecodeParms",
        "/Length",
        "/Name",
        "/Decode",
    }
)
_PLAIN_CATALOGUE = frozenset(
    {"/Type", "/Pages", "/Metadata", "/PageLayout", "/PageMode", "/Lang", "/Version", "/Extensions"}
)
_PLAIN_PAGE = frozenset(
    {
        "/Type",
        "/Parent",
        "/Resources",
        "/Contents",
        "/MediaBox",
        "/CropBox",
        "/Rotate",
        "/TrimBox",
        "/BleedBox",
        "/ArtBox",
    }
)

# what OCRmyPDF and pikepdf raise on PDFs that they cannot take; each means "not this way", never "lost"
_NOT_THIS_WAY = (ExitCodeException, pikepdf.PdfError, pdfa.PdfaError, SubmissionError, ValueError, TypeError, KeyError,
                 AttributeError, IndexError, NotImplementedError, RuntimeError, OSError)  # fmt: skip


def make_searchable(pdf: Path, output: Path, *, layers: Path, rebuild: bool, pixels_limit: int) -> tuple[str, str]:
    """Write the PDF/A to `output`; give the method and, when there is none, the reason.

    `layers` is a folder of text pages by name (`layer_name`). With `rebuild` a PDF that cannot be taken as it is may
    be built anew of its page images; that is only right when none of its pages carries text of its own.
    """
    reason = _as_it_is(pdf, output, layers=layers)
    if reason is None:
        return f"ocrmypdf {ocrmypdf.__version__}, pikepdf {pikepdf.__version__} (internal)", ""
    if not rebuild:
        return "", reason
    images = output.with_name("images.pdf")
    try:
        of_page_images(pdf, images, pixels_limit=pixels_limit)
    except _NOT_THIS_WAY as error:
        return "", f"{reason}; page images: {type(error).__name__}"
    again = _as_it_is(images, output, layers=layers)
    images.unlink()
    if again is not None:
        return "", again
    return f"built anew of the page images ({reason}), ocrmypdf {ocrmypdf.__version__}", ""


def layer_name(page: int) -> str:
    """Name the text page of a page (from 1) in the folder of layers."""
    return f"{page:06d}.pdf"


def _as_it_is(pdf: Path, output: Path, *, layers: Path) -> str | None:
    """Graft and declare; give the reason when that fails."""
    grafted = output.with_name("grafted.pdf")
    try:
        with ocr_plugin.layers_of(grafted, layers):
            code = ocrmypdf.ocr(
                pdf,
                grafted,
                output_type="pdf",
                pdf_renderer="sandwich",
                mode="skip",
                optimize=0,
                jobs=1,
                use_threads=True,
                progress_bar=False,
                plugins=[ocr_plugin.__name__],
            )
        if code != ExitCode.ok:
            return f"ocrmypdf ended with {code}"
        _declare(grafted, output)
    except pdfa.PdfaError as error:
        rules = sorted({finding.rule for finding in error.report.findings})
        return f"refused by the internal backend: {', '.join(rules[:_RULES_SHOWN])}"
    except _NOT_THIS_WAY as error:
        return f"not possible by OCRmyPDF: {type(error).__name__}"
    finally:
        grafted.unlink(missing_ok=True)
    return None


def _declare(made: Path, output: Path) -> None:
    """Repair and declare PDF/A-2u. Raises pikepdf.pdfa.PdfaError when it is refused."""
    checked = output.with_name("checked.pdf")
    with pikepdf.open(made, conversion_mode="explicit") as pdf:
        _quieten(pdf)
        plain = _plain(pdf)
        if plain:
            pdfa.prepare(pdf, _FLAVOUR, output_intent="sRGB")
            _claim_u(pdf, output)
        else:
            pdfa.save(pdf, checked, _FLAVOUR, output_intent="sRGB")
    if not plain:
        with pikepdf.open(checked) as pdf:
            _claim_u(pdf, output)
        checked.unlink()


def _quieten(pdf: pikepdf.Pdf) -> None:
    """Take away what a PDF does by itself when it is opened or turned: the copy only shows, the original keeps it."""
    _drop(pdf.Root, "/OpenAction", "/AA")
    if "/Names" in pdf.Root:
        _drop(pdf.Root.Names, "/JavaScript")
    for page in pdf.pages:
        _drop(page.obj, "/AA", "/Trans", "/Dur", "/Thumb")


def _drop(holder: pikepdf.Object, *keys: str) -> None:
    for key in keys:
        if key in holder:
            del holder[key]


def _plain(pdf: pikepdf.Pdf) -> bool:
    """Say whether the PDF holds nothing but simple page images and our text layers."""
    if not set(pdf.Root.keys()) <= _PLAIN_CATALOGUE:
        return False
    return all(set(page.obj.keys()) <= _PLAIN_PAGE and _plain_resources(page.resources) for page in pdf.pages)


def _plain_resources(resources: Any) -> bool:
    if not set(resources.keys()) <= {"/XObject", "/ProcSet", "/Font"}:
        return False
    if any(font.get("/BaseFont") != Name(f"/{FAMILY}") for font in resources.get("/Font", {}).values()):
        return False  # grafting names the font of our layer on the page as well
    return all(name.startswith(_LAYER) or _plain_image(thing) for name, thing in resources.get("/XObject", {}).items())


def _plain_image(image: Any) -> bool:
    """Say whether an image is one that PDF/A-2 takes as it is: no JPEG 2000, CMYK, masks or alternates."""
    return (
        set(image.keys()) <= _PLAIN_IMAGE
        and image.get("/Filter") in _PLAIN_FILTERS
        and image.get("/ColorSpace") in (Name.DeviceGray, Name.DeviceRGB)
    )


def _claim_u(pdf: pikepdf.Pdf, output: Path) -> None:
    with pdf.open_metadata(set_pikepdf_as_editor=False) as metadata:
        metadata["pdfaid:conformance"] = "U"
    settings: dict[str, Any] = pdfa.resolve_save_kwargs(_FLAVOUR)
    pdf.save(output, **settings)


def of_page_images(pdf: Path, output: Path, *, pixels_limit: int) -> None:
    """Build a PDF of the page images of another: bilevel and grey without loss, JPEG streams as they are."""
    book = Book(output)
    with PageImages(pdf, pixels_limit=pixels_limit) as images:
        for index in range(len(images)):
            raster = images.raster(index)
            book.add(picture_of(raster.pixels, bits=raster.bits, points=raster.points, jpeg=images.jpeg(index)))
    book.close()


def lighten(pdf: Path, output: Path, copies: dict[int, Path]) -> None:
    """Write `pdf` with the images of some pages (index from 0) replaced by their lighter JPEGs."""
    with pikepdf.open(pdf, suppress_warnings=True) as opened:
        for index, copy in copies.items():
            (image,) = opened.pages[index].get_images().values()
            image.write(copy.read_bytes(), filter=Name.DCTDecode)
            image.BitsPerComponent = 8
            if image.get("/ColorSpace") not in (Name.DeviceRGB,) and not _has_profile(image):
                image.ColorSpace = Name.DeviceRGB
        opened.save(output)


def _has_profile(image: Any) -> bool:
    space = image.get("/ColorSpace")
    return isinstance(space, pikepdf.Array) and len(space) > 1 and space[0] == Name.ICCBased
