"""Every URL of the API is answered by an `endpoint`, and speaks camelCase alone."""

import re
from collections.abc import Iterator

import pytest

from prework.http.views import View
from prework.wire import CamelCase, Input, Output
from tests.house.routes import METHODS, api_routes

NAME = re.compile(r"[a-z][a-zA-Z0-9]*")


def subclasses(base: type[CamelCase]) -> Iterator[type[CamelCase]]:
    for one in base.__subclasses__():
        yield one
        yield from subclasses(one)


def test_every_method_is_an_endpoint() -> None:
    handlers = [
        (route.path, method, getattr(route.view, method))
        for route in api_routes()
        for method in METHODS
        if hasattr(route.view, method)
    ]
    assert len(handlers) > 40
    assert [(p, m) for p, m, handler in handlers if not hasattr(handler, "declared")] == []


def test_every_view_is_ours() -> None:
    assert [r.path for r in api_routes() if not issubclass(r.view, View)] == []


@pytest.mark.parametrize(
    "kind", [*subclasses(Input), *subclasses(Output)], ids=lambda k: k.__name__
)
def test_names_on_the_wire_are_camel_case(kind: type[CamelCase]) -> None:
    assert [name for name in map(str, kind().fields) if not NAME.fullmatch(name)] == []
