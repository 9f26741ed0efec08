"""The model check in short, for every run of the suite; `make fuzz` does it at length."""

import os
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from prework import dynamo, transactions
from tests.cast import Person
from tests.collab.model.machine import Collaboration

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "0"))
UNHURRIED = settings(
    deadline=None, suppress_health_check=list(HealthCheck), report_multiple_bugs=False
)
# The same histories in every run; the long form finds new ones, and makes small what fails.
SHORT = settings(
    UNHURRIED,
    max_examples=6,
    stateful_step_count=40,
    derandomize=True,
    phases=[Phase.generate],
)
LONG = settings(UNHURRIED, max_examples=max(EXAMPLES, 1), stateful_step_count=80)


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self._now = 0.0

    def monotonic(self) -> float:
        return self._now

    def sleep(self, seconds: float) -> None:
        self._now += seconds


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch, settings: SimpleNamespace) -> None:
    """Nobody waits for a pause, and nobody asks too often."""
    monkeypatch.setattr(transactions, "time", Clock())
    monkeypatch.setattr(transactions, "DEADLINE_SECONDS", 0.2)
    monkeypatch.setattr(dynamo, "time", Clock())
    settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS, "1000000/second")


def test_every_client_ends_where_the_store_is(alice: Person, bob: Person) -> None:
    Collaboration.alice, Collaboration.bob = alice, bob
    run_state_machine_as_test(Collaboration, settings=LONG if EXAMPLES else SHORT)
