"""A real server process of a home, and a line to it that is cut again and again."""

import random
import re
import socket
import struct
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).parents[2]
_BLOCK = 65536


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(home: Path, port: int, *, workers: int = 1) -> subprocess.Popen[str]:
    """Start `luutru serve` and wait until it answers."""
    command = [sys.executable, str(ROOT / "luutru.py"), "--home", str(home), "serve"]
    options = ["--port", str(port), "--workers", str(workers)]
    with (home / "serve.log").open("a", encoding="utf-8") as log:
        server = subprocess.Popen([*command, *options], cwd=ROOT, text=True, stdout=log, stderr=log)
    deadline = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/thu-nhan", timeout=5):
                return server
        except (urllib.error.URLError, OSError):
            assert time.monotonic() < deadline, (home / "serve.log").read_text(encoding="utf-8")
            assert server.poll() is None, (home / "serve.log").read_text(encoding="utf-8")
            time.sleep(0.2)


def stop(server: subprocess.Popen[str]) -> None:
    server.terminate()
    server.wait(timeout=60)


def fetch(address: str) -> str:
    with urllib.request.urlopen(address, timeout=30) as answer:
        return str(answer.read().decode())


def counts(page: str) -> dict[str, int]:
    """Read how many documents stand where from the page of a batch."""
    found = re.findall(r'tinh-trang=([a-z-]+)"[^>]*>[^<]*<span class="number">([\d.]+)</span>', page)
    return {state: int(number.replace(".", "")) for state, number in found}


class Line:
    """A TCP line to a port of this machine; each connection is cut after some bytes while `cutting`."""

    def __init__(self, target: int, *, seed: int, most_bytes: int) -> None:
        self._target, self._random, self._most = target, random.Random(seed), most_bytes
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.cutting = True
        self.cuts = 0
        self.sent_bytes = 0  # upwards, what was lost on the way too
        threading.Thread(target=self._listen, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                threading.Thread(target=self._carry, args=(near,), daemon=True).start()

    def _carry(self, near: socket.socket) -> None:
        try:
            far = socket.create_connection(("127.0.0.1", self._target), timeout=10)
        except OSError:
            _reset(near)
            return
        far.settimeout(None)
        threading.Thread(target=self._down, args=(far, near), daemon=True).start()
        left = self._random.randrange(_BLOCK, self._most)
        with suppress(OSError):
            while block := near.recv(_BLOCK):
                self.sent_bytes += len(block)
                left -= len(block)
                if self.cutting and left < 0:
                    self.cuts += 1
                    _reset(near)
                    _reset(far)
                    return
                far.sendall(block)
        far.close()
        near.close()

    def _down(self, far: socket.socket, near: socket.socket) -> None:
        with suppress(OSError):
            while block := far.recv(_BLOCK):
                near.sendall(block)
        with suppress(OSError):
            near.shutdown(socket.SHUT_WR)


def _reset(end: socket.socket) -> None:
    """Close as a cut line does: with a reset, not with a goodbye."""
    with suppress(OSError):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    end.close()


@contextmanager
def line_to(port: int, *, seed: int, most_bytes: int) -> Iterator[Line]:
    line = Line(port, seed=seed, most_bytes=most_bytes)
    try:
        yield line
    finally:
        line.close()
