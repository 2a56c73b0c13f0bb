"""The sandbox's two doors, with real processes."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from ingest.sandbox import processes
from ingest.sandbox.confine import PROJECT, Limits, Sandbox, own_python
from ingest.sandbox.programs import Kept, Upkeep, keep, made, run
from schemas.errors import ProgramError, TryLaterError

SHORT = Limits(wall_seconds=0.5)
UPPER = "import sys\nfor line in sys.stdin: print(line.strip().upper(), flush=True)"


@pytest.fixture(autouse=True)
def no_process_remains() -> Iterator[None]:
    before = processes.tree(os.getpid())
    yield
    assert [pid for pid in processes.tree(os.getpid()) if pid not in before] == []


def _python(program: str) -> tuple[list[str], Sandbox]:
    python, sandbox = own_python()
    return [python, "-P", "-c", program], sandbox


def _kept(program: str, folder: Path, upkeep: Upkeep | None = None) -> Kept:
    command, sandbox = _python(program)
    return keep(command, folder=folder, upkeep=upkeep, sandbox=sandbox)


def test_a_program_sees_its_folder_and_gives_back_what_it_said(tmp_path: Path) -> None:
    (tmp_path / "in").write_text("bytes")
    finished = run(["sh", "-c", "pwd; cat in >out; echo oh >&2; exit 3"], folder=tmp_path)
    assert (finished.stdout, finished.stderr, finished.returncode) == (b"/job\n", b"oh\n", 3)
    assert made(tmp_path, "out").read_text() == "bytes"


def test_a_program_sees_nothing_else_of_the_machine(tmp_path: Path) -> None:
    ours = {"passwd": "/etc/passwd", "project": str(PROJECT / "ingest"), "outside": str(tmp_path)}
    finished = run(["sh", "-c", "ls " + " ".join(ours.values())], folder=tmp_path)
    assert finished.stdout == b""
    assert finished.stderr.count(b"No such file") == len(ours)


def test_a_program_gets_nothing_of_our_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUUTRU_TEST_SECRET", "secret")
    finished = run(["env"], folder=tmp_path, sandbox=Sandbox(environment={"GIVEN": "1"}))
    names = {line.partition(b"=")[0] for line in finished.stdout.splitlines()}
    assert names == {b"PATH", b"HOME", b"TMPDIR", b"LANG", b"TZ", b"OMP_THREAD_LIMIT", b"PWD", b"GIVEN"}


def test_a_program_cannot_write_outside_its_folder(tmp_path: Path) -> None:
    finished = run(["sh", "-c", "touch /usr/x; touch /x; touch /dev/x; touch /tmp/x && echo private"], folder=tmp_path)
    assert finished.stdout == b"private\n"
    assert finished.stderr.count(b"Read-only file system") == 3


def test_a_program_reaches_no_port_of_this_machine(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        connect = f"import socket; socket.create_connection(('127.0.0.1', {listener.getsockname()[1]}), 2)"
        command, sandbox = _python(connect)
        assert run(command, folder=tmp_path, sandbox=sandbox).returncode == 1


@pytest.mark.parametrize(
    ("command", "limits", "code"),
    [
        (["sleep", "86399"], SHORT, "T101"),
        (["sh", "-c", "sleep 86399 & sleep 86399"], SHORT, "T101"),
        (["sh", "-c", "trap '' TERM HUP; exec >&- 2>&-; sleep 86399"], SHORT, "T101"),
        (["sh", "-c", "while :; do :; done"], Limits(wall_seconds=20, cpu_seconds=1), "T101"),
        (["sh", "-c", "kill -9 $$"], SHORT, "T102"),
        (["sh", "-c", "kill -SEGV $$"], SHORT, "T102"),
        (["cat", "/dev/zero"], Limits(wall_seconds=20, output_bytes=1_000_000), "T103"),
        (["sh", "-c", "cat /dev/zero >file"], Limits(wall_seconds=20, file_bytes=1_000_000), "T103"),
        (["no-such-program"], SHORT, "T104"),
    ],
)
def test_a_program_that_hangs_dies_or_floods_ends_with_its_code(
    command: list[str], limits: Limits, code: str, tmp_path: Path
) -> None:
    started = time.monotonic()
    with pytest.raises(ProgramError) as raised:
        run(command, folder=tmp_path, limits=limits)
    assert raised.value.code == code
    assert time.monotonic() - started < 15


def test_an_exit_code_is_judged_by_the_caller(tmp_path: Path) -> None:
    finished = run(["sh", "-c", "exit 4"], folder=tmp_path)
    assert finished.demand(0, 4) is finished
    with pytest.raises(ProgramError) as raised:
        finished.demand()
    assert raised.value.code == "T102"


def test_memory_can_be_limited(tmp_path: Path) -> None:
    command, sandbox = _python("bytearray(900_000_000)")
    finished = run(command, folder=tmp_path, limits=Limits(address_bytes=500_000_000), sandbox=sandbox)
    assert b"MemoryError" in finished.stderr


def test_what_a_program_used_is_counted_with_its_children(tmp_path: Path) -> None:
    burn = "import os,time\nif os.fork(): os.wait()\nelse:\n while time.process_time() < 0.5: bytes(50_000_000)"
    command, sandbox = _python(burn)
    finished = run(command, folder=tmp_path, sandbox=sandbox)
    assert 0.4 < finished.cpu_seconds < 5
    assert finished.peak_bytes > 50_000_000


def test_a_sandbox_that_cannot_be_made_is_no_fault_of_the_program(tmp_path: Path) -> None:
    with pytest.raises(TryLaterError) as raised:
        run(["true"], folder=tmp_path, sandbox=Sandbox(readable=(tmp_path / "missing",)))
    assert raised.value.code == "T106"
    kept = Kept(["cat"], folder=tmp_path, sandbox=Sandbox(readable=(tmp_path / "missing",)))
    with pytest.raises(TryLaterError) as raised:
        kept.ask("hello", timeout_seconds=5)
    assert raised.value.code == "T106"


def test_a_link_that_a_program_left_is_not_followed(tmp_path: Path) -> None:
    run(["sh", "-c", "ln -s /etc/hostname out; : >empty"], folder=tmp_path)
    for name in ("out", "empty", "nothing"):
        with pytest.raises(ProgramError) as raised:
            made(tmp_path, name)
        assert raised.value.code == "T105"


def test_the_operators_word_is_not_believed_where_there_is_a_network(tmp_path: Path) -> None:
    if not processes.has_network_route():
        pytest.skip("this machine has no network")
    with pytest.raises(TryLaterError) as raised:
        run(["true"], folder=tmp_path, sandbox=Sandbox(kind="container"))
    assert raised.value.code == "T106"


def test_without_a_network_a_container_does(tmp_path: Path) -> None:
    inner = (
        "from pathlib import Path\nfrom ingest.sandbox.programs import run, keep\nfrom ingest.sandbox.confine import Limits, Sandbox\n"
        "box = Sandbox(kind='container')\n"
        "print(run(['sh', '-c', 'pwd; env | wc -l'], folder=Path(), sandbox=box).stdout)\n"
        "kept = keep(['cat'], folder=Path(), sandbox=box)\nprint(kept.ask('hello', timeout_seconds=5))\n"
        "kept.close()\n"
        "try:\n    run(['sh', '-c', 'sleep 86399 & wait'], folder=Path(), sandbox=box, limits=Limits(wall_seconds=0.5))\n"
        "except Exception as error: print(error.code)\n"
    )
    python, sandbox = own_python("ingest", "schemas")
    finished = run([python, "-P", "-c", inner], folder=tmp_path, sandbox=sandbox)
    assert finished.stdout.splitlines() == [b"b'/job\\n7\\n'", b"hello", b"T101"], finished.stderr


def test_it_confines_as_root_and_not_as_root() -> None:
    if os.getuid() != 0:
        pytest.skip("this test starts as root; the others then cover the rest")
    program = (
        "from pathlib import Path\nfrom ingest.sandbox.programs import run\n"
        "print(run(['sh', '-c', 'id -u; : >made'], folder=Path('.')).stdout)"
    )
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)
        nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", sys.executable, "-c", program]
        environment = {"PYTHONPATH": str(PROJECT), "PATH": "/usr/bin"}
        ended = subprocess.run(nobody, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        assert (ended.stdout, (Path(folder) / "made").exists()) == ("b'65534\\n'\n", True), ended.stderr


def test_a_kept_process_answers_line_by_line(tmp_path: Path) -> None:
    with _kept(UPPER, tmp_path) as kept:
        assert [kept.ask(word, timeout_seconds=10) for word in ("mot", "hai")] == ["MOT", "HAI"]
        assert kept.ask("x" * 500_000, timeout_seconds=10) == "X" * 500_000
        assert kept.starts == 1
        assert kept.resident_bytes > 1_000_000
    assert kept.cpu_seconds > 0


def test_a_kept_process_is_started_anew_after_its_requests(tmp_path: Path) -> None:
    with _kept(
        "import os,sys\nfor line in sys.stdin: print(id(sys), flush=True)", tmp_path, Upkeep(requests=2)
    ) as kept:
        for _ in range(5):
            kept.ask("x", timeout_seconds=10)
        assert kept.starts == 3


def test_a_kept_process_that_grows_is_started_anew(tmp_path: Path) -> None:
    grow = "import sys\nheap = []\nfor line in sys.stdin:\n heap.append(bytearray(b'x' * 20_000_000)); print(1, flush=True)"
    with _kept(grow, tmp_path, Upkeep(memory_bytes=100_000_000)) as kept:
        for _ in range(9):
            kept.ask("x", timeout_seconds=10)
        assert kept.starts == 2


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("import time; time.sleep(86399)", "T101"),
        ("print('half a line', end='', flush=True); import time; time.sleep(86399)", "T101"),
        ("sys.exit(0)", "T102"),
        ("import os; os.kill(os.getpid(), 9)", "T102"),
        ("print('x' * 3_000_000)", "T103"),
        ("sys.stdout.buffer.write(b'\\xff\\xfe\\n')", "T105"),
    ],
)
def test_a_kept_process_that_fails_is_ended_and_the_next_request_starts_another(
    answer: str, code: str, tmp_path: Path
) -> None:
    program = f"import sys\nfor line in sys.stdin:\n if line != 'good\\n': {answer}\n print('fine', flush=True)"
    with _kept(program, tmp_path, Upkeep(answer_bytes=1_000_000)) as kept:
        with pytest.raises(ProgramError) as raised:
            kept.ask("bad", timeout_seconds=1.5)
        assert raised.value.code == code
        assert kept.ask("good", timeout_seconds=10) == "fine"
        assert kept.starts == 2


def test_what_a_kept_process_said_last_can_be_looked_at(tmp_path: Path) -> None:
    with _kept("import sys\nsys.stdin.readline()\nsys.exit('why it fell')", tmp_path) as kept:
        with pytest.raises(ProgramError):
            kept.ask("x", timeout_seconds=10)
        assert kept.last_words == b"why it fell\n"


def test_the_greeting_is_thrown_away(tmp_path: Path) -> None:
    with _kept("print('hello', flush=True)\n" + UPPER, tmp_path, Upkeep(greeting_lines=1)) as kept:
        assert kept.ask("x", timeout_seconds=10) == "X"


def test_what_a_process_keeps_dies_with_it(tmp_path: Path) -> None:
    keeper = (
        "import os,time\nfrom pathlib import Path\nfrom ingest.sandbox.programs import keep\n"
        "kept = keep(['sh', '-c', 'while read x; do echo $x; done'], folder=Path('.'))\n"
        "print(kept.ask('x', timeout_seconds=10), flush=True)\ntime.sleep(86399)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", keeper], cwd=tmp_path, env={"PYTHONPATH": str(PROJECT)}, stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"x\n"
        family = processes.tree(parent.pid)[1:]
        assert len(family) >= 3
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    deadline = time.monotonic() + 10
    while (alive := [pid for pid in family if _runs(pid)]) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert alive == []
    for pid in family:
        with suppress(ChildProcessError):  # this process adopts orphans
            os.waitpid(pid, 0)


def _runs(pid: int) -> bool:
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
