"""Passwords: what one must be like, and how it is kept (argon2id). Nothing here knows an account or a database.

Sources: QCVN 12:2026/BCA (length, kinds of characters); OWASP ASVS 5.0, 6.2 (passwords), 11.4.2 (how they are kept);
RFC 8265, 4.2 (NFC, so that é typed on any keyboard is the same); RFC 9106 (argon2id).
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from threading import Semaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from schemas.settings import Settings

LENGTH_MOST = 128  # characters; ASVS 6.2.9 asks for 64 or more, and a longer one would only cost work
_TYPES = PasswordHasher()  # argon2id with the parameters of RFC 9106 for little memory
_AT_ONCE = Semaphore(2)  # each takes 64 MiB and half a core for a moment
_KNOWN = frozenset({
    "password", "passwd", "pass", "matkhau", "qwerty", "qwertyuiop", "asdfgh", "asdf", "zxcvbn", "qazwsx", "zaqxsw", "qazqaz",
    "admin", "administrator", "quantri", "user", "test", "demo", "guest", "root", "system", "support", "welcome", "hello",
    "letmein", "login", "dangnhap", "iloveyou", "anhyeuem", "emyeuanh", "luutru", "vanthu", "ubnd", "sonoivu", "vietnam",
    "hanoi", "saigon", "danang", "abcdef", "abcde", "abcd", "changeme", "secret", "master", "monkey", "dragon", "football",
    "sunshine", "princess", "spring", "summer", "autumn", "winter", "computer", "internet", "google", "samsung",
})  # fmt: skip
_LETTERS_LEAST = 4  # fewer different ones beside counted digits are Abc@123, Aa@123456
_COUNTING = re.compile(r"123|321|([0-9])\1\1")
_DISGUISES = str.maketrans("@4301!$57", "aaeoiisst")
_MARKS = dict.fromkeys(range(0x300, 0x370))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What an archive asks of a password."""

    length: int = 8
    classes: int = 4

    @classmethod
    def of(cls, settings: Settings) -> "Wanted":
        """Read it from the settings, which may be stricter than the law, never laxer."""
        return cls(length=settings.password_length, classes=settings.password_classes)


def faults(password: str, wanted: Wanted, *, about: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Give the keys of the words for everything that is wrong with a new password; `about` may not stand in it.

    No character is forbidden and nothing is cut off (ASVS 6.2.8). That four kinds are asked for, and that administrators
    change theirs every two months, is against ASVS 6.2.5 and 6.2.10; here the law counts.
    """
    text = unicodedata.normalize("NFC", password)
    found = []
    if not wanted.length <= len(text) <= LENGTH_MOST:
        found.append("account-password-length")
    if _classes(text) < wanted.classes:
        found.append("account-password-classes")
    if _is_known(text, about):
        found.append("account-password-known")  # ASVS 6.2.4, 6.2.11
    return tuple(found)


def keep(password: str) -> str:
    """Give the hash under which a password is kept."""
    with _AT_ONCE:
        return _TYPES.hash(unicodedata.normalize("NFC", password))


def is_right(password: str, kept: str) -> bool:
    """Compare a password with a kept hash; without one the same work is done for nothing (ASVS 6.3.8)."""
    text = unicodedata.normalize("NFC", password[: LENGTH_MOST + 1])
    with _AT_ONCE:
        try:
            right = _TYPES.verify(kept or _of_nobody(), text)
        except (VerificationError, InvalidHashError):
            return False
    return right and bool(kept) and len(text) <= LENGTH_MOST


@cache
def _of_nobody() -> str:
    return _TYPES.hash("nobody")


def has_grown_old(kept: str) -> bool:
    """Say whether a hash was made with weaker parameters than ours now."""
    return _TYPES.check_needs_rehash(kept)


def _classes(text: str) -> int:
    kinds = (str.isupper, str.islower, str.isdigit, lambda letter: not letter.isalnum())
    return sum(any(kind(letter) for letter in text) for kind in kinds)


def _is_known(text: str, about: tuple[str, ...]) -> bool:
    """Say whether a word that everybody tries, perhaps disguised, is all that there is beside digits and signs."""
    plain, bare = _letters(text), text.rstrip("0123456789!@#$%^&*.?-_ ")
    words = {plain, _letters(bare.translate(_DISGUISES)), _letters(text.translate(_DISGUISES))}
    named = any(_letters(each) in plain for each in about if len(_letters(each)) >= _LETTERS_LEAST)
    few = len(set(plain)) < _LETTERS_LEAST and _COUNTING.search(text) is not None
    return named or few or bool(words & _KNOWN)


def _letters(text: str) -> str:
    """Give the letters alone, small and without tone marks."""
    split = unicodedata.normalize("NFD", text.lower().replace("đ", "d")).translate(_MARKS)
    return "".join(letter for letter in split if letter.isalpha())
