"""Comparing words as a machine misreads them: without tone marks, without case, within a few wrong letters.

Folding keeps the length of NFC text, so that a place found in folded text is the same place in the text.
"""

import unicodedata
from functools import cache

_LONGEST = 80  # letters compared at most


@cache
def _fold_letter(letter: str) -> str:
    if letter in "đĐðÐ":
        return "d"
    base = unicodedata.normalize("NFD", letter)[0].lower()
    return base if len(base) == 1 else letter


def fold(text: str) -> str:
    """Give the text without marks and in small letters, each character at its place."""
    return "".join(map(_fold_letter, text))


def letters(text: str) -> str:
    """Give only the folded letters and digits: what is left for comparing when spaces and specks are not trusted."""
    return "".join(filter(str.isalnum, map(_fold_letter, text)))


def near(one: str, other: str, *, wrong: int) -> bool:
    """Say whether two short strings differ in at most `wrong` letters (Levenshtein); longer than 80 never do."""
    if one == other:
        return True
    if abs(len(one) - len(other)) > wrong or len(one) > _LONGEST or len(other) > _LONGEST:
        return False
    if len(set(one) ^ set(other)) > 2 * wrong:  # one wrong letter takes away a letter and brings another
        return False
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        above, row[0] = row[0], i
        for j, facing in enumerate(other, start=1):
            above, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, above + (letter != facing))
        if min(row) > wrong:
            return False
    return row[-1] <= wrong


def is_upper(text: str, *, share: float = 0.7) -> bool:
    """Say whether the letters are mostly capitals; a text without letters is not."""
    found = [letter for letter in text if letter.isalpha()]
    return bool(found) and sum(letter.isupper() for letter in found) >= share * len(found)
