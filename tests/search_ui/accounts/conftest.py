"""Makes hashes of passwords cheap: these tests log in hundreds of times."""

import argon2
import pytest

from search_ui.accounts import passwords


@pytest.fixture(autouse=True)
def cheap_hashes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the real parameters where their cost is what is tested."""
    if request.node.get_closest_marker("real_hashes") is None:
        cheap = argon2.PasswordHasher(time_cost=1, memory_cost=256, parallelism=1)
        monkeypatch.setattr(passwords, "_TYPES", cheap)
    passwords._of_nobody.cache_clear()
