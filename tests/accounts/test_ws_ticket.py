"""POST /api/auth/ws-ticket, and what a ticket opens"""

from concurrent.futures import ThreadPoolExecutor

import pytest

from accounts import services
from prework.errors import NotAuthenticated
from tests.accounts.conftest import Wait
from tests.calls import StoreCalls
from tests.cast import ORIGIN, Api, Person
from tests.matching import Matches, problem

URL = "/api/auth/ws-ticket"


def ticket_of(person: Person) -> str:
    ticket: str = person.api.post(URL).json()["ticket"]
    return ticket


def is_refused(ticket: str) -> bool:
    try:
        services.redeem_ticket(ticket, ORIGIN)
    except NotAuthenticated:
        return True
    return False


def test_it_gives_a_ticket_for_a_minute(bob: Person, store_calls: StoreCalls) -> None:
    store_calls.clear()
    answer = bob.api.post(URL)
    assert answer.status_code == 200
    assert answer.json() == {
        "ticket": Matches(r"pwt_[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{43}"),
        "expiresIn": 60,
    }
    assert store_calls.after_sign_in() == ["PutItem"]
    assert answer.json()["ticket"] not in str(store_calls.requests)


def test_it_stands_for_its_user_and_session(bob: Person, store_calls: StoreCalls) -> None:
    ticket = ticket_of(bob)
    store_calls.clear()
    actor = services.redeem_ticket(ticket, ORIGIN)
    assert actor == bob.actor
    assert store_calls.dynamodb[:2] == ["DeleteItem", "BatchGetItem"]


def test_it_works_once(bob: Person) -> None:
    ticket = ticket_of(bob)
    with ThreadPoolExecutor(6) as pool:
        refused = list(pool.map(lambda _: is_refused(ticket), range(6)))
    assert sorted(refused) == [False] + [True] * 5


def test_it_is_void_after_a_minute(bob: Person, wait: Wait) -> None:
    ticket = ticket_of(bob)
    wait(seconds=61)
    assert is_refused(ticket)


@pytest.mark.parametrize("how", ["signed out", "suspended"])
def test_it_dies_with_its_session(alice: Person, bob: Person, how: str) -> None:
    ticket = ticket_of(bob)
    if how == "signed out":
        bob.api.post("/api/auth/logout")
    else:
        alice.api.patch(f"/api/users/{bob.user_id}", {"isActive": False})
    assert is_refused(ticket)


def test_a_wrong_guess_does_not_use_it_up(bob: Person) -> None:
    ticket = ticket_of(bob)
    assert is_refused(ticket[:-1] + ("A" if ticket[-1] != "A" else "B"))
    assert not is_refused(ticket)


def test_a_ticket_is_no_token_and_a_token_no_ticket(bob: Person) -> None:
    assert Api(ticket_of(bob)).get("/api/auth/me").status_code == 401
    assert is_refused(bob.token)
    assert is_refused("")


def test_it_needs_a_sign_in(anonymous: Api, store_calls: StoreCalls) -> None:
    assert anonymous.post(URL).json() == problem(401, "not_authenticated")
    assert store_calls.dynamodb == []
