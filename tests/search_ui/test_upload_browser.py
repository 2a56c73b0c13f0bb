"""Handing in from a real browser over a line that is cut, with a killed server and a reboot in between."""

import hashlib
import os
import random
import shutil
import time
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.by import By

from archive import access, home
from schemas.settings import Settings
from tests.search_ui.a_browser import CHROMIUM, DRIVER, QUIET, look
from tests.search_ui.a_server import counts, fetch, free_port, line_to, start, stop

TOTAL_BYTES = 200_000_000
FILES = 12
CUTS = 20
CUT_BYTES = 9_000_000  # at most, after which a connection is cut

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (shutil.which(CHROMIUM) and shutil.which(DRIVER)), reason="Chromium is not installed"),
]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = Settings(home=tmp_path / "home")
    home.init(made, now=datetime.now(UTC)).close()
    return made


@pytest.fixture
def port(settings: Settings) -> Iterator[int]:
    number = free_port()
    server = start(settings.home, number)
    yield number
    stop(server)


def a_browser(profile: Path) -> webdriver.Chrome:
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for each in (*QUIET, f"--user-data-dir={profile}"):
        options.add_argument(each)
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    driver.set_page_load_timeout(60)
    return driver


def until(condition: Callable[[], object], *, seconds: float = 300) -> None:
    deadline = time.monotonic() + seconds
    while True:
        with suppress(WebDriverException, OSError):
            if condition():
                return
        assert time.monotonic() < deadline
        time.sleep(0.2)


