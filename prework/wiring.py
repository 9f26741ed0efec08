"""What settings name by a dotted path, resolved: how a lower layer reaches a higher one."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string


@lru_cache(maxsize=256)
def resolve(path: str) -> Callable[..., Any]:
    """The function that a settings string names."""
    found: Callable[..., Any] = import_string(path)
    return found


@contextmanager
def within(name: str) -> Iterator[None]:
    """Inside of all context managers that the setting `name` lists, the first one outermost."""
    with ExitStack() as entered:
        for make in wired(name):
            entered.enter_context(make())
        yield


def wired(name: str) -> list[Callable[..., Any]]:
    """The functions that the setting `name` lists, in its order."""
    return [resolve(path) for path in getattr(settings, name)]
