"""GET and PATCH /api/auth/me"""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.accounts.bodies import PROFILE, me_body, written
from tests.calls import StoreCalls
from tests.cast import Person
from tests.matching import problem

URL = "/api/auth/me"
TOLD = {
    "title": "Foreman",
    "phone": "+49 (30) 123-456",
    "timezone": "Europe/Berlin",
    "locale": "de-DE",
    "avatarUrl": "https://cdn.example.com/bob.png",
}


def test_it_shows_oneself(bob: Person, store_calls: StoreCalls) -> None:
    store_calls.clear()
    answer = bob.api.get(URL)
    assert answer.json() == me_body(bob)
    assert answer["ETag"] == '"1"'
    assert store_calls.after_sign_in() == ["BatchGetItem"]


def test_name_and_profile_can_be_changed(
    alice: Person, bob: Person, store_calls: StoreCalls
) -> None:
    store_calls.clear()
    answer = bob.api.patch(URL, {"name": "Robert", "profile": TOLD})
    assert answer.status_code == 200
    assert answer.json() == me_body(bob, name="Robert", profile=TOLD)
    assert store_calls.after_sign_in() == ["BatchGetItem", "TransactWriteItems"]
    again = bob.api.get(URL)
    assert (again.json(), again["ETag"]) == (answer.json(), answer["ETag"])
    (entry,) = alice.trail(action="USER_UPDATED")
    assert (entry["userId"], entry["entityId"]) == (bob.user_id, bob.user_id)
    assert entry["oldValues"] == {"name": "Bob", "profile": PROFILE}
    assert entry["newValues"] == {"name": "Robert", "profile": TOLD}


def test_what_is_not_sent_stays(bob: Person) -> None:
    bob.api.patch(URL, {"profile": TOLD})
    answer = bob.api.patch(URL, {"profile": {"avatarUrl": None}})
    assert answer.json() == me_body(bob, profile={**TOLD, "avatarUrl": None})
    answer = bob.api.patch(URL, {"profile": {"title": ""}})
    assert answer.json()["profile"] == {**TOLD, "avatarUrl": None, "title": ""}


@pytest.mark.parametrize("body", [{}, {"name": "Bob"}, {"profile": {}}, {"profile": PROFILE}])
def test_no_change_writes_nothing(bob: Person, body: Any, store_calls: StoreCalls) -> None:
    bob.api.get(URL)
    store_calls.clear()
    answer = bob.api.patch(URL, body)
    assert (answer.status_code, answer.json()) == (200, me_body(bob))
    assert written(store_calls) == []


@pytest.mark.parametrize(
    "body",
    [
        {"email": "other@example.com"},
        {"email": None},
        {"role": "admin"},
        {"grants": ["user.manage"]},
        {"permissions": ["user.manage"]},
        {"isActive": False},
        {"mfaEnabled": False},
        {"organizationId": "x"},
        {"userId": "x", "name": "Robert"},
    ],
)
def test_the_rest_is_not_editable(bob: Person, body: Any) -> None:
    answer = bob.api.patch(URL, body)
    assert answer.json() == problem(400, "not_editable")
    assert bob.api.get(URL).json() == me_body(bob)


def test_an_etag_that_is_not_current_is_refused(bob: Person, store_calls: StoreCalls) -> None:
    tag = bob.api.get(URL)["ETag"]
    changed = bob.api.patch(URL, {"name": "Robert"}, If_Match=tag)
    assert changed.status_code == 200
    store_calls.clear()
    late = bob.api.patch(URL, {"name": "Bobby"}, If_Match=tag)
    assert late.json() == problem(412, "precondition_failed")
    assert written(store_calls) == []
    assert bob.api.patch(URL, {"name": "Bobby"}, If_Match=changed["ETag"]).status_code == 200
    assert bob.api.patch(URL, {"name": "Bob"}, If_Match="*").status_code == 200


def test_edits_of_different_fields_at_once_all_stay(bob: Person) -> None:
    edits: list[dict[str, Any]] = [{"name": "Robert"}] + [
        {"profile": {field: value}} for field, value in TOLD.items()
    ]
    with ThreadPoolExecutor(6) as pool:
        codes = list(pool.map(lambda body: bob.api.patch(URL, body).status_code, edits))
    assert codes == [200] * 6
    assert bob.api.get(URL).json() == me_body(bob, name="Robert", profile=TOLD)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": None}, "name"),
        ({"name": 7}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": "a\u2028b"}, "name"),
        ({"profile": []}, "profile"),
        ({"profile": None}, "profile"),
        ({"profile": {"title": 7}}, "profile.title"),
        ({"profile": {"title": None}}, "profile.title"),
        ({"profile": {"phone": "call me"}}, "profile.phone"),
        ({"profile": {"timezone": "Mars/Olympus"}}, "profile.timezone"),
        ({"profile": {"timezone": "../etc/passwd"}}, "profile.timezone"),
        ({"profile": {"locale": "german please"}}, "profile.locale"),
        ({"profile": {"avatarUrl": "javascript:alert(1)"}}, "profile.avatarUrl"),
        ({"profile": {"avatarUrl": 'https://x/"><script>'}}, "profile.avatarUrl"),
    ],
)
def test_what_is_not_valid_is_named(bob: Person, body: Any, field: str) -> None:
    answer = bob.api.patch(URL, body)
    assert answer.status_code == 400
    assert field in [error["field"] for error in answer.json()["errors"]]
    assert bob.api.get(URL).json() == me_body(bob)


@pytest.mark.parametrize("body", [[], "x", 3])
def test_a_body_that_is_no_object_is_a_400(bob: Person, body: Any) -> None:
    assert bob.api.patch(URL, body).json()["code"] == "validation_failed"
