"""What people and organisations may be called: PATCH /api/auth/me and its like."""

from typing import Any

import pytest

from tests.accounts.bodies import written
from tests.calls import StoreCalls
from tests.cast import PASSWORD, Api, Person

NAMES = [
    "علی\u200cرضا",  # Persian, with a joiner that keeps two letters apart
    "क्\u200dष",  # Devanagari, with one that holds them together
    "Crew \U0001f469\u200d\U0001f527",
    "Jean\u00a0Paul",
    "O'Neil-Šťastný",
    "李小龙",
]
TRICKS = ["a\nb", "a\x00b", "a\x7fb", "a\x85b", "a\u2028b", "a\u2029b", "a\u202eb", "a\u2066b"]
BLANKS = ["", "  ", "\u00a0", "\u200d", "\u200c \u200c"]


def named(alice: Person) -> list[Any]:
    """Everything that alice can give a name to."""
    paths = ["/api/auth/me", "/api/organization", f"/api/users/{alice.user_id}"]
    return [lambda name, path=path: alice.api.patch(path, {"name": name}) for path in paths]


@pytest.mark.parametrize("name", NAMES)
def test_any_script_makes_a_name(alice: Person, name: str) -> None:
    for give in named(alice):
        answer = give(f" {name} ")
        assert (answer.status_code, answer.json()["name"]) == (200, name)


@pytest.mark.parametrize(
    ("name", "code"),
    [*[(name, "unprintable") for name in TRICKS], *[(name, "blank") for name in BLANKS]],
)
def test_what_does_not_show_makes_none(
    alice: Person, name: str, code: str, store_calls: StoreCalls
) -> None:
    for give in named(alice):
        store_calls.clear()
        answer = give(name)
        assert answer.status_code == 400
        assert [(one["field"], one["code"]) for one in answer.json()["errors"]] == [("name", code)]
        assert written(store_calls) == []


def test_who_begins_is_named_alike(alice: Person, store_calls: StoreCalls) -> None:
    store_calls.clear()
    account = {"name": "A\u202eb", "email": "ada@example.com", "password": PASSWORD}
    registered = Api().post("/api/auth/register", {**account, "organizationName": "A\nb"})
    fields = [error["field"] for error in registered.json()["errors"]]
    assert (registered.status_code, fields) == (400, ["organizationName", "name"])
    added = alice.api.post("/api/users", {**account, "role": "member"})
    assert [error["field"] for error in added.json()["errors"]] == ["name"]
    assert written(store_calls) == []
