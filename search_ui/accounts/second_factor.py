"""The second factor: codes of an app that works offline (TOTP), and ten codes on paper for the day the phone is lost.

Sources: RFC 6238 (TOTP: 30 seconds, six digits, SHA-1, as every app knows it); OWASP ASVS 5.0, 6.5 (one use each, short
life, from a random generator).
"""

import hmac
import io
import re
import secrets
import unicodedata
from datetime import datetime

import pyotp
import segno

RECOVERY_CODES = 10
_PERIOD_SECONDS = 30
_DRIFT_STEPS = 1  # a phone may be half a minute off
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that is misread on paper
_CODE_LETTERS = 12


def new_secret() -> str:
    """Make a seed of 160 random bits, in base32."""
    return pyotp.random_base32(32)


def step_of(code: str, secret: str, *, after: int, now: datetime) -> int | None:
    """Give the time step of a right code; None for a wrong one, or one not later than `after` (used already)."""
    digits = re.sub(r"\s", "", unicodedata.normalize("NFKC", code[:40]))
    if not re.fullmatch(r"[0-9]{6}", digits):
        return None
    current = int(now.timestamp()) // _PERIOD_SECONDS
    codes = pyotp.TOTP(secret)
    for step in range(current - _DRIFT_STEPS, current + _DRIFT_STEPS + 1):
        if hmac.compare_digest(codes.generate_otp(step), digits) and step > after:
            return step
    return None


def address(secret: str, *, login: str, issuer: str) -> str:
    """Give the otpauth address that an app reads."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=issuer or "luutru")


def picture(text: str) -> str:
    """Draw a text as a QR code: SVG without styles, so that the strict policy holds."""
    drawn = io.BytesIO()
    segno.make(text, micro=False).save(
        drawn, kind="svg", xmldecl=False, border=3, light="#fff", svgclass=None, lineclass=None, omitsize=True
    )
    return drawn.getvalue().decode()


def new_recovery_codes() -> tuple[str, ...]:
    """Make codes of 59 random bits, in groups of four letters."""
    return tuple(
        _grouped("".join(secrets.choice(_ALPHABET) for _ in range(_CODE_LETTERS))) for _ in range(RECOVERY_CODES)
    )


def recovery_form(code: str) -> str:
    """Give a recovery code as its digest is made of it, however it was typed."""
    return re.sub(r"[^a-z0-9]", "", unicodedata.normalize("NFKC", code[:100]).lower())


def _grouped(letters: str) -> str:
    return "-".join(letters[start : start + 4] for start in range(0, len(letters), 4))