def random_files(folder: Path) -> dict[str, str]:
    """Make files that no program opens, with names as people give them; gives SHA-256 → name."""
    folder.mkdir()
    sizes, dice = [TOTAL_BYTES // FILES] * FILES, random.Random(7)
    digests = {}
    for number, size in enumerate(sizes):
        name = unicodedata.normalize("NFD" if number % 2 else "NFC", f"Quyết định số {number} (bản quét).bin")
        content = dice.randbytes(size + number)
        (folder / name).write_bytes(content)
        digests[hashlib.sha256(content).hexdigest()] = unicodedata.normalize("NFC", name)
    return digests


def kept(settings: Settings) -> dict[str, list[str]]:
    """Give what the archive holds: SHA-256 of each original, read again, → names of its records."""
    found: dict[str, list[str]] = {}
    with home.open_archive(settings, writable=False) as archive:
        for row in access.list_records(archive):
            original, stream = access.open_original(archive, row.id)
            with stream:
                name = unicodedata.normalize("NFC", original.name)  # it is kept as it was received
                found.setdefault(hashlib.sha256(stream.read()).hexdigest(), []).append(name)
    return found


def test_nothing_is_lost_or_doubled_over_a_bad_line(settings: Settings, tmp_path: Path) -> None:
    digests = random_files(tmp_path / "files")
    chosen = "\n".join(str(path) for path in sorted((tmp_path / "files").iterdir()))
    number = free_port()
    server = start(settings.home, number)
    with line_to(number, seed=3, most_bytes=CUT_BYTES) as line:
        address = f"http://127.0.0.1:{line.port}"
        browser = a_browser(tmp_path / "profile")
        try:
            browser.get(f"{address}/nop-tai-lieu")
            browser.find_element(By.ID, "files").send_keys(chosen)
            until(lambda: line.sent_bytes > TOTAL_BYTES * 0.2)
        finally:
            browser.quit()  # the reader's machine is switched off
        browser = a_browser(tmp_path / "profile")
        try:
            until(lambda: [browser.get(f"{address}/nop-tai-lieu")])  # type: ignore[func-returns-value]
            until(lambda: "/nop-tai-lieu/" in browser.current_url)
            until(lambda: [browser.find_element(By.ID, "files").send_keys(chosen)])  # type: ignore[func-returns-value]
            browser.find_element(By.ID, "phong").send_keys("UBND")
            browser.find_element(By.ID, "hand-in").click()
            until(lambda: line.sent_bytes > TOTAL_BYTES * 0.6)
            server.kill()
            server.wait()
            time.sleep(2)
            server = start(settings.home, number)
            until(lambda: "/thu-nhan/" in browser.current_url)
            batch = browser.current_url.rpartition("/")[2]
        finally:
            browser.quit()
        wanted = f"http://127.0.0.1:{number}/thu-nhan/{batch}"
        until(lambda: sum(counts(fetch(wanted)).get(state, 0) for state in ("archived", "review")) == FILES)
        until(lambda: not any(settings.uploads.rglob("*")))
        stop(server)
        assert line.cuts >= CUTS
        assert line.sent_bytes < 2 * TOTAL_BYTES  # it went on where it stood
    assert kept(settings) == {digest: [name] for digest, name in digests.items()}


def test_a_folder_and_a_reload_while_files_are_sent(settings: Settings, port: int, tmp_path: Path) -> None:
    folder = tmp_path / "hộp 7"
    for name in ("hs 1/a.txt", "hs 1/b.txt", "hs 2/a.txt"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"Số: 7/QĐ-UBND\nVề việc {name}\n", encoding="utf-8")
    browser = a_browser(tmp_path / "profile")
    try:
        browser.get(f"http://127.0.0.1:{port}/nop-tai-lieu")
        browser.find_element(By.ID, "folder").send_keys(str(folder))
        until(lambda: "3 / 3" in browser.find_element(By.ID, "sum").text)
        browser.refresh()
        until(lambda: len(browser.find_elements(By.CSS_SELECTOR, "li[data-upload]")) == 3)
        browser.find_element(By.ID, "folder").send_keys(str(folder))
        until(lambda: browser.page_source.count("đã có trong lô") == 3)
        browser.find_element(By.ID, "hand-in").click()
        until(lambda: "/thu-nhan/" in browser.current_url)
        until(lambda: "Đã xong cả 3 văn bản." in browser.page_source)  # the page looks by itself
        names = {each.text for each in browser.find_elements(By.CSS_SELECTOR, "tbody th a")}
        assert names == {"hộp 7/hs 1/a.txt", "hộp 7/hs 1/b.txt", "hộp 7/hs 2/a.txt"}
        look(browser, 390, 900)
        assert browser.execute_script("return document.documentElement.scrollWidth") <= 390
    finally:
        browser.quit()


def test_without_javascript_a_plain_form_hands_in(settings: Settings, port: int, tmp_path: Path) -> None:
    (tmp_path / "Tờ trình.txt").write_text("Số: 9/TTr-UBND\nVề việc xin kinh phí\n", encoding="utf-8")
    browser = a_browser(tmp_path / "profile")
    try:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
        browser.get(f"http://127.0.0.1:{port}/nop-tai-lieu")
        browser.find_element(By.ID, "files").send_keys(os.fspath(tmp_path / "Tờ trình.txt"))
        browser.find_element(By.ID, "hand-in").click()
        until(lambda: "/thu-nhan/" in browser.current_url)

        def done() -> bool:
            for link in browser.find_elements(By.CSS_SELECTOR, ".refresh a"):
                link.click()
            return "Đã xong cả 1 văn bản." in browser.page_source

        until(done)
        browser.find_element(By.LINK_TEXT, "Tờ trình.txt").click()
        until(lambda: "/v/" in browser.current_url)  # without scripts a click does not wait for the page it leads to
        browser.find_element(By.LINK_TEXT, "Báo sai / Góp ý").click()
        until(lambda: browser.find_elements(By.ID, "noi-dung"))
        browser.find_element(By.ID, "noi-dung").send_keys("Thiếu ngày ký")
        browser.find_element(By.CSS_SELECTOR, "form.fields button").click()
        until(lambda: "Đã ghi góp ý số 1" in browser.page_source, seconds=30)
    finally:
        browser.quit()
