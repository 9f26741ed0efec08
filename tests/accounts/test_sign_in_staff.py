"""services.sign_in_staff: the staff's way into the admin."""

import pytest
from django.conf import LazySettings

from accounts import services
from accounts.errors import InvalidCredentials, OtpRequired, TooManyAttempts
from accounts.services import StaffSignIn
from prework.errors import PermissionDenied, Problem
from prework.ids import new_id
from tests.accounts.bodies import log_in, written
from tests.accounts.conftest import Wait
from tests.accounts.enrolled import enrol
from tests.calls import StoreCalls
from tests.cast import ORIGIN, PASSWORD, Api, Person, appoint


@pytest.fixture
def sam(bob: Person) -> Person:
    appoint(bob, "operator")
    return bob


def enter(email: str, password: str = PASSWORD, otp: str | None = None) -> StaffSignIn:
    return services.sign_in_staff(origin=ORIGIN, email=email, password=password, otp=otp)


def refused(email: str, password: str = PASSWORD) -> Problem:
    with pytest.raises(Problem) as caught:
        enter(email, password)
    return caught.value


def test_it_signs_in(sam: Person) -> None:
    staff = enter(sam.email.upper()).actor
    assert (staff.user_id, staff.organization_id) == (sam.user_id, sam.organization_id)
    assert (staff.name, staff.email, staff.role) == ("Bob", sam.email, "operator")
    assert staff.permissions == {"staff.view", "staff.act"}
    assert staff.origin == ORIGIN
    assert not staff.needs_second_factor


def test_it_is_two_reads_and_one_transaction(sam: Person, store_calls: StoreCalls) -> None:
    store_calls.clear()
    enter(sam.email)
    assert store_calls.dynamodb == ["BatchGetItem", "BatchGetItem", "TransactWriteItems"]


def test_it_leaves_one_entry_in_their_own_organisation(alice: Person, sam: Person) -> None:
    staff = enter(sam.email).actor
    (entry,) = alice.trail(action="STAFF_SIGNED_IN")
    assert (entry["userId"], entry["entityType"], entry["entityId"]) == (
        sam.user_id,
        "user",
        sam.user_id,
    )
    assert entry["sessionId"] == staff.session_id
    assert entry["newValues"] == {"method": "password"}


def test_the_token_is_of_a_kind_of_its_own_and_kept_as_a_hash(
    sam: Person, store_calls: StoreCalls
) -> None:
    store_calls.clear()
    token = enter(sam.email).token
    assert token.startswith("pwa_")
    sent = str(store_calls.requests)
    assert token not in sent and token.partition(".")[2] not in sent
    assert "AUTH#" not in sent


def test_who_is_not_staff_is_refused_as_for_a_wrong_password(
    sam: Person, carol: Person, store_calls: StoreCalls, hashes: list[str]
) -> None:
    refused(f"stranger-{new_id()}@example.com")  # makes the hash that is nobody's
    seen = []
    for email, password in [(sam.email, "wrong"), (carol.email, PASSWORD), ("nobody", "x")]:
        hashes.clear()
        store_calls.clear()
        problem = refused(email, password)
        calls = [name for name in store_calls.dynamodb if name != "UpdateItem"]
        seen.append((type(problem), problem.detail, hashes.copy(), calls))
        assert "STAFF#" not in str(store_calls.requests)
    assert seen[0][0] is InvalidCredentials
    assert seen[0] == seen[1] == seen[2]


@pytest.mark.parametrize(("who", "reason"), [("carol", "not_staff"), ("bob", "wrong_password")])
def test_refusals_are_audited_where_the_person_is(
    alice: Person, sam: Person, carol: Person, who: str, reason: str
) -> None:
    refused(carol.email if who == "carol" else sam.email, PASSWORD if who == "carol" else "x")
    (entry,) = alice.trail(action="STAFF_SIGN_IN_REFUSED")
    assert entry["entityId"] == (carol if who == "carol" else sam).user_id
    assert (entry["outcome"], entry["newValues"]) == ("denied", {"reason": reason})
    assert alice.trail(action="USER_LOGIN_FAILED") == []


def test_both_doors_count_towards_one_lock(sam: Person, wait: Wait) -> None:
    for _ in range(3):
        refused(sam.email, "wrong")
    for _ in range(2):
        log_in(sam.email, "wrong")
    assert isinstance(refused(sam.email), TooManyAttempts)
    assert log_in(sam.email).status_code == 429
    wait(minutes=15, seconds=1)
    assert enter(sam.email)


def test_right_attempts_of_who_is_not_staff_lock_too(carol: Person) -> None:
    for _ in range(5):
        assert isinstance(refused(carol.email), InvalidCredentials)
    assert isinstance(refused(carol.email), TooManyAttempts)


def test_the_suspended_and_those_who_are_staff_no_more_are_out(alice: Person, sam: Person) -> None:
    appoint(sam, None)
    assert isinstance(refused(sam.email), InvalidCredentials)
    appoint(sam, "support")
    assert enter(sam.email).actor.permissions == {"staff.view"}
    alice.api.patch(f"/api/users/{sam.user_id}", {"isActive": False})
    assert isinstance(refused(sam.email), InvalidCredentials)


@pytest.mark.usefixtures("early_in_a_step")
def test_a_second_factor_is_asked_for_and_works_once(sam: Person) -> None:
    phone = enrol(sam)
    assert isinstance(refused(sam.email), OtpRequired)
    code = phone.code()
    assert enter(sam.email, otp=code).actor.user_id == sam.user_id
    with pytest.raises(InvalidCredentials):
        enter(sam.email, otp=code)
    assert phone.log_in(code).status_code == 401


def test_where_a_second_factor_is_required_they_may_set_it_up_and_no_more(
    sam: Person, settings: LazySettings
) -> None:
    settings.STAFF_TOTP_REQUIRED = True
    staff = enter(sam.email).actor
    assert staff.needs_second_factor
    assert not staff.may("staff.view")
    with pytest.raises(PermissionDenied):
        staff.in_organization(sam.organization_id)
    assert services.begin_enrolment(actor=staff.themself).secret


def test_staff_without_a_role_may_look(alice: Person) -> None:
    email = f"old-{new_id()}@example.com"
    services.create_user(
        actor=alice.actor, email=email, name="Old", role="member", password=PASSWORD, is_staff=True
    )
    staff = enter(email).actor
    assert staff.role == "support"
    assert staff.permissions == {"staff.view"}


def test_a_sign_in_to_the_admin_is_none_to_the_api(sam: Person, store_calls: StoreCalls) -> None:
    token = enter(sam.email).token
    assert Api(token).get("/api/auth/me").status_code == 401
    assert Api(token.replace("pwa_", "pws_")).get("/api/auth/me").status_code == 401
    assert len(sam.api.get("/api/auth/sessions").json()["items"]) == 1
    store_calls.clear()
    refused(sam.email, "wrong")
    assert written(store_calls)[-1] == "TransactWriteItems"
