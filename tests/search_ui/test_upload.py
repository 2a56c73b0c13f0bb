"""Handing in through the pages: the tus protocol, the plain form, and what is told when something is wrong."""

import base64
import hashlib
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from ingest.jobs.book import Ending
from schemas.desk import Wanted
from schemas.jobs import JobState
from tests.search_ui.a_room import ARoom, a_batch, a_room

BASE = "http://127.0.0.1:8080"
TUS = {"Tus-Resumable": "1.0.0"}
PIECE = {**TUS, "Content-Type": "application/offset+octet-stream"}


@pytest.fixture
def room(tmp_path: Path) -> Iterator[ARoom]:
    made = a_room(tmp_path)
    yield made
    made.archive.close()


@pytest.fixture
def client(room: ARoom) -> FlaskClient:
    return room.app.test_client()


@pytest.fixture
def batch(client: FlaskClient) -> str:
    answer = client.post("/nop-tai-lieu/lo", base_url=BASE, headers=TUS)
    assert answer.status_code == 201
    return str(answer.json["batch"])  # type: ignore[index]


def announce(client: FlaskClient, batch: str, name: str, size: object) -> TestResponse:
    told = base64.b64encode(name.encode()).decode()
    headers = {**TUS, "Upload-Length": str(size), "Upload-Metadata": f"filename {told},modified MTI="}
    return client.post(f"/nop-tai-lieu/{batch}/tep", base_url=BASE, headers=headers)


def send(client: FlaskClient, address: str, content: bytes, at: object = 0, **headers: str) -> TestResponse:
    told = {**PIECE, "Upload-Offset": str(at), **{name.replace("_", "-"): text for name, text in headers.items()}}
    return client.patch(address, base_url=BASE, data=content, headers=told)


def test_a_file_comes_in_pieces_and_goes_on(client: FlaskClient, batch: str) -> None:
    made = announce(client, batch, "tờ trình.pdf", 10)
    address = made.headers["Location"]
    assert (made.status_code, made.headers["Upload-Offset"]) == (201, "0")
    assert send(client, address, b"01234").headers["Upload-Offset"] == "5"
    known = client.head(address, base_url=BASE, headers=TUS)
    assert (known.status_code, known.headers["Upload-Offset"], known.headers["Upload-Length"]) == (200, "5", "10")
    assert known.headers["Cache-Control"] == "no-store"
    assert announce(client, batch, "tờ trình.pdf", 10).headers["Location"] == address
    digest = base64.b64encode(hashlib.sha256(b"56789").digest()).decode()
    assert send(client, address, b"56789", 5, Upload_Checksum=f"sha256 {digest}").status_code == 204
    answer = client.post(f"/nop-tai-lieu/{batch}/nop", base_url=BASE, data={"phong": "UBND"})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/thu-nhan/{batch}")
    assert client.post(f"/nop-tai-lieu/{batch}/nop", base_url=BASE).headers["Location"] == f"/thu-nhan/{batch}"
    page = client.get(f"/thu-nhan/{batch}", base_url=BASE).get_data(as_text=True)
    assert "Không có tiến trình nào đang xử lý" in page
    assert client.get(f"/nop-tai-lieu/{batch}", base_url=BASE).status_code == 303


def test_what_does_not_fit_is_answered_as_tus_says(client: FlaskClient, batch: str) -> None:
    address = announce(client, batch, "a", 10).headers["Location"]
    assert send(client, address, b"01", 5).status_code == 409
    assert send(client, address, b"0" * 11).status_code == 413
    assert send(client, address, b"01", Upload_Checksum="sha256 AAAA").status_code == 460
    assert send(client, address, b"01", Upload_Checksum="md5 AAAA").status_code == 460
    assert send(client, address, b"01", Content_Type="text/plain").status_code == 415
    assert send(client, address, b"01", Tus_Resumable="0.2.2").status_code == 412
    assert send(client, address, b"01", "-1").status_code == 413
    assert send(client, f"{address}0", b"01").status_code == 404
    assert announce(client, batch, "b", "-5").status_code == 400
    assert announce(client, batch, "b", 10**13).status_code == 413
    assert "lớn hơn giới hạn" in announce(client, batch, "b", 10**13).json["message"]  # type: ignore[index]
    told = client.options(f"/nop-tai-lieu/{batch}/tep", base_url=BASE).headers
    assert (told["Tus-Version"], told["Tus-Extension"]) == ("1.0.0", "creation,checksum,termination")
    assert client.delete(address, base_url=BASE, headers=TUS).status_code == 204
    assert client.head(address, base_url=BASE, headers=TUS).status_code == 404


@pytest.mark.parametrize("name", ["../../x", "a\0b", "ă" * 300 + ".pdf", "CON", "<script>alert(1)</script>.pdf", ""])
def test_names_of_every_sort_are_shown_never_run(client: FlaskClient, batch: str, name: str) -> None:
    assert announce(client, batch, name, 1).status_code == 201
    page = client.get(f"/nop-tai-lieu/{batch}", base_url=BASE).get_data(as_text=True)
    assert "<script>alert" not in page
    assert "../" not in page.split("data-upload")[1]
    assert "\0" not in page


def test_a_plain_form_hands_in(room: ARoom, client: FlaskClient) -> None:
    files = [
        (io.BytesIO(b"one"), "hộp 7/a.txt"),
        (io.BytesIO(b"two"), "hộp 7/a.txt"),
        (io.BytesIO(b"one"), "hộp 7/a.txt"),
    ]
    answer = client.post("/nop-tai-lieu", base_url=BASE, data={"tep": files, "phong": "UBND"})
    assert answer.status_code == 303
    (batch,) = room.counter.deliveries(Wanted())
    assert answer.headers["Location"] == f"/thu-nhan/{batch.id}"
    assert [each.source for each in room.counter.uploads(batch.id)] == ["hộp 7/a.txt", "hộp 7/a (2).txt"]


