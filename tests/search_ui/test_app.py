"""The pages, as a browser without JavaScript sees them."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import quote, urlencode

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.jobs.book import Ending
from schemas.desk import Wanted
from schemas.jobs import JobState
from search_ui.pages.files import disposition
from tests.builders import a_record_id
from tests.search_ui.a_room import ARoom, a_batch, a_room, add

TITLE = "Về việc tăng cường sử dụng văn bản điện tử"
NASTY_NAME = 'công văn "số 1"/../<b>;\r\nX-Evil: 1.pdf'


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ARoom]:
    made = a_room(tmp_path_factory.mktemp("home"))
    fields = {
        "subject": TITLE,
        "number": "15/CT-TTg",
        "type": "Chỉ thị",
        "date": "2012-05-22",
        "issuer": "Thủ tướng Chính phủ",
    }
    add(made, 1, ["Chỉ thị số 15/CT-TTg " + "về văn bản điện tử trong cơ quan nhà nước " * 3, "Trang hai nói về văn bản điện tử"],
        source="hộp 7/chỉ thị 15.pdf", fields=fields, findings=["S014"])  # fmt: skip
    add(made, 2, ["<script>alert(1)</script> & bản sao \u202e"], source=NASTY_NAME, findings=["S010"], confidence=0.5,
        fields={"subject": "<img src=x onerror=alert(1)> bản sao", "number": "1695/QĐ-SYT", "type": "Quyết định"})  # fmt: skip
    for number in range(3, 30):
        add(made, number, [f"Báo cáo tháng {number} của phòng"], source=f"bao cao {number}.pdf",
            fields={"type": "Báo cáo", "date": f"2018-01-{number:02d}", "issuer": "Sở Y tế", "subject": f"Báo cáo tháng {number}"})  # fmt: skip
    a_batch(made, {
        "xong.pdf": Ending(state=JobState.ARCHIVED, record=record_of_id(1)),
        "<b>hỏng</b>.pdf": Ending(state=JobState.FAILED, code="T101", message="Chương trình treo."),
        "đang.pdf": None,
    }, attempts=3)  # fmt: skip
    made.follow()
    yield made
    made.archive.close()


@pytest.fixture
def client(room: ARoom) -> FlaskClient:
    return room.app.test_client()


def record_of_id(number: int) -> str:
    return a_record_id(number)


def get(client: FlaskClient, address: str, status: int = 200) -> str:
    answer = client.get(address, base_url="http://127.0.0.1:8080")
    assert answer.status_code == status, address
    return answer.get_data(as_text=True)


def test_the_first_page_lists_the_newest_records(client: FlaskClient) -> None:
    page = get(client, "/")
    assert "Báo cáo tháng 29" in page
    assert '<html lang="vi">' in page
    assert "Sở Nội vụ tỉnh Kiên Giang" in page


def test_words_without_marks_find_a_record_and_mark_its_snippet(client: FlaskClient) -> None:
    page = get(client, "/?q=van+ban+dien+tu")
    assert "<mark>văn bản điện tử</mark>" in page
    assert f"/v/{record_of_id(1)}/tr/1?q=van+ban+dien+tu" in page
    assert "Trang 2" in page


def test_filters_are_links_and_chips(client: FlaskClient) -> None:
    page = get(client, "/?q=bao+cao&type=Báo cáo&year=2018")
    assert "Bỏ điều kiện Loại văn bản: Báo cáo" in page
    assert get(client, "/?type=quyet dinh").count('class="hit"') == 1
    assert "Không tìm thấy" in get(client, "/?q=bao&year=1999")


@pytest.mark.parametrize("day", ["5/1/2018", "05/01/2018", "2018-01-05", "5.1.2018"])
def test_days_are_read_as_people_type_them(client: FlaskClient, day: str) -> None:
    assert get(client, f"/?from={day}&to={day}").count('class="hit"') == 1


def test_a_day_that_cannot_be_read_is_told(client: FlaskClient) -> None:
    assert "Không hiểu ngày “31/02/2018”" in get(client, "/?from=31/02/2018")


def test_paging_leads_through_all_records(client: FlaskClient) -> None:
    assert get(client, "/").count('class="hit"') == 20
    assert get(client, "/?page=2").count('class="hit"') == 9
    assert get(client, "/?page=99999999999999999999").count('class="hit"') == 20


def test_partial_matches_are_told_apart(client: FlaskClient) -> None:
    page = get(client, "/?q=van ban dien tu lien thong quoc gia hoan toan moi")
    assert "Không có tài liệu nào chứa đủ các từ" in page
    assert TITLE.split(maxsplit=1)[0] in page


def test_words_of_a_record_are_shown_never_run(client: FlaskClient) -> None:
    for address in ("/?q=ban+sao", f"/v/{record_of_id(2)}?q=ban+sao", f"/v/{record_of_id(2)}/van-ban?q=alert",
                    f"/v/{record_of_id(2)}/thuoc-tinh", "/kiem-tra", "/thu-nhan", "/?q=<script>alert(2)</script>"):  # fmt: skip
        tags = Tags(get(client, address))
        assert "b" not in tags.names
        assert tags.names.count("script") == 1
        assert not [name for name in tags.attributes if name.startswith("on") or name == "style"]
        assert "x" not in tags.sources


class Tags(HTMLParser):
    """What a browser would see of a page: its tags, their attributes, the sources it loads."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.attributes: list[str] = []
        self.sources: list[str | None] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.attributes += [name for name, _ in attrs]
        self.sources += [value for name, value in attrs if name in {"src", "href", "srcset", "action"}]


