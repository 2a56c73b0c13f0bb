"""The agency's own directory, where one is set."""

from schemas.settings import Settings
from search_ui.accounts.logging_in import Directory


def directory(settings: Settings) -> Directory | None:
    """Give what asks the directory of the settings; None where there is none."""
    return None
