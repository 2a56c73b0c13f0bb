"""The reading room's pages about hồ sơ, order, versions and citations, as a browser without JavaScript sees them."""

import html
import re
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive import arrangement, home
from archive.arrangement import Place
from schemas.description import Citation
from search_ui import lending
from search_ui.lending import Rung
from tests.builders import a_record_id
from tests.search_ui.a_room import NOW, ARoom, a_room, add

SHELF = Place(fonds="UBND", inventory="ML-01", box="H07", file="Hồ sơ văn bản điện tử 2012")
EMPTY = Place(fonds="UBND", inventory="ML-01", box="H12", file="Hồ sơ thi đua khen thưởng 1999")
PLANS = Place(fonds="SNV", inventory="ML-02", file="KH-2015")
WORDS = "về việc tăng cường sử dụng văn bản điện tử trong cơ quan nhà nước"


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ARoom]:
    made = a_room(tmp_path_factory.mktemp("home"))
    add(made, 1, [f"Chỉ thị {WORDS}", "Trang hai không có gì"], source="chi thi.pdf", place=SHELF,
        fields={"subject": WORDS.capitalize(), "number": "15/CT-TTg", "type": "CHỈ THỊ", "date": "2012-05-22", "issuer": "Thủ tướng Chính phủ"},
        citations=[Citation(number="64/2007/NĐ-CP", date="2007-04-10", page=1), Citation(number="1695/QĐ-SYT", page=2)])  # fmt: skip
    add(made, 2, ["Quyết định thi hành Chỉ thị số 15/CT-TTg", "Phần hai: văn bản điện tử"], source="qd.pdf", place=SHELF,
        fields={"subject": "Thi hành Chỉ thị 15", "number": "1695/QĐ-SYT", "type": "Quyết định", "date": "2013-01-05", "issuer": "Sở Y tế"},
        citations=[Citation(number="15/CT-TTg", date="2012-05-22", page=1)])  # fmt: skip
    add(made, 3, ["Một Chỉ thị số 15/CT-TTg khác"], source="khac.pdf", place=SHELF,
        citations=[Citation(number="15/CT-TTg", date="1999-01-01", page=1)])  # fmt: skip
    for number in range(4, 64):
        add(made, number, [f"Báo cáo tháng {number}"], source=f"bao cao {number}.pdf",
            fields={"subject": f"Báo cáo {number}", "type": "Báo cáo", "date": f"20{number:02d}-01-02"})  # fmt: skip
    for number, office in ((64, "Sở Y tế"), (65, "Sở Nội vụ"), (66, "")):
        add(made, number, ["Phối hợp theo Kế hoạch số 77/KH-LN"], source=f"kh {number}.pdf", place=PLANS,
            fields={"subject": "Kế hoạch liên ngành", "date": "2015-03-04"} | ({"issuer": office, "number": "77/KH-LN"} if office else {}))  # fmt: skip
    arrangement.ensure(made.archive, EMPTY, actor=home.SYSTEM, now=NOW)
    made.follow()
    yield made
    made.archive.close()


@pytest.fixture
def client(room: ARoom) -> FlaskClient:
    return room.app.test_client()


def get(client: FlaskClient, address: str, status: int = 200) -> str:
    answer = client.get(address, base_url="http://127.0.0.1:8080", follow_redirects=True)
    assert answer.status_code == status, address
    return answer.get_data(as_text=True)


def links(page: str, name: str) -> str:
    """Give the address of the link with this id, "" where there is none."""
    found = re.search(rf'id="{name}"[^>]* href="([^"]+)"', page)
    return html.unescape(found[1]) if found else ""


def file_link(client: FlaskClient, words: str) -> str:
    found = re.search(r'href="(/ho-so/[0-9a-f-]{36})"', get(client, f"/ho-so?q={words}"))
    assert found
    return found[1]


