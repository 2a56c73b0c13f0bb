"""Every page of the room, in both languages, on a desk and on a phone: nothing that keeps people out, nothing heavy."""

import json
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from archive import arrangement, home, registers
from archive.arrangement import Place
from ingest.jobs.book import Ending
from schemas.access import Hold, Limit
from schemas.description import Citation
from schemas.desk import Note, NoteKind
from schemas.jobs import JobState
from tests.builders import a_record_id
from tests.search_ui.a_browser import AXE, INSTALLED, faults, look, opened, served, too_small
from tests.search_ui.a_room import NOW, ARoom, a_batch, a_room, add

SHELF = Place(fonds="UBND", inventory="ML-01", box="H07", file="Hồ sơ văn bản điện tử 2012")
WORDS = "về việc tăng cường sử dụng văn bản điện tử trong cơ quan nhà nước "
ONE = f"/v/{a_record_id(1)}"
FILES = {"/thu-nhan/<batch>/bang", "/v/<wanted>/goc/<int:place>", "/v/<wanted>/pdf/<part>", "/v/<wanted>/van-ban.txt", "/ket-qua.csv", "/ket-qua.xlsx",
         "/v/<wanted>/anh/<int:page>/<int:width>", "/static/<path:filename>", "/ket-qua/<int:place>", "/ho-so/<wanted>/doc"}  # fmt: skip
OF_ACCOUNTS = {"/tai-khoan", "/tai-khoan/mat-khau", "/tai-khoan/buoc-hai", "/quan-tri/tai-khoan/<wanted>",
               "/dang-nhap/buoc-hai", "/dang-nhap/lap-mat-khau", "/dang-nhap/xac-nhan", "/dang-nhap/co-quan", "/dang-nhap/co-quan/xong"}  # fmt: skip
SEARCH_KILOBYTES, IMAGE_KILOBYTES = 100, 150

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not INSTALLED, reason="Chromium is not installed")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A served room, and an address for each of its pages by the rule of its address."""

    room: ARoom
    origin: str
    pages: dict[str, list[str]]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    room = a_room(tmp_path_factory.mktemp("home"))
    fields = {"subject": WORDS.strip().capitalize(), "number": "15/CT-TTg", "type": "Chỉ thị", "date": "2012-05-22", "issuer": "Thủ tướng Chính phủ"}  # fmt: skip
    add(room, 1, [WORDS * 12, WORDS * 3], source="chi thi.pdf", place=SHELF, fields=fields, findings=["S010"],
        citations=[Citation(number="64/2007/NĐ-CP", date="2007-04-10"), Citation(number="1695/QĐ-SYT")])  # fmt: skip
    add(room, 2, [f"Thi hành Chỉ thị số 15/CT-TTg {WORDS}"], source="qd.pdf", place=SHELF,
        fields={"subject": "Thi hành", "number": "1695/QĐ-SYT", "type": "Quyết định", "date": "2013-01-05"},
        citations=[Citation(number="15/CT-TTg", date="2012-05-22")])  # fmt: skip
    empty = arrangement.ensure(
        room.archive, Place(fonds="UBND", box="H12", file="Hồ sơ văn bản 1999"), actor=home.SYSTEM, now=NOW
    )
    for number in range(3, 26):
        add(
            room,
            number,
            [f"Báo cáo {number}: văn bản"],
            source=f"bao cao {number}.pdf",
            fields={"type": "Báo cáo", "issuer": "Sở Y tế"},
        )
    places = _beside_the_records(room)
    room.follow()
    saved = room.app.extensions["luutru-room"].saved.save("", name="Văn bản", question="q=van+ban", position=0, now=NOW)
    file = room.archive.catalogue.record(a_record_id(1)).file  # type: ignore[union-attr]
    pages = {
        "/": ["/", "/?q=van+ban+dien+tu", "/?q=van+ban&group=file&sort=oldest&per=50&type=Báo+cáo", "/?q=khong+thay+gi+het+xyz"],
        "/v/<wanted>": [f"{ONE}?q=van+ban&at=1&of=20", f"{ONE}?q=van+ban&beside=text"],
        "/v/<wanted>/tr/<int:page>": [f"{ONE}/tr/2?z=3"],
        "/v/<wanted>/van-ban": [f"{ONE}/van-ban?q=van+ban"],
        "/v/<wanted>/thuoc-tinh": [f"{ONE}/thuoc-tinh"],
        "/v/<wanted>/lich-su": [f"{ONE}/lich-su"],
        "/v/<wanted>/lien-quan": [f"{ONE}/lien-quan"],
        "/ho-so": ["/ho-so", "/ho-so?q=van+ban"],
        "/ho-so/<wanted>": [f"/ho-so/{file}", f"/ho-so/{empty.file}"],
        "/ho-so/<wanted>/doc/<int:page>": [f"/ho-so/{file}/doc/1?q=van+ban"],
        "/phong/<wanted>": [f"/phong/{empty.fonds}"],
        "/tra-so": ["/tra-so"],
        "/tim-da-luu": ["/tim-da-luu"],
        "/tim-da-luu/<wanted>": [f"/tim-da-luu/{saved.id}"],
        "/huong-dan": ["/huong-dan"],
        "/thu-nhan": ["/thu-nhan"],
        "/thu-nhan/<batch>": [f"/thu-nhan/{places['batch']}"],
        "/nop-tai-lieu": ["/nop-tai-lieu"],
        "/nop-tai-lieu/<batch>": [f"/nop-tai-lieu/{places['open']}"],
        "/nop-tai-lieu/<batch>/bo": [f"/nop-tai-lieu/{places['open']}/bo"],
        "/gop-y": ["/gop-y"],
        "/gop-y/moi": [f"/gop-y/moi?trang={ONE}"],
        "/gop-y/cam-on/<int:number>": [f"/gop-y/cam-on/{places['note']}"],
        "/quan-tri/quyen": ["/quan-tri/quyen", f"/quan-tri/quyen?node={a_record_id(3)}"],
        "/quan-tri/nhat-ky": ["/quan-tri/nhat-ky", "/quan-tri/nhat-ky?ngay=31/02/2026"],
        "/quan-tri/tai-khoan": ["/quan-tri/tai-khoan"],
        "/quan-tri/vai-tro": ["/quan-tri/vai-tro"],
        "/quan-tri/don-vi": ["/quan-tri/don-vi"],
        "/dang-nhap": ["/dang-nhap"],
        "/kiem-tra": ["/kiem-tra"],
        "": ["/nowhere"],
    }  # fmt: skip
    with served(room.app) as origin:
        yield Site(room=room, origin=origin, pages=pages)
    room.archive.close()


def _beside_the_records(room: ARoom) -> dict[str, str]:
    """Put in a batch, an open one, a reader's report and rights, and name them."""
    failed = Ending(state=JobState.FAILED, code="S021", message="Chương trình treo.")
    archived = Ending(state=JobState.ARCHIVED, record=a_record_id(1))
    batch = a_batch(room, {"a.pdf": archived, "b.pdf": failed, "c.pdf": None})
    note = room.room.feedback.tell(Note(kind=NoteKind.TEXT, text="Sai chữ", page=ONE, record=a_record_id(1)), now=NOW)
    registers.put(room.archive, Limit(node=a_record_id(3), level="conditional", reason="QĐ 1"), actor="x", now=NOW)
    registers.put(room.archive, Hold(node="", reason="Thanh tra"), actor="x", now=NOW)
    return {"batch": batch, "open": room.counter.open("", now=NOW).id, "note": str(note.number)}


