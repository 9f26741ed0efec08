"""services.raise_impersonation, end_impersonation: staff act in a user's name, and stop."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts import services
from prework.errors import NotFound, PermissionDenied, ValidationFailed
from prework.ids import new_id
from prework.tenancy import StaffActor
from tests.accounts.acting import REASON, end_it, impersonate, raise_it, which
from tests.accounts.bodies import written
from tests.accounts.conftest import Wait
from tests.calls import StoreCalls
from tests.cast import PASSWORD, Api, Person, staff_person
from tests.matching import ANY_TIME, problem

HELPING = "fixes the team for them"


def raised(staff: StaffActor, person: Person) -> Person:
    impersonated = impersonate(staff, person)
    raise_it(staff, impersonated, HELPING)
    return impersonated


def test_what_is_done_then_carries_both(alice: Person, operator: StaffActor) -> None:
    seen = raised(operator, alice)
    assert seen.api.get("/api/auth/me").json()["impersonation"]["isReadOnly"] is False
    team_id = seen.api.post("/api/teams", {"name": "Crew"}).json()["teamId"]
    (entry,) = alice.trail(action="TEAM_CREATED")
    assert (entry["entityId"], entry["userId"]) == (team_id, alice.user_id)
    assert (entry["impersonatorId"], entry["actorKind"]) == (operator.user_id, "user")
    assert (entry["reason"], entry["sessionId"]) == (HELPING, seen.actor.session_id)
    alice.api.post("/api/teams", {"name": "Own"})
    assert alice.trail(action="TEAM_CREATED")[0]["impersonatorId"] is None


def test_it_leaves_an_entry_with_its_own_reason(
    alice: Person, bob: Person, operator: StaffActor
) -> None:
    before = bob.actor.rights_version
    seen = raised(operator, bob)
    (entry,) = alice.trail(action="IMPERSONATION_RAISED")
    assert (entry["userId"], entry["entityId"]) == (operator.user_id, bob.user_id)
    assert (entry["reason"], entry["newValues"]) == (
        HELPING,
        {"sessionId": seen.actor.session_id, "until": ANY_TIME, "isReadOnly": False},
    )
    assert bob.actor.rights_version == before + 1


def test_it_lasts_no_longer_for_it(bob: Person, operator: StaffActor, wait: Wait) -> None:
    seen = impersonate(operator, bob)
    until = seen.api.get("/api/auth/me").json()["impersonation"]["until"]
    wait(minutes=20)
    raise_it(operator, seen)
    assert seen.api.get("/api/auth/me").json()["impersonation"]["until"] == until
    wait(minutes=10, seconds=1)
    assert seen.api.get("/api/auth/me").status_code == 401


NEVER: dict[str, Callable[[Api, Person, Person], Any]] = {
    "password": lambda api, me, _: api.post(
        "/api/auth/password", {"currentPassword": PASSWORD, "newPassword": "another-passphrase"}
    ),
    "begin mfa": lambda api, me, _: api.post("/api/auth/mfa/totp"),
    "confirm mfa": lambda api, me, _: api.post("/api/auth/mfa/totp/confirm", {"otp": "123456"}),
    "remove mfa": lambda api, me, _: api.call(
        "DELETE", "/api/auth/mfa/totp", {"currentPassword": PASSWORD}
    ),
    "log out": lambda api, me, _: api.post("/api/auth/logout"),
    "revoke": lambda api, me, _: api.delete(f"/api/auth/sessions/{me.actor.session_id}"),
    "create": lambda api, me, _: api.post(
        "/api/users",
        {"email": "e@example.com", "name": "E", "role": "admin", "password": PASSWORD},
    ),
    "grants": lambda api, _, bob: api.patch(
        f"/api/users/{bob.user_id}", {"grants": ["audit.view"]}
    ),
    "role": lambda api, _, bob: api.patch(f"/api/users/{bob.user_id}", {"role": "admin"}),
    "suspend": lambda api, _, bob: api.patch(f"/api/users/{bob.user_id}", {"isActive": False}),
    "consent": lambda api, me, _: api.patch("/api/organization", {"supportAccess": False}),
}


@pytest.mark.parametrize("deed", NEVER)
def test_some_things_nobody_does_in_the_name_of_somebody_else(
    alice: Person, bob: Person, operator: StaffActor, deed: str, store_calls: StoreCalls
) -> None:
    seen = raised(operator, alice)
    me = alice.actor.session_id
    store_calls.clear()
    answer = NEVER[deed](seen.api, alice, bob)
    assert answer.json() == problem(403, "permission_denied")
    assert written(store_calls) == []
    assert alice.actor.session_id == me


@pytest.mark.parametrize("what", [services.revoke_all_sessions, services.reset_second_factor])
def test_nor_do_they_end_the_sign_ins_of_others(
    alice: Person, bob: Person, operator: StaffActor, what: Any, store_calls: StoreCalls
) -> None:
    actor = raised(operator, alice).actor
    store_calls.clear()
    with pytest.raises(PermissionDenied):
        what(actor=actor, user_id=bob.user_id)
    assert written(store_calls) == []


def test_it_needs_staff_act_a_reason_and_ones_own(
    bob: Person, operator: StaffActor, support: StaffActor, store_calls: StoreCalls
) -> None:
    seen = impersonate(operator, bob)
    one = which(seen)
    other = staff_person("superuser")
    for staff, change, reason, refusal in (
        (support, {}, REASON, PermissionDenied),
        (operator, {}, "short", ValidationFailed),
        (other, {}, REASON, NotFound),
        (operator, {"session_id": new_id()}, REASON, NotFound),
        (operator, {"session_id": bob.actor.session_id}, REASON, NotFound),
    ):
        store_calls.clear()
        with pytest.raises(refusal):
            services.raise_impersonation(staff=staff, **{**one, **change}, reason=reason)
        assert written(store_calls) == []
    assert seen.actor.is_read_only


def test_one_that_is_over_is_not_raised(
    bob: Person, operator: StaffActor, wait: Wait, store_calls: StoreCalls
) -> None:
    one = which(impersonate(operator, bob))
    wait(minutes=30, seconds=1)
    store_calls.clear()
    with pytest.raises(NotFound):
        services.raise_impersonation(staff=operator, **one, reason=REASON)
    assert written(store_calls) == []


def test_who_began_it_ends_it(alice: Person, bob: Person, operator: StaffActor) -> None:
    seen = impersonate(operator, bob)
    one = which(seen)
    with pytest.raises(NotFound):
        services.end_impersonation(staff=staff_person("operator"), **one)
    end_it(operator, seen)
    assert seen.api.get("/api/auth/me").status_code == 401
    assert bob.api.get("/api/auth/me").status_code == 200
    (entry,) = alice.trail(action="IMPERSONATION_ENDED")
    assert (entry["userId"], entry["entityId"]) == (operator.user_id, bob.user_id)
    assert (entry["reason"], entry["oldValues"]["sessionId"]) == (REASON, one["session_id"])
    with pytest.raises(NotFound):
        services.end_impersonation(staff=operator, **one)
    assert len(alice.trail(action="IMPERSONATION_ENDED")) == 1
