"""services.set_staff_role, manage.py staff, queries.list_staff"""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts import queries, services
from accounts.errors import OwnStaffRole
from prework.errors import NotFound, PermissionDenied, ValidationFailed
from prework.ids import new_id
from prework.tenancy import StaffActor
from tests.accounts.bodies import written
from tests.calls import StoreCalls
from tests.cast import Person, sign_in_staff


def appoint(staff: StaffActor, person: Person, role: str | None) -> None:
    services.set_staff_role(
        staff=staff,
        organization_id=person.organization_id,
        user_id=person.user_id,
        role=role,
        reason="joins the night shift",
    )


def names(staff: StaffActor) -> set[str]:
    found, start = set(), None
    while True:
        page = queries.list_staff(staff, limit=100, start=start)
        found |= {user.user_id for user in page.items}
        start = page.next_start
        if start is None:
            return found


def test_a_superuser_makes_somebody_staff(
    alice: Person, bob: Person, superuser: StaffActor
) -> None:
    appoint(superuser, bob, "operator")
    assert sign_in_staff(bob).role == "operator"
    (entry,) = alice.trail(action="STAFF_ROLE_CHANGED")
    assert (entry["userId"], entry["entityId"]) == (superuser.user_id, bob.user_id)
    assert entry["oldValues"] == {"isStaff": False, "staffRole": None}
    assert entry["newValues"] == {"isStaff": True, "staffRole": "operator"}


def test_it_gives_nothing_in_the_api(bob: Person, superuser: StaffActor) -> None:
    before = bob.actor.permissions
    appoint(superuser, bob, "superuser")
    assert bob.actor.permissions == before
    assert bob.actor.kind == "user"


def test_the_same_role_again_writes_nothing(
    bob: Person, superuser: StaffActor, store_calls: StoreCalls
) -> None:
    appoint(superuser, bob, "support")
    store_calls.clear()
    appoint(superuser, bob, "support")
    assert written(store_calls) == []


@pytest.mark.parametrize("role", ["support", "operator"])
def test_others_of_the_staff_may_not(
    bob: Person, support: StaffActor, operator: StaffActor, role: str, store_calls: StoreCalls
) -> None:
    store_calls.clear()
    with pytest.raises(PermissionDenied) as refused:
        appoint(support if role == "support" else operator, bob, "support")
    assert refused.value.extra == {"permission": "staff.manage"}
    assert written(store_calls) == []


@pytest.mark.parametrize("role", [None, "operator", "support"])
def test_nobody_ends_their_own_being_a_superuser(
    superuser: StaffActor, role: str | None, store_calls: StoreCalls
) -> None:
    store_calls.clear()
    with pytest.raises(OwnStaffRole):
        services.set_staff_role(
            staff=superuser,
            organization_id=superuser.organization_id,
            user_id=superuser.user_id,
            role=role,
            reason="tired of it",
        )
    assert written(store_calls) == []


def test_who_and_what_is_unknown_is_refused(
    mallory: Person, bob: Person, superuser: StaffActor, store_calls: StoreCalls
) -> None:
    store_calls.clear()
    with pytest.raises(ValidationFailed):
        appoint(superuser, bob, "owner")
    with pytest.raises(NotFound):
        services.set_staff_role(
            staff=superuser,
            organization_id=mallory.organization_id,
            user_id=bob.user_id,
            role="support",
            reason="is somewhere else",
        )
    assert written(store_calls) == []


def test_staff_are_listed_by_one_key(
    alice: Person, bob: Person, superuser: StaffActor, store_calls: StoreCalls
) -> None:
    appoint(superuser, bob, "support")
    assert {superuser.user_id, bob.user_id} <= names(superuser)
    assert alice.user_id not in names(superuser)
    alice.api.patch(f"/api/users/{bob.user_id}", {"name": "Robert"})
    store_calls.clear()
    page = queries.list_staff(superuser, limit=1, start=None)
    assert (len(page.items), store_calls.dynamodb) == (1, ["Query"])
    appoint(superuser, bob, None)
    assert bob.user_id not in names(superuser)


def test_the_command_makes_the_first_one(alice: Person, bob: Person) -> None:
    said = StringIO()
    call_command("staff", bob.email, role="superuser", stdout=said)
    assert said.getvalue() == f"{bob.email}: superuser\n"
    assert sign_in_staff(bob).permissions == {"staff.view", "staff.act", "staff.manage"}
    (entry,) = alice.trail(action="STAFF_ROLE_CHANGED")
    assert (entry["userId"], entry["requestId"]) == ("system", "manage.py staff")
    call_command("staff", bob.email, role="none", stdout=said)
    assert len(alice.trail(action="STAFF_ROLE_CHANGED")) == 2
    with pytest.raises(CommandError, match="nobody"):
        call_command("staff", f"x-{new_id()}@example.com", role="support", stdout=said)
