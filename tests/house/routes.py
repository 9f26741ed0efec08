"""The API's URL map, walked: so that a new route is tested the day it is added."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

METHODS = ("get", "post", "patch", "delete")
# The schema and its page are the package's own views.
NOT_OURS = ("api/schema", "api/docs")


@dataclass(frozen=True)
class Route:
    """One URL: its path with `<str:name>` in it, the names, and the view class."""

    path: str
    names: tuple[str, ...]
    view: type[Any]

    def filled(self, values: dict[str, str]) -> str:
        """The path with these values in it."""
        path = self.path
        for name in self.names:
            path = path.replace(f"<str:{name}>", values[name])
        return f"/{path}"


def api_routes() -> list[Route]:
    """Every URL below `/api/` that is ours."""
    found = _walk(get_resolver().url_patterns, "")
    return [r for r in found if r.path.startswith("api/") and r.path not in NOT_OURS]


def _walk(patterns: list[Any], prefix: str) -> Iterator[Route]:
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, path)
        elif isinstance(pattern, URLPattern) and hasattr(pattern.callback, "view_class"):
            names = tuple(pattern.pattern.converters)
            yield Route(path, names, pattern.callback.view_class)
