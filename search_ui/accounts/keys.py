"""The key of the desk: seals the seeds of second factors and makes digests that the database alone cannot try out.

A file 0600 outside the database (QCVN 12:2026/BCA: keys are managed separately from data; OWASP ASVS 5.0, 13.3.1). Who
loses it sets up second factors anew; nothing else is lost.
"""

import base64
import hashlib
import hmac
import os
import secrets
from contextlib import suppress
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from schemas.errors import TryLaterError
from schemas.words import word

_BYTES = 32


class DeskKey:
    """The key, read once."""

    def __init__(self, path: Path) -> None:
        """Read the key of the home, or make it. Raises TryLaterError T030."""
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileExistsError):
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as stream:
                stream.write(secrets.token_bytes(_BYTES))
        self._key = path.read_bytes()
        if len(self._key) != _BYTES:
            raise TryLaterError("T030", word("account-key", name=path.name))
        self._seal = Fernet(base64.urlsafe_b64encode(self._derived("seal")))

    def _derived(self, purpose: str) -> bytes:
        return hmac.digest(self._key, purpose.encode(), "sha256")

    def seal(self, text: str) -> str:
        """Seal a short text."""
        return self._seal.encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        """Open what was sealed; "" where the key is another one."""
        try:
            return self._seal.decrypt(sealed.encode()).decode()
        except InvalidToken:
            return ""

    def digest(self, *parts: str) -> str:
        """Give a digest that nobody can make without the key."""
        return hmac.new(self._derived("digest"), "\0".join(parts).encode(errors="replace"), hashlib.sha256).hexdigest()


def plain_digest(token: str) -> str:
    """Give the SHA-256 of a token of 256 random bits, which needs no key."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
