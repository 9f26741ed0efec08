"""POST /api/auth/password-reset and /api/auth/password-reset/confirm"""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import Any

import pytest
from django.core import mail

from accounts.services.passwords import mail_reset
from prework.ids import new_id
from prework.outbox import rows
from tests.accounts.bodies import log_in, written
from tests.accounts.conftest import Wait
from tests.accounts.enrolled import enrol
from tests.calls import StoreCalls
from tests.cast import ORIGIN, Api, Person
from tests.faults import raising
from tests.matching import problem
from tests.outbox.looking import drain

URL = "/api/auth/password-reset"
NEW = "another-long-passphrase"
REQUESTED = "USER_PASSWORD_RESET_REQUESTED"
LINK = re.compile(r"/reset-password#token=(\S+)")


def mails_to(email: str, count: int = 1) -> list[Any]:
    """The mails to an address, once there are so many; they are sent beside the request."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        found = [one for one in mail.outbox if one.to == [email]]
        if len(found) >= count:
            return found
        time.sleep(0.01)
    return [one for one in mail.outbox if one.to == [email]]


def ask(person: Person, count: int = 1) -> str:
    """Ask for a reset, and take the token from the mail."""
    assert Api().post(URL, {"email": person.email}).status_code == 202
    found = LINK.search(mails_to(person.email, count)[-1].body)
    assert found is not None
    return found[1]


def confirm(token: Any, password: Any = NEW) -> Any:
    return Api().post(f"{URL}/confirm", {"token": token, "newPassword": password})


def test_the_mailed_token_sets_a_new_password(bob: Person) -> None:
    answer = confirm(ask(bob))
    assert (answer.status_code, answer.json()) == (202, {"success": True})
    assert log_in(bob.email, NEW).status_code == 200
    assert log_in(bob.email).status_code == 401


def test_it_ends_every_sign_in(bob: Person) -> None:
    other = Api(log_in(bob.email).json()["token"])
    token = ask(bob)
    assert bob.api.get("/api/auth/me").status_code == 200  # asking alone ends nothing
    confirm(token)
    assert bob.api.get("/api/auth/me").status_code == 401
    assert other.get("/api/auth/me").status_code == 401


def test_it_is_audited_without_the_token(alice: Person, bob: Person) -> None:
    token = ask(bob)
    confirm(token)
    (asked,) = alice.trail(action="USER_PASSWORD_RESET_REQUESTED")
    (changed,) = alice.trail(action="USER_PASSWORD_CHANGED")
    assert asked["entityId"] == changed["userId"] == changed["entityId"] == bob.user_id
    assert changed["newValues"] == {"means": "mail"}
    assert token not in str([asked, changed])


def test_unknown_addresses_are_answered_alike_before_anything_is_read(
    bob: Person, store_calls: StoreCalls
) -> None:
    known = Api().post(URL, {"email": bob.email})
    unknown = Api().post(URL, {"email": f"nobody-{new_id()}@example.com"})
    nonsense = Api().post(URL, {"email": "no address"})
    answers = [known, unknown, nonsense]
    assert [(a.status_code, a.json()) for a in answers] == [(202, {"success": True})] * 3
    assert len(mails_to(bob.email)) == len(mail.outbox) == 1


def test_a_store_that_is_down_changes_no_answer(bob: Person) -> None:
    with raising("UpdateItem", RuntimeError("down"), in_outbox=True):
        assert Api().post(URL, {"email": bob.email}).status_code == 202
        time.sleep(0.2)
    assert mail.outbox == []


def test_it_works_once(bob: Person) -> None:
    token = ask(bob)
    confirm(token)
    assert confirm(token, "yet-another-passphrase").json() == problem(400, "invalid_reset_token")
    assert log_in(bob.email, NEW).status_code == 200


def test_of_several_at_once_one_wins(alice: Person, bob: Person) -> None:
    token = ask(bob)
    with ThreadPoolExecutor(6) as pool:
        codes = list(
            pool.map(lambda n: confirm(token, f"parallel-passphrase-{n}").status_code, range(6))
        )
    assert sorted(codes) == [202] + [400] * 5
    assert log_in(bob.email, f"parallel-passphrase-{codes.index(202)}").status_code == 200
    assert len(alice.trail(action="USER_PASSWORD_CHANGED")) == 1


def test_using_one_voids_the_others(bob: Person) -> None:
    first, second = ask(bob), ask(bob, 2)
    assert first != second
    assert confirm(second).status_code == 202
    assert confirm(first).status_code == 400


def test_changing_the_password_voids_it(bob: Person) -> None:
    token = ask(bob)
    form = {"currentPassword": "a-long-enough-passphrase", "newPassword": NEW}
    assert bob.api.post("/api/auth/password", form).status_code == 204
    assert confirm(token, "yet-another-passphrase").status_code == 400


def test_it_is_valid_for_thirty_minutes(bob: Person, wait: Wait) -> None:
    token = ask(bob)
    wait(minutes=29, seconds=55)
    early = ask(bob, 2)
    wait(seconds=6)
    assert confirm(token).status_code == 400
    assert confirm(early).status_code == 202


def test_a_suspended_user_gets_none(alice: Person, bob: Person) -> None:
    token = ask(bob)
    alice.api.patch(f"/api/users/{bob.user_id}", {"isActive": False})
    assert confirm(token).status_code == 400
    Api().post(URL, {"email": bob.email})
    ask(alice)
    assert len(mails_to(bob.email)) == 1


def test_a_mailbox_is_not_flooded(alice: Person, bob: Person) -> None:
    for _ in range(6):
        Api().post(URL, {"email": bob.email})
    mails_to(bob.email, 3)
    ask(alice)
    time.sleep(0.1)
    assert len(mails_to(bob.email, 3)) == 3


def test_a_second_factor_is_still_asked_for(bob: Person, early_in_a_step: None) -> None:
    phone = enrol(bob)
    assert confirm(ask(bob)).status_code == 202
    assert log_in(bob.email, NEW).json() == problem(401, "otp_required")
    assert log_in(bob.email, NEW, otp=phone.code()).status_code == 200


def test_a_weak_password_does_not_use_the_token_up(bob: Person, store_calls: StoreCalls) -> None:
    token = ask(bob)
    store_calls.clear()
    answer = confirm(token, "short")
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_failed")
    assert answer.json()["errors"][0]["field"] == "newPassword"
    assert written(store_calls) == []
    assert confirm(token).status_code == 202


@pytest.mark.parametrize("change", [str.upper, lambda t: t[:-1], lambda t: t + "A", lambda t: "x"])
def test_a_forged_token_is_none(bob: Person, change: Any, store_calls: StoreCalls) -> None:
    token = change(ask(bob))
    store_calls.clear()
    assert confirm(token).json() == problem(400, "invalid_reset_token")
    assert written(store_calls) == []


def test_tokens_of_other_kinds_open_nothing(bob: Person) -> None:
    assert confirm(bob.token).status_code == 400
    assert Api(ask(bob)).get("/api/auth/me").status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"token": 7, "newPassword": NEW},
        {"token": None, "newPassword": NEW},
        {"token": "x", "newPassword": 12345678},
        {"token": "x" * 600, "newPassword": NEW},
        [],
    ],
)
def test_what_is_not_valid_is_a_400(body: Any) -> None:
    answer = Api().post(f"{URL}/confirm", body)
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_failed")


@pytest.mark.parametrize("body", [{}, {"email": 7}, {"email": None}, {"email": ""}, "x"])
def test_asking_takes_an_address(body: Any) -> None:
    assert Api().post(URL, body).json()["code"] == "validation_failed"


def test_who_was_killed_when_all_was_written_mails_no_second_time(
    alice: Person, bob: Person
) -> None:
    content = {"origin": asdict(ORIGIN), "email": bob.email}
    row = rows.new_row("reset", content)
    for _ in range(2):
        mail_reset(row, content)
    drain()
    assert len(mails_to(bob.email)) == 1
    assert len(alice.trail(entityType="user", entityId=bob.user_id, action=REQUESTED)) == 1
