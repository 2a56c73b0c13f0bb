"""Everything the workshop or the strongroom can find wrong, as stable codes with a sentence that says what to do.

Letters: P what was offered, S what was seen while reading and converting (often only a note), F fixity and storage.
Severity: NOTE is recorded only; REVIEW means a person should look; REFUSE means not taken in.
"""

from dataclasses import dataclass
from enum import StrEnum

from schemas.words import spoken


class Severity(StrEnum):
    """What a finding does to the document's end state."""

    NOTE = "note"
    REVIEW = "review"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """One line of the register of codes."""

    severity: Severity
    vi: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing found in one document. `detail` is for people; never document text."""

    code: str
    page: int | None = None  # page number in the record, from 1
    detail: str = ""

    @property
    def severity(self) -> Severity:
        """Severity as the register says."""
        return FINDINGS[self.code].severity


def meaning(code: str, language: str | None = None) -> str:
    """Give the sentence of a code; without a language, in the one that is spoken. Raises KeyError."""
    known = FINDINGS[code]
    return known.en if (language or spoken()) == "en" else known.vi


def _note(vi: str, en: str) -> Meaning:
    return Meaning(severity=Severity.NOTE, vi=vi, en=en)


def _review(vi: str, en: str) -> Meaning:
    return Meaning(severity=Severity.REVIEW, vi=vi, en=en)


def _refuse(vi: str, en: str) -> Meaning:
    return Meaning(severity=Severity.REFUSE, vi=vi, en=en)


FINDINGS: dict[str, Meaning] = {
    # -- offered ------------------------------------------------------------------------------------------------
    "P001": _refuse(
        "Tệp rỗng (0 byte). Hãy quét hoặc xuất lại rồi nộp lại.",
        "The file is empty (0 bytes). Scan or export it again, then submit it again.",
    ),
    "P002": _refuse(
        "Tệp lớn hơn giới hạn đã đặt. Hãy tách nhỏ, hoặc nhờ quản trị nâng giới hạn.",
        "The file is larger than the limit. Split it, or ask the administrator to raise the limit.",
    ),
    "P003": _refuse(
        "Không phải tệp thường (thư mục thiết bị, ống, liên kết). Hãy nộp chính tệp đó.",
        "Not a regular file (device, pipe, link). Submit the file itself.",
    ),
    "P004": _refuse(
        "Không đọc được tệp từ đĩa. Hãy kiểm tra quyền hoặc ổ đĩa rồi nộp lại.",
        "The file cannot be read from disk. Check its permissions or the disk, then submit it again.",
    ),
    "P005": _refuse(
        "Liên kết trỏ ra ngoài thư mục đã nộp nên không theo. Hãy nộp chính tệp đích.",
        "The link leads out of the submitted folder and was not followed. Submit the target itself.",
    ),
    "P006": _refuse(
        "Tệp đang được chép dở. Hãy chờ chép xong rồi nộp lại.",
        "The file was still being copied. Wait until it is whole, then submit it again.",
    ),
    "P007": _refuse(
        "Có dấu hiệu độ mật. Tệp được giữ riêng, không lập chỉ mục; hãy báo người phụ trách bảo vệ bí mật nhà nước.",
        "There are signs of a secrecy mark. The file is held apart and not indexed; tell the officer in charge of state secrets.",
    ),
    "P008": _refuse(
        "Hồ sơ này đã được tiêu hủy theo quyết định; muốn nhận lại phải có người chịu trách nhiệm và lý do.",
        "This record was destroyed by decision; accepting it again needs a person and a reason.",
    ),
    "P009": _refuse(
        "Phần mềm diệt vi-rút báo tệp bị nhiễm. Tệp được giữ riêng; hãy báo quản trị.",
        "The virus scanner reports an infection. The file is held apart; tell the administrator.",
    ),
    "P010": _refuse(
        "Không mở được thư mục. Hãy kiểm tra quyền rồi nộp lại.",
        "The folder cannot be opened. Check its permissions, then submit it again.",
    ),
    "P011": _refuse(
        "Tệp ZIP có mật khẩu nên không mở được. Hãy nén lại không đặt mật khẩu, hoặc nộp cả thư mục.",
        "The ZIP is locked by a password and cannot be opened. Pack it again without one, or hand the folder in.",
    ),
    "P012": _refuse(
        "Tệp ZIP bung ra quá nhiều tệp hoặc quá lớn (vượt giới hạn đã đặt). Hãy nộp cả thư mục hoặc chia nhỏ.",
        "The ZIP unpacks to too many files or too much (over the limit). Hand the folder in, or split it.",
    ),
    "P013": _refuse(
        "Tệp ZIP hỏng hoặc không phải ZIP nên không bung được. Hãy nén lại rồi nộp lại, hoặc nộp cả thư mục.",
        "The ZIP is damaged or is none, and cannot be unpacked. Pack it again, or hand the folder in.",
    ),
    "P020": _review(
        "Tệp có mật khẩu; giữ nguyên. Hãy xin mật khẩu hoặc bản không khóa.",
        "The file is locked by a password; kept as it is. Ask for the password or an unlocked copy.",
    ),
    "P021": _review(
        "Tệp hỏng hoặc bị cắt cụt; giữ nguyên. Hãy xin lại bản lành.",
        "The file is damaged or cut off; kept as it is. Ask for a whole copy.",
    ),
    "P022": _review(
        "Nội dung không đúng với đuôi tệp; giữ nguyên. Hãy xem lại nguồn gửi.",
        "The content is not what the name says; kept as it is. Ask the sender.",
    ),
    "P023": _review(
        "Định dạng chưa biết; giữ nguyên. Hãy xem tệp là gì và có cần chuyển đổi không.",
        "Unknown format; kept as it is. Look what it is and whether it must be converted.",
    ),
    "P024": _review(
        "Biểu mẫu XFA động; giữ nguyên. Hãy in ra PDF thường nếu cần bản đọc.",
        "Dynamic XFA form; kept as it is. Print it to a plain PDF if a reading copy is needed.",
    ),
    "P025": _review(
        "Trang quá lớn để xử lý an toàn; giữ nguyên. Hãy quét lại ở độ phân giải thấp hơn hoặc nhờ quản trị.",
        "A page is too large to process safely; kept as it is. Scan it again at a lower resolution or ask the administrator.",
    ),
    "P026": _review(
        "Tệp bung ra quá lớn (bom nén); giữ nguyên, không mở. Hãy báo quản trị.",
        "The file unpacks to too much (a bomb); kept as it is, not opened. Tell the administrator.",
    ),
    "P027": _review(
        "Cây trang bị lặp vòng hoặc quá nhiều trang; giữ nguyên. Hãy xin lại bản lành.",
        "The page tree loops or holds too many pages; kept as it is. Ask for a whole copy.",
    ),
    "P028": _note(
        "Tệp đã có trong kho; không nhận lần hai.", "The file is already in the archive; not taken a second time."
    ),
    "P029": _note(
        "Tên tệp có ký tự lạ; tên gốc được giữ nguyên trong hồ sơ mô tả.",
        "The name holds unusual characters; the raw name is kept in the description.",
    ),
    # -- seen ---------------------------------------------------------------------------------------------------
    "S001": _review(
        "Không tạo được PDF/A hợp lệ; giữ bản gốc. Lý do nằm trong phần kiểm định.",
        "No valid PDF/A could be made; the original is kept. The reason stands in the validation report.",
    ),
    "S002": _review(
        "Chuyển đổi làm mất chữ nên bản PDF/A bị loại; giữ bản gốc.",
        "The conversion lost letters, so its PDF/A was rejected; the original is kept.",
    ),
    "S003": _note(
        "Văn bản có chữ ký số: giữ nguyên từng byte, chỉ làm bản để đọc.",
        "The file is digitally signed: kept byte for byte, only a reading copy is made.",
    ),
    "S004": _note(
        "Tệp còn dấu vết một chữ ký số đã hỏng từ trước khi nhận.",
        "The file carries the remains of a signature that was dead before it came here.",
    ),
    "S005": _note(
        "Tệp có biểu mẫu điền: giữ nguyên, chỉ làm bản để đọc.",
        "The file holds a form: kept as it is, only a reading copy is made.",
    ),
    "S006": _note(
        "Tệp khóa quyền in/chép (mật khẩu chủ): giữ nguyên, chỉ làm bản để đọc.",
        "The file has an owner password: kept as it is, only a reading copy is made.",
    ),
    "S007": _note("Có bản để đọc thay cho PDF/A bảo quản.", "There is a reading copy instead of a preservation PDF/A."),
    "S010": _review(
        "Máy đọc kém tin cậy; hãy xem trang này.", "The text was read with low confidence; look at this page."
    ),
    "S011": _review(
        "Trang nhiều mực mà ít chữ đọc được; hãy xem trang này.",
        "Much ink but few letters were read; look at this page.",
    ),
    "S012": _note("Trang trắng.", "Blank page."),
    "S013": _note(
        "Đã đọc lại bằng cách thứ hai và kết quả tốt hơn.", "A second way of reading was tried and did better."
    ),
    "S014": _note(
        "Bản quét không đúng dạng TT 05/2025 Điều 8 (màu 24 bit, từ 200 dpi); vẫn giữ.",
        "The scan is not of the form of TT 05/2025 Điều 8 (24 bit colour, 200 dpi or more); kept all the same.",
    ),
    "S015": _note(
        "Trang bị xoay; đã đọc theo chiều đúng, ảnh gốc giữ nguyên.",
        "The page is rotated; read the right way up, the image is kept as it is.",
    ),
    "S016": _note(
        "Trang nghiêng; đã nắn trên ảnh phụ để đọc, ảnh gốc giữ nguyên.",
        "The page is skewed; straightened on a derived image for reading only.",
    ),
    "S017": _note(
        "Không có phần mềm diệt vi-rút trên máy; tệp chưa được quét.",
        "There is no virus scanner on this machine; the file was not scanned.",
    ),
    "S018": _note(
        "Ảnh màu được nén lại trong bản số hóa; bản gốc giữ nguyên.",
        "The colour image was compressed again in the digitised copy; the original stays.",
    ),
    "S019": _review(
        "Không đọc được chữ nào dù trang có nội dung; hãy xem.",
        "No text could be read although the pages are not blank; look at it.",
    ),
    "S020": _note("Không tách được số, ký hiệu văn bản.", "No document number could be found."),
    "S021": _review(
        "Chương trình chuyển đổi treo hoặc chết nhiều lần với tệp này; giữ bản gốc.",
        "The converter hung or died repeatedly on this file; the original is kept.",
    ),
    "S022": _note(
        "Chữ thêm vào bản đọc lấy từ hình của chữ ký.",
        "Letters added in the copy come from the appearance of a signature.",
    ),
    "S023": _note(
        "Tệp có nội dung nhúng hoặc mã lệnh; bản gốc giữ nguyên, bản số hóa không mang theo.",
        "The file holds attachments or scripts; the original keeps them, the copy does not carry them.",
    ),
    "S024": _review(
        "Đọc trang này quá lâu hoặc bị lỗi nên dừng; hãy xem trang này.",
        "Reading this page took too long or failed and was stopped; look at this page.",
    ),
    "S025": _note(
        "Bảng tính có ô bị che khi in nên không hiện trong bản số hóa; chữ của các ô ấy vẫn tra cứu được.",
        "Print cuts cells of the spreadsheet, so the copy does not show them; their words can be searched all the same.",
    ),
    "S026": _review(
        "Một số hình chữ không có mã Unicode ngay trong bản gốc nên bản số hóa là PDF/A-2b, không phải 2u; hãy xem chữ có đọc được không.",
        "Some glyphs have no Unicode in the original, so the copy is PDF/A-2b and not 2u; look whether its words can be read.",
    ),
    "S027": _review(
        "Chữ có vẻ viết bằng phông cũ (TCVN3, VNI) nên đọc ra ký hiệu lạ và không tra cứu được; giữ nguyên bản gốc. "
        "Hãy chuyển mã rồi nộp bản đọc được.",
        "The letters seem to be of fonts from before Unicode (TCVN3, VNI): they read as other signs and cannot be "
        "searched; the original is kept. Convert it and hand in a readable copy.",
    ),
    # -- storage ------------------------------------------------------------------------------------------------
    "F001": _review("Thiếu tệp trong kho.", "A stored file is missing."),
    "F002": _review("Có tệp lạ trong kho.", "There is a file in the store that nothing names."),
    "F003": _review("Nội dung trong kho khác với lúc cất.", "A stored file is not what was stored."),
    "F004": _review("Cấu trúc OCFL sai.", "The OCFL structure is wrong."),
    "F005": _review(
        "Có đối tượng chưa ghi vào nhật ký (dấu vết của lần dừng đột ngột).",
        "There is an object without a journal line (residue of a crash).",
    ),
    "F006": _review("Nhật ký nói có mà kho không có.", "The journal names an object that the store does not hold."),
    "F007": _review("Nhật ký bị đứt chuỗi hoặc bị sửa.", "The journal's chain is broken or was changed."),
    "F008": _review("Danh mục khác với kho.", "The catalogue differs from the store."),
    "F009": _review(
        "Bản kê của phiên bản khác với dòng nhật ký.", "A version's inventory differs from its journal line."
    ),
    "F020": _review(
        "Siêu dữ liệu đã cất không đúng dạng.",
        "Stored metadata does not have its shape.",
    ),
    "F021": _review(
        "Gói hồ sơ không đúng như nó khai; không nhận.",
        "A package is not what it says it is; it was not taken in.",
    ),
}
