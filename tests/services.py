"""Real PostgreSQL, Redis and OpenSearch for tests: own instances on free ports in a temporary folder, as an unprivileged user.

Debian's own services are neither used nor left running. Each function is a context manager that gives an address.
"""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.sources import ROOT

_POSTGRESQL = Path("/usr/lib/postgresql/15/bin")
_USER = "nobody"


def free_port() -> int:
    """Give a port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def _folder() -> Iterator[Path]:
    """Give a folder that the unprivileged user owns."""
    folder = Path(tempfile.mkdtemp(prefix="luutru-service-"))
    try:
        if os.getuid() == 0:
            user = pwd.getpwnam(_USER)
            os.chown(folder, user.pw_uid, user.pw_gid)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _as_user(command: list[str], folder: Path) -> subprocess.Popen[bytes]:
    user = _USER if os.getuid() == 0 else None
    log = (folder.parent / f"{folder.name}.log").open("wb")
    with log:
        return subprocess.Popen(command, cwd=folder, user=user, stdin=subprocess.DEVNULL, stdout=log, stderr=log)


def _wait_for(port: int, process: subprocess.Popen[bytes], *, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args!r} ended with {process.returncode}")
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"{process.args!r} does not listen")


@contextmanager
def _running(command: list[str], *, folder: Path, port: int) -> Iterator[None]:
    process = _as_user(command, folder)
    try:
        _wait_for(port, process)
        yield
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        (folder.parent / f"{folder.name}.log").unlink(missing_ok=True)


@contextmanager
def postgresql() -> Iterator[str]:
    """Run a PostgreSQL 15; gives the SQLAlchemy address of its database `postgres`."""
    with _folder() as folder:
        port, cluster = free_port(), folder / "cluster"
        make = [
            str(_POSTGRESQL / "initdb"),
            "-D",
            str(cluster),
            "-U",
            "luutru",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-sync",
        ]
        initialised = _as_user(make, folder).wait(120)
        if initialised != 0:
            raise RuntimeError(f"initdb ended with {initialised}")
        command = [str(_POSTGRESQL / "postgres"), "-D", str(cluster), "-p", str(port), "-k", str(folder)]
        with _running([*command, "-h", "127.0.0.1", "-c", "fsync=off"], folder=folder, port=port):
            yield f"postgresql://luutru@127.0.0.1:{port}/postgres"


@contextmanager
def redis() -> Iterator[str]:
    """Run a Redis; gives its address as a Celery broker."""
    with _folder() as folder:
        port = free_port()
        command = ["/usr/bin/redis-server", "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder)]
        with _running([*command, "--save", "", "--maxmemory-policy", "noeviction"], folder=folder, port=port):
            yield f"redis://127.0.0.1:{port}/0"


@contextmanager
def opensearch() -> Iterator[str]:
    """Run one OpenSearch node, as `./run opensearch` does; gives its address."""
    with _folder() as folder:
        port, transport = free_port(), free_port()
        command = ["bash", str(ROOT / "run"), "opensearch", f"-Ehttp.port={port}", f"-Etransport.port={transport}"]
        environment = {
            **os.environ,
            "LUUTRU_OPENSEARCH": str(folder / "node"),
            "OPENSEARCH_JAVA_OPTS": "-Xms512m -Xmx512m",
        }
        with (folder.parent / f"{folder.name}.log").open("wb") as log:
            process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            _wait_for(port, process, seconds=180)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(60)
            (folder.parent / f"{folder.name}.log").unlink(missing_ok=True)


@pytest.fixture(scope="session")
def opensearch_address() -> Iterator[str]:
    """One OpenSearch node for all tests of a process."""
    with opensearch() as address:
        yield address


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """One PostgreSQL for all tests of a process."""
    with postgresql() as address:
        yield address


@pytest.fixture
def postgresql_address(postgresql_server: str, request: pytest.FixtureRequest) -> str:
    """Give an empty database of its own."""
    name = f"t{abs(hash(request.node.nodeid)) % 10**12}"
    port = postgresql_server.rsplit(":", 1)[1].split("/", maxsplit=1)[0]
    create = ["/usr/lib/postgresql/15/bin/createdb", "-h", "127.0.0.1", "-p", port, "-U", "luutru", name]
    subprocess.run(create, check=True, capture_output=True)
    return postgresql_server.rsplit("/", 1)[0] + "/" + name


@pytest.fixture(scope="session")
def redis_address() -> Iterator[str]:
    """One Redis for all tests of a process."""
    with redis() as address:
        yield address
