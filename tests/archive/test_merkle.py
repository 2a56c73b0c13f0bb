"""The tree of RFC 6962, held against its definition; a proof of one line holds for that line alone."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from archive.merkle import Tree, audit_path, root_of
from tests.archive.builders import naive_root


def leaves_of(count: int) -> list[bytes]:
    return [hashlib.sha256(bytes([n])).digest() for n in range(count)]


@given(st.integers(0, 70))
def test_the_root_is_that_of_rfc_6962(count: int) -> None:
    leaves = leaves_of(count)
    tree = Tree()
    for each in leaves:
        tree.add(each)
    assert tree.root() == naive_root(leaves)
    assert tree.size == count


@given(st.data())
def test_every_leaf_is_proven_by_its_path(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 70))
    index = data.draw(st.integers(0, count - 1))
    leaves = leaves_of(count)
    path = audit_path(leaves, index)
    assert root_of(leaves[index], index=index, size=count, path=path) == naive_root(leaves)


@given(st.data())
def test_no_other_leaf_place_or_path_leads_to_the_root(data: st.DataObject) -> None:
    count = data.draw(st.integers(2, 40))
    index, other = data.draw(st.lists(st.integers(0, count - 1), min_size=2, max_size=2, unique=True))
    leaves = leaves_of(count)
    root, path = naive_root(leaves), audit_path(leaves, index)
    assert root_of(leaves[other], index=index, size=count, path=path) != root
    assert root_of(leaves[index], index=other, size=count, path=path) != root
    assert root_of(leaves[index], index=index, size=count, path=path[:-1]) is None
    assert root_of(leaves[index], index=count, size=count, path=path) is None