def test_a_plain_form_may_be_filled_in_twice(room: ARoom, client: FlaskClient) -> None:
    first = client.post("/nop-tai-lieu", base_url=BASE, data={"tep": (io.BytesIO(b"one"), "a.txt"), "con": "1"})
    batch = first.headers["Location"].rpartition("/")[2]
    page = client.get(first.headers["Location"], base_url=BASE).get_data(as_text=True)
    assert "a.txt" in page
    upload = room.counter.uploads(batch)[0].id
    client.post(f"/nop-tai-lieu/{batch}/bo-tep", base_url=BASE, data={"tep": upload})
    second = client.post("/nop-tai-lieu", base_url=BASE, data={"tep": (io.BytesIO(b"two"), "b.txt"), "lo": batch})
    assert second.headers["Location"] == f"/thu-nhan/{batch}"
    assert [each.source for each in room.counter.uploads(batch)] == ["b.txt"]


def test_an_empty_form_and_an_unfinished_batch_are_told(client: FlaskClient, batch: str) -> None:
    answer = client.post("/nop-tai-lieu", base_url=BASE, data={})
    assert (answer.status_code, "Chưa chọn tệp nào" in answer.get_data(as_text=True)) == (400, True)
    announce(client, batch, "a", 10)
    answer = client.post(f"/nop-tai-lieu/{batch}/nop", base_url=BASE)
    assert (answer.status_code, "còn 1 tệp chưa gửi xong" in answer.get_data(as_text=True)) == (409, True)
    assert "Gửi tiếp" in client.get("/nop-tai-lieu", base_url=BASE).get_data(as_text=True)


def test_a_batch_is_given_up_after_a_question(room: ARoom, client: FlaskClient, batch: str) -> None:
    announce(client, batch, "a", 10)
    assert "sẽ bị xoá" in client.get(f"/nop-tai-lieu/{batch}/bo", base_url=BASE).get_data(as_text=True)
    assert room.counter.uploads(batch)
    assert client.post(f"/nop-tai-lieu/{batch}/bo", base_url=BASE).status_code == 303
    assert not room.counter.uploads(batch)


def test_a_failed_document_is_tried_again(room: ARoom, client: FlaskClient) -> None:
    failed = Ending(state=JobState.FAILED, code="T101", message="Chương trình treo.")
    batch = a_batch(room, {"a.pdf": failed, "b.pdf": failed, "c.pdf": Ending(state=JobState.REFUSED, code="P001")})
    answer = client.post(f"/thu-nhan/{batch}/thu-lai", base_url=BASE, data={"so": "2"})
    assert answer.headers["Location"].endswith("da=1")
    assert room.counter.delivery(batch).counts[JobState.FAILED] == 1
    client.post(f"/thu-nhan/{batch}/thu-lai", base_url=BASE)
    assert room.counter.delivery(batch).counts == {JobState.WAITING: 2, JobState.REFUSED: 1}
    client.post(f"/thu-nhan/{batch}/thu-lai", base_url=BASE, data={"so": ["x", "9" * 50]})


def test_reasons_are_told_in_the_language_of_the_reader(room: ARoom, client: FlaskClient) -> None:
    batch = a_batch(room, {"a.pdf": Ending(state=JobState.REFUSED, code="P001", message="Tệp rỗng (0 byte).")})
    page = client.get(f"/thu-nhan/{batch}/bang?lang=en", base_url=BASE).get_data(as_text=True)
    assert "The file is empty" in page
    assert "<html" not in page


def test_a_report_of_a_reader_reaches_the_list(client: FlaskClient) -> None:
    page = client.get("/gop-y/moi?trang=/v/00000000-0000-4000-8000-000000000001%3Fq%3Da", base_url=BASE)
    assert '<option value="text" selected' in page.get_data(as_text=True)
    told = {"trang": "/?q=a", "loai": "search", "noi-dung": "<b>Không thấy</b>", "ten": "Lan"}
    answer = client.post("/gop-y", base_url=BASE, data=told)
    assert answer.status_code == 303
    assert "góp ý số 1" in client.get(answer.headers["Location"], base_url=BASE).get_data(as_text=True)
    listed = client.get("/gop-y", base_url=BASE).get_data(as_text=True)
    assert "&lt;b&gt;Không thấy" in listed
    client.post("/gop-y/1", base_url=BASE, data={"xong": "1", "tra-loi": "Đã đọc lại"})
    assert "Không thấy" not in client.get("/gop-y", base_url=BASE).get_data(as_text=True)
    assert "Đã đọc lại" in client.get("/gop-y?xong=1", base_url=BASE).get_data(as_text=True)
    assert client.post("/gop-y/9", base_url=BASE, data={"xong": "1"}).status_code == 404


@pytest.mark.parametrize("page", ["//evil.vn", "https://evil.vn", "javascript:alert(1)", "/\\evil.vn", "/a\nb"])
def test_a_report_links_to_pages_of_ours_only(client: FlaskClient, page: str) -> None:
    shown = client.get("/gop-y/moi", query_string={"trang": page}, base_url=BASE).get_data(as_text=True)
    main = shown.partition("<main")[2].partition("</main>")[0]
    assert "evil" not in main
    assert "alert" not in main


def test_an_empty_report_is_not_kept(client: FlaskClient) -> None:
    assert client.post("/gop-y", base_url=BASE, data={"noi-dung": "  "}).status_code == 400
    assert client.post("/gop-y", base_url=BASE, data={"noi-dung": "x" * 4001}).status_code == 400
