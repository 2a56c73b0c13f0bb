"""The checker of inventories says what is wrong with anything at all, and never stumbles over it."""

import io
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.keeping import About, Piece
from archive.memory import MemoryStore
from archive.ocfl_check import check_object
from archive.ocfl_inventory_check import check_inventory, check_prior
from archive.streams import DictFiles

ONE = "urn:uuid:00000000-0000-4000-8000-000000000001"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def a_sound_inventory() -> dict[str, Any]:
    store = MemoryStore()
    about = About(version=1, created="2026-03-02T08:30:00+00:00", message="test", actor="system")
    store.put(ONE, {"a": Piece(source=b"one"), "b/c": Piece(source=b"two")}, about)
    value: dict[str, Any] = json.load(io.BytesIO(store.files(ONE).open("inventory.json").read()))
    return value


def codes(value: dict[str, Any]) -> set[str]:
    facts, problems = check_inventory(value, specification="1.1")
    list(check_prior(facts, facts))
    return {problem.code for problem in problems}


def test_a_sound_inventory_has_no_problem() -> None:
    assert codes(a_sound_inventory()) == set()


@pytest.mark.parametrize("key", ["id", "type", "digestAlgorithm", "head", "manifest", "versions", "fixity"])
@given(value=JSON)
@settings(max_examples=40)
def test_any_value_in_any_place_is_judged(key: str, value: Any) -> None:
    found = codes({**a_sound_inventory(), key: value})
    assert (
        found
        or (key == "fixity" and isinstance(value, dict) and not any(value.values()))
        or (key == "id" and isinstance(value, str) and ":" in value)
    )


@given(value=JSON)
@settings(max_examples=60)
def test_any_version_block_is_judged(value: Any) -> None:
    sound = a_sound_inventory()
    assert codes({**sound, "versions": {"v1": value}})
    assert codes({**sound, "versions": {"v1": {**sound["versions"]["v1"], "state": value}}})


@given(st.dictionaries(st.text(min_size=1, max_size=5), JSON, max_size=4))
@settings(max_examples=60)
def test_anything_is_judged(value: dict[str, Any]) -> None:
    assert codes(value)


@given(st.binary(max_size=40))
@settings(max_examples=60)
def test_any_bytes_as_inventory_are_an_invalid_object(data: bytes) -> None:
    assert not check_object(DictFiles({"0=ocfl_object_1.1": b"ocfl_object_1.1\n", "inventory.json": data})).valid
