"""Ask ClamAV where it is installed. Where it is not, the record says "not scanned", never "clean".

`clamdscan` (a running daemon) or `clamscan`; its exit codes: 0 nothing found, 1 infected, 2 error (clamscan(1)).
"""

import shutil
from datetime import UTC, datetime
from pathlib import Path

from ingest.sandbox.confine import Limits, Sandbox
from ingest.sandbox.programs import run
from schemas.errors import ProgramError
from schemas.findings import Finding
from schemas.packages import Event

_DATABASES = Path("/var/lib/clamav")
_INFECTED = 1


def scan_for_viruses(folder: Path, *, events: list[Event]) -> Finding | None:
    """Scan the received files; gives P009 for an infection. What was done is added to `events`."""
    now = datetime.now(UTC).isoformat()
    program = shutil.which("clamscan")
    if program is None:
        events.append(
            Event(type="virus check", time=now, agent="none", outcome="warning", detail="not scanned: no ClamAV")
        )
        return None
    sandbox = Sandbox(readable=tuple(p for p in (_DATABASES, Path(program).parent) if p.is_dir()))
    try:
        finished = run([program, "--no-summary", "--recursive", "."], folder=folder, limits=Limits(), sandbox=sandbox)
    except ProgramError as error:
        events.append(Event(type="virus check", time=now, agent="clamscan", outcome="failure", detail=error.code))
        return None
    outcome = {0: "success", _INFECTED: "failure"}.get(finished.returncode, "warning")
    detail = {0: "nothing found", _INFECTED: "infected"}.get(finished.returncode, "not scanned: clamscan failed")
    events.append(Event(type="virus check", time=now, agent="clamscan", outcome=outcome, detail=detail))
    return Finding(code="P009") if finished.returncode == _INFECTED else None