def test_the_order_is_chosen_by_links_and_stands_in_the_address(client: FlaskClient) -> None:
    oldest = get(client, "/?q=bao+cao&sort=oldest")
    first = re.search(r'<h2><a href="([^"]+)">', oldest)
    assert first
    assert f"/v/{a_record_id(4)}" in first[1]
    assert "sort=oldest" in first[1]
    assert "sort=newest" in oldest
    assert 'name="sort" value="oldest"' in oldest, "another question keeps the order"


def test_twenty_fifty_or_a_hundred_stand_on_a_page(client: FlaskClient) -> None:
    assert get(client, "/").count('class="hit"') == 20
    assert get(client, "/?per=50").count('class="hit"') == 50
    assert get(client, "/?per=100").count('class="hit"') == 66
    assert get(client, "/?per=7").count('class="hit"') == 20
    assert get(client, "/?per=50&page=2").count('class="hit"') == 16


def test_back_leads_to_the_page_of_the_list_it_came_from(client: FlaskClient) -> None:
    page = get(client, "/?q=bao+cao&per=50&page=2&sort=newest&type=Báo+cáo")
    hit = re.search(r'<h2><a href="([^"]+)">', page)
    assert hit
    record = get(client, html.unescape(hit[1]))
    back = re.search(r'class="back"><a href="([^"]+)"', record)
    assert back
    assert get(client, html.unescape(back[1])).count('class="hit"') == page.count('class="hit"') == 10
    assert "51/60" in record


def test_the_next_match_leads_on_to_the_next_record_of_the_list_and_back(client: FlaskClient) -> None:
    address = "/?q=van+ban+dien+tu&sort=newest"
    hit = re.search(r'<h2><a href="([^"]+)">', get(client, address))
    assert hit
    page, records = get(client, html.unescape(hit[1])), [str(a_record_id(2))]
    while links(page, "next-hit"):
        page = get(client, links(page, "next-hit"))
        found = re.search(r'action="/v/([0-9a-f-]{36})', page)
        assert found
        records.append(found[1])
    assert dict.fromkeys(records) == dict.fromkeys([a_record_id(2), a_record_id(1)])
    while links(page, "previous-hit"):
        page = get(client, links(page, "previous-hit"))
    assert f'action="/v/{a_record_id(2)}' in page


def test_a_search_inside_a_record_does_not_lose_the_list(client: FlaskClient) -> None:
    page = get(client, f"/v/{a_record_id(2)}?q=thi+hanh&l=van+ban&at=1&of=2&sort=newest")
    back = re.search(r'class="back"><a href="([^"]+)"', page)
    assert back
    assert html.unescape(back[1]) == "/?q=van+ban&sort=newest"
    assert 'name="l" value="van ban"' in page


@pytest.mark.parametrize(
    "address", ["/ket-qua/0?q=bao", "/ket-qua/999999999?q=bao", "/ket-qua/5?q=xyz&h=last", "/ket-qua/3"]
)
def test_a_place_outside_the_list_leads_back_to_the_list(client: FlaskClient, address: str) -> None:
    get(client, address)


def test_files_are_hits_of_their_own_with_and_without_marks(client: FlaskClient) -> None:
    page = get(client, "/?q=van ban dien tu 2012")
    assert "files-found" in page
    assert "Hồ sơ văn bản điện tử 2012" in page
    assert "Hồ sơ thi đua khen thưởng 1999" in get(client, "/?q=thi dua khen thuong")
    assert "files-found" not in get(client, "/?q=khong co ho so nao nhu the")
    assert "files-found" not in get(client, "/")


def test_a_file_made_after_the_first_search_is_found(room: ARoom, client: FlaskClient) -> None:
    assert "Mới lập" not in get(client, "/ho-so?q=moi+lap")
    arrangement.ensure(room.archive, Place(fonds="UBND", file="Hồ sơ Mới lập"), actor=home.SYSTEM, now=NOW)
    assert "Mới lập" in get(client, "/ho-so?q=moi+lap")


