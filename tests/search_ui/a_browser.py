"""A real browser and a served room for tests that need both."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from selenium import webdriver
from waitress.server import create_server  # type: ignore[import-untyped]

CHROMIUM, DRIVER = "/usr/bin/chromium", "/usr/bin/chromedriver"
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
