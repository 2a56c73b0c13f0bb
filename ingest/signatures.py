"""Step 3: is there any signature in a PDF, living or dead? Such a file is never rewritten.

Only presence is looked for; whether a signature is valid is a question of its own. A living signature is held by a
form field; a dead one is left behind among the objects after the file was rewritten (28 of 36 real gazette files).
ISO 32000-1:2008, 12.8.
"""

import mmap
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pikepdf

_BYTE_RANGE = re.compile(rb"/ByteRange\s*\[")


@dataclass(frozen=True, slots=True, kw_only=True)
class Signatures:
    """How many signature dictionaries a form field holds (`living`) and how many nothing holds (`dead`)."""

    living: int = 0
    dead: int = 0

    @property
    def any(self) -> bool:
        """Say whether the file must be kept as it is."""
        return self.living + self.dead > 0


def find_signatures(path: Path) -> Signatures:
    """Look through every object of a PDF, and its raw bytes when it cannot be parsed."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return _find(path, content)


def _find(path: Path, content: mmap.mmap) -> Signatures:
    if all(content.find(word) < 0 for word in (b"ByteRange", b"/Sig", b"/ObjStm")):
        return Signatures()
    try:
        with pikepdf.open(path, suppress_warnings=True) as pdf:
            held = _held(pdf)
            found = {thing.objgen for thing in pdf.objects if _is_signature(thing)}
    except (pikepdf.PdfError, pikepdf.PasswordError, RecursionError, ValueError, RuntimeError, TypeError, KeyError):
        return Signatures(dead=len(_BYTE_RANGE.findall(content)))
    living = len(held)
    dead = len(found - held) or (0 if living else len(_BYTE_RANGE.findall(content)))
    return Signatures(living=living, dead=dead)


def _is_signature(thing: Any) -> bool:
    if not isinstance(thing, pikepdf.Dictionary):
        return False
    return "/ByteRange" in thing or (thing.get("/Type") in ("/Sig", "/DocTimeStamp") and "/Contents" in thing)


def _held(pdf: pikepdf.Pdf) -> set[tuple[int, int]]:
    """Give the signature dictionaries that form fields hold; a direct one counts under its field's number."""
    form = pdf.Root.get("/AcroForm")
    fields = form.get("/Fields") if isinstance(form, pikepdf.Dictionary) else None
    waiting = list(fields) if isinstance(fields, pikepdf.Array) else []
    held: set[tuple[int, int]] = set()
    for _ in range(100_000):
        if not waiting:
            break
        field = waiting.pop()
        if not isinstance(field, pikepdf.Dictionary):
            continue
        value = field.get("/V")
        if value is not None and _is_signature(value):
            held.add(value.objgen if value.is_indirect else field.objgen)
        kids = field.get("/Kids")
        waiting.extend(kids if isinstance(kids, pikepdf.Array) else [])
    return held
