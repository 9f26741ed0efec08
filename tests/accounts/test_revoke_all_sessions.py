"""services.revoke_all_sessions"""

import pytest

from accounts import services
from prework.errors import NotAuthenticated, NotFound, PermissionDenied
from prework.tenancy import StaffActor
from tests.accounts.bodies import log_in, written
from tests.calls import StoreCalls
from tests.cast import ORIGIN, PASSWORD, Api, Organization, Person, appoint, hire


def test_staff_end_all_sign_ins_of_a_user(
    alice: Person, bob: Person, operator: StaffActor, store_calls: StoreCalls
) -> None:
    other = log_in(bob.email).json()["token"]
    actor = operator.in_organization(alice.organization_id, reason="lost a laptop")
    store_calls.clear()
    services.revoke_all_sessions(actor=actor, user_id=bob.user_id)
    assert store_calls.dynamodb == ["BatchGetItem", "TransactWriteItems"]
    for token in (bob.token, other):
        assert Api(token).get("/api/auth/me").status_code == 401
    assert alice.api.get("/api/auth/me").status_code == 200
    assert log_in(bob.email).status_code == 200
    (entry,) = alice.trail(action="USER_SESSIONS_REVOKED")
    assert (entry["userId"], entry["entityId"]) == (operator.user_id, bob.user_id)
    assert (entry["actorKind"], entry["reason"]) == ("staff", "lost a laptop")
    assert (entry["sessionId"], entry["ip"]) == (operator.session_id, ORIGIN.ip)


def test_those_to_the_admin_end_too(alice: Person, bob: Person) -> None:
    appoint(bob, "support")
    signed_in = services.sign_in_staff(origin=ORIGIN, email=bob.email, password=PASSWORD)
    services.revoke_all_sessions(actor=alice.actor, user_id=bob.user_id)
    with pytest.raises(NotAuthenticated):
        services.staff_for_token(signed_in.token, ORIGIN)


def test_who_may_not_is_refused(
    org: Organization,
    alice: Person,
    bob: Person,
    mallory: Person,
    support: StaffActor,
    store_calls: StoreCalls,
) -> None:
    clerk = hire(org, "clerk", role="viewer", grants=("user.manage",))
    for actor, user_id, refusal in (
        (bob.actor, alice.user_id, PermissionDenied),
        (clerk.actor, alice.user_id, PermissionDenied),  # who holds more than they do
        (support.in_organization(org.organization_id), bob.user_id, PermissionDenied),
        (mallory.actor, bob.user_id, NotFound),
    ):
        store_calls.clear()
        with pytest.raises(refusal):
            services.revoke_all_sessions(actor=actor, user_id=user_id)
        assert written(store_calls) == []
