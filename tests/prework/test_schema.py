"""The OpenAPI document: whole, valid, and its page without any other host's help."""

import re
from typing import Any

import pytest
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

from tests.cast import Api
from tests.house.routes import METHODS, api_routes


def generated() -> Any:
    generator: Any = SchemaGenerator
    return generator().get_schema(request=None, public=True)


@pytest.fixture(scope="module")
def schema() -> Any:
    with GENERATOR_STATS.silence():
        return generated()


def test_it_is_valid_openapi(schema: Any) -> None:
    assert schema["openapi"] == "3.1.0"
    check_schema: Any = validate_schema
    check_schema(schema)


def test_it_is_written_without_a_warning() -> None:
    GENERATOR_STATS.reset()
    with GENERATOR_STATS.silence():
        generated()
    assert [*GENERATOR_STATS._error_cache, *GENERATOR_STATS._warn_cache] == []


def test_every_operation_is_in_it_once(schema: Any) -> None:
    routes = api_routes()
    ours = {
        ("/" + re.sub(r"<\w+:(\w+)>", r"{\1}", route.path), method)
        for route in routes
        for method in METHODS
        if hasattr(route.view, method)
    }
    described = {(path, method) for path, item in schema["paths"].items() for method in item}
    origin = {("/cdn/{key}", "get")}  # of images, beside /api
    assert {(p, m) for p, m in described if m in METHODS} == ours | origin
    names = [op["operationId"] for item in schema["paths"].values() for op in item.values()]
    assert len(names) == len(set(names))
    assert all(op["summary"] for item in schema["paths"].values() for op in item.values())


def test_it_is_served_to_anybody(anonymous: Api) -> None:
    answer = anonymous.get("/api/schema")
    assert answer.status_code == 200
    assert answer.json()["info"]["title"] == "prework"


def test_its_page_needs_no_other_host(anonymous: Api) -> None:
    page = anonymous.get("/api/docs").content.decode()
    links = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert links
    assert [link for link in links if not link.startswith("/")] == []
    assert re.findall(r"<script(?![^>]*src=)", page) == []  # the policy allows no inline script
