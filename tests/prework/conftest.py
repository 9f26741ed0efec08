"""A clock that a test sets, counts that no other test adds to, and jobs for the settings."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from pytest_django import Settings

from prework import activity, clock
from prework.activity import Counts
from prework.ids import new_id
from tests.prework import making_jobs

Named = Callable[..., None]
_weeks = count()


class SetClock:
    """The time that everything goes by, until it is set again. Every test has weeks of its own."""

    def __init__(self) -> None:
        self.moment = datetime(2031, 1, 1, tzinfo=UTC) + timedelta(weeks=3 * next(_weeks))

    def now(self) -> datetime:
        return self.moment

    def at(self, text: str) -> None:
        """Go on to `HH:MM:SS` of this day."""
        hours, minutes, seconds = map(int, text.split(":"))
        self.moment = self.moment.replace(hour=hours, minute=minutes, second=seconds)


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> SetClock:
    made = SetClock()
    monkeypatch.setattr(clock, "now", made.now)
    return made


@pytest.fixture
def counts(monkeypatch: pytest.MonkeyPatch) -> Counts:
    """What this process counts from now on."""
    made = Counts()
    monkeypatch.setattr(activity, "here", made)
    return made


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Named:
    """Makes `JOBS` name these jobs."""

    def name(*jobs: object) -> None:
        settings.JOBS = []
        for job in jobs:
            attribute = f"JOB_{new_id().replace('-', '_')}"
            monkeypatch.setattr(making_jobs, attribute, job, raising=False)
            settings.JOBS.append(f"{making_jobs.__name__}.{attribute}")

    return name
