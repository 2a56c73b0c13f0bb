"""The page that shows how a question may be written, with examples to copy or to try."""

from flask import Blueprint, render_template

from search_ui.accounts.door import any_account

SECTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("words", ("tăng cường sử dụng văn bản điện tử", "tang cuong su dung van ban dien tu", "hòa giải")),
    ("phrase", ('"văn bản điện tử"', '"van ban dien tu" 2012')),
    ("or", ("khen thưởng OR kỷ luật", '"hợp tác xã" OR "tổ hợp tác"')),
    ("not", ("văn bản -dự thảo", 'kế hoạch NOT "phòng cháy"', "-loại:quyết định khen thưởng")),
    ("number", ("15/CT-TTg", "15-ct/ttg", "qd 1695", "cv 1950 2013", "số:1695/QĐ-SYT")),
    ("fields", (
        'loại:"Quyết định" khen thưởng', 'cơ quan:"Sở Y tế" tiêm chủng', 'người ký:"Hà Văn Phúc" năm:2018', "phông:SYT hồ sơ:12",
    )),
    ("dates", ("năm:2015", "năm:2015..2018", "từ:26/3/2018 đến:31/12/2018", "từ:3/2015", "đến:2019")),
    ("short", ("UBND tỉnh", "Ủy ban nhân dân tỉnh", "HĐND")),
    ("names", ("Kiên Giang", "Bộ Thông tin và Truyền thông")),
    ("typing", ("quyêtt~ định", "nghiep~")),
)  # fmt: skip

pages = Blueprint("query_help", __name__)


@pages.get("/huong-dan")
@any_account
def query_help() -> str:
    """Show how a question may be written."""
    return render_template("query_help.html", sections=SECTIONS)
