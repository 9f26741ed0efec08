"""services.start_impersonation: staff see what a user sees."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import LazySettings

from accounts import queries, services
from accounts.errors import CannotImpersonate, SupportAccessRefused
from accounts.queries import SessionRef
from prework.errors import NotFound, Problem, ValidationFailed
from prework.ids import new_id
from prework.tenancy import StaffActor
from tests.accounts.acting import REASON, impersonate
from tests.accounts.bodies import me_body, written
from tests.accounts.conftest import Wait
from tests.calls import StoreCalls
from tests.cast import ORIGIN, Api, Person, appoint
from tests.matching import ANY_TIME, problem

ENDS = ["demoted", "dismissed", "signed out", "everywhere", "refused", "appointed", "suspended"]
WRITES: list[Callable[[Api], Any]] = [
    lambda api: api.post("/api/teams", {"name": "Mine"}, Idempotency_Key="k1"),
    lambda api: api.patch("/api/organization", {"name": "Mine"}),
    lambda api: api.patch("/api/auth/me", {"name": "Mine"}),
    lambda api: api.post("/api/documents", {"entityType": "checklist", "content": {}}),
    lambda api: api.post("/api/auth/logout"),
]


def alive(person: Person) -> bool:
    return bool(person.api.get("/api/auth/me").status_code == 200)


def ref_of(person: Person) -> SessionRef:
    actor = person.actor
    return SessionRef(actor.organization_id, actor.user_id, actor.session_id)


def refused(staff: StaffActor, person: Person, reason: str = REASON) -> Problem:
    with pytest.raises(Problem) as caught:
        impersonate(staff, person, reason)
    return caught.value


def test_they_are_shown_what_the_user_is_shown(bob: Person, operator: StaffActor) -> None:
    seen = impersonate(operator, bob)
    assert seen.api.get("/api/auth/me").json() == {
        **me_body(bob),
        "impersonation": {
            "staffUserId": operator.user_id,
            "staffName": "Alice",
            "until": ANY_TIME,
            "isReadOnly": True,
        },
    }
    actor = seen.actor
    assert (actor.kind, actor.user_id, actor.impersonator_id) == (
        "user",
        bob.user_id,
        operator.user_id,
    )
    assert actor.permissions == bob.actor.permissions
    assert actor.is_read_only
    assert bob.actor.impersonator_id == "" and not bob.actor.is_read_only


def test_the_users_admins_see_who_and_why(
    alice: Person, bob: Person, operator: StaffActor
) -> None:
    seen = impersonate(operator, bob, f"  {REASON} ")
    (entry,) = alice.trail(action="IMPERSONATION_STARTED")
    assert (entry["userId"], entry["actorKind"]) == (operator.user_id, "staff")
    assert (entry["entityType"], entry["entityId"]) == ("user", bob.user_id)
    assert (entry["reason"], entry["sessionId"]) == (REASON, operator.session_id)
    assert entry["newValues"] == {
        "sessionId": seen.actor.session_id,
        "until": ANY_TIME,
        "isReadOnly": True,
    }


def test_the_user_sees_it_among_the_sign_ins_and_can_end_it(
    bob: Person, operator: StaffActor
) -> None:
    seen = impersonate(operator, bob)
    newest, own = bob.api.get("/api/auth/sessions").json()["items"]
    assert newest["impersonatedBy"] == {"staffUserId": operator.user_id, "staffName": "Alice"}
    assert (newest["sessionId"], newest["ip"]) == (seen.actor.session_id, ORIGIN.ip)
    assert own["impersonatedBy"] is None
    assert bob.api.delete(f"/api/auth/sessions/{newest['sessionId']}").status_code == 204
    assert not alive(seen) and alive(bob)


def test_it_is_one_read_more_than_any_sign_in(
    bob: Person, operator: StaffActor, store_calls: StoreCalls
) -> None:
    seen = impersonate(operator, bob)
    store_calls.clear()
    services.actor_for_token(seen.token, ORIGIN)
    assert store_calls.dynamodb == ["BatchGetItem"] * 2
    refs = [ref_of(seen), ref_of(bob)]
    store_calls.clear()
    rights = queries.load_rights(refs)
    assert store_calls.dynamodb == ["BatchGetItem"] * 2
    assert [actor.is_read_only for actor in rights.values() if actor] == [True, False]


def test_nothing_is_written_by_it(
    alice: Person, operator: StaffActor, store_calls: StoreCalls
) -> None:
    seen = impersonate(operator, alice)
    for call in WRITES:
        store_calls.clear()
        assert call(seen.api).json() == problem(403, "permission_denied")
        assert written(store_calls) == []


def test_it_gives_a_ticket_to_watch_by(bob: Person, operator: StaffActor) -> None:
    answer = impersonate(operator, bob).api.post("/api/auth/ws-ticket")
    actor = services.redeem_ticket(answer.json()["ticket"], ORIGIN)
    assert (actor.user_id, actor.impersonator_id) == (bob.user_id, operator.user_id)
    assert actor.is_read_only


def test_it_lasts_for_half_an_hour_whatever_is_done(
    bob: Person, operator: StaffActor, wait: Wait
) -> None:
    seen = impersonate(operator, bob)
    wait(minutes=15)
    assert alive(seen)
    wait(minutes=14)
    assert alive(seen)
    wait(minutes=1, seconds=1)
    assert not alive(seen) and alive(bob)


@pytest.mark.parametrize(
    "how",
    ["demoted", "dismissed", "signed out", "everywhere", "refused", "appointed", "suspended"],
)
def test_it_ends_with_what_it_needed(
    alice: Person, bob: Person, operator: StaffActor, superuser: StaffActor, how: str
) -> None:
    seen = impersonate(operator, bob)
    ref = ref_of(seen)
    me = {"organization_id": operator.organization_id, "user_id": operator.user_id}
    if how in ("demoted", "dismissed"):
        role = "support" if how == "demoted" else None
        services.set_staff_role(staff=superuser, **me, role=role, reason="another job")
    elif how == "signed out":
        services.sign_out_staff(staff=operator)
    elif how == "everywhere":
        services.sign_staff_out_everywhere(staff=operator)
    elif how == "refused":
        alice.api.patch("/api/organization", {"supportAccess": False})
    elif how == "appointed":
        appoint(bob, "support")
    else:
        alice.api.patch(f"/api/users/{bob.user_id}", {"isActive": False})
    assert not alive(seen)
    assert queries.load_rights([ref]) == {ref: None}


def test_it_needs_staff_act(bob: Person, support: StaffActor, store_calls: StoreCalls) -> None:
    store_calls.clear()
    refusal = refused(support, bob)
    assert refusal.extra == {"permission": "staff.act"}
    assert written(store_calls) == []


@pytest.mark.parametrize("reason", ["", "too short", "         \t      "])
def test_it_needs_a_reason(
    bob: Person, operator: StaffActor, reason: str, store_calls: StoreCalls
) -> None:
    store_calls.clear()
    refusal = refused(operator, bob, reason)
    assert isinstance(refusal, ValidationFailed)
    assert refusal.extra["errors"][0]["field"] == "reason"
    assert store_calls.dynamodb == []


def test_an_organisation_may_refuse_it(
    alice: Person, bob: Person, operator: StaffActor, store_calls: StoreCalls
) -> None:
    alice.api.patch("/api/organization", {"supportAccess": False})
    store_calls.clear()
    assert isinstance(refused(operator, bob), SupportAccessRefused)
    assert written(store_calls) == []
    alice.api.patch("/api/organization", {"supportAccess": True})
    assert alive(impersonate(operator, bob))


@pytest.mark.parametrize("who", ["staff", "suspended", "unknown", "foreign"])
def test_not_everybody_can_be_acted_as(
    alice: Person,
    bob: Person,
    mallory: Person,
    superuser: StaffActor,
    who: str,
    store_calls: StoreCalls,
) -> None:
    if who == "staff":
        appoint(bob, "support")
    elif who == "suspended":
        alice.api.patch(f"/api/users/{bob.user_id}", {"isActive": False})
    ids = {"unknown": new_id(), "foreign": mallory.user_id}
    store_calls.clear()
    with pytest.raises(NotFound if who in ids else CannotImpersonate):
        services.start_impersonation(
            staff=superuser,
            organization_id=bob.organization_id,
            user_id=ids.get(who, bob.user_id),
            reason=REASON,
        )
    assert written(store_calls) == []


def test_without_the_second_factor_that_is_required_nobody_acts(
    bob: Person, operator: StaffActor, settings: LazySettings
) -> None:
    seen = impersonate(operator, bob)
    settings.STAFF_TOTP_REQUIRED = True
    assert not alive(seen)


def test_a_tampered_token_is_none(bob: Person, operator: StaffActor) -> None:
    seen = impersonate(operator, bob)
    public, _, secret = seen.token.partition(".")
    own_public, _, own_secret = bob.token.partition(".")
    for token in (f"{public}.{own_secret}", f"{own_public}.{secret}"):
        assert Api(token).get("/api/auth/me").status_code == 401