def test_the_record_page_marks_every_hit_inside_the_image(client: FlaskClient) -> None:
    page = get(client, f"/v/{record_of_id(1)}?q=van+ban+dien+tu")
    boxes = re.findall(r'<rect x="([\d.]+)%" y="([\d.]+)%" width="([\d.]+)%" height="([\d.]+)%"', page)
    assert len(boxes) >= 3
    for x, y, width, height in (tuple(map(float, box)) for box in boxes):
        assert 0 <= x < 100
        assert 0 <= y < 100
        assert 0 < width <= 100.01 - x
        assert 0 < height <= 100.01 - y


def test_the_next_hit_leads_over_the_page_border(client: FlaskClient) -> None:
    address, seen = f"/v/{record_of_id(1)}?q=van+ban+dien+tu", []
    while True:
        page = get(client, address)
        link = re.search(r'id="next-hit" href="([^"#]+)#h(\d+)"', page)
        if link is None:
            break
        address = link[1].replace("&amp;", "&")
        seen.append((int(link[2]), "/tr/2" in address))
    assert [number for number, _ in seen] == list(range(2, len(seen) + 2))
    assert seen[-1][1]
    assert 'id="previous-hit"' in page


def test_unchecked_values_say_so(client: FlaskClient) -> None:
    assert "máy đọc, chưa kiểm tra, tin cậy 50\u00a0%" in get(client, f"/v/{record_of_id(2)}/thuoc-tinh")


def test_the_text_view_marks_the_words(client: FlaskClient) -> None:
    page = get(client, f"/v/{record_of_id(1)}/van-ban?q=dien+tu")
    assert page.count("<mark>điện tử</mark>") >= 4


def test_a_scan_is_never_called_an_original(client: FlaskClient) -> None:
    page = get(client, f"/v/{record_of_id(1)}")
    assert "Ảnh quét nguyên trạng" in page
    assert "Bản số hóa (PDF/A)" in page
    assert "bản gốc" not in page


def test_an_original_leaves_as_an_attachment_byte_for_byte(room: ARoom, client: FlaskClient) -> None:
    answer = client.get(f"/v/{record_of_id(2)}/goc/1", base_url="http://localhost")
    assert answer.status_code == 200
    assert answer.data.startswith(b"%PDF")
    assert int(answer.headers["Content-Length"]) == len(answer.data)
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "X-Evil" not in answer.headers
    header = answer.headers["Content-Disposition"]
    assert header.startswith("attachment; ")
    assert header.isascii()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("chỉ thị.pdf", "filename*=UTF-8''ch%E1%BB%89%20th%E1%BB%8B.pdf"),
        ("../../etc/passwd", "filename*=UTF-8''_.._etc_passwd"),
        ('a"b;c%d.pdf', "filename=\"a_b_c_d.pdf\""),
        ("", "filename=\"tep\""),
        ("\r\nX: y", "__X_ y"),
    ],
)  # fmt: skip
def test_names_of_attachments_are_harmless_and_keep_their_letters(name: str, expected: str) -> None:
    assert expected in disposition(name)


@given(st.text(st.characters(codec=None), max_size=400))
def test_any_name_makes_a_header(name: str) -> None:
    header = disposition(name)
    assert header.isascii()
    assert header.isprintable()
    assert len(header) < 2_500


def test_the_pdf_and_the_text_can_be_downloaded(client: FlaskClient) -> None:
    pdf = client.get(f"/v/{record_of_id(1)}/pdf/0001", base_url="http://127.0.0.1")
    assert pdf.headers["Content-Type"] == "application/pdf"
    assert pdf.data.startswith(b"%PDF")
    text = client.get(f"/v/{record_of_id(1)}/van-ban.txt", base_url="http://127.0.0.1")
    assert text.get_data(as_text=True).count("\f") == 1
    assert "attachment" in text.headers["Content-Disposition"]


def test_page_images_are_drawn_once_and_kept(room: ARoom, client: FlaskClient) -> None:
    address = f"/v/{record_of_id(1)}/anh/2/160"
    first = client.get(address, base_url="http://127.0.0.1")
    assert first.data.startswith(b"\xff\xd8\xff")
    kept = list((room.settings.cache / "pages").rglob("*-2-160"))
    assert [each.read_bytes() for each in kept] == [first.data]
    assert client.get(address, base_url="http://127.0.0.1").data == first.data
    assert [each for each in room.settings.cache.iterdir() if each.name != "pages"] == []


