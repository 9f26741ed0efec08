"""Signing in to the admin, and out of it."""

from types import SimpleNamespace

import pyotp
import pytest
from django.conf import settings as configured

from prework.staffsite import COOKIE
from tests.admin.visitors import Visitor, appoint, text_of, visitor
from tests.cast import PASSWORD, Person


def test_nobody_gets_in_without(alice: Person) -> None:
    nobody = Visitor()

    answer = nobody.get("accounts/user/?org=x")
    assert (answer.status_code, answer["Location"]) == (
        302,
        "/admin/login/?next=%2Fadmin%2Faccounts%2Fuser%2F%3Forg%3Dx",
    )
    assert "Sign in" in text_of(nobody.get("login/"))


def test_staff_get_in_and_land_where_they_wanted(operator_person: Person) -> None:
    someone = Visitor()
    goal = "/admin/teams/team/"

    answer = someone.sign_in(operator_person.email, next=goal)
    assert (answer.status_code, answer["Location"]) == (302, goal)
    cookie = answer.cookies[COOKIE]
    assert (cookie["path"], cookie["samesite"], cookie["httponly"]) == ("/admin/", "Strict", True)
    assert someone.get().status_code == 200


@pytest.mark.parametrize("goal", ["//evil.example", "https://evil.example/admin/", "javascript:x"])
def test_nobody_is_sent_elsewhere(operator_person: Person, goal: str) -> None:
    answer = Visitor().sign_in(operator_person.email, next=goal)

    assert answer["Location"] == "/admin/"


def test_who_is_not_staff_is_refused_as_for_a_wrong_password(
    alice: Person, operator_person: Person
) -> None:
    not_staff = text_of(Visitor().sign_in(alice.email))
    wrong = text_of(Visitor().sign_in(operator_person.email, "something else"))
    unknown = text_of(Visitor().sign_in("nobody@example.com"))

    for page in (not_staff, wrong, unknown):
        assert "The e-mail address or the password is not right" in page or "errornote" in page
    assert not_staff.count("errornote") == wrong.count("errornote") == unknown.count("errornote")


def test_too_many_attempts_are_locked_out(operator_person: Person) -> None:
    for _ in range(configured.LOGIN_FAILURES_ALLOWED):
        Visitor().sign_in(operator_person.email, "something else")

    assert Visitor().sign_in(operator_person.email).status_code == 200  # the right one, refused


def test_another_session_begins_with_every_sign_in(operator_person: Person) -> None:
    someone = Visitor()
    someone.client.cookies[COOKIE] = "planted"

    someone.sign_in(operator_person.email)
    first = someone.client.cookies[COOKIE].value
    someone.sign_in(operator_person.email)
    assert "planted" not in (first, someone.client.cookies[COOKIE].value)
    assert first != someone.client.cookies[COOKIE].value


def test_a_token_of_the_api_opens_nothing_here(operator_person: Person) -> None:
    someone = Visitor()
    someone.client.cookies[COOKIE] = operator_person.token

    assert someone.get().status_code == 302


def test_signing_out_ends_it_on_the_server_too(operator: Visitor) -> None:
    kept = operator.client.cookies[COOKIE].value
    assert operator.post("logout/").status_code == 302
    operator.client.cookies[COOKIE] = kept

    assert operator.get().status_code == 302


def test_a_way_out_of_everywhere(operator_person: Person) -> None:
    here, there = visitor(operator_person), visitor(operator_person)
    here.post("logout/", {"everywhere": "yes"})

    assert there.get().status_code == 302
    assert operator_person.api.get("/api/auth/me").status_code == 401


def test_a_form_of_another_site_does_nothing(operator: Visitor) -> None:
    answer = operator.client.post("/admin/logout/", {})

    assert answer.status_code == 403
    assert operator.get().status_code == 200


def test_who_is_staff_no_more_is_out_at_once(operator: Visitor, operator_person: Person) -> None:
    appoint(operator_person, None)

    assert operator.get().status_code == 302


def test_a_second_factor_is_asked_for(operator_person: Person) -> None:
    someone = visitor(operator_person)
    page = text_of(someone.post("second-factor/"))
    secret = page.partition("<code>")[2].partition("</code>")[0]
    assert "<svg" in page
    done = text_of(someone.post("second-factor/", {"otp": pyotp.TOTP(secret).now()}))
    assert "gets you in once" in done
    code = done.partition("<li><code>")[2].partition("</code>")[0]

    assert "Enter the code of your app" in text_of(Visitor().sign_in(operator_person.email))
    assert Visitor().sign_in(operator_person.email, otp=code).status_code == 302


def test_in_production_it_has_to_be_set_up_first(
    operator_person: Person, settings: SimpleNamespace
) -> None:
    settings.STAFF_TOTP_REQUIRED = True
    someone = visitor(operator_person)

    assert someone.get("accounts/user/")["Location"] == "/admin/second-factor/"
    assert someone.get("second-factor/").status_code == 200


def test_the_password_can_be_changed(operator: Visitor, operator_person: Person) -> None:
    new = {"current_password": PASSWORD, "new_password": "another long passphrase"}
    assert "not the same" in text_of(operator.post("password/", {**new, "again": "other"}))

    assert operator.post("password/", {**new, "again": new["new_password"]}).status_code == 302
    assert Visitor().sign_in(operator_person.email).status_code == 200
    assert Visitor().sign_in(operator_person.email, new["new_password"]).status_code == 302
