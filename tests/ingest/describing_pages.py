"""Pages for tests of describing: words with boxes, set from letters of our own or written down line by line."""

from ingest.samples import typeset
from ingest.samples.letters import Letter
from schemas.texts import PageText, Word

WIDTH_MM, HEIGHT_MM = 210, 297
Piece = tuple[float, float, str]  # x and y as fractions of the page, text


def set_letter(letter: Letter) -> tuple[PageText, ...]:
    """Give the pages of a letter as OCR reads them: row by row, straight across the columns."""
    return tuple(_set(sheet) for sheet in typeset.lay_out(letter))


def _set(sheet: typeset.Sheet) -> PageText:
    rows: list[list[typeset.Line]] = []
    for line in sorted(sheet.lines, key=lambda each: each.baseline_mm):
        if rows and line.baseline_mm - rows[-1][0].baseline_mm < typeset.SAME_ROW_MM:
            rows[-1].append(line)
        else:
            rows.append([line])
    return join([[piece for line in sorted(row, key=lambda each: each.x_mm) for piece in _words(line)] for row in rows])


def _words(line: typeset.Line) -> list[tuple[str, float, float, float, float]]:
    high = line.size_pt * 0.3528
    return [
        (
            word,
            x / WIDTH_MM,
            (line.baseline_mm - 0.8 * high) / HEIGHT_MM,
            typeset._width_mm(word, line.face, line.size_pt) / WIDTH_MM,
            high / HEIGHT_MM,
        )
        for word, x in typeset._placed_words(line)
    ]


def join(rows: list[list[tuple[str, float, float, float, float]]], *, confidence: float = 0.96) -> PageText:
    """Make a page of rows of words (text, x, y, width, height)."""
    text, words = "", []
    for row in rows:
        text += "\n" if text else ""
        for place, (word, x, y, width, height) in enumerate(row):
            text += " " if place else ""
            words.append(Word(len(text), len(text) + len(word), (x, y, width, height), confidence))
            text += word
    return PageText(text, tuple(words))


def page(*pieces: Piece, confidence: float = 0.96) -> PageText:
    """Make a page of pieces of lines; pieces of the same height stand on one row. Letters are 0.01 wide."""
    rows: dict[float, list[tuple[str, float, float, float, float]]] = {}
    for x, y, text in pieces:
        at = x
        for word in text.split():
            rows.setdefault(y, []).append((word, at, y, 0.01 * len(word), 0.012))
            at += 0.01 * len(word) + 0.01
    return join([rows[y] for y in sorted(rows)], confidence=confidence)


HEAD: tuple[Piece, ...] = (
    (0.14, 0.07, "UBND TỈNH AN SƠN"),
    (0.46, 0.07, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"),
    (0.20, 0.09, "SỞ Y TẾ"),
    (0.54, 0.09, "Độc lập - Tự do - Hạnh phúc"),
)


def letter_page(
    *more: Piece,
    number: str = "Số: 125/SYT-NVY",
    day: str = "ngày 04 tháng 01 năm 2018",
    confidence: float = 0.96,
) -> PageText:
    """Make the first page of an official letter; `more` is added to it."""
    return page(
        *HEAD,
        (0.16, 0.12, number),
        (0.50, 0.12, f"An Sơn, {day}"),
        (0.15, 0.145, "V/v báo cáo hoạt động"),
        (0.15, 0.162, "ngành Y tế năm 2017"),
        (0.25, 0.21, "Kính gửi: Phòng Y tế các huyện, thành phố."),
        (0.20, 0.26, "Thực hiện Công văn số 15/BYT-DP ngày 03/01/2018 của Bộ Y tế về"),
        (0.14, 0.28, "việc phối hợp, Sở Y tế đề nghị các đơn vị báo cáo."),
        *more,
        confidence=confidence,
    )
