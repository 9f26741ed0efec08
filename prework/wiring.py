"""What settings name by a dotted path, resolved: how a lower layer reaches a higher one."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string


@lru_cache(maxsize=256)
def resolve(path: str) -> Callable[..., Any]:
    """The function that a settings string names."""
    found: Callable[..., Any] = import_string(path)
    return found


def wired(name: str) -> list[Callable[..., Any]]:
    """The functions that the setting `name` lists, in its order."""
    return [resolve(path) for path in getattr(settings, name)]
