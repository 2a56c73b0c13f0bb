"""A reader's way through the room in a real browser: search, read, see the marks, take a file home."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support import expected_conditions
from selenium.webdriver.support.ui import WebDriverWait

from tests.builders import a_record_id
from tests.search_ui.a_browser import INSTALLED, look, opened, served
from tests.search_ui.a_room import a_room, add

TEXT = (
    "Căn cứ Chỉ thị số 15/CT-TTg về việc tăng cường sử dụng văn bản điện tử trong hoạt động của cơ quan nhà nước. " * 4
)
PAGES = {"/", "/?q=van+ban+dien+tu", f"/v/{a_record_id(1)}?q=van+ban", f"/v/{a_record_id(1)}/van-ban?q=van+ban", f"/v/{a_record_id(1)}/thuoc-tinh",
         "/thu-nhan", "/kiem-tra", "/nop-tai-lieu", "/gop-y", f"/gop-y/moi?trang=/v/{a_record_id(1)}", "/nowhere"}  # fmt: skip

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not INSTALLED, reason="Chromium is not installed")]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    room = a_room(tmp_path_factory.mktemp("home"))
    fields = {
        "subject": "Về việc tăng cường sử dụng văn bản điện tử",
        "number": "15/CT-TTg",
        "type": "Chỉ thị",
        "date": "2012-05-22",
    }
    add(room, 1, [TEXT, "Trang hai: văn bản điện tử"], source="chỉ thị 15.pdf", fields=fields, findings=["S010"])
    for number in range(2, 8):
        add(room, number, [f"Báo cáo {number}"], source=f"bao cao {number}.pdf")
    room.follow()
    with served(room.app) as origin:
        yield origin
    room.archive.close()


@pytest.fixture(scope="module")
def downloads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("downloads")


@pytest.fixture(scope="module")
def browser(downloads: Path) -> Iterator[webdriver.Chrome]:
    with opened(downloads) as driver:
        yield driver


def test_search_mark_next_hit_download(browser: webdriver.Chrome, address: str, downloads: Path) -> None:
    look(browser, 1280, 900)
    browser.get(address)
    browser.find_element(By.TAG_NAME, "h1").click()
    browser.switch_to.active_element.send_keys(Keys.TAB)
    webdriver.ActionChains(browser).send_keys("/").perform()
    browser.switch_to.active_element.send_keys("van ban dien tu", Keys.ENTER)
    wait = WebDriverWait(browser, 30)
    wait.until(lambda page: page.find_element(By.CSS_SELECTOR, ".hit h2 a mark")).click()
    wait.until(lambda page: page.find_elements(By.CSS_SELECTOR, ".boxes rect"))
    wait.until(
        lambda page: page.execute_script(
            "const i=document.querySelector('.page-image img');return i.complete && i.naturalWidth>0"
        )
    )
    check_marks_lie_on_the_image(browser)
    hits = 1
    while browser.find_elements(By.ID, "next-hit"):
        webdriver.ActionChains(browser).send_keys("n").perform()
        hits += 1
        wait.until(expected_conditions.presence_of_element_located((By.CSS_SELECTOR, f"#h{hits}.current")))
    assert "/tr/2" in browser.current_url
    check_marks_lie_on_the_image(browser)
    browser.find_element(By.CSS_SELECTOR, '.downloads a[href$="/goc/1"]').click()
    wait.until(lambda _: (downloads / "chỉ thị 15.pdf").is_file())
    assert (downloads / "chỉ thị 15.pdf").read_bytes().startswith(b"%PDF")


def check_marks_lie_on_the_image(browser: webdriver.Chrome) -> None:
    """Every box lies inside the image and covers ink: what is marked is where the words are."""
    outside = browser.execute_script("""
        const page = document.querySelector('.page-image img').getBoundingClientRect();
        return [...document.querySelectorAll('.boxes rect')].map(r => r.getBoundingClientRect()).filter(r =>
            r.width < 2 || r.height < 2 || r.left < page.left - 2 || r.right > page.right + 2 ||
            r.top < page.top - 2 || r.bottom > page.bottom + 2).length""")
    assert outside == 0
    dark = browser.execute_script("""
        const image = document.querySelector('.page-image img'), canvas = document.createElement('canvas');
        canvas.width = image.naturalWidth; canvas.height = image.naturalHeight;
        const pen = canvas.getContext('2d'); pen.drawImage(image, 0, 0);
        const share = s => parseFloat(s) / 100;
        return [...document.querySelectorAll('.boxes rect')].map(r => {
            const at = n => share(r.getAttribute(n));
            const data = pen.getImageData(at('x') * canvas.width, at('y') * canvas.height,
                Math.max(1, at('width') * canvas.width), Math.max(1, at('height') * canvas.height)).data;
            let ink = 0; for (let i = 0; i < data.length; i += 4) { if (data[i] < 128) { ink += 1; } }
            return ink / (data.length / 4); })""")
    assert dark
    assert min(dark) > 0.03


def complaints(browser: webdriver.Chrome) -> list[str]:
    """Give what the browser has complained of since the last time, broken policies among it."""
    return [entry["message"] for entry in browser.get_log("browser")]  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("path", sorted(PAGES))
def test_every_page_fits_its_screen_and_breaks_no_policy(
    browser: webdriver.Chrome, address: str, path: str, width: int
) -> None:
    look(browser, width, 900)
    complaints(browser)
    browser.get(address + path)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    assert [each for each in complaints(browser) if "404" not in each] == []
    if width < 600:
        small = browser.execute_script("""
            return [...document.querySelectorAll('a[href], button, input:not([type=hidden]), summary')]
                .filter(e => e.offsetParent !== null && !e.closest('p, dd, td, li li, .findings, .text-page, .skip'))
                .map(e => [e.textContent.trim(), e.getBoundingClientRect().height]).filter(([, h]) => h < 43.5)""")
        assert small == []


def test_it_all_works_without_javascript(browser: webdriver.Chrome, address: str) -> None:
    look(browser, 390, 900)
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser.get(f"{address}/?q=van+ban+dien+tu")
        browser.find_element(By.CSS_SELECTOR, ".hit h2 a").click()
        wait = WebDriverWait(browser, 30)  # without scripts a click does not wait for the page it leads to
        wait.until(lambda page: page.find_elements(By.CSS_SELECTOR, ".boxes rect"))
        browser.find_element(By.ID, "next-hit").click()
        wait.until(lambda page: "h=2" in page.current_url)
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