def test_a_file_without_scans_is_found_with_its_shelf(client: FlaskClient) -> None:
    page = get(client, file_link(client, "thi+dua+khen+thuong"))
    assert "H12" in page
    assert "chưa được quét" in page
    get(client, file_link(client, "thi+dua+khen+thuong") + "/doc/1", 404)


def test_a_file_lists_its_records_with_their_pages(client: FlaskClient) -> None:
    page = get(client, file_link(client, "van+ban+dien+tu+2012"))
    assert "ML-01" in page
    assert "3 văn bản, 5 trang" in page
    assert [text for text in ("1–2", "3–4", ">5<") if text in page] == ["1–2", "3–4", ">5<"]


def test_the_fonds_lists_its_inventories_and_files(client: FlaskClient) -> None:
    fonds = re.search(r'href="(/phong/[0-9a-f-]{36})"', get(client, file_link(client, "thi+dua+khen+thuong")))
    assert fonds
    page = get(client, fonds[1])
    inventory = re.search(r'href="(/phong/[^"]+muc-luc[^"]+)"', page)
    assert inventory
    assert "Hồ sơ thi đua khen thưởng 1999" in get(client, html.unescape(inventory[1]))
    assert "UBND" in get(client, "/ho-so")


def test_results_are_grouped_by_file(client: FlaskClient) -> None:
    page = get(client, "/?q=van+ban+dien+tu&group=file")
    assert "2 văn bản trên trang này" in page
    assert page.count('class="group"') == len(re.findall(r'<ol class="hits">', page))


def test_who_bears_a_number_stands_under_its_office_and_who_mentions_it_below(client: FlaskClient) -> None:
    page = get(client, "/?q=77/kh-ln")
    headings = re.findall(r'<h2 class="group">(.*?) <span', page)
    assert sorted(headings[:2]) == ["Sở Nội vụ", "Sở Y tế"]
    assert headings[2:] == ["Văn bản khác có nhắc đến"]
    assert 'class="group"' not in get(client, "/?q=15/CT-TTg")


def test_files_stand_in_the_tree_of_their_fonds(client: FlaskClient) -> None:
    page = get(client, "/?q=ke+hoach+lien+nganh")
    tree = page[page.index('<details class="below"') :]
    assert re.search(r"<span>ML-02/KH-2015</span><span class=\"number\">3<", tree)
    link = re.search(r'href="([^"]*file=SNV[^"]*)"', tree)
    assert link
    assert '<details class="below" open>' in get(client, html.unescape(link[1]))


def test_a_file_is_read_as_one_volume(client: FlaskClient) -> None:
    address = file_link(client, "van+ban+dien+tu+2012")
    page = get(client, address + "/doc/1")
    seen = [page]
    while links(page, "next-page"):
        page = get(client, links(page, "next-page"))
        seen.append(page)
    assert len(seen) == 5
    images = [re.search(r'<img src="(/v/[^"]+/anh/\d+)/1000', each) for each in seen]
    assert [image[1].replace("/v/", "") for image in images if image] == [
        f"{a_record_id(1)}/anh/1", f"{a_record_id(1)}/anh/2", f"{a_record_id(2)}/anh/1", f"{a_record_id(2)}/anh/2",
        f"{a_record_id(3)}/anh/1",
    ]  # fmt: skip
    assert "/doc/3" in get(client, f"{address}/doc/1?tl={a_record_id(2)}").replace("/doc/3?", "/doc/3")
    for wrong in ("/doc/0", "/doc/6", "/doc/x", f"/doc/1?tl={a_record_id(2)}&q=%00"):
        client.get(address + wrong, base_url="http://127.0.0.1")


def test_the_volume_is_searched_across_its_records(client: FlaskClient) -> None:
    page = get(client, file_link(client, "van+ban+dien+tu+2012") + "/doc/1?q=van+ban+dien+tu")
    assert "<mark>văn bản điện tử</mark>" in page
    assert len(re.findall(r"<rect ", page)) == 1
    on = get(client, links(page, "next-hit"))
    assert "/anh/2/1000" in on
    assert a_record_id(2) in on
    assert 'class="box current"' in on
    assert links(get(client, links(on, "previous-hit")), "previous-hit") == ""


