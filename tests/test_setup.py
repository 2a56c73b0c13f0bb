"""The set-up script: what it says without doing anything, and what it pins."""

import os
import re
import stat
import subprocess
from pathlib import Path

import pytest

from tests.sources import ROOT

SCRIPT = ROOT / "run"
LOCKS = ("requirements.lock", "requirements-ldap.lock")
BASE = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}


def _run(*arguments: str, script: Path = SCRIPT, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", str(script), *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**BASE, **environment},
        stdin=subprocess.DEVNULL,
    )


@pytest.fixture
def bare_machine(tmp_path: Path) -> dict[str, str]:
    """Make a PATH on which Debian says that nothing is installed, and no user is root."""
    programs = tmp_path / "bin"
    programs.mkdir()
    fake = programs / "dpkg-query"
    fake.write_text("#!/bin/sh\nexit 1\n")
    fake.chmod(fake.stat().st_mode | stat.S_IXUSR)
    return {"PATH": f"{programs}:{os.environ['PATH']}"}


@pytest.fixture
def script_of_another(tmp_path: Path) -> Path:
    """Copy the script to an empty folder; there every user counts as somebody else than root."""
    copy = tmp_path / "clone" / "run"
    copy.parent.mkdir()
    copy.write_text(SCRIPT.read_text(encoding="utf-8").replace("((EUID != 0))", "((1))"), encoding="utf-8")
    for name in ("requirements.lock", "requirements-ldap.lock", "pyproject.toml"):
        (copy.parent / name).write_bytes((ROOT / name).read_bytes())
    return copy


def test_help_names_every_command() -> None:
    told = _run("help")
    assert told.returncode == 0
    for name in ("demo", "test", "check", "lint", "luutru", "setup"):
        assert re.search(rf"^  {name}\b", told.stdout, re.MULTILINE)


def test_an_unknown_command_is_wrong_use() -> None:
    assert _run("sing").returncode == 2


def test_who_is_not_root_gets_the_one_line_to_copy(script_of_another: Path, bare_machine: dict[str, str]) -> None:
    told = _run("setup", script=script_of_another, **bare_machine)
    lines = [line for line in told.stderr.splitlines() if line.startswith("sudo ")]
    assert told.returncode == 5
    assert len(lines) == 1
    assert "apt-get install -y --no-install-recommends python3-venv tesseract-ocr" in lines[0]
    assert "postgresql" not in lines[0]


def test_the_tests_ask_for_more_than_the_demo(script_of_another: Path, bare_machine: dict[str, str]) -> None:
    told = _run("test", script=script_of_another, **bare_machine)
    assert told.returncode == 5
    assert "postgresql-15 redis-server" in told.stderr


def test_the_line_to_copy_keeps_a_proxy_without_telling_its_password(
    script_of_another: Path, bare_machine: dict[str, str]
) -> None:
    told = _run(
        "setup", script=script_of_another, **bare_machine, HTTP_PROXY="http://somebody:secret@proxy.example:3128"
    )
    assert 'http_proxy="$http_proxy"' in told.stderr
    assert "secret" not in told.stderr


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_has_a_digest(name: str) -> None:
    lock = (ROOT / name).read_text(encoding="utf-8")
    packages = re.findall(r"^[a-z0-9._-]+==\S+ \\\n    --hash=sha256:[0-9a-f]{64}", lock, re.MULTILINE | re.IGNORECASE)
    assert len(packages) == len(re.findall(r"^[A-Za-z0-9]", lock, re.MULTILINE))
    assert "://" not in lock


def test_the_lock_holds_every_package_that_the_project_asks_for() -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    lock = "".join("\n" + (ROOT / name).read_text(encoding="utf-8").lower() for name in LOCKS)
    asked = re.findall(r'^    "([A-Za-z0-9-]+)(?:\[[a-z]+\])?>=', project, re.MULTILINE)
    assert asked
    assert not [name for name in asked if f"\n{name.lower()}==" not in lock]
