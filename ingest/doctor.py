"""Says what this machine has and lacks: programs, models, the sandbox (really run), services, disk."""

import shutil
from pathlib import Path

from archive.console import Check
from ingest.versions import check_sandbox, program_versions
from schemas.settings import Settings

_GIGABYTE = 1 << 30
_OPTIONAL = frozenset({"ghostpdl", "clamscan", "opensearch"})
_HOW = {
    "tesseract": "apt-get install tesseract-ocr tesseract-ocr-vie tesseract-ocr-osd",
    "soffice": "apt-get install libreoffice-writer-nogui libreoffice-calc-nogui libreoffice-impress-nogui",
    "java": "apt-get install openjdk-17-jre-headless",
    "bubblewrap": "apt-get install bubblewrap",
    "clamscan": "apt-get install clamav",
}


def examine(settings: Settings) -> list[Check]:
    """Look at everything the archive needs."""
    found = program_versions(settings)
    checks = [
        Check(
            name=name,
            ok=version is not None,
            detail=version or "-",
            how=_HOW.get(name, "./run setup"),
            optional=name in _OPTIONAL,
        )
        for name, version in found.items()
    ]
    fault = check_sandbox(settings)
    checks.append(Check(name="sandbox", ok=fault is None, detail=fault or settings.sandbox, how=_HOW["bubblewrap"]))
    return [*checks, _model(settings), _disk(settings)]


def _model(settings: Settings) -> Check:
    folders = Path("/usr/share/tesseract-ocr").glob("*/tessdata")
    models = sorted(path.stem for folder in folders for path in folder.glob("*.traineddata"))
    missing = sorted({settings.language, "osd"} - set(models))
    return Check(name="models", ok=not missing, detail=" ".join(models), how=_HOW["tesseract"])


def _disk(settings: Settings) -> Check:
    place = next(p for p in (settings.home.absolute(), *settings.home.absolute().parents) if p.exists())
    free = shutil.disk_usage(place).free
    return Check(name="disk", ok=free > 5 * _GIGABYTE, detail=f"{free / _GIGABYTE:.1f} GiB", how="> 5 GiB")
