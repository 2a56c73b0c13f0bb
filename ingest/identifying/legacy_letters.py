"""Whether a text was written with the fonts of before Unicode (TCVN3, VNI), whose letters read as other signs.

Pure; a look at how often signs stand where Vietnamese has none. It names no encoding and converts nothing.
"""

from collections.abc import Iterable

_VIETNAMESE = frozenset("àáâãèéêìíòóôõùúýÀÁÂÃÈÉÊÌÍÒÓÔÕÙÚÝ")  # of the second half of Latin-1
_QUOTES = frozenset("«»°§©®·")
_SHARE = 0.04  # of the letters; French and German have less than half of it
_ENOUGH = 60  # letters, below which nothing can be said


def looks_legacy(texts: Iterable[str]) -> bool:
    """Say whether the texts together look as if their letters meant others."""
    letters = odd = certain = 0
    for text in texts:
        for sign in text:
            if sign.isascii():
                letters += sign.isalpha()
            elif "\u00a1" <= sign <= "\u00ff":
                letters += 1
                odd += sign not in _VIETNAMESE and sign not in _QUOTES
            elif sign.isalpha():
                letters += 1
                certain += 1  # ơ, ư, đ, ạ …: only Unicode has them
    return letters >= _ENOUGH and odd > _SHARE * letters and odd > 4 * certain
