"""Exports, the look-up of a list of numbers, and saved searches, as a browser without JavaScript uses them."""

import csv
import io
import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook

from archive.arrangement import Place
from search_ui import lending
from search_ui.follow import rebuild_index
from search_ui.lending import Rung
from search_ui.pages import export
from tests.builders import a_record_id
from tests.search_ui.a_room import ARoom, a_room, add

BASE = "http://127.0.0.1:8080"


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ARoom]:
    made = a_room(tmp_path_factory.mktemp("home"))
    add(made, 1, ["Chỉ thị"], source="chi thi.pdf", place=Place(fonds="UBND", box="H1", file="HS-01"),
        fields={"subject": "=HYPERLINK(1) văn bản", "number": "15/CT-TTg", "type": "CHỈ THỊ", "date": "2012-05-22", "issuer": "Thủ tướng Chính phủ"})  # fmt: skip
    add(made, 2, ["Quyết định"], source="qd.pdf", fields={"number": "1695/QĐ-SYT", "type": "Quyết định", "date": "2018-03-26", "issuer": "Sở Y tế", "subject": "Kế hoạch"})  # fmt: skip
    add(made, 3, ["Quyết định"], source="qd3.pdf", fields={"number": "1695/QĐ-SYT", "type": "Quyết định", "date": "2019-01-02", "issuer": "Sở Y tế", "subject": "Kế hoạch khác"})  # fmt: skip
    for number in range(4, 30):
        add(made, number, ["báo cáo"], source=f"bc {number}.pdf", fields={"subject": f"Báo cáo {number}"})
    made.follow()
    yield made
    made.archive.close()


@pytest.fixture
def client(room: ARoom) -> FlaskClient:
    return room.app.test_client()


