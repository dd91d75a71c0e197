"""What holds for every test."""

from pathlib import Path

import pytest
from hypothesis import settings

# No test depends on how fast the machine is: an example may take as long as it takes.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

_TESTS = Path(__file__).parent
_LONGEST = (
    *("e2e/test_four_processes.py", "fetcher/hostile", "docs/test_commands.py", "e2e/test_synthetic_country.py"),
    *("e2e/test_interruption.py", "e2e", "fetcher", "cli", "runtime", "ports"),
)
"""Where the tests are that take minutes, the longest first."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the long tests: a worker that gets one last keeps all others waiting."""
    items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    places = (place for place, start in enumerate(_LONGEST) if item.path.is_relative_to(_TESTS / start))
    return next(places, len(_LONGEST))
