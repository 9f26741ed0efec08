"""services.change_staff_password, and the second factor of staff: the same as for everybody."""

import pytest

from accounts import services
from accounts.errors import ProofRefused
from prework.errors import NotAuthenticated, ValidationFailed
from tests.accounts.bodies import log_in
from tests.cast import ORIGIN, PASSWORD, Person, appoint

NEW = "another-passphrase"


@pytest.fixture
def sam(bob: Person) -> Person:
    appoint(bob, "support")
    return bob


def enter(person: Person, password: str = PASSWORD) -> str:
    signed_in = services.sign_in_staff(origin=ORIGIN, email=person.email, password=password)
    return signed_in.token


def change(token: str, current: str, new: str) -> None:
    staff = services.staff_for_token(token, ORIGIN)
    services.change_staff_password(staff=staff, current_password=current, new_password=new)


def test_they_stay_signed_in_here_and_nowhere_else(alice: Person, sam: Person) -> None:
    here, there = enter(sam), enter(sam)
    change(here, PASSWORD, NEW)
    assert services.staff_for_token(here, ORIGIN).user_id == sam.user_id
    with pytest.raises(NotAuthenticated):
        services.staff_for_token(there, ORIGIN)
    assert sam.api.get("/api/auth/me").status_code == 401
    assert log_in(sam.email).status_code == 401
    assert enter(sam, NEW)
    (entry,) = alice.trail(action="USER_PASSWORD_CHANGED")
    assert (entry["userId"], entry["entityId"]) == (sam.user_id, sam.user_id)


def test_a_wrong_password_changes_nothing(alice: Person, sam: Person) -> None:
    here = enter(sam)
    with pytest.raises(ProofRefused):
        change(here, "wrong", NEW)
    with pytest.raises(ValidationFailed):
        change(here, PASSWORD, "short")
    assert enter(sam)
    assert alice.trail(action="USER_PASSWORD_CHANGED") == []
    assert len(alice.trail(action="USER_PROOF_FAILED")) == 1


def test_a_second_factor_can_be_set_up_in_the_admin(sam: Person) -> None:
    staff = services.staff_for_token(enter(sam), ORIGIN)
    enrolment = services.begin_enrolment(actor=staff.themself)
    assert sam.email.replace("@", "%40") in enrolment.otpauth_uri
    with pytest.raises(ProofRefused):
        services.confirm_enrolment(actor=staff.themself, otp="000000x")
