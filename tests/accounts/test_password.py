"""POST /api/auth/password"""

from typing import Any

import pytest

from tests.accounts.bodies import log_in, written
from tests.calls import StoreCalls
from tests.cast import PASSWORD, Api, Person
from tests.matching import problem

URL = "/api/auth/password"
NEW = "another-long-passphrase"
FORM = {"currentPassword": PASSWORD, "newPassword": NEW}


def test_the_new_one_works_and_the_old_one_does_not(bob: Person) -> None:
    answer = bob.api.post(URL, FORM)
    assert (answer.status_code, answer.content) == (204, b"")
    assert log_in(bob.email).status_code == 401
    assert log_in(bob.email, NEW).status_code == 200


def test_every_other_sign_in_ends(bob: Person) -> None:
    other = Api(log_in(bob.email).json()["token"])
    before = bob.actor.rights_version
    bob.api.post(URL, FORM)
    assert other.get("/api/auth/me").status_code == 401
    assert bob.api.get("/api/auth/me").status_code == 200
    assert [one["current"] for one in bob.api.get("/api/auth/sessions").json()["items"]] == [True]
    assert bob.actor.rights_version == before + 1


def test_it_leaves_one_entry_without_a_secret(alice: Person, bob: Person) -> None:
    bob.api.post(URL, FORM)
    (entry,) = alice.trail(action="USER_PASSWORD_CHANGED")
    assert (entry["userId"], entry["entityId"]) == (bob.user_id, bob.user_id)
    assert (entry["oldValues"], entry["newValues"]) == ({}, {"means": "itself"})


def test_a_wrong_current_one_changes_nothing(alice: Person, bob: Person) -> None:
    other = Api(log_in(bob.email).json()["token"])
    answer = bob.api.post(URL, {**FORM, "currentPassword": "wrong"})
    assert answer.json() == problem(403, "invalid_credentials")
    assert "WWW-Authenticate" not in answer
    assert other.get("/api/auth/me").status_code == 200
    assert log_in(bob.email).status_code == 200
    assert alice.trail(action="USER_PASSWORD_CHANGED") == []
    (entry,) = alice.trail(action="USER_PROOF_FAILED")
    assert (entry["userId"], entry["outcome"]) == (bob.user_id, "denied")


def test_too_many_wrong_ones_lock_it(bob: Person) -> None:
    guesses = [bob.api.post(URL, {**FORM, "currentPassword": f"guess {n}"}) for n in range(5)]
    assert [guess.status_code for guess in guesses] == [403] * 5
    locked = bob.api.post(URL, FORM)
    assert (locked.status_code, locked.json()["code"]) == (429, "too_many_attempts")
    assert int(locked["Retry-After"]) > 0
    assert log_in(bob.email).status_code == 200


def test_strangers_do_not_lock_it(bob: Person) -> None:
    for _ in range(6):
        log_in(bob.email, "wrong")
    assert log_in(bob.email).status_code == 429
    assert bob.api.post(URL, FORM).status_code == 204


def test_each_user_is_counted_alone(bob: Person, carol: Person) -> None:
    for n in range(6):
        bob.api.post(URL, {**FORM, "currentPassword": f"guess {n}"})
    assert carol.api.post(URL, FORM).status_code == 204


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"newPassword": "short"}, "newPassword"),
        ({"newPassword": "password123"}, "newPassword"),
        ({"newPassword": 1234567890}, "newPassword"),
        ({"newPassword": "x" * 1025}, "newPassword"),
        ({"currentPassword": None}, "currentPassword"),
        ({"currentPassword": ["x"]}, "currentPassword"),
    ],
)
def test_what_is_not_valid_is_named(
    bob: Person, changed: Any, field: str, store_calls: StoreCalls
) -> None:
    store_calls.clear()
    answer = bob.api.post(URL, {**FORM, **changed})
    assert answer.status_code == 400
    assert field in [error["field"] for error in answer.json()["errors"]]
    assert written(store_calls) == []


def test_nobody_does_it_without_a_sign_in() -> None:
    assert Api().post(URL, FORM).json() == problem(401, "not_authenticated")
