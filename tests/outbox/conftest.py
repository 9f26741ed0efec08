"""Time that passes at a word, and an address that is one test's alone."""

import pytest

from prework.ids import new_id
from tests.accounts.conftest import wait

__all__ = ["wait"]


@pytest.fixture
def address() -> str:
    """Nobody else's: other tests leave letters in the store, too."""
    return f"somebody-{new_id()}@example.com"
