"""What a confined program may see and use, as values and as the bubblewrap command line. Pure but for looking at paths.

A program sees /usr, the few files of /etc it cannot run without, a private /tmp and /proc, one folder of ours, and
what the caller names; no network, no environment of ours, no other process. It does not start anything: see
`ingest.sandbox.programs`. Source: bwrap(1) 0.8, prlimit(1), setpriv(1).
"""

import resource
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

PROJECT = Path(__file__).resolve().parents[2]

_SYSTEM = (
    "/etc/fonts",
    "/etc/alternatives",
    "/etc/ld.so.cache",
    "/etc/libreoffice",
    "/var/lib/libreoffice",
    "/var/cache/fontconfig",
)
_MERGED = ("/bin", "/lib", "/lib32", "/lib64", "/sbin")
_PRIVATE = "/tmp"  # noqa: S108 - the sandbox's own, empty and gone with it
_ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "HOME": _PRIVATE,
    "TMPDIR": _PRIVATE,
    "LANG": "C.UTF-8",
    "TZ": "UTC",
    "OMP_THREAD_LIMIT": "1",  # tesseract with all cores costs 2.4 times the CPU and is no faster
}
_NOBODY = "65534"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one program may use. Address space has no limit by default: Java, node and LibreOffice reserve much."""

    wall_seconds: float = 300.0
    cpu_seconds: int = 300
    address_bytes: int | None = None
    data_bytes: int | None = None  # of private memory it may write to: a bomb meets this long before the machine's end
    file_bytes: int = 2_000_000_000  # of one written file; /tmp as a whole too
    output_bytes: int = 16_000_000  # of stdout and of stderr


@dataclass(frozen=True, slots=True, kw_only=True)
class Sandbox:
    """How a program is confined. `container` is the operator's word that a container already does it."""

    kind: str = "bubblewrap"  # "bubblewrap" | "container" (settings.sandbox)
    readable: tuple[Path, ...] = ()  # seen at the same place, read-only
    environment: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


def variables(sandbox: Sandbox) -> dict[str, str]:
    """Give the whole environment of a confined program; nothing of ours is passed on."""
    return {**_ENVIRONMENT, **sandbox.environment}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a program works: our folder, and the name under which it sees it."""

    folder: Path
    seen_as: str
    information: int = -1  # open descriptor on which bubblewrap tells the number of the sandbox's first process


def confined(command: Sequence[str], *, place: Place, sandbox: Sandbox, limits: Limits) -> list[str]:
    """Give the command line that runs `command` confined, at `place`, with `limits`."""
    limited = [*_prlimit(limits), *command]
    if sandbox.kind == "container":
        return ["/usr/bin/setpriv", "--pdeathsig", "KILL", "--", *limited]
    return [
        *("/usr/bin/bwrap", "--unshare-all", "--unshare-user", "--disable-userns", "--uid", _NOBODY, "--gid", _NOBODY),
        *("--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv"),
        *("--info-fd", str(place.information)),
        *_set(variables(sandbox)),
        *_system(),
        *("--proc", "/proc", "--dev", "/dev", "--size", str(limits.file_bytes), "--tmpfs", _PRIVATE),
        *_readable(sandbox.readable),
        *("--bind", str(place.folder.resolve()), place.seen_as, "--chdir", place.seen_as),
        *("--remount-ro", "/dev", "--remount-ro", "/", "--"),  # else both are memory without a limit
        *limited,
    ]


def own_python(*packages: str, kind: str = "bubblewrap") -> tuple[str, Sandbox]:
    """Give our Python and a sandbox in which it finds its libraries and the named packages of ours, nothing else.

    Run it with `-P`: the folder it works in holds what strangers sent, and must not be searched for modules.
    """
    places = [Path(sys.prefix), Path(sys.base_prefix), *(PROJECT / package for package in packages)]
    readable = tuple(path for path in places if not path.is_relative_to("/usr"))
    environment = {"PYTHONPATH": str(PROJECT), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1"}
    return sys.executable, Sandbox(kind=kind, readable=readable, environment=environment)


def _prlimit(limits: Limits) -> list[str]:
    cpu = _allowed(resource.RLIMIT_CPU, limits.cpu_seconds)
    numbers = {
        "cpu": f"{cpu}:{_allowed(resource.RLIMIT_CPU, cpu + 5)}",  # the soft limit comes first: SIGXCPU tells why
        "fsize": _allowed(resource.RLIMIT_FSIZE, limits.file_bytes),
        "core": 0,
        "as": None if limits.address_bytes is None else _allowed(resource.RLIMIT_AS, limits.address_bytes),
        "data": None if limits.data_bytes is None else _allowed(resource.RLIMIT_DATA, limits.data_bytes),
    }
    named = (f"--{name}={number}" for name, number in numbers.items() if number is not None)
    return ["/usr/bin/prlimit", *named, "--"]


def _allowed(kind: int, number: int) -> int:
    """Give the limit, or a lower one that we are under ourselves: nobody without rights may raise that."""
    hard = resource.getrlimit(kind)[1]
    return number if hard == resource.RLIM_INFINITY else min(number, hard)


def _set(environment: Mapping[str, str]) -> list[str]:
    return [word for name, value in environment.items() for word in ("--setenv", name, value)]


def _system() -> list[str]:
    words = ["--ro-bind", "/usr", "/usr"]
    for place in _MERGED:  # Debian links them into /usr; an older system has folders
        if Path(place).is_symlink():
            words += ["--symlink", f"usr{place}", place]
        elif Path(place).is_dir():
            words += ["--ro-bind", place, place]
    for path in (*_SYSTEM, *map(str, sorted(Path("/etc").glob("java*")))):
        words += ["--ro-bind-try", path, path]
    return words


def _readable(paths: Sequence[Path]) -> list[str]:
    return [word for path in paths for word in ("--ro-bind", str(path.absolute()), str(path.absolute()))]
