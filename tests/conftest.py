"""What every test shares: how long one may take, and a clean environment."""

import os

import pytest
from hypothesis import settings

pytest_plugins = ["tests.services"]

SLOW_TIMEOUT_SECONDS = 1500

settings.register_profile("steady", deadline=None)  # the clock of a busy machine says nothing of an example
settings.load_profile("steady")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give slow tests their longer time, where they do not say their own."""
    for test in items:
        if test.get_closest_marker("slow") and not test.get_closest_marker("timeout"):
            test.add_marker(pytest.mark.timeout(SLOW_TIMEOUT_SECONDS))


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the settings of whoever runs the tests out of them; LUUTRU_TOOLS and LUUTRU_TEST_… stay."""
    for name in [name for name in os.environ if name.startswith("LUUTRU_")]:
        if name != "LUUTRU_TOOLS" and not name.startswith("LUUTRU_TEST_"):
            monkeypatch.delenv(name)
