"""A real browser and a served room for tests that need both."""

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from selenium import webdriver
from waitress.server import create_server  # type: ignore[import-untyped]

from tests.sources import ROOT

CHROMIUM, DRIVER = "/usr/bin/chromium", "/usr/bin/chromedriver"
AXE = Path(os.environ.get("LUUTRU_TOOLS", ROOT / ".tools")) / "axe" / "axe.min.js"
RULES = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
INSTALLED = bool(shutil.which(CHROMIUM) and shutil.which(DRIVER))
QUIET = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """Serve an application on a free port of this machine and give its address."""
    server = create_server(app, host="127.0.0.1", port=0)
    thread = threading.Thread(target=_run, args=(server,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        server.close()
        thread.join(timeout=10)


def _run(server: object) -> None:
    try:
        server.run()  # type: ignore[attr-defined]
    except OSError:
        return  # it was closed while it waited


@contextmanager
def opened(downloads: Path) -> Iterator[webdriver.Chrome]:
    """Open Debian's Chromium."""
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for each in QUIET:
        options.add_argument(each)
    options.add_experimental_option("prefs", {"download.default_directory": str(downloads)})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    driver.set_page_load_timeout(60)
    try:
        yield driver
    finally:
        driver.quit()


def look(browser: webdriver.Chrome, width: int, height: int = 768) -> None:
    """Give the browser a screen of this size; a narrow one is a phone's."""
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def faults(browser: webdriver.Chrome) -> list[str]:
    """Let axe look at the page and give what it finds."""
    browser.execute_script(AXE.read_text(encoding="utf-8"))
    script = "const done = arguments[1]; axe.run(document, {runOnly: arguments[0]}).then(done, e => done({violations: [{id: String(e), nodes: []}]}))"
    found = browser.execute_async_script(script, RULES)
    return [f"{each['id']}: {[node['html'] for node in each['nodes'][:3]]}" for each in found["violations"]]


def too_small(browser: webdriver.Chrome) -> list[str]:
    """Give what a thumb would miss; links inside of sentences and tables may be lower."""
    found: list[str] = browser.execute_script("""
        return [...document.querySelectorAll('a[href], button, input:not([type=hidden]):not([type=checkbox]), summary')]
            .filter(e => e.offsetParent !== null && !e.closest('p, dd, td, li li, .findings, .text-page, .skip, .where'))
            .filter(e => e.getBoundingClientRect().height < 43.5).map(e => e.outerHTML.slice(0, 120))""")
    return found
