"""services.sign_out_staff, sign_staff_out_everywhere; queries.list_staff_sessions"""

import pytest

from accounts import queries, services
from prework.errors import NotAuthenticated
from prework.tenancy import StaffActor
from tests.accounts.bodies import written
from tests.calls import StoreCalls
from tests.cast import ORIGIN, PASSWORD, Person, appoint


@pytest.fixture
def sam(bob: Person) -> Person:
    appoint(bob, "support")
    return bob


def enter(person: Person) -> str:
    signed_in = services.sign_in_staff(origin=ORIGIN, email=person.email, password=PASSWORD)
    return signed_in.token


def staff_of(token: str) -> StaffActor:
    return services.staff_for_token(token, ORIGIN)


def listed(staff: StaffActor) -> list[tuple[str, bool]]:
    page = queries.list_staff_sessions(staff, limit=50, start=None)
    return [(one.session.session_id, one.is_current) for one in page.items]


def test_it_ends_this_sign_in_alone(alice: Person, sam: Person) -> None:
    here, there = enter(sam), enter(sam)
    staff = staff_of(here)
    services.sign_out_staff(staff=staff)
    with pytest.raises(NotAuthenticated):
        staff_of(here)
    assert staff_of(there).user_id == sam.user_id
    assert sam.api.get("/api/auth/me").status_code == 200
    (entry,) = alice.trail(action="STAFF_SIGNED_OUT")
    assert (entry["userId"], entry["sessionId"]) == (sam.user_id, staff.session_id)


def test_a_second_sign_out_is_refused_and_leaves_no_entry(alice: Person, sam: Person) -> None:
    staff = staff_of(enter(sam))
    services.sign_out_staff(staff=staff)
    with pytest.raises(NotAuthenticated):
        services.sign_out_staff(staff=staff)
    assert len(alice.trail(action="STAFF_SIGNED_OUT")) == 1


def test_everywhere_is_everywhere(alice: Person, sam: Person) -> None:
    here, there = enter(sam), enter(sam)
    before = alice.trail(action="STAFF_SIGNED_OUT_EVERYWHERE")
    services.sign_staff_out_everywhere(staff=staff_of(here))
    for token in (here, there):
        with pytest.raises(NotAuthenticated):
            staff_of(token)
    assert sam.api.get("/api/auth/me").status_code == 401
    assert before == [] != alice.trail(action="STAFF_SIGNED_OUT_EVERYWHERE")


def test_it_lists_ones_own_sign_ins_to_the_admin_newest_first(
    sam: Person, support: StaffActor, store_calls: StoreCalls
) -> None:
    older, newer = staff_of(enter(sam)), staff_of(enter(sam))
    store_calls.clear()
    assert listed(older) == [(newer.session_id, False), (older.session_id, True)]
    assert store_calls.dynamodb == ["BatchGetItem", "Query"]
    assert written(store_calls) == []
    assert listed(support) == [(support.session_id, True)]
    services.sign_out_staff(staff=newer)
    assert listed(older) == [(older.session_id, True)]
