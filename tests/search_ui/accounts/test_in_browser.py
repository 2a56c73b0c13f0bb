"""Log-in with a second factor, the way out and what Back shows then, in a real browser; every page fits its screen."""

import re
import shutil
from collections.abc import Callable, Iterator

import cv2
import numpy as np
import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from search_ui.accounts import people, tables
from search_ui.accounts.desk import AccountDesk
from search_ui.accounts.door import now as the_time
from search_ui.room import ACCOUNTS
from tests.search_ui.a_browser import AXE, CHROMIUM, DRIVER, QUIET, faults, look
from tests.search_ui.a_browser import served as opened_to_browsers
from tests.search_ui.a_room import a_room
from tests.search_ui.accounts.people_of_the_agency import PASSWORD, by, code, somebody
from tests.search_ui.test_browser import complaints

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (shutil.which(CHROMIUM) and shutil.which(DRIVER)), reason="Chromium is not installed"),
]

PAGES = ("/tai-khoan", "/tai-khoan/mat-khau", "/tai-khoan/buoc-hai", "/quan-tri/tai-khoan", "/quan-tri/vai-tro",
         "/quan-tri/don-vi", "/quan-tri/quyen", "/quan-tri/nhat-ky", "/dang-nhap/xac-nhan", "/dang-nhap/lap-mat-khau", "/thu-nhan")  # fmt: skip


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, AccountDesk]]:
    room = a_room(tmp_path_factory.mktemp("home"))
    room.follow()
    desk: AccountDesk = room.app.extensions[ACCOUNTS]
    somebody(
        desk, "chi", "administrator", "archivist", "access-officer", "inspector", "reader", second=True, now=the_time()
    )
    somebody(desk, "lan", "reader", now=the_time())
    with opened_to_browsers(room.app) as origin:
        yield origin, desk
    desk.close()
    room.archive.close()


@pytest.fixture
def browser() -> Iterator[webdriver.Chrome]:
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for each in QUIET:
        options.add_argument(each)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    driver.set_page_load_timeout(60)
    look(driver, 1366, 900)
    yield driver
    driver.quit()


def type_in(browser: webdriver.Chrome, **values: str) -> None:
    for name, text in values.items():
        browser.find_element(By.ID, name).send_keys(text)
    press(browser, "main button.main")


def press(browser: webdriver.Chrome, selector: str) -> None:
    """Press something and wait until its page is gone."""
    browser.execute_script("window.pageOfThePress = true")
    browser.find_element(By.CSS_SELECTOR, selector).click()
    arrived = "return !window.pageOfThePress && document.readyState === 'complete'"
    WebDriverWait(browser, 30).until(lambda page: page.execute_script(arrived))


def log_in(
    browser: webdriver.Chrome,
    served: tuple[str, AccountDesk],
    login: str,
    *,
    seen: Callable[[], None] = lambda: None,
) -> None:
    address, desk = served
    with desk.writing() as connection:
        connection.execute(tables.accounts.update().values(secret_step=0))
    browser.get(f"{address}/dang-nhap")
    type_in(browser, login=login, password=PASSWORD)
    if "buoc-hai" in browser.current_url:
        seen()
        type_in(browser, code=code())


def test_in_with_a_second_factor_out_and_back_shows_nothing(
    browser: webdriver.Chrome, served: tuple[str, AccountDesk]
) -> None:
    log_in(browser, served, "chi")
    browser.get(f"{served[0]}/quan-tri/tai-khoan")
    assert "Ông lan" in browser.page_source
    press(browser, 'form[action="/dang-xuat"] button')
    assert browser.current_url.endswith("/dang-nhap")
    for _ in range(3):
        browser.back()
        assert "Ông lan" not in browser.page_source


def test_the_picture_is_one_that_an_app_can_read(browser: webdriver.Chrome, served: tuple[str, AccountDesk]) -> None:
    log_in(browser, served, "lan")
    look(browser, 1366, 900)
    browser.get(f"{served[0]}/tai-khoan/buoc-hai")
    shot = browser.find_element(By.CSS_SELECTOR, ".qr svg").screenshot_as_png
    image = cv2.imdecode(np.frombuffer(shot, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert image is not None
    texts = (_read_code(image, scale) for scale in (3, 2, 4, 1, 5))  # OpenCV misses some codes at some sizes
    text = next(filter(None, texts), "")
    secret = browser.find_element(By.ID, "secret").text.replace(" ", "")
    assert text.startswith("otpauth://totp/")
    assert f"secret={secret}" in text


def _read_code(image: np.ndarray, scale: int) -> str:
    large = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_NEAREST)
    edged = cv2.copyMakeBorder(large, 40, 40, 40, 40, cv2.BORDER_CONSTANT, value=255)
    return str(cv2.QRCodeDetector().detectAndDecode(edged)[0] or cv2.QRCodeDetectorAruco().detectAndDecode(edged)[0])


def test_a_lost_right_is_lost_at_the_next_click(browser: webdriver.Chrome, served: tuple[str, AccountDesk]) -> None:
    address, desk = served
    log_in(browser, served, "lan")
    browser.get(f"{address}/kiem-tra")
    assert "Kiểm tra kết quả số hóa" in browser.page_source
    browser.get(f"{address}/")
    account = people.named(desk, "lan")
    people.change(desk, people.with_roles(account, ()), by=by())
    press(browser, "nav.rooms a")
    assert browser.current_url.endswith("/tai-khoan")
    people.change(desk, account, by=by())


@pytest.mark.parametrize("width", [1366, 390])
def test_every_page_fits_its_screen_and_breaks_no_policy(
    browser: webdriver.Chrome, served: tuple[str, AccountDesk], width: int
) -> None:
    address, desk = served
    look(browser, width, 900)
    browser.get(f"{address}/dang-nhap?next=/tai-khoan")
    check(browser, width)
    log_in(browser, served, "chi", seen=lambda: check(browser, width))
    for path in (*PAGES, f"/quan-tri/tai-khoan/{people.named(desk, 'lan').id}"):
        for language in ("vi", "en"):
            browser.get(f"{address}{path}?lang={language}")
            assert re.search(r"[?&]lang=", browser.current_url), path
            check(browser, width)


def check(browser: webdriver.Chrome, width: int) -> None:
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width, browser.current_url
    assert complaints(browser) == []
    if width < 600:
        small = browser.execute_script("""
            return [...document.querySelectorAll('a[href], button, input:not([type=hidden]), summary, select, .tick')]
                .filter(e => e.offsetParent !== null && e.type !== 'checkbox' && !e.closest('p, dd, td, li li, .skip'))
                .map(e => [e.textContent.trim(), e.getBoundingClientRect().height]).filter(([, h]) => h < 43.5)""")
        assert small == [], browser.current_url
    if AXE.is_file():
        assert faults(browser) == [], browser.current_url
