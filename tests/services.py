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
from contextlib import ExitStack, contextmanager
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


class Node:
    """One OpenSearch node in a folder of its own, as `./run opensearch` runs it; it can be killed and started again."""

    def __init__(self, folder: Path, *options: str, heap: str = "512m") -> None:
        """Say how it is started; `start` does it."""
        self._folder, self._options, self._heap = folder, options, heap
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        command = ["bash", str(ROOT / "run"), "opensearch", f"-Ehttp.port={self._port}", *self._options]
        environment = {
            **os.environ,
            "LUUTRU_OPENSEARCH": str(self._folder / "node"),
            "OPENSEARCH_JAVA_OPTS": f"-Xms{self._heap} -Xmx{self._heap}",
        }
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def wait(self, *, seconds: float = 180) -> None:
        assert self._process is not None
        _wait_for(self._port, self._process, seconds=seconds)

    def kill(self) -> None:
        """End it as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def start_again(self) -> None:
        """Start it where it was killed, with what lies on its disk."""
        if self._process is None or self._process.poll() is not None:
            self.start()
            self.wait()

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(60)
            except subprocess.TimeoutExpired:
                self.kill()
        self._log.unlink(missing_ok=True)

    @property
    def _log(self) -> Path:
        return self._folder.parent / f"{self._folder.name}.log"


@contextmanager
def opensearch() -> Iterator[str]:
    """Run one OpenSearch node; gives its address."""
    with _folder() as folder:
        node = Node(folder, f"-Etransport.port={free_port()}")
        try:
            node.start()
            node.wait()
            yield node.address
        finally:
            node.stop()


@contextmanager
def opensearch_cluster(count: int = 3) -> Iterator[list[Node]]:
    """Run a cluster of OpenSearch nodes on this machine, with small heaps."""
    with ExitStack() as opened:
        folders = [opened.enter_context(_folder()) for _ in range(count)]
        ports = [free_port() for _ in range(count)]
        seeds = ",".join(f"127.0.0.1:{port}" for port in ports)
        names = [f"n{number}" for number in range(count)]
        common = (f"-Ediscovery.seed_hosts={seeds}", f"-Ecluster.initial_cluster_manager_nodes={','.join(names)}")
        nodes = [
            Node(folder, f"-Enode.name={name}", f"-Etransport.port={port}", *common, heap="384m")
            for folder, name, port in zip(folders, names, ports, strict=True)
        ]
        for node in nodes:
            opened.callback(node.stop)
            node.start()
        for node in nodes:
            node.wait(seconds=300)
        yield nodes


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
