"""Places in which things go wrong for real: a small disk, a machine on which a program misbehaves.

Both need the right to mount; where there is none, the tests that ask for them are skipped.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PROGRAMS = Path(__file__).resolve().parent.parent / "programs"
_OWN_MOUNTS = ["unshare", "--mount", "sh", "-c", 'mount --bind "$0" "$1" && shift && exec "$@"']


@contextmanager
def small_disk(folder: Path, size_bytes: int) -> Iterator[None]:
    """Lay a disk of that size over a folder."""
    if os.getuid() != 0:
        pytest.skip("only root may mount a small disk")
    folder.mkdir(parents=True, exist_ok=True)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size_bytes}", "tmpfs", folder], check=False)
    if mounted.returncode != 0:
        pytest.skip("this machine lets nobody mount")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def resize(folder: Path, size_bytes: int) -> None:
    """Give a small disk another size."""
    subprocess.run(["mount", "-o", f"remount,size={size_bytes}", folder], check=True)


def instead_of(program: Path, stand_in: Path) -> list[str]:
    """Give the command before a command for which `stand_in` lies where `program` is, and for nobody else."""
    command = [*_OWN_MOUNTS, str(stand_in), str(program.resolve())]
    if os.getuid() != 0 or subprocess.run([*command, "true"], check=False, capture_output=True).returncode != 0:
        pytest.skip("only root may lay one program over another")
    return command


def a_program(name: str) -> Path:
    """Give the place of an installed program."""
    found = shutil.which(name)
    assert found is not None, f"{name} is not installed"
    return Path(found)