def rows(content: bytes) -> list[list[str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_an_answer_leaves_as_csv_with_all_its_hits_in_order(client: FlaskClient) -> None:
    answer = client.get("/ket-qua.csv?sort=oldest", base_url=BASE)
    assert "attachment" in answer.headers["Content-Disposition"]
    table = rows(answer.data)
    assert len(table) == 30
    assert (
        table[0][:6] == ["Số thứ tự", "Số, ký hiệu", "Loại văn bản", "Ngày", "Cơ quan ban hành", "Trích yếu"]
        or table[0][0] == "Số thứ tự"
    )
    assert table[1][1] == "15/CT-TTg"
    assert table[1][3] == "22/05/2012"
    assert table[1][5] == "'=HYPERLINK(1) văn bản"
    assert table[1][6:10] == ["UBND", "", "H1", "HS-01"]
    assert table[1][-1] == f"{BASE}/v/{a_record_id(1)}"
    assert {len(row) for row in table} == {16}


def test_filters_hold_for_the_export(client: FlaskClient) -> None:
    table = rows(client.get("/ket-qua.csv?q=ke+hoach&year=2019", base_url=BASE).data)
    assert [row[-2] for row in table[1:]] == [a_record_id(3)]


def test_a_workbook_holds_the_same(client: FlaskClient) -> None:
    answer = client.get("/ket-qua.xlsx?sort=oldest&lang=en", base_url=BASE, buffered=True)
    sheet = load_workbook(io.BytesIO(answer.data)).active
    assert sheet is not None
    table = [[str(cell.value or "") for cell in row] for row in sheet.iter_rows()]
    assert table[1:] == rows(client.get("/ket-qua.csv?sort=oldest&lang=en", base_url=BASE).data)[1:]


def test_a_cut_is_told_in_words(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "ROWS_MOST", 10)
    table = rows(client.get("/ket-qua.csv", base_url=BASE).data)
    assert len(table) == 12
    assert table[-1] == ["Chỉ xuất 10 tài liệu đầu tiên trong tổng số 29; hãy lọc bớt rồi xuất lại."]


def test_who_may_only_know_exports_descriptions(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lending, "rung_of", lambda row: Rung.KNOW)
    content = client.get("/ket-qua.csv", base_url=BASE).get_data(as_text=True)
    assert "15/CT-TTg" in content
    assert "chi thi.pdf" not in content


def looked_up(client: FlaskClient, text: str, **more: object) -> str:
    answer = client.post("/tra-so", data={"so": text, **more}, base_url=BASE)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_a_list_is_looked_up_in_every_spelling(client: FlaskClient) -> None:
    page = looked_up(client, "15/CT-TTg\n15-ct/ttg\nqd 1695\n999/QĐ-UBND\nkhông có số\n\n")
    states = re.findall(r'class="looked-(\w+)"', page)
    assert states == ["one", "one", "several", "none", "unreadable"]
    assert f"/v/{a_record_id(1)}" in page


def test_a_day_tells_apart_what_shares_a_number(client: FlaskClient) -> None:
    page = looked_up(client, "1695/QĐ-SYT ngày 26/3/2018")
    assert a_record_id(2) in page
    assert a_record_id(3) not in page


def test_a_year_tells_apart_what_shares_a_number(client: FlaskClient) -> None:
    page = looked_up(client, "1695/QĐ-SYT 2018\n1695/QĐ-SYT năm 2031")
    assert a_record_id(2) in page
    assert a_record_id(3) not in page
    assert re.findall(r'class="looked-(\w+)"', page) == ["one", "none"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_file_may_be_handed_in_and_comes_back_as_csv(client: FlaskClient, encoding: str) -> None:
    upload = (io.BytesIO("STT,Số ký hiệu\n,1695/QĐ-SYT\nx,15/CT-TTg".encode(encoding)), "so.csv")
    answer = client.post("/tra-so", data={"tep": upload, "dang": "csv"}, base_url=BASE)
    table = rows(answer.data)
    assert [row[:3] for row in table[1:]] == [
        ["1695/QĐ-SYT", "Có nhiều", "1695/QĐ-SYT"], ["1695/QĐ-SYT", "Có nhiều", "1695/QĐ-SYT"], ["15/CT-TTg", "Có", "15/CT-TTg"],
    ]  # fmt: skip


def test_a_list_that_is_too_long_is_cut_and_told(client: FlaskClient) -> None:
    page = looked_up(client, "\n".join(f"{number}/QĐ-UBND" for number in range(5_100)))
    assert "100 dòng sau bị bỏ lại" in page
    answer = client.post("/tra-so", data={"so": "1/QĐ-UB\n" * 400_000}, base_url=BASE)
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "text", ["", "\x00\ufffe\n=1+1\n" * 5, "<script>alert(1)</script> 15/CT-TTg", '"' * 900, "/" * 500]
)
def test_any_list_is_answered(client: FlaskClient, text: str) -> None:
    assert "<script>alert" not in looked_up(client, text)


def save(client: FlaskClient, name: str, question: str) -> None:
    answer = client.post("/tim-da-luu", data={"name": name, "question": question}, base_url=BASE)
    assert answer.status_code == 303


def test_a_saved_search_tells_what_is_new_until_it_was_seen(tmp_path_factory: pytest.TempPathFactory) -> None:
    room = a_room(tmp_path_factory.mktemp("home"))
    client = room.app.test_client()
    add(room, 1, ["báo cáo cũ"], source="1.pdf")
    room.follow()
    save(client, "Báo cáo của tôi", "q=bao+cao&sort=oldest&page=3")
    assert "Không có gì mới" in client.get("/tim-da-luu", base_url=BASE).get_data(as_text=True)
    add(room, 2, ["báo cáo mới"], source="2.pdf")
    add(room, 3, ["việc khác"], source="3.pdf")
    room.follow()
    rebuild_index(room.settings, room.archive)
    page = client.get("/tim-da-luu", base_url=BASE).get_data(as_text=True)
    assert "1 mới từ lần trước" in page
    assert "/?q=bao+cao&amp;sort=oldest&#34;" in page or '/?q=bao+cao&amp;sort=oldest"' in page
    found = re.search(r'href="(/tim-da-luu/[0-9a-f-]{36})"', page)
    assert found
    new = client.get(found[1], base_url=BASE).get_data(as_text=True)
    assert a_record_id(2) in new
    assert a_record_id(1) not in new
    position = re.search(r'name="position" value="(\d+)"', new)
    assert position
    client.post(f"{found[1]}/da-xem", data={"position": position[1]}, base_url=BASE)
    assert "Không có gì mới" in client.get("/tim-da-luu", base_url=BASE).get_data(as_text=True)
    client.post(f"{found[1]}/xoa", base_url=BASE)
    assert "Báo cáo của tôi" not in client.get("/tim-da-luu", base_url=BASE).get_data(as_text=True)
    room.archive.close()


def test_a_search_without_a_name_is_not_saved(client: FlaskClient) -> None:
    for wrong in (
        {"name": "  ", "question": "q=x"},
        {"name": "x" * 300},
        {"name": "x", "question": "q=" + "y" * 30_000},
    ):
        answer = client.post("/tim-da-luu", data=wrong, base_url=BASE)
        assert answer.status_code == 400
        assert "Tìm kiếm cần một tên" in answer.get_data(as_text=True)


@pytest.mark.parametrize("question", ["&" * 900, "a=1&" * 600, "%ff%fe=%00", "q=" + "<b>" * 50])
def test_any_question_may_be_saved(client: FlaskClient, question: str) -> None:
    save(client, "Lạ", question)
    assert client.get("/tim-da-luu", base_url=BASE).status_code == 200


def test_another_readers_search_is_not_there(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    save(client, "Của tôi", "q=bao")
    found = re.search(r'href="(/\?q=bao)"', client.get("/tim-da-luu", base_url=BASE).get_data(as_text=True))
    assert found
    searches = client.application.extensions["luutru-room"].saved.of("")
    monkeypatch.setattr(lending, "reader_id", lambda: "somebody else")
    assert "Của tôi" not in client.get("/tim-da-luu", base_url=BASE).get_data(as_text=True)
    assert client.get(f"/tim-da-luu/{searches[0].id}", base_url=BASE).status_code == 404
    client.post(f"/tim-da-luu/{searches[0].id}/xoa", base_url=BASE)
    assert client.application.extensions["luutru-room"].saved.of("") == searches
