"""Whatever settings name by a string is there."""

import pytest
from django.conf import settings
from django.utils.module_loading import import_string

from prework.dynamo import Item

FUNCTIONS = [
    *settings.CHANGE_RECORDERS,
    *settings.CHANGE_FOLLOWERS,
    *settings.BEFORE_STOPPING,
    *settings.ENTITY_DOORS.values(),
    *settings.ENTITY_BATCH_DOORS.values(),
    settings.ACTOR_LOADER,
]


@pytest.mark.parametrize("path", FUNCTIONS)
def test_a_wired_function_is_there(path: str) -> None:
    assert callable(import_string(path))


@pytest.mark.parametrize("path", settings.UNAUDITED)
def test_an_unaudited_model_is_there(path: str) -> None:
    assert issubclass(import_string(path), Item)