def test_a_record_tells_its_versions_and_what_was_done_to_it(client: FlaskClient) -> None:
    page = get(client, f"/v/{a_record_id(1)}/lich-su")
    assert "Nhập kho" in page
    assert "v1 (hiện hành)" in page
    assert "02/03/2026 15:30" in page
    assert "Người vận hành máy này" in page


def test_a_record_tells_what_it_cites_and_what_cites_it(client: FlaskClient) -> None:
    page = get(client, f"/v/{a_record_id(1)}/lien-quan")
    cites, cited_by = page.split("Văn bản nhắc đến tài liệu này")
    assert f"/v/{a_record_id(2)}" in cites
    assert "Chưa số hóa" in cites
    assert "64/2007/NĐ-CP" in cites
    assert f"/v/{a_record_id(2)}" in cited_by
    assert f"/v/{a_record_id(3)}" not in cited_by, "it names the same number of another year"


def test_the_citation_line_names_the_record_and_its_shelf(client: FlaskClient) -> None:
    page = html.unescape(get(client, f"/v/{a_record_id(1)}"))
    assert "Chỉ thị số 15/CT-TTg ngày 22/05/2012 của Thủ tướng Chính phủ" in page
    assert f"http://127.0.0.1:8080/v/{a_record_id(1)}." in page
    assert "Hộp H07" in page


def test_image_and_text_stand_side_by_side_when_asked(client: FlaskClient) -> None:
    assert '<details class="page-text" open>' in get(client, f"/v/{a_record_id(1)}?beside=text")
    assert '<details class="page-text">' in get(client, f"/v/{a_record_id(1)}")


def test_who_may_only_know_sees_the_entry_alone(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lending, "rung_of", lambda row: Rung.KNOW)
    page = get(client, f"/v/{a_record_id(1)}?q=van+ban")
    assert "15/CT-TTg" in page
    assert "/anh/" not in page
    assert "<mark>" not in page
    assert "chi thi.pdf" not in page
    listed = get(client, "/?q=van+ban+dien+tu")
    assert 'class="snippet"' not in listed
    assert 'class="tier' not in listed, "it would tell of the text"
    assert "chi thi.pdf" not in listed
    assert "khac.pdf" not in get(client, file_link(client, "van+ban+dien+tu+2012"))
    volume = get(client, file_link(client, "van+ban+dien+tu+2012") + "/doc/1?q=van+ban+dien+tu")
    assert "/anh/" not in volume
    assert "chưa được đọc trang này" in volume
    assert "<mark>" not in volume


def test_who_may_read_on_screen_only_gets_no_download(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lending, "rung_of", lambda row: Rung.READ)
    for address in (f"/v/{a_record_id(1)}", f"/v/{a_record_id(1)}/thuoc-tinh"):
        page = get(client, address)
        assert "download>" not in page
        assert "không tải về, không in" in page
        assert "screen-only" in page


BYTES = st.one_of(st.binary(max_size=120), st.text(max_size=80).map(lambda text: text.encode("utf-8", "replace")))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(BYTES, BYTES)
def test_no_bytes_in_an_address_ever_fail(room: ARoom, client: FlaskClient, one: bytes, other: bytes) -> None:
    first, second = quote(one), quote(other)
    file = room.archive.catalogue.record(a_record_id(1)).file  # type: ignore[union-attr]
    for address in (
        f"/?q={first}&sort={second}&per={second}&group={second}&page={first}",
        f"/ket-qua/2?q={first}&h={second}&per={first}&of={second}",
        f"/ket-qua.csv?q={first}&type={second}&l={second}",
        f"/ho-so?q={first}&page={second}",
        f"/ho-so/{file}?page={first}",
        f"/ho-so/{file}/doc/1?q={first}&h={second}&z={first}",
        f"/v/{a_record_id(1)}?q={first}&l={second}&at={first}&of={second}&h={second}&beside={second}",
        f"/v/{a_record_id(1)}/lien-quan?q={first}",
    ):
        assert client.get(address, base_url="http://127.0.0.1").status_code in (200, 302), address
    for address in (f"/ho-so/{first}", f"/phong/{second}", f"/ho-so/{first}/doc/1", f"/tim-da-luu/{second}"):
        assert client.get(address, base_url="http://127.0.0.1").status_code in (200, 302, 308, 404), address


