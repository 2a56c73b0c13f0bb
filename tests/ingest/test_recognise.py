"""Scans become text with places and a searchable PDF; what is text already stays."""

import logging
from pathlib import Path

import numpy as np
import pikepdf
import pypdfium2
import pytest
from fpdf import FPDF
from PIL import Image

from ingest.benches.ocr import folded, line_errors, page_errors
from ingest.pages import searchable
from ingest.pages.images_to_pdf import images_to_pdf
from ingest.pages.pdf_text import pages_of_text_pdf
from ingest.pages.tesseract import Reading
from ingest.recognise import Recognised, recognise
from ingest.samples.letters import compose
from ingest.samples.scanner import Wear, degrade
from ingest.samples.typeset import font_path, typeset
from schemas.texts import PageText

LIMIT = 50_000_000
LETTER = typeset(compose(3, 1, paragraph_count=2), resolution_dpi=200)
LINES = [line.text for line in LETTER.sheets[0].lines]


def scan(folder: Path, *images: Image.Image) -> Path:
    files = []
    for number, image in enumerate(images):
        files.append(folder / f"{number}.png")
        image.save(files[-1], dpi=(200, 200))
    images_to_pdf(tuple(files), folder / "scan.pdf", pixels_limit=LIMIT)
    return folder / "scan.pdf"


def read(pdf: Path, kinds: tuple[str, ...] = (), **reading: object) -> tuple[Recognised, Path]:
    output = pdf.with_name("copy.pdf")
    return recognise(pdf, output, page_kinds=kinds, reading=Reading(**reading)), output  # type: ignore[arg-type]


def codes(done: Recognised) -> list[str]:
    return [finding.code for finding in done.findings]


def assert_every_word_is_in_its_place(page: PageText) -> None:
    last = 0
    for word in page.words:
        x, y, width, height = word.box
        assert x >= 0
        assert y >= 0
        assert width > 0
        assert height > 0
        assert x + width <= 1 + 1e-9
        assert y + height <= 1 + 1e-9
        assert word.start >= last
        assert not set(page.text[last : word.start]) - {" ", "\n"}
        assert page.text[word.start : word.end].split() == [page.text[word.start : word.end]]
        last = word.end
    assert last == len(page.text)


def test_a_bilevel_scan_is_read_and_becomes_pdfa(tmp_path: Path) -> None:
    done, output = read(scan(tmp_path, LETTER.pages[0].convert("1", dither=Image.Dither.NONE)))
    assert page_errors(LINES, done.pages[0].text).percent < 1.5
    assert_every_word_is_in_its_place(done.pages[0])
    assert done.method.startswith("ocrmypdf ")
    assert codes(done) == ["S014"]
    facts = done.facts[0]
    assert (facts.kind, facts.bits, facts.resolution_dpi, facts.rotation) == ("scan", 1, 200, 0)
    with pikepdf.open(output) as pdf, pdf.open_metadata() as metadata:
        assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("2", "U")
    assert not [path.name for path in tmp_path.iterdir() if path.name not in {"0.png", "scan.pdf", "copy.pdf"}]


def test_a_simple_scan_with_our_text_layer_is_left_to_verapdf_alone(tmp_path: Path) -> None:
    """The internal checker costs as much as the rest of the copy; it is for what we did not make ourselves."""
    _, copy = read(scan(tmp_path, LETTER.pages[0]))
    with pikepdf.open(copy) as pdf:
        del pdf.Root.OutputIntents  # which declaring adds
        assert searchable._plain(pdf)
        pdf.pages[0].resources.Font.F1 = pdf.make_indirect(pikepdf.Dictionary(BaseFont=pikepdf.Name.Helvetica))
        assert not searchable._plain(pdf)


