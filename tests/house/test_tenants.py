"""Another organisation's ids answer exactly like unknown ones, on every route there is.

For each id that a call names, in its URL, query or body, the walker makes the call with mallory's
own things and this one id somebody else's, and again with this one id nobody's, and compares.
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
from tests.house.treasures import ID_NAMES, bury

# Ids that a caller makes up: each organisation has its own `checklist-123`.
CHOSEN_BY_THE_CALLER = {("api/documents", "entity_id")}
# What differs between any two answers of the same kind.
VARYING = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"
    r"|\d{4}-\d\d-\d\dT[\d:.]+Z|pw[a-z]_[\w.-]+|X-Amz-[^\"&]+"
)
KNOWN_VALUES = {
    "due_timezone": "UTC",
    "email": "somebody@example.com",
    "password": "a-long-enough-passphrase",
    "new_password": "a-long-enough-passphrase",
    "file_type": "image/png",
    "file_name": "photo.png",
    "entity_type": "checklist",
    "role": "member",
    "content": {"title": "x", "items": {}},
}


def sample(field: Any, name: str, ids: dict[str, str], tested: str) -> Any:
    """A value that this field takes; an id is one of those given."""
    if name in ids:
        return ids[name]
    if name in KNOWN_VALUES and not (
        isinstance(field, serializers.ChoiceField) and KNOWN_VALUES[name] not in field.choices
    ):
        return KNOWN_VALUES[name]
    if isinstance(field, serializers.ListSerializer | serializers.ListField):
        return [sample(field.child, name, ids, tested)]
    if isinstance(field, Input):
        return body_for(type(field), ids, tested)
    if isinstance(field, serializers.ChoiceField):
        return next(iter(field.choices))
    simple = {Flag: True, Whole: 1, Moment: "2026-12-01T12:00:00Z", Json: {}, ChosenId: "x1"}
    for kind, value in simple.items():
        if isinstance(field, kind):
            return value
    assert isinstance(field, Text | Id), f"{name}: say here how to fill a {type(field).__name__}"
    return "text"


def body_for(kind: type[Input], ids: dict[str, str], tested: str) -> dict[str, Any]:
    """A body this input takes: what it requires, and the id that is tested."""
    return {
        name: sample(field, str(field.source), ids, tested)
        for name, field in kind().fields.items()
        if field.required or tested in (str(field.source), *_sources_inside(field))
    }


def _sources_inside(field: serializers.Field[Any, Any, Any, Any]) -> Iterator[str]:
    child = getattr(field, "child", field)
    if isinstance(child, Input):
        yield from _sources(type(child))


def answer_to(
    person: Person, route: Route, method: str, ids: dict[str, str], tested: str
) -> tuple[int, str]:
    """The status and body of a call, with what differs anyway taken out."""
    declared = getattr(route.view, method).declared
    path = route.filled(ids)
    if declared.query is not None:
        asked = body_for(declared.query, ids, tested)
        path += "?" + "&".join(f"{k}={v}" for k, v in asked.items() if isinstance(v, str))
    body = body_for(declared.body, ids, tested) if declared.body is not None else None
    answer = person.api.call(method.upper(), path, body)
    text = answer.getvalue().decode().replace(ids[tested], "ID")
    return answer.status_code, VARYING.sub("…", text)


def ids_named(route: Route, method: str) -> list[str]:
    """The ids that this call names, in its URL, query or body."""
    declared = getattr(route.view, method).declared
    names = set(route.names)
    for kind in (declared.body, declared.query):
        names |= set(_sources(kind)) if kind is not None else set()
    return sorted(names & set(ID_NAMES))


def _sources(kind: type[Input]) -> Iterator[str]:
    for field in kind().fields.values():
        yield str(field.source)
        child = getattr(field, "child", field)
        if isinstance(child, Input):
            yield from _sources(type(child))


CALLS = [
    (route, method, name)
    for route in api_routes()
    for method in METHODS
    if hasattr(route.view, method)
    for name in ids_named(route, method)
]


@pytest.mark.parametrize(("route", "method", "name"), CALLS, ids=lambda v: getattr(v, "path", v))
def test_a_foreign_id_answers_like_an_unknown_one(
    route: Route, method: str, name: str, org: Organization, other_org: Organization
) -> None:
    theirs, own = bury(org).ids(), bury(other_org).ids()
    mallory = other_org.admin
    unknown = {**own, name: _unknown_like(theirs[name])}
    foreign = {**own, name: theirs[name]}
    seen = answer_to(mallory, route, method, foreign, name)
    assert seen == answer_to(mallory, route, method, unknown, name)
    if name in route.names:
        assert seen[0] == 404, seen
    elif method != "get" and (route.path, name) not in CHOSEN_BY_THE_CALLER:
        assert 400 <= seen[0] < 500, seen


def _unknown_like(value: str) -> str:
    """Another id of the same look."""
    return new_id() if len(value) == len(new_id()) else f"unknown-{new_id()[-12:]}"
