"""The room behind the proxy of `deploy/`: a real nginx with TLS before a real server, as readers meet them."""

import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from waitress.server import create_server  # type: ignore[import-untyped]

from search_ui.accounts.door import now as the_time
from search_ui.app import create_app
from search_ui.room import ACCOUNTS
from tests.search_ui.a_room import a_desk, a_room, draw
from tests.search_ui.accounts.a_directory import _certificate
from tests.search_ui.accounts.people_of_the_agency import PASSWORD, somebody, token
from tests.services import free_port
from tests.sources import ROOT

NGINX = shutil.which("nginx") or "/usr/sbin/nginx"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path(NGINX).exists(), reason="nginx is not installed"),
]


def configuration(folder: Path, *, room_port: int, safe_port: int, open_port: int) -> str:
    """Give the example of `deploy/`, on ports and with a certificate of this test."""
    text = (ROOT / "deploy" / "nginx.example.conf").read_text(encoding="utf-8")
    changes = {
        "listen 80;": f"listen 127.0.0.1:{open_port};",
        "listen 443 ssl;": f"listen 127.0.0.1:{safe_port} ssl;",
        "/etc/luutru/tls/certificate.pem": str(folder / "ca.pem"),
        "/etc/luutru/tls/key.pem": str(folder / "key.pem"),
        "127.0.0.1:8080": f"127.0.0.1:{room_port}",
        "server_name luutru.example": "server_name luutru.example 127.0.0.1",
    }
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new)
    temporary = "".join(
        f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return (
        f"pid {folder}/nginx.pid; error_log {folder}/error.log; worker_processes 1; events {{}}\n"
        f"http {{ access_log off; {temporary}\n{text}\n}}\n"
    )


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str, Path]]:
    folder = tmp_path_factory.mktemp("proxy")
    _certificate(folder)
    made = a_room(tmp_path_factory.mktemp("home"))
    settings = made.settings.model_copy(update={"behind_proxy": True, "hosts": "luutru.example"})
    app = create_app(settings, archive=made.archive, index=made.index, render=draw, desk=a_desk(settings))
    somebody(app.extensions[ACCOUNTS], "lan", "reader", now=the_time())
    server = create_server(app, host="127.0.0.1", port=0, ident=None, clear_untrusted_proxy_headers=False)
    threading.Thread(target=_run, args=(server,), daemon=True).start()
    safe_port, open_port = free_port(), free_port()
    text = configuration(folder, room_port=server.effective_port, safe_port=safe_port, open_port=open_port)
    (folder / "nginx.conf").write_text(text)
    command = [NGINX, "-c", str(folder / "nginx.conf"), "-p", str(folder)]
    subprocess.run([*command, "-t"], check=True, capture_output=True)
    with subprocess.Popen([*command, "-g", "daemon off;"], stderr=subprocess.DEVNULL) as nginx:
        time.sleep(1)
        yield f"https://127.0.0.1:{safe_port}", f"http://127.0.0.1:{open_port}", folder / "ca.pem"
        nginx.terminate()
    server.close()
    app.extensions[ACCOUNTS].close()
    made.archive.close()


def _run(server: object) -> None:
    try:
        server.run()  # type: ignore[attr-defined]
    except OSError:
        return  # it was closed while it waited


def test_a_reader_logs_in_through_the_proxy(address: tuple[str, str, Path]) -> None:
    safe, _, authority = address
    with requests.Session() as reader:
        reader.trust_env, reader.verify = False, str(authority)
        page = reader.get(f"{safe}/", timeout=30)
        assert page.url.startswith(f"{safe}/dang-nhap")
        assert "max-age" in page.headers["Strict-Transport-Security"]
        values = {"csrf": token(page.text), "login": "lan", "password": PASSWORD, "next": "/"}
        home = reader.post(f"{safe}/dang-nhap", data=values, headers={"Origin": safe}, timeout=30)
        assert home.status_code == 200
        assert "Ông lan" in home.text
        assert all(each.name.startswith("__Host-") and each.secure for each in reader.cookies)


def test_what_a_reader_claims_of_an_address_is_thrown_away(address: tuple[str, str, Path]) -> None:
    safe, _, authority = address
    with requests.Session() as reader:
        reader.trust_env, reader.verify = False, str(authority)
        claims = {
            "X-Forwarded-For": "198.51.100.7",
            "X-Forwarded-Host": "evil.example",
            "Forwarded": "for=198.51.100.7",
        }
        page = reader.get(f"{safe}/dang-nhap", headers=claims, timeout=30)
        values = {"csrf": token(page.text), "login": "lan", "password": PASSWORD, "next": "/tai-khoan"}
        own = reader.post(f"{safe}/dang-nhap", data=values, headers=claims, timeout=30)
        assert own.status_code == 200
        assert "198.51.100.7" not in own.text
        assert re.search(r"127\.0\.0\.1", own.text)


def test_who_comes_in_the_open_is_led_to_tls(address: tuple[str, str, Path]) -> None:
    _, plain, _ = address
    answer = requests.get(f"{plain}/", allow_redirects=False, timeout=30)
    assert answer.status_code == 301
    assert answer.headers["Location"].startswith("https://")


def test_the_server_of_the_command_refuses_who_goes_round_the_proxy(tmp_path: Path) -> None:
    script = "import luutru, sys; sys.argv[1:] = ['serve', '--home', sys.argv[1], '--host', '0.0.0.0']; luutru.main()"
    environment = {**os.environ, "LUUTRU_LANG": "en"}
    command = [sys.executable, "-c", script, str(tmp_path)]
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 7
    assert ended.stderr.startswith("R001: There is no account yet")