@pytest.mark.parametrize(
    "address",
    [
        "/nowhere", "/v/x", "/v/../../etc/passwd", f"/v/{record_of_id(999)}", f"/v/{record_of_id(1).upper().replace('0', 'A', 1)}",
        f"/v/{record_of_id(1)}/tr/3", f"/v/{record_of_id(1)}/tr/0", f"/v/{record_of_id(1)}/goc/2", f"/v/{record_of_id(1)}/goc/0",
        f"/v/{record_of_id(1)}/pdf/0002", f"/v/{record_of_id(1)}/pdf/..%2f..%2fx", f"/v/{record_of_id(1)}/anh/1/161",
        f"/v/{record_of_id(1)}/anh/9/160", f"/v/urn:uuid:{record_of_id(1)}", "/static/../app.py", "/v/%ff%fe", "/v/%00",
    ],
)  # fmt: skip
def test_what_is_not_there_is_a_page_that_says_so(client: FlaskClient, address: str) -> None:
    get(client, address, 404)


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_nothing_is_changed_from_here(client: FlaskClient, method: str) -> None:
    assert getattr(client, method)("/", base_url="http://127.0.0.1").status_code == 405


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "", "evil.example:8080", "[::1", "127.0.0.1@evil"]
)
def test_another_name_is_not_served(client: FlaskClient, host: str) -> None:
    assert client.get("/", headers={"Host": host}).status_code == 421


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:8080", "[::1]:8080", "LOCALHOST"])
def test_names_of_this_machine_are_served(client: FlaskClient, host: str) -> None:
    assert client.get("/", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("address", ["/", "/nowhere", "/thu-nhan", f"/v/{record_of_id(1)}"])
def test_every_page_is_confined(client: FlaskClient, address: str) -> None:
    answer = client.get(address, base_url="http://127.0.0.1")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    page = answer.get_data(as_text=True)
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", page)
    assert "<style" not in page
    assert re.findall(r"<script(?! src=\"/static/)", page) == []


def test_the_other_language_is_one_click_away_and_stays(client: FlaskClient) -> None:
    assert '<html lang="en">' in get(client, "/?lang=en&q=bao")
    assert "In the description" in get(client, "/?q=bao+cao")
    assert '<html lang="vi">' in get(client, "/?lang=vi")
    assert '<html lang="vi">' in get(client, "/?lang=xx")


def test_a_batch_says_what_happened_and_what_to_do(room: ARoom, client: FlaskClient) -> None:
    (batch,) = room.counter.deliveries(Wanted())
    address = f"/thu-nhan/{batch.id}"
    assert address in get(client, "/thu-nhan")
    page = get(client, address)
    assert "Chương trình treo." in page
    assert "đã thử 3 lần" in page
    assert "Thử lại" in page
    assert f"/v/{record_of_id(1)}" in page
    assert "xong.pdf" not in get(client, f"{address}?tinh-trang=failed")
    assert "xong.pdf" in get(client, f"{address}?tinh-trang=nonsense")


def test_review_lists_what_waits_and_why(client: FlaskClient) -> None:
    page = get(client, "/kiem-tra")
    assert "S010" in page
    assert "chỉ thị 15" not in page


QUERY_BYTES = st.one_of(
    st.binary(max_size=200), st.text(max_size=100).map(lambda text: text.encode("utf-8", "replace"))
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=120, deadline=None)
@given(QUERY_BYTES, QUERY_BYTES)
def test_no_query_bytes_ever_fail(room: ARoom, one: bytes, other: bytes) -> None:
    client = room.app.test_client()
    address = f"/?q={quote(one)}&type={quote(other)}&year={quote(other)}&from={quote(one)}&page={quote(other)}&fonds={quote(one)}"
    assert client.get(address, base_url="http://127.0.0.1").status_code == 200
    record = f"/v/{record_of_id(1)}?q={quote(one)}&h={quote(other)}&z={quote(other)}"
    assert client.get(record, base_url="http://127.0.0.1").status_code == 200
    texts = f"/v/{record_of_id(1)}/van-ban?q={quote(one)}"
    assert client.get(texts, base_url="http://127.0.0.1").status_code == 200


@pytest.mark.parametrize(
    "query",
    ["%", "%zz", "&&&=", "a" * 20_000, "%22" * 5_000, "(" * 5_000, "OR+" * 3_000, "-" * 5_000, "*:*+~2^5[1+TO+2]", "%00%ff%fe%c0%80",
     "%ED%A0%80", "%F0%9F%98%80", "+".join(f"tu{number}" for number in range(10_000))],
)  # fmt: skip
def test_nasty_queries_get_a_page(client: FlaskClient, query: str) -> None:
    page = client.get(f"/?q={query}", base_url="http://127.0.0.1", follow_redirects=True)
    assert page.status_code == 200
    assert len(page.data) < 300_000  # a question is in every link of its page
    get(client, f"/v/{record_of_id(1)}?q={query}")


def test_a_long_question_is_cut_and_that_is_told(client: FlaskClient) -> None:
    page = client.get("/?" + urlencode({"q": "chỉ thị " * 600, "sort": "newest"}), base_url="http://127.0.0.1")
    assert page.status_code == 302
    assert "sort=newest" in page.location
    assert "chỉ 40 chữ đầu được dùng" in get(client, page.location)
