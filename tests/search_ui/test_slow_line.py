"""On a phone with a slow line: when results can be read, and when the first page image stands. Prints what it measures.

The line is Chromium's emulation: 1 Mbit/s both ways and 300 ms before each answer. It knows no loss and no handshakes.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from tests.search_ui.a_browser import INSTALLED, look, opened, served
from tests.search_ui.a_room import a_room, add

BYTES_A_SECOND, LATENCY_MS = 1_000_000 // 8, 300
RESULTS_SECONDS, IMAGE_SECONDS, IMAGE_BYTES = 3.0, 5.0, 150_000
WORDS = "Về việc tăng cường sử dụng văn bản điện tử trong hoạt động của cơ quan nhà nước "

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not INSTALLED, reason="Chromium is not installed")]


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    room = a_room(tmp_path_factory.mktemp("home"))
    for number in range(1, 41):
        fields = {"subject": f"{WORDS}{number}", "number": f"{number}/CT-TTg", "type": "Chỉ thị", "date": "2012-05-22"}
        add(room, number, [WORDS * 25, WORDS * 20, WORDS * 10], source=f"{number}.pdf", fields=fields)
    room.follow()
    with served(room.app) as address:
        yield address
    room.archive.close()


@pytest.fixture
def phone(tmp_path: Path) -> Iterator[webdriver.Chrome]:
    with opened(tmp_path) as browser:
        look(browser, 390, 844)
        browser.execute_cdp_cmd("Network.enable", {})
        browser.execute_cdp_cmd("Network.setCacheDisabled", {"cacheDisabled": True})
        line = {"offline": False, "latency": LATENCY_MS, "downloadThroughput": BYTES_A_SECOND, "uploadThroughput": BYTES_A_SECOND}  # fmt: skip
        browser.execute_cdp_cmd("Network.emulateNetworkConditions", line)
        yield browser


def test_results_can_be_read_within_three_seconds_and_the_first_page_within_five(
    origin: str, phone: webdriver.Chrome
) -> None:
    phone.get(f"{origin}/?q=van+ban&lang=vi")
    results = _painted_seconds(phone)
    record = phone.find_element(By.CSS_SELECTOR, ".hit h2 a").get_attribute("href")
    assert record
    phone.get(record)
    WebDriverWait(phone, 60).until(lambda page: _image(page) is not None)
    image = _image(phone)
    assert image
    seconds, size = image
    told = f"results {results:.2f} s; first page image {seconds:.2f} s, {size:,} bytes"
    sys.stdout.write(f"\n1 Mbit/s, {LATENCY_MS} ms, 390 px: {told}\n")
    assert results <= RESULTS_SECONDS
    assert seconds <= IMAGE_SECONDS
    assert size <= IMAGE_BYTES


def _painted_seconds(browser: webdriver.Chrome) -> float:
    """Say when the page was painted and whole, from the click on."""
    script = """
        const painted = performance.getEntriesByName('first-contentful-paint')[0];
        const page = performance.getEntriesByType('navigation')[0];
        return painted ? Math.max(painted.startTime, page.domContentLoadedEventEnd) : 0"""
    WebDriverWait(browser, 60).until(lambda page: page.execute_script(script))
    return float(browser.execute_script(script)) / 1000


def _image(browser: webdriver.Chrome) -> tuple[float, int] | None:
    """Say when the page image was there whole, from the click on, and how large it was."""
    found = browser.execute_script("""
        const image = document.querySelector('.page-image img');
        const entry = image && image.complete && performance.getEntriesByName(image.currentSrc)[0];
        return entry && entry.responseEnd ? [entry.responseEnd / 1000, entry.encodedBodySize] : null""")
    return (float(found[0]), int(found[1])) if found else None
