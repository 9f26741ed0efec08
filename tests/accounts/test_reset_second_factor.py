"""services.reset_second_factor"""

import pytest

from accounts import services
from prework.errors import NotFound, PermissionDenied
from prework.tenancy import StaffActor
from tests.accounts.bodies import log_in, written
from tests.accounts.enrolled import enrol
from tests.calls import StoreCalls
from tests.cast import Person, appoint


def test_the_user_signs_in_with_the_password_alone_again(
    alice: Person, bob: Person, operator: StaffActor
) -> None:
    phone = enrol(bob)
    actor = operator.in_organization(alice.organization_id, reason="the phone fell from bay 4")
    services.reset_second_factor(actor=actor, user_id=bob.user_id)
    assert bob.api.get("/api/auth/me").status_code == 401
    assert log_in(bob.email).json()["user"]["mfaEnabled"] is False
    assert phone.log_in(phone.recovery_codes[0]).status_code == 200  # it is not looked at
    (entry,) = alice.trail(action="USER_MFA_RESET")
    assert (entry["userId"], entry["entityId"]) == (operator.user_id, bob.user_id)
    assert (entry["actorKind"], entry["reason"]) == ("staff", "the phone fell from bay 4")


def test_there_has_to_be_one(alice: Person, bob: Person, store_calls: StoreCalls) -> None:
    actor = alice.actor
    store_calls.clear()
    with pytest.raises(NotFound):
        services.reset_second_factor(actor=actor, user_id=bob.user_id)
    assert written(store_calls) == []


def test_who_may_not_is_refused(
    alice: Person,
    bob: Person,
    carol: Person,
    mallory: Person,
    support: StaffActor,
    store_calls: StoreCalls,
) -> None:
    enrol(bob)
    for actor, refusal in (
        (carol.actor, PermissionDenied),
        (support.in_organization(alice.organization_id), PermissionDenied),
        (mallory.actor, NotFound),
    ):
        store_calls.clear()
        with pytest.raises(refusal):
            services.reset_second_factor(actor=actor, user_id=bob.user_id)
        assert written(store_calls) == []


def test_that_of_staff_is_for_those_who_manage_staff(
    alice: Person,
    bob: Person,
    operator: StaffActor,
    superuser: StaffActor,
    store_calls: StoreCalls,
) -> None:
    enrol(bob)
    appoint(bob, "superuser")
    for actor in (alice.actor, operator.in_organization(alice.organization_id)):
        store_calls.clear()
        with pytest.raises(PermissionDenied) as refused:
            services.reset_second_factor(actor=actor, user_id=bob.user_id)
        assert refused.value.extra == {"permission": "staff.manage"}
        assert written(store_calls) == []
    actor = superuser.in_organization(alice.organization_id)
    services.reset_second_factor(actor=actor, user_id=bob.user_id)
    assert log_in(bob.email).json()["user"]["mfaEnabled"] is False
