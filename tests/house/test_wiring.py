"""Whatever settings name by a string is there."""

import ast
from collections import Counter

import pytest
from django.conf import settings
from django.utils.module_loading import import_string

from prework import catalogue, events
from prework.activity import COUNTERS
from prework.dynamo import Item
from prework.jobs import Job
from prework.metrics import registry
from prework.reconciling import Reconciler

FUNCTIONS = [
    *settings.CHANGE_RECORDERS,
    *settings.CHANGE_CLOSERS,
    *settings.CHANGE_FOLLOWERS,
    *settings.TALLY_FOLLOWERS,
    *settings.BEFORE_STOPPING,
    *settings.SAFETY_CHECKS,
    *settings.DOCTOR,
    *settings.WHILE_SERVING,
    *settings.ENTITY_DOORS.values(),
    *settings.ENTITY_BATCH_DOORS.values(),
    *settings.CATALOGUE_PAGES.values(),
    *settings.OUTBOX.values(),
    *settings.NOTICE_AUDIENCES.values(),
    settings.ACTOR_LOADER,
    settings.EVERY_ORGANIZATION,
    settings.PROCESS_LEVELS,
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


@pytest.mark.parametrize("path", settings.RECONCILERS)
def test_a_reconciler_is_there(path: str) -> None:
    assert isinstance(import_string(path), Reconciler)


@pytest.mark.parametrize(("name", "counter"), settings.ACTIVITY.items())
def test_what_counts_as_activity_is_there(name: str, counter: str) -> None:
    catalogue.pages()  # every app has named its events and metrics then
    assert name in events.CATALOGUE or name in registry.CATALOGUE
    assert counter in COUNTERS


def test_a_setting_is_said_once() -> None:
    """Two lists of one name, as merging makes them, would quietly be the second."""
    tree = ast.parse((settings.BASE_DIR / "prework/settings.py").read_text())
    told = [node for node in tree.body if isinstance(node, ast.Assign | ast.AnnAssign)]
    targets = [t for node in told for t in getattr(node, "targets", [getattr(node, "target", 0)])]
    counts = Counter(target.id for target in targets if isinstance(target, ast.Name))
    assert [name for name, count in counts.items() if count > 1] == []
