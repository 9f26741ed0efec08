"""Staff in an organisation: by an actor made from them, with all permissions or to read only."""

import pytest

from prework.changes import Change
from prework.errors import PermissionDenied
from prework.tenancy import Actor, StaffActor
from tests.accounts.bodies import written
from tests.calls import StoreCalls
from tests.prework.crates import CrateMoved, crate, somebody


def staff(*permissions: str, needs_second_factor: bool = False) -> StaffActor:
    return StaffActor(
        user_id="u1",
        name="Sam",
        email="sam@example.com",
        organization_id="own",
        role="support",
        permissions=frozenset(permissions),
        organization_permissions=frozenset({"user.manage"}),
        session_id="s1",
        needs_second_factor=needs_second_factor,
    )


def move(actor: Actor, change: Change | None = None) -> None:
    with Change.within(change, actor=actor) as open_change:
        open_change.put(crate(actor))
        open_change.record(CrateMoved(entity_id="c1"))


def test_those_who_act_hold_all_permissions_there() -> None:
    actor = staff("staff.view", "staff.act").in_organization("o1", reason="a call")
    assert actor.key("TEAM") == "ORG#o1#TEAM"
    assert (actor.kind, actor.user_id, actor.session_id) == ("staff", "u1", "s1")
    assert actor.may("user.manage") and not actor.is_read_only
    assert actor.reason == "a call"
    actor.require_writable()


def test_those_who_look_read_all_of_it_and_write_nothing(store_calls: StoreCalls) -> None:
    actor = staff("staff.view").in_organization("o1")
    assert actor.may("user.manage") and actor.is_read_only
    with pytest.raises(PermissionDenied):
        move(actor)
    assert written(store_calls) == []


def test_they_write_nothing_into_anybody_elses_change_either(store_calls: StoreCalls) -> None:
    with pytest.raises(PermissionDenied), Change(actor=somebody()) as change:
        move(staff("staff.view").in_organization("o1"), change)
    assert written(store_calls) == []


@pytest.mark.parametrize(
    "person", [staff(), staff("staff.view", "staff.act", needs_second_factor=True)]
)
def test_others_get_into_no_organisation(person: StaffActor) -> None:
    with pytest.raises(PermissionDenied) as refused:
        person.in_organization("o1")
    assert refused.value.extra == {"permission": "staff.view"}


def test_what_is_noted_of_them_needs_no_permission_and_gives_none() -> None:
    for actor in (staff().themself, staff().noting_in("o1")):
        assert actor.permissions == frozenset()
        assert not actor.is_read_only
    assert staff().themself.organization_id == "own"
