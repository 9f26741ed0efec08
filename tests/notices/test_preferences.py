"""GET and PATCH /api/notifications/preferences"""

from typing import Any

import pytest

from tests.calls import StoreCalls
from tests.cast import Api, Person
from tests.matching import problem
from tests.teams.making import at_once

URL = "/api/notifications/preferences"
TOPICS = ("assignments", "reminders", "membership", "requests")
ALL_ON = {"email": dict.fromkeys(TOPICS, True), "push": dict.fromkeys(TOPICS, True)}


def test_at_first_all_is_on(bob: Person) -> None:
    answer = bob.api.get(URL)
    assert (answer.status_code, answer.json()) == (200, ALL_ON)


def test_what_is_left_out_stays(bob: Person, alice: Person) -> None:
    bob.api.patch(URL, {"email": {"reminders": False}, "push": {"requests": False}})
    answer = bob.api.patch(URL, {"email": {"assignments": False, "reminders": True}})
    expected = {
        "email": {**ALL_ON["email"], "assignments": False},
        "push": {**ALL_ON["push"], "requests": False},
    }
    assert (answer.status_code, answer.json()) == (200, expected)
    assert bob.api.get(URL).json() == expected
    assert alice.api.get(URL).json() == ALL_ON


def test_it_is_audited(alice: Person, bob: Person) -> None:
    bob.api.patch(URL, {"email": {"reminders": False}})
    [entry] = alice.trail(action="USER_NOTIFICATIONS_UPDATED")
    assert (entry["userId"], entry["entityId"]) == (bob.user_id, bob.user_id)
    assert (entry["oldValues"], entry["newValues"]) == ({"off": []}, {"off": ["email.reminders"]})


def test_the_same_again_writes_nothing(bob: Person, store_calls: StoreCalls) -> None:
    bob.api.patch(URL, {"push": {"reminders": False}})
    store_calls.clear()
    for body in ({"push": {"reminders": False}}, {}, {"sms": {"reminders": True}}):
        assert bob.api.patch(URL, body).status_code == 200
    assert "TransactWriteItems" not in store_calls.dynamodb


def test_of_two_edits_at_once_none_is_lost(bob: Person) -> None:
    at_once(*[lambda t=t: bob.api.patch(URL, {"email": {t: False}}) for t in TOPICS])
    assert bob.api.get(URL).json()["email"] == dict.fromkeys(TOPICS, False)


def test_an_etag_that_is_old_changes_nothing(bob: Person) -> None:
    etag = bob.api.get(URL)["ETag"]
    bob.api.patch(URL, {"email": {"reminders": False}}, If_Match=etag)
    answer = bob.api.patch(URL, {"email": {"requests": False}}, If_Match=etag)
    assert answer.json() == problem(412, "precondition_failed")


@pytest.mark.parametrize(
    "body",
    [{"email": 1}, {"email": []}, {"email": {"reminders": 1}}, {"push": {"requests": None}}, []],
)
def test_what_is_not_valid_is_a_400(bob: Person, body: Any) -> None:
    answer = bob.api.patch(URL, body)
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_failed")
    assert bob.api.get(URL).json() == ALL_ON


def test_it_takes_a_sign_in() -> None:
    assert Api().get(URL).json() == problem(401, "not_authenticated")
    assert Api().patch(URL, {}).json() == problem(401, "not_authenticated")
