"""The command as people run it: a process of its own, JSON on stdout."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

LONGEST_SECONDS = 900
BEFORE: list[str] = []  # another program through which it is run, such as setpriv


def luutru(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end; the exit code is the caller's to judge."""
    command = [*BEFORE, sys.executable, "-m", "luutru", "--home", str(home), *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=LONGEST_SECONDS)


def lines_of(home: Path, *arguments: str) -> list[dict[str, Any]]:
    """Run the command with --json and give its lines."""
    done = luutru(home, *arguments, "--json")
    assert done.returncode in (0, 3, 4), done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def answer_of(home: Path, *arguments: str) -> dict[str, Any]:
    """Run the command with --json and give its one answer."""
    (answer,) = lines_of(home, *arguments)
    return answer