def test_the_text_layer_says_the_same_in_the_same_places(tmp_path: Path) -> None:
    worn = degrade(LETTER.pages[0], seed=1, wear=Wear(skew_degrees=-2.4, noise=8.0, jpeg_quality=85))
    done, output = read(scan(tmp_path, worn))
    layer = pages_of_text_pdf(output)[0]
    assert sorted(layer.text.split()) == sorted(done.pages[0].text.split())
    places = {layer.text[w.start : w.end]: w.box for w in layer.words}
    known = {done.pages[0].text[w.start : w.end]: w.box for w in done.pages[0].words}
    once = [text for text in places if layer.text.split().count(text) == 1]
    assert len(once) > 20
    for text in once:
        centres = [np.array([box[0] + box[2] / 2, box[1] + box[3] / 2]) for box in (places[text], known[text])]
        assert np.abs(centres[0] - centres[1]).max() < 0.012


SLOWLY = [90, *(pytest.param(turn, marks=pytest.mark.slow) for turn in (180, 270))]


@pytest.mark.parametrize("turn", SLOWLY)
def test_a_turned_page_is_read_upright_and_its_boxes_lie_on_the_page_as_shown(tmp_path: Path, turn: int) -> None:
    image = LETTER.pages[0].convert("L")
    done, output = read(scan(tmp_path, image.rotate(turn, expand=True)))
    assert page_errors(LINES, done.pages[0].text).percent < 1.5
    assert done.facts[0].rotation == turn
    assert "S015" in codes(done)
    assert_every_word_is_in_its_place(done.pages[0])
    page = np.asarray(image.rotate(turn, expand=True))
    for word in done.pages[0].words[::7]:
        x, y, width, height = (round(side * page.shape[1 - n % 2]) for n, side in enumerate(word.box))
        assert page[y : y + height, x : x + width].min() < 100
    assert len(pages_of_text_pdf(output)[0].text.split()) == len(done.pages[0].text.split())


@pytest.mark.parametrize("rotate", SLOWLY)
def test_a_page_with_a_rotation_of_its_own_is_taken_as_shown(tmp_path: Path, rotate: int) -> None:
    pdf = scan(tmp_path, LETTER.pages[0].convert("L").rotate(rotate, expand=True))
    with pikepdf.open(pdf, allow_overwriting_input=True) as opened:
        opened.pages[0].obj.Rotate = rotate
        opened.save(pdf)
    done, output = read(pdf)
    assert page_errors(LINES, done.pages[0].text).percent < 1.5
    assert done.facts[0].rotation == 0
    assert (round(done.facts[0].width_points), round(done.facts[0].height_points)) == (595, 842)
    layer = pages_of_text_pdf(output)[0]
    same = [w for w in layer.words if layer.text[w.start : w.end] == done.pages[0].text.split()[0]]
    assert same[0].box[:2] == pytest.approx(done.pages[0].words[0].box[:2], abs=0.012)


def test_a_blank_page_is_not_read_and_is_no_fault(tmp_path: Path) -> None:
    blank = Image.fromarray(np.random.default_rng(1).normal(243, 6, (2339, 1654)).clip(0, 255).astype(np.uint8))
    done, _ = read(scan(tmp_path, LETTER.pages[0].convert("L"), blank))
    assert [facts.kind for facts in done.facts] == ["scan", "blank"]
    assert done.pages[1] == PageText("")
    assert "S012" in codes(done)
    assert "S019" not in codes(done)
    assert done.method


def test_a_page_that_takes_too_long_stays_unread_and_the_others_go_on(tmp_path: Path) -> None:
    done, output = read(scan(tmp_path, LETTER.pages[0].convert("L")), page_timeout_seconds=0.02)
    assert codes(done) == ["S024", "S014", "S019"]
    assert done.pages == (PageText(""),)
    assert done.method
    assert output.is_file()


def test_a_crop_box_shifts_the_boxes(tmp_path: Path) -> None:
    pdf = scan(tmp_path, LETTER.pages[0].convert("L"))
    before, _ = read(pdf)
    with pikepdf.open(pdf, allow_overwriting_input=True) as opened:
        opened.pages[0].cropbox = pikepdf.Array([50, 0, 595, 842])
        opened.save(pdf)
    after, _ = read(pdf)
    assert_every_word_is_in_its_place(after.pages[0])
    x_before, x_after = (done.pages[0].words[5].box[0] for done in (before, after))
    assert x_after * 545 == pytest.approx(x_before * 595 - 50, abs=2)


