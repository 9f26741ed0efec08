"""Whatever settings name by a string is there."""

import pytest
from django.conf import settings
from django.utils.module_loading import import_string

from prework import catalogue, events, tallies
from prework.activity import COUNTERS
from prework.dynamo import Item
from prework.jobs import Job

FUNCTIONS = [
    *settings.CHANGE_RECORDERS,
    *settings.CHANGE_FOLLOWERS,
    *settings.TALLY_FOLLOWERS,
    *settings.BEFORE_STOPPING,
    *settings.SAFETY_CHECKS,
    *settings.DOCTOR,
    *settings.ENTITY_DOORS.values(),
    *settings.ENTITY_BATCH_DOORS.values(),
    settings.ACTOR_LOADER,
    settings.PROCESS_LEVELS,
    settings.WHILE_SERVING,
]


@pytest.mark.parametrize("path", FUNCTIONS)
def test_a_wired_function_is_there(path: str) -> None:
    assert callable(import_string(path))


@pytest.mark.parametrize("path", settings.JOBS)
def test_a_job_is_there(path: str) -> None:
    assert isinstance(import_string(path), Job)


@pytest.mark.parametrize("path", settings.UNAUDITED)
def test_an_unaudited_model_is_there(path: str) -> None:
    assert issubclass(import_string(path), Item)


@pytest.mark.parametrize(("name", "counter"), settings.ACTIVITY.items())
def test_what_counts_as_activity_is_there(name: str, counter: str) -> None:
    catalogue.pages()  # every app has named its events and metrics then
    assert name in events.CATALOGUE or name in tallies.CATALOGUE
    assert counter in COUNTERS
