"""GET and POST /api/notifications/unsubscribe, the link in a mail"""

import re
from typing import Any

import pytest

from tests.calls import StoreCalls
from tests.cast import Api, Person
from tests.matching import problem
from tests.notices.test_preferences import ALL_ON
from tests.notices.test_preferences import URL as PREFERENCES
from tests.outbox.looking import drain, mails_to
from tests.teams.making import add, new_team

URL = "/api/notifications/unsubscribe"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
OFF = {**ALL_ON["email"], "membership": False}


@pytest.fixture
def link(alice: Person, bob: Person) -> str:
    """The link that a mail to bob has."""
    add(alice, new_team(alice), bob)
    drain()
    [mail] = mails_to(bob.email)
    header = mail.extra_headers["List-Unsubscribe"]
    found = re.fullmatch(r"<http://127\.0\.0\.1:8000(/\S+)>", header)
    assert found is not None
    assert found[1] in mail.body
    return found[1]


def click(link: str) -> Any:
    """What a mail program does (RFC 8058)."""
    return Api().call("POST", link, b"List-Unsubscribe=One-Click", headers=FORM)


def test_one_click_of_a_mail_program_is_enough(link: str, alice: Person, bob: Person) -> None:
    answer = click(link)
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    assert bob.api.get(PREFERENCES).json() == {"email": OFF, "push": ALL_ON["push"]}
    [entry] = alice.trail(action="USER_NOTIFICATIONS_UPDATED")
    assert (entry["userId"], entry["newValues"]) == (bob.user_id, {"off": ["email.membership"]})
    add(alice, new_team(alice), bob)
    drain()
    assert len(mails_to(bob.email)) == 1


def test_twice_is_once(link: str, store_calls: StoreCalls) -> None:
    click(link)
    store_calls.clear()
    assert click(link).status_code == 200
    assert "TransactWriteItems" not in store_calls.dynamodb


def test_to_look_at_it_changes_nothing(link: str, bob: Person, store_calls: StoreCalls) -> None:
    answer = Api().get(link)
    page = answer.content.decode()
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert "teams that take you in, or do not" in page
    assert '<form method="post">' in page
    assert store_calls.dynamodb == []


def test_the_button_of_the_page(link: str, bob: Person) -> None:
    answer = Api().call("POST", link, b"", headers={**FORM, "Accept": "text/html,*/*"})
    assert "You get no more mails about" in answer.content.decode()
    assert bob.api.get(PREFERENCES).json()["email"] == OFF


@pytest.mark.parametrize("token", ["x", "é", "A" * 200, "=", "a" * 999])
def test_a_forged_one_does_nothing(token: str) -> None:
    for method in ("GET", "POST"):
        answer = Api().call(method, f"{URL}?token={token}")
        assert answer.json() == problem(400, "invalid_unsubscribe_token")


def test_a_part_of_one_does_nothing(link: str, bob: Person) -> None:
    for wrong in (link[:-1], f"{link}A", link.replace("token=", "token=A")):
        assert click(wrong).status_code == 400
    assert bob.api.get(PREFERENCES).json() == ALL_ON


@pytest.mark.parametrize("query", ["", "?token=", f"?token={'a' * 1001}"])
def test_it_takes_a_token(query: str) -> None:
    assert Api().post(f"{URL}{query}").json()["code"] == "validation_failed"


def test_it_opens_nothing_else(link: str) -> None:
    assert Api(link.partition("token=")[2]).get("/api/auth/me").status_code == 401
