"""Another organisation's ids answer exactly like unknown ones, on every route there is.

The walker fills each URL, and each id in a valid body or query, once with ids that are somebody
else's and once with ids that are nobody's, and compares the two answers.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from rest_framework import serializers

from prework.ids import new_id
from prework.wire import ChosenId, Flag, Id, Input, Json, Moment, Text, Whole
from tests.cast import Organization, Person
from tests.house.routes import METHODS, Route, api_routes
from tests.house.treasures import ID_NAMES, Treasures, bury

NOBODYS = "0190a000-0000-7000-8000-000000000000"
# What differs between any two answers of the same kind.
VARYING = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"
    r"|\d{4}-\d\d-\d\dT[\d:.]+Z|pw[a-z]_[\w.-]+|X-Amz-[^\"&]+"
)
KNOWN_VALUES = {
    "email": "somebody@example.com",
    "password": "a-long-enough-passphrase",
    "new_password": "a-long-enough-passphrase",
    "file_type": "image/png",
    "file_name": "photo.png",
    "entity_type": "checklist",
    "role": "member",
    "content": {"title": "x", "items": {}},
}


def sample(field: serializers.Field[Any, Any, Any, Any], name: str, ids: dict[str, str]) -> Any:
    """A value that this field takes; an id is one of those given."""
    if name in ids:
        return ids[name]
    if name in KNOWN_VALUES and not (
        isinstance(field, serializers.ChoiceField) and KNOWN_VALUES[name] not in field.choices
    ):
        return KNOWN_VALUES[name]
    if isinstance(field, serializers.ListSerializer | serializers.ListField):
        return [sample(field.child, name, ids)]
    if isinstance(field, Input):
        return body_for(type(field), ids)
    if isinstance(field, serializers.ChoiceField):
        return next(iter(field.choices))
    simple = {Flag: True, Whole: 1, Moment: "2026-12-01T12:00:00Z", Json: {}, ChosenId: "x1"}
    for kind, value in simple.items():
        if isinstance(field, kind):
            return value
    assert isinstance(field, Text | Id), f"{name}: say here how to fill a {type(field).__name__}"
    return "text"


def body_for(kind: type[Input], ids: dict[str, str]) -> dict[str, Any]:
    """A body this input takes, with every id in it, required or not."""
    fields = kind().fields
    wanted = {
        name: field for name, field in fields.items() if field.required or str(field.source) in ids
    }
    return {name: sample(field, str(field.source), ids) for name, field in wanted.items()}


def answers(person: Person, route: Route, method: str, ids: dict[str, str]) -> Iterator[Any]:
    """The status and body of the calls of one route, with what differs anyway taken out."""
    declared = getattr(route.view, method).declared
    path = route.filled(ids)
    if declared.query is not None:
        asked = body_for(declared.query, ids)
        path += "?" + "&".join(f"{k}={v}" for k, v in asked.items() if isinstance(v, str))
    body = body_for(declared.body, ids) if declared.body is not None else None
    answer = person.api.call(method.upper(), path, body)
    text = answer.content.decode()
    for value in sorted(ids.values(), key=len, reverse=True):
        text = text.replace(value, "ID")
    yield answer.status_code
    yield VARYING.sub("…", text)


def names_an_id(route: Route, method: str) -> bool:
    """Whether there is any id in this call's URL, query or body."""
    declared = getattr(route.view, method).declared
    names = set(route.names)
    for kind in (declared.body, declared.query):
        names |= set(_sources(kind)) if kind is not None else set()
    return bool(names & set(ID_NAMES))


def _sources(kind: type[Input]) -> Iterator[str]:
    for field in kind().fields.values():
        yield str(field.source)
        child = getattr(field, "child", field)
        if isinstance(child, Input):
            yield from _sources(type(child))


CALLS = [
    (route, method)
    for route in api_routes()
    for method in METHODS
    if hasattr(route.view, method) and names_an_id(route, method)
]


@pytest.fixture
def treasures(org: Organization) -> Treasures:
    """One of everything, in alice's organisation."""
    return bury(org)


@pytest.mark.parametrize(("route", "method"), CALLS, ids=lambda v: getattr(v, "path", v))
def test_foreign_ids_answer_like_unknown_ones(
    route: Route, method: str, treasures: Treasures, mallory: Person
) -> None:
    foreign = treasures.ids()
    unknown = {name: _unknown_like(value) for name, value in foreign.items()}
    unknown["entity_type"] = foreign["entity_type"]
    ours = list(answers(mallory, route, method, foreign))
    assert ours == list(answers(mallory, route, method, unknown))
    if any(name != "entity_type" for name in route.names):
        assert ours[0] in (403, 404), ours


def _unknown_like(value: str) -> str:
    """Another id of the same look."""
    return new_id() if len(value) == len(NOBODYS) else f"unknown-{new_id()[-12:]}"