@pytest.fixture(scope="module")
def downloads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("downloads")


@pytest.fixture(scope="module")
def browser(downloads: Path) -> Iterator[webdriver.Chrome]:
    with opened(downloads) as driver:
        yield driver


def test_every_page_of_the_room_is_walked(site: Site) -> None:
    rules = {rule.rule for rule in site.room.app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    assert rules - FILES - OF_ACCOUNTS == set(site.pages) - {""}, "those of accounts: accounts/test_in_browser.py"


@pytest.mark.skipif(not AXE.is_file(), reason="axe-core is not fetched: ./run setup --test")
@pytest.mark.parametrize("width", [1366, 390])
@pytest.mark.parametrize("language", ["vi", "en"])
def test_nothing_on_any_page_keeps_people_out(browser: webdriver.Chrome, site: Site, language: str, width: int) -> None:
    look(browser, width)
    found: dict[str, list[str]] = {}
    for path in (path for paths in site.pages.values() for path in paths):
        browser.get(f"{site.origin}{path}{'&' if '?' in path else '?'}lang={language}")
        if here := faults(browser):
            found[path] = here
        if width < 600 and (small := too_small(browser)):
            found[f"{path} is hard to touch"] = small
        assert browser.execute_script("return document.documentElement.scrollWidth") <= width, path
    browser.get(f"{site.origin}/tra-so?lang={language}")
    browser.find_element(By.ID, "so").send_keys("15/CT-TTg\n999/QĐ-UBND\nx")
    browser.find_element(By.CSS_SELECTOR, "button.main").click()
    found["/tra-so"] = faults(browser)
    assert {path: each for path, each in found.items() if each} == {}


def test_the_list_of_keys_keeps_nobody_out(browser: webdriver.Chrome, site: Site) -> None:
    look(browser, 1366)
    browser.get(f"{site.origin}/?q=van+ban&lang=vi")
    press(browser, "?")
    assert browser.execute_script("return document.getElementById('keys').open")
    shown = [each.text for each in browser.find_elements(By.CSS_SELECTOR, "#keys dd") if each.is_displayed()]
    assert "kết quả sau, trước" in shown
    assert "chỗ khớp sau" not in shown, "only keys that do something here"
    if AXE.is_file():
        assert faults(browser) == []


def test_keys_move_through_hits_and_matches(browser: webdriver.Chrome, site: Site) -> None:
    look(browser, 1366)
    browser.get(f"{site.origin}/?q=van+ban+dien+tu&lang=vi")
    browser.find_element(By.TAG_NAME, "main").click()
    press(browser, "jjk")
    assert browser.execute_script("return document.activeElement.closest('.hit') !== null")
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    WebDriverWait(browser, 20).until(lambda page: page.find_elements(By.CSS_SELECTOR, ".boxes"))
    press(browser, "n")
    WebDriverWait(browser, 20).until(lambda page: "h=2" in page.current_url)
    press(browser, "g")
    WebDriverWait(browser, 20).until(lambda page: "h=1" in page.current_url)
    press(browser, "+")
    WebDriverWait(browser, 20).until(lambda page: "z=2" in page.current_url)
    press(browser, Keys.ESCAPE)
    WebDriverWait(browser, 20).until(lambda page: page.find_elements(By.CSS_SELECTOR, ".list-tools"))


def test_keys_can_be_switched_off_and_never_disturb_typing(browser: webdriver.Chrome, site: Site) -> None:
    look(browser, 1366)
    browser.get(f"{site.origin}/?q=van+ban&lang=vi")
    box = browser.find_element(By.ID, "q")
    box.clear()
    box.send_keys("njg?/+k")
    assert box.get_attribute("value") == "njg?/+k"
    assert not browser.execute_script("return document.getElementById('keys').open")
    browser.find_element(By.ID, "show-keys").click()
    browser.find_element(By.ID, "keys-on").click()
    browser.find_element(By.ID, "keys-close").click()
    browser.find_element(By.TAG_NAME, "main").click()
    press(browser, "?")
    assert not browser.execute_script("return document.getElementById('keys').open")
    browser.execute_script("localStorage.clear()")


def test_enter_that_ends_a_composed_word_sends_nothing(browser: webdriver.Chrome, site: Site) -> None:
    browser.get(f"{site.origin}/?lang=vi")
    stopped = browser.execute_script("""
        const key = new KeyboardEvent('keydown', {key: 'Enter', isComposing: true, bubbles: true, cancelable: true});
        return !document.getElementById('q').dispatchEvent(key);""")
    assert stopped
    sent = browser.execute_script("""
        const key = new KeyboardEvent('keydown', {key: 'Enter', bubbles: true, cancelable: true});
        return document.getElementById('q').dispatchEvent(key);""")
    assert sent


def test_search_mark_next_match_in_the_next_record_download(
    browser: webdriver.Chrome, site: Site, downloads: Path
) -> None:
    look(browser, 1366)
    wait = WebDriverWait(browser, 20)
    browser.get(f"{site.origin}/?lang=vi")
    browser.find_element(By.ID, "q").send_keys("van ban dien tu", Keys.ENTER)
    wait.until(lambda page: page.find_elements(By.CSS_SELECTOR, ".hit h2 a mark"))[0].click()
    wait.until(lambda page: page.find_elements(By.CSS_SELECTOR, ".box.current rect"))
    for _ in range(30):
        if a_record_id(2) in browser.current_url:
            break
        before = browser.current_url
        press(browser, "n")
        wait.until(lambda page, seen=before: page.current_url != seen and is_whole(page))  # type: ignore[misc]
    wait.until(lambda page: page.find_elements(By.CSS_SELECTOR, ".box.current rect"))
    assert "2/25" in browser.find_element(By.CSS_SELECTOR, ".back").text
    browser.find_element(By.CSS_SELECTOR, '.downloads a[href$="/goc/1"]').click()
    wait.until(lambda _: (downloads / "qd.pdf").is_file())
    assert (downloads / "qd.pdf").read_bytes().startswith(b"%PDF")
    press(browser, "g")
    wait.until(lambda page: f"/v/{a_record_id(1)}" in page.current_url and is_whole(page))
    assert browser.find_elements(By.CSS_SELECTOR, ".box.current rect"), "back to the last match of the record before"


def test_on_a_phone_the_page_begins_high_on_the_screen(browser: webdriver.Chrome, site: Site) -> None:
    look(browser, 390, 844)
    browser.get(f"{site.origin}{ONE}?q=van+ban+dien+tu&at=2&of=25&lang=vi")
    assert top_of(browser, ".page-image img") < 420
    search = browser.find_element(By.ID, "q")
    assert not search.is_displayed()
    browser.find_element(By.CSS_SELECTOR, ".inside-fold summary").click()
    assert search.is_displayed()
    if AXE.is_file():
        assert faults(browser) == []
    assert too_small(browser) == []


@pytest.mark.parametrize("width", [1366, 390])
def test_a_very_large_page_opens_at_its_match_or_where_its_text_begins(
    browser: webdriver.Chrome, site: Site, width: int
) -> None:
    look(browser, width, 844)
    for question, mark in (("q=van+ban+dien+tu&h=12", ".box.current rect"), ("q=", ".text-start")):
        browser.get(f"{site.origin}{ONE}/tr/1?{question}&z=3&lang=vi")
        assert browser.execute_script(
            """
            const paper = document.querySelector('.paper').getBoundingClientRect();
            const mark = document.querySelector(arguments[0]).getBoundingClientRect();
            return mark.left >= paper.left && mark.left < paper.right && mark.top >= paper.top && mark.top < paper.bottom;
            """,
            mark,
        ), mark
        assert browser.execute_script("return document.querySelector('.paper').scrollLeft") > 0, mark


def test_a_hit_opens_at_its_first_marked_place(browser: webdriver.Chrome, site: Site) -> None:
    look(browser, 1366, 500)
    browser.get(f"{site.origin}/?q=van+ban+dien+tu&lang=vi")
    browser.find_element(By.CSS_SELECTOR, ".hit h2 a").click()
    WebDriverWait(browser, 20).until(lambda page: page.find_elements(By.CSS_SELECTOR, ".box.current rect"))
    WebDriverWait(browser, 20).until(lambda page: page.execute_script("return scrollY") > 0)
    assert 0 < top_of(browser, ".box.current rect") < 500


def top_of(browser: webdriver.Chrome, selector: str) -> float:
    """Say how far below the upper edge of the screen something begins."""
    script = "return document.querySelector(arguments[0]).getBoundingClientRect().top"
    return float(browser.execute_script(script, selector))


def test_a_volume_is_leafed_through_by_keys(browser: webdriver.Chrome, site: Site) -> None:
    look(browser, 1366)
    wait = WebDriverWait(browser, 20)
    browser.get(site.origin + site.pages["/ho-so/<wanted>/doc/<int:page>"][0] + "&lang=vi")
    for key, page in ((Keys.ARROW_RIGHT, 2), (Keys.ARROW_RIGHT, 3), (Keys.ARROW_LEFT, 2)):
        press(browser, key)
        wait.until(lambda driver, number=page: f"/doc/{number}?" in driver.current_url and is_whole(driver))  # type: ignore[misc]
    while browser.find_elements(By.ID, "next-hit"):
        before = browser.current_url
        press(browser, "n")
        wait.until(lambda page, seen=before: page.current_url != seen and is_whole(page))  # type: ignore[misc]
    assert "/doc/3?" in browser.current_url
    assert browser.find_elements(By.CSS_SELECTOR, ".box.current rect")
    press(browser, Keys.ESCAPE)
    wait.until(lambda page: page.find_elements(By.CSS_SELECTOR, ".contents-table"))


def is_whole(browser: webdriver.Chrome) -> bool:
    return bool(browser.execute_script("return document.readyState === 'complete'"))


def press(browser: webdriver.Chrome, keys: str) -> None:
    webdriver.ActionChains(browser).send_keys(keys).perform()


def test_the_search_page_is_light_with_all_it_loads(browser: webdriver.Chrome, site: Site) -> None:
    look(browser, 390)
    browser.execute_cdp_cmd("Network.enable", {})
    browser.execute_cdp_cmd("Network.setCacheDisabled", {"cacheDisabled": True})
    browser.get(f"{site.origin}/?q=van+ban&lang=vi")
    loaded = json.loads(
        browser.execute_script("""
        return JSON.stringify(performance.getEntriesByType('resource').concat(performance.getEntriesByType('navigation'))
            .map(e => [e.name, e.encodedBodySize]))""")
    )
    assert browser.find_elements(By.CSS_SELECTOR, ".hit")
    assert sum(size for _, size in loaded) <= SEARCH_KILOBYTES * 1000, loaded
    browser.execute_cdp_cmd("Network.setCacheDisabled", {"cacheDisabled": False})


def test_the_first_page_image_is_light_on_a_phone(browser: webdriver.Chrome, site: Site) -> None:
    look(browser, 390)
    browser.get(f"{site.origin}{ONE}?lang=vi")
    WebDriverWait(browser, 20).until(
        lambda page: page.execute_script("return document.querySelector('.page-image img').complete")
    )
    source = browser.execute_script("return document.querySelector('.page-image img').currentSrc")
    assert "/anh/1/600" in source
    with urllib.request.urlopen(source) as answer:
        assert len(answer.read()) <= IMAGE_KILOBYTES * 1000
