"""The Merkle tree of RFC 6962 over the lines of the journal: its root, and the proof that one line is under it.

Pure: hashes in, hashes out. Source: RFC 6962, 2.1 (tree hash), 2.1.1 (audit path).
"""

import hashlib
from collections.abc import Iterable, Sequence


class Tree:
    """The tree hash over leaves that come one by one."""

    def __init__(self) -> None:
        """Begin without leaves."""
        self.size = 0
        self._peaks: list[tuple[int, bytes]] = []  # (leaves below, hash) of the whole subtrees, left to right

    def add(self, leaf_hash: bytes) -> None:
        """Take one more leaf."""
        self.size += 1
        self._peaks.append((1, leaf_hash))
        while len(self._peaks) > 1 and self._peaks[-1][0] == self._peaks[-2][0]:
            count, right = self._peaks.pop()
            _, left = self._peaks.pop()
            self._peaks.append((2 * count, _node(left, right)))

    def root(self) -> bytes:
        """Give the root over the leaves so far; of none, SHA-256 of nothing."""
        if not self._peaks:
            return hashlib.sha256().digest()
        peaks = [digest for _, digest in self._peaks]
        result = peaks.pop()
        while peaks:
            result = _node(peaks.pop(), result)
        return result


def tree_of(leaves: Iterable[bytes]) -> Tree:
    """Give the tree over these leaves."""
    tree = Tree()
    for each in leaves:
        tree.add(each)
    return tree


def audit_path(leaves: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """Give the hashes that lead from the leaf at `index` (from 0) to the root over `leaves`, the nearest first."""
    path = []
    first, end = 0, len(leaves)
    while end - first > 1:
        middle = first + _left(end - first)
        if index < middle:
            path.append(tree_of(leaves[middle:end]).root())
            end = middle
        else:
            path.append(tree_of(leaves[first:middle]).root())
            first = middle
    return tuple(reversed(path))


def root_of(leaf_hash: bytes, *, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """Give the root that a proof leads to; None for a path that cannot be of a tree of that size."""
    if not 0 <= index < size:
        return None
    sides = []
    first, end = 0, size
    while end - first > 1:
        middle = first + _left(end - first)
        sides.append(index < middle)
        first, end = (first, middle) if index < middle else (middle, end)
    if len(path) != len(sides):
        return None
    result = leaf_hash
    for on_the_left, other in zip(reversed(sides), path, strict=True):
        result = _node(result, other) if on_the_left else _node(other, result)
    return result


def _left(size: int) -> int:
    """Give how many leaves stand in the left subtree: the largest power of two below the size."""
    return 1 << (size - 1).bit_length() - 1


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
