"""What answers at the cluster's address is not always what we can use: it is said, and nobody waits for ever.

A tiny server stands at the edge of the network in the place of clusters that cannot be run here.
"""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from schemas.errors import TryLaterError
from schemas.settings import Settings
from search_ui.doctor import examine
from search_ui.index.cluster import client_of, open_cluster
from tests.services import free_port

OPENSEARCH_3 = {"version": {"number": "3.6.0", "distribution": "opensearch"}}


@contextmanager
def a_server(answers: dict[str, Any], *, status: int = 200) -> Iterator[str]:
    """Answer every GET with the longest beginning of its path that is known."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known = max((path for path in answers if self.path.startswith(path)), key=len)
            body = json.dumps(answers[known]).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def refusal(settings: Settings) -> TryLaterError:
    with pytest.raises(TryLaterError) as raised:
        open_cluster(settings)
    return raised.value


@pytest.mark.parametrize(
    "version",
    [
        {"number": "2.19.1", "distribution": "opensearch"},
        {"number": "4.0.0", "distribution": "opensearch"},
        {"number": "8.17.0", "build_flavor": "default"},
    ],
)
def test_another_version_is_told(tmp_path: Path, version: dict[str, str]) -> None:
    with a_server({"/": {"version": version}}) as address:
        settings = Settings(home=tmp_path, search_url=address)
        error, (check,) = refusal(settings), examine(settings)
    assert (error.code, version["number"] in error.message) == ("T022", True)
    assert (check.ok, check.optional, "T022" in check.detail) == (False, False, True)


def test_an_account_that_is_refused_is_told(tmp_path: Path) -> None:
    with a_server(
        {"/": {"error": {"type": "security_exception", "reason": "no"}, "status": 401}}, status=401
    ) as address:
        assert refusal(Settings(home=tmp_path, search_url=address)).code == "T022"


def test_a_cluster_that_is_not_ready_is_told(tmp_path: Path) -> None:
    answer = {"error": {"type": "cluster_manager_not_discovered_exception", "reason": "no"}, "status": 503}
    with a_server({"/": answer}, status=503) as address:
        error = refusal(Settings(home=tmp_path, search_url=address))
    assert (error.code, "cluster_manager_not_discovered_exception" in error.message) == ("T023", True)


@pytest.mark.parametrize(("colour", "ok", "works"), [("green", True, False), ("yellow", False, True)])
def test_the_doctor_says_how_the_cluster_is(tmp_path: Path, colour: str, ok: bool, works: bool) -> None:  # noqa: FBT001 - a table
    health = {"status": colour, "number_of_nodes": 3}
    with a_server({"/": OPENSEARCH_3, "/_cluster/health": health, "/_alias": {}}) as address:
        (check,) = examine(Settings(home=tmp_path, search_url=address))
    assert (check.ok, check.works, check.ok or check.optional) == (ok, works, True)
    assert "3.6.0" in check.detail


def test_a_red_cluster_is_told_and_opened_only_to_be_made_anew(tmp_path: Path) -> None:
    health = {"status": "red", "number_of_nodes": 3}
    with a_server({"/": OPENSEARCH_3, "/_cluster/health": health, "/_alias": {}}) as address:
        settings = Settings(home=tmp_path, search_url=address)
        error, (check,) = refusal(settings), examine(settings)
        assert open_cluster(settings, repaired=True).look() is None
    assert (error.code, check.ok, check.optional) == ("T023", False, False)


def test_one_of_several_nodes_that_is_away_does_not_stop_us(tmp_path: Path) -> None:
    health = {"status": "green", "number_of_nodes": 2}
    away = [f"http://127.0.0.1:{free_port()}" for _ in range(2)]
    with a_server({"/": OPENSEARCH_3, "/_cluster/health": health, "/_alias": {}}) as address:
        for order in ([address, *away], [*away, address]):
            open_cluster(Settings(home=tmp_path, search_url=", ".join(order)))


def test_nodes_that_never_answer_are_given_up(tmp_path: Path) -> None:
    client = client_of(Settings(home=tmp_path, search_url=f"http://127.0.0.1:{free_port()}"))
    assert (client.transport.max_retries, client.transport.kwargs["timeout"]) == (2, 20)
    started = time.monotonic()
    error = refusal(Settings(home=tmp_path, search_url=f"http://127.0.0.1:{free_port()},http://[::1]:{free_port()}"))
    assert error.code == "T023"
    assert time.monotonic() - started < 10