@pytest.mark.parametrize(
    "address",
    [
        "/ho-so/x", f"/ho-so/{a_record_id(999)}", "/phong/x", f"/phong/{a_record_id(1)}", "/ho-so/%00", f"/ho-so/{a_record_id(1)}/doc/1",
        f"/v/{a_record_id(999)}/lich-su", f"/v/{a_record_id(999)}/lien-quan", "/tim-da-luu/x", "/ket-qua/-1",
    ],
)  # fmt: skip
def test_what_is_not_there_is_a_page_that_says_so(client: FlaskClient, address: str) -> None:
    get(client, address, 404)


def test_a_place_for_what_is_not_filed_yet_says_that_it_holds_nothing(room: ARoom, client: FlaskClient) -> None:
    at = arrangement.ensure(room.archive, Place(fonds="UBND"), actor=home.SYSTEM, now=NOW)
    page = get(client, f"/ho-so/{at.file}")
    assert "Hiện không có văn bản nào ở đây" in page
    assert "chưa được quét" not in page
    assert str(at.file) not in get(client, "/ho-so?q=chua+xep"), "while it is empty it is no answer"
    full = arrangement.ensure(room.archive, Place(), actor=home.SYSTEM, now=NOW)
    assert str(full.file) in get(client, "/ho-so?q=chua+xep")


def test_a_day_that_cannot_be_read_is_no_filter_in_force(client: FlaskClient) -> None:
    page = get(client, "/?q=bao+cao&from=31/02/2026&to=31/12/2090")
    assert "Không hiểu ngày “31/02/2026”" in page
    assert "Từ ngày: 31/02/2026" not in page
    assert 'class="fold" open' in get(client, "/?q=bao+cao&from=31/02/2026"), "the day can be mended at once"
    assert "Đến ngày: 31/12/2090" in page


def test_one_of_a_kind_is_told_in_the_singular(client: FlaskClient) -> None:
    assert ">1 file<" in get(client, "/?q=15/CT-TTg&lang=en")
    record = get(client, f"/v/{a_record_id(4)}?lang=en")
    assert ">1 page<" in record
    assert ">2 pages<" in get(client, f"/v/{a_record_id(1)}?lang=en")


def test_an_answer_leads_to_its_first_marked_place(client: FlaskClient) -> None:
    answer = get(client, "/?q=van+ban+dien+tu&lang=vi")
    first = re.search(r'<h2><a href="([^"]+)#hit">', answer)
    assert first
    page = get(client, html.unescape(first[1]))
    assert page.count('id="hit"') == 1
    assert "#hit" not in get(client, "/"), "nothing is marked where nothing was asked"


def test_a_large_page_knows_where_its_text_begins(client: FlaskClient) -> None:
    assert page_start(get(client, f"/v/{a_record_id(1)}?z=3"))
    file = file_link(client, "van+ban+dien+tu")
    assert page_start(get(client, f"{file}/doc/1?z=3"))


def page_start(page: str) -> bool:
    return re.search(r'<rect class="text-start" x="[0-9.]+%" y="[0-9.]+%"', page) is not None


def test_a_record_without_pages_counts_none_and_leads_on(room: ARoom, client: FlaskClient) -> None:
    record = add(room, 90, [], source="hong.pdf", findings=["P021"])
    page = get(client, f"/v/{record}?q=hong&at=1&of=2&lang=vi")
    assert "chưa có trang nào xem được" in page
    assert "0 trang" not in page
    assert links(page, "next-hit").startswith("/ket-qua/2")
