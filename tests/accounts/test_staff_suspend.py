"""services.update_user and create_user by staff: the rules of the organisation hold for them."""

from typing import Any

import pytest

from accounts import services
from accounts.errors import LastAdmin
from prework.errors import PermissionDenied
from prework.tenancy import StaffActor
from tests.accounts.bodies import log_in, written
from tests.calls import StoreCalls
from tests.cast import PASSWORD, Person


def test_they_suspend_and_let_in_again(alice: Person, bob: Person, operator: StaffActor) -> None:
    actor = operator.in_organization(alice.organization_id, reason="asked for by their admin")
    services.update_user(actor=actor, user_id=bob.user_id, is_active=False)
    assert log_in(bob.email).status_code == 401
    services.update_user(actor=actor, user_id=bob.user_id, is_active=True)
    assert log_in(bob.email).status_code == 200
    for action in ("USER_SUSPENDED", "USER_REACTIVATED"):
        (entry,) = alice.trail(action=action)
        assert (entry["userId"], entry["actorKind"]) == (operator.user_id, "staff")
        assert entry["reason"] == "asked for by their admin"


@pytest.mark.parametrize("change", [{"is_active": False}, {"role": "member"}])
def test_the_last_admin_stays(alice: Person, operator: StaffActor, change: dict[str, Any]) -> None:
    actor = operator.in_organization(alice.organization_id)
    with pytest.raises(LastAdmin):
        services.update_user(actor=actor, user_id=alice.user_id, **change)
    assert alice.api.get("/api/auth/me").json()["role"] == "admin"
    assert alice.trail(action="USER_SUSPENDED") == alice.trail(action="USER_UPDATED") == []


def test_those_who_look_change_nobody_and_add_nobody(
    alice: Person, bob: Person, support: StaffActor, store_calls: StoreCalls
) -> None:
    actor = support.in_organization(alice.organization_id)
    store_calls.clear()
    with pytest.raises(PermissionDenied):
        services.update_user(actor=actor, user_id=bob.user_id, is_active=False)
    with pytest.raises(PermissionDenied):
        services.create_user(
            actor=actor, email="eve@example.com", name="Eve", role="admin", password=PASSWORD
        )
    with pytest.raises(PermissionDenied) as refused:
        services.create_user(
            actor=support.noting_in(alice.organization_id),
            email="eve@example.com",
            name="Eve",
            role="admin",
            password=PASSWORD,
        )
    assert refused.value.extra == {"permission": "user.manage"}
    assert written(store_calls) == []
