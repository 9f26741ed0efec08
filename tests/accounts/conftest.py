"""Time that passes at a word, and hashing that is counted."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import LazySettings

from prework import clock
from tests.accounts import counting

Wait = Callable[..., None]


@pytest.fixture
def wait(monkeypatch: pytest.MonkeyPatch) -> Wait:
    """Let time pass: `wait(minutes=15)`. It adds up."""
    passed = timedelta()
    real = clock.now

    def ahead(**amount: float) -> None:
        nonlocal passed
        passed += timedelta(**amount)

    monkeypatch.setattr(clock, "now", lambda: real() + passed)
    return ahead


@pytest.fixture
def hashes(settings: LazySettings) -> list[str]:
    """Every hash that is computed in the test, in order."""
    settings.PASSWORD_HASHERS = ["tests.accounts.counting.CountedArgon2"]
    counting.CountedArgon2.seen.clear()
    return counting.CountedArgon2.seen


@pytest.fixture
def early_in_a_step(wait: Wait) -> None:
    """The present code of an authenticator app stays the present one for most of 30 seconds."""
    wait(seconds=31 - clock.now().timestamp() % 30)