def mixed(folder: Path) -> Path:
    written = FPDF(unit="pt", format="A4")
    written.add_page()
    written.add_font("serif", fname=font_path("Regular"))
    written.set_font("serif", size=14)
    written.set_xy(60, 80)
    written.multi_cell(420, 20, "Trang này có chữ sẵn, không cần đọc lại bằng máy: Ủy ban nhân dân tỉnh An Sơn.")
    written.output(str(folder / "text.pdf"))
    with pikepdf.open(folder / "text.pdf") as pdf, pikepdf.open(scan(folder, LETTER.pages[0].convert("L"))) as scanned:
        pdf.pages.extend(scanned.pages)
        pdf.save(folder / "mixed.pdf")
    return folder / "mixed.pdf"


def test_in_a_mixed_pdf_only_the_scanned_page_is_read(tmp_path: Path) -> None:
    done, output = read(mixed(tmp_path), ("text", "scan"))
    assert done.pages[0].text.startswith("Trang này có chữ sẵn")
    assert [facts.kind for facts in done.facts] == ["text", "scan"]
    assert done.facts[0].confidence is None
    assert page_errors(LINES, done.pages[1].text).percent < 1.5
    for page in done.pages:
        assert_every_word_is_in_its_place(page)
    assert done.method, done.reason
    assert folded(pages_of_text_pdf(output)[0].text) == folded(done.pages[0].text)


def test_a_pdf_that_cannot_be_declared_is_built_anew_of_its_images(tmp_path: Path) -> None:
    pdf = scan(tmp_path, LETTER.pages[0].convert("1", dither=Image.Dither.NONE))
    with pikepdf.open(pdf, allow_overwriting_input=True) as opened:
        opened.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array(), XFA=pikepdf.String("x"))
        opened.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("app.alert(1)"))
        opened.save(pdf)
    logging.disable(logging.WARNING)
    done, output = read(pdf)
    logging.disable(logging.NOTSET)
    assert done.method.startswith("built anew of the page images")
    with pikepdf.open(output) as made:
        assert "/OpenAction" not in made.Root
        picture = pikepdf.PdfImage(next(iter(made.pages[0].get_images().values())))  # type: ignore[arg-type]
        assert np.array_equal(
            np.asarray(picture.as_pil_image().convert("L")), np.asarray(Image.open(tmp_path / "0.png").convert("L"))
        )
    assert len(pages_of_text_pdf(output)[0].text) > 300


def test_a_heavy_colour_scan_in_a_pdf_becomes_lighter(tmp_path: Path) -> None:
    grain = np.random.default_rng(2).normal(0, 6, (2339, 1654, 3))
    image = Image.fromarray((np.asarray(LETTER.pages[0]) + grain - 10).clip(0, 255).astype(np.uint8))
    image.save(tmp_path / "a.jpg", quality=92, dpi=(200, 200))
    pdf = tmp_path / "scan.pdf"
    with pikepdf.open(scan(tmp_path, Image.new("RGB", image.size))) as opened:
        stored = opened.pages[0].Resources.XObject.Im0
        stored.write((tmp_path / "a.jpg").read_bytes(), filter=pikepdf.Name.DCTDecode)
        opened.save(tmp_path / "heavy.pdf")
    (tmp_path / "heavy.pdf").replace(pdf)
    done, output = read(pdf)
    assert "S018" in codes(done)
    assert pdf.stat().st_size > 700_000
    assert output.stat().st_size < 350_000
    assert done.notes[0].startswith("colour image compressed again")
    drawn = pypdfium2.PdfDocument(output)[0].render(scale=200 / 72).to_numpy()[:2339, :1654, ::-1]
    assert np.abs(drawn.astype(int) - np.asarray(image).astype(int)).mean() < 8


def test_lines_are_laid_where_they_fit_best() -> None:
    page = "Một hai ba bốn năm\nsáu bảy “tám” chín – mười"
    assert line_errors("năm sáu", page) == 0
    assert line_errors('bảy "tám" chín - mười', page) == 0
    assert line_errors("hai bà bốn", page) == 1
    assert line_errors("xyz", "") == 3
    assert page_errors(["một"], "một thừa").wrong == 4
