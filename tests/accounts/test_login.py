"""POST /api/auth/login"""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.conf import LazySettings

from audit.queries import Filters, list_entries
from prework.addresses import fingerprint
from prework.ids import new_id
from tests.accounts.bodies import SIGNED_IN, STAFF, log_in, me_body, user_body, written
from tests.accounts.conftest import Wait
from tests.calls import StoreCalls
from tests.cast import PASSWORD, Api, Person
from tests.matching import ANY_ID, problem

REFUSED = problem(401, "invalid_credentials")


def stranger() -> str:
    return f"stranger-{new_id()}@example.com"


def refusals(email: str) -> list[dict[str, Any]]:
    """The platform's entries about an address of nobody."""
    filters = Filters(entity_type="user", entity_id=fingerprint(email))
    return [e.new_values for e in list_entries(STAFF, filters=filters, limit=50, start=None).items]


def test_it_signs_in(bob: Person) -> None:
    answer = log_in(bob.email)
    assert answer.status_code == 200
    assert answer.json() == {**SIGNED_IN, "user": user_body(bob)}
    assert Api(answer.json()["token"]).get("/api/auth/me").json() == me_body(bob)


def test_it_is_two_reads_and_one_transaction(bob: Person, store_calls: StoreCalls) -> None:
    store_calls.clear()
    log_in(bob.email)
    assert store_calls.dynamodb == ["BatchGetItem", "BatchGetItem", "TransactWriteItems"]
    log_in(bob.email, "wrong")
    store_calls.clear()
    log_in(bob.email)  # also where there is a counter to forget
    assert store_calls.dynamodb == ["BatchGetItem", "BatchGetItem", "TransactWriteItems"]


def test_it_leaves_one_entry(alice: Person, bob: Person) -> None:
    """G7: the session and its entry are one transaction."""
    before = len(alice.trail(action="USER_LOGIN_SUCCESS"))
    session_id = log_in(bob.email).json()["session"]["sessionId"]
    entries = alice.trail(action="USER_LOGIN_SUCCESS")
    assert len(entries) == before + 1
    assert entries[0]["userId"] == entries[0]["entityId"] == bob.user_id
    assert entries[0]["entityType"] == "user"
    assert entries[0]["sessionId"] == session_id
    assert entries[0]["newValues"] == {"method": "password"}
    assert entries[0]["outcome"] == "success"


def test_the_token_is_kept_as_a_hash_only(bob: Person, store_calls: StoreCalls) -> None:
    store_calls.clear()
    token = log_in(bob.email).json()["token"]
    sent = str(store_calls.requests)
    assert token not in sent and token.partition(".")[2] not in sent
    assert PASSWORD not in sent


@pytest.mark.parametrize("typed", [str.upper, str.title, "  {} ".format])
def test_case_and_spaces_of_the_address_do_not_matter(bob: Person, typed: Any) -> None:
    assert log_in(typed(bob.email)).status_code == 200


def test_wrong_unknown_and_suspended_are_answered_alike(alice: Person, bob: Person) -> None:
    wrong = log_in(bob.email, "wrong")
    unknown = log_in(stranger())
    nonsense = log_in("not an address")
    alice.api.patch(f"/api/users/{bob.user_id}", {"isActive": False})
    suspended = log_in(bob.email)
    answers = [wrong, unknown, nonsense, suspended]
    assert [a.json() for a in answers] == [REFUSED] * 4
    assert len({(a.status_code, a.json()["title"], a.json()["detail"]) for a in answers}) == 1
    assert {a["WWW-Authenticate"] for a in answers} == {'Bearer realm="prework"'}


def test_every_refusal_costs_one_hash_and_the_same_calls(
    alice: Person, bob: Person, carol: Person, hashes: list[str], store_calls: StoreCalls
) -> None:
    """G4: the time of an answer must not tell whether there is an account."""
    log_in(stranger())  # the first of a process makes the hash that is nobody's
    alice.api.patch(f"/api/users/{carol.user_id}", {"isActive": False})
    locked = stranger()
    for _ in range(5):
        log_in(locked)
    spent = []
    for email, password in [
        (bob.email, "wrong"),
        (stranger(), PASSWORD),
        (carol.email, PASSWORD),
        ("no address at all", PASSWORD),
    ]:
        hashes.clear()
        store_calls.clear()
        log_in(email, password)
        spent.append((hashes.copy(), [c for c in store_calls.dynamodb if c != "UpdateItem"]))
    assert spent == [(["verify"], ["BatchGetItem", "BatchGetItem", "TransactWriteItems"])] * 4
    hashes.clear()
    assert log_in(locked).status_code == 429
    assert hashes == ["verify"]


def test_refusals_are_audited_without_what_was_typed(alice: Person, bob: Person) -> None:
    """G5: the guide says nothing of a sign-in that fails, and counts nothing."""
    log_in(bob.email, "a-wrong-password")
    (entry,) = alice.trail(action="USER_LOGIN_FAILED")
    assert entry["userId"] == entry["entityId"] == bob.user_id
    assert (entry["outcome"], entry["newValues"]) == ("denied", {"reason": "wrong_password"})
    assert "a-wrong-password" not in str(entry)


def test_an_unknown_address_is_the_platforms_and_stays_unreadable(alice: Person) -> None:
    email = stranger()
    log_in(email)
    assert refusals(email) == [{"reason": "unknown_account"}]
    assert alice.trail(action="USER_LOGIN_FAILED") == []


@pytest.mark.parametrize("is_known", [True, False])
def test_after_five_failures_nobody_gets_in_for_a_while(
    bob: Person, is_known: bool, wait: Wait
) -> None:
    email = bob.email if is_known else stranger()
    assert [log_in(email, "wrong").status_code for _ in range(5)] == [401] * 5
    wait(minutes=5)
    answer = log_in(email)
    assert answer.status_code == 429
    assert answer.json()["code"] == "too_many_attempts"
    assert 590 <= int(answer["Retry-After"]) <= 601
    log_in(email, "wrong")  # does not make it longer
    wait(minutes=10, seconds=1)
    assert log_in(email).status_code == (200 if is_known else 401)


def test_the_lock_holds_for_every_way_to_type_the_address(bob: Person) -> None:
    for typed in [bob.email, bob.email.upper(), f" {bob.email}", bob.email.title(), bob.email]:
        assert log_in(typed, "wrong").status_code == 401
    assert log_in(bob.email).status_code == 429


def test_locked_attempts_are_audited_and_open_no_session(alice: Person, bob: Person) -> None:
    for _ in range(6):
        log_in(bob.email, "wrong")
    reasons = [e["newValues"]["reason"] for e in alice.trail(action="USER_LOGIN_FAILED")]
    assert reasons == ["locked"] + ["wrong_password"] * 5
    assert len(bob.api.get("/api/auth/sessions").json()["items"]) == 1


def test_success_forgets_the_failures(bob: Person) -> None:
    for _ in range(2):
        assert [log_in(bob.email, "wrong").status_code for _ in range(4)] == [401] * 4
        assert log_in(bob.email).status_code == 200


def test_failures_of_an_older_window_do_not_count(bob: Person, wait: Wait) -> None:
    for _ in range(4):
        log_in(bob.email, "wrong")
    wait(minutes=15, seconds=1)
    for _ in range(4):
        log_in(bob.email, "wrong")
    assert log_in(bob.email).status_code == 200


def test_a_new_window_locks_as_the_first_did(bob: Person, wait: Wait) -> None:
    for _ in range(3):
        assert [log_in(bob.email, "wrong").status_code for _ in range(6)] == [401] * 5 + [429]
        wait(minutes=15, seconds=1)


@pytest.mark.parametrize("is_known", [True, False])
def test_parallel_guesses_overshoot_by_no_more_than_the_slots(
    bob: Person, is_known: bool, settings: LazySettings
) -> None:
    email = bob.email if is_known else stranger()
    with ThreadPoolExecutor(20) as pool:
        codes = list(pool.map(lambda n: log_in(email, f"guess {n}").status_code, range(20)))
    assert set(codes) == {401, 429}
    assert 5 <= codes.count(401) < 5 + settings.HASHING_SLOTS
    assert log_in(email).status_code == 429


def test_a_suspended_account_locks_as_any_other(alice: Person, bob: Person) -> None:
    alice.api.patch(f"/api/users/{bob.user_id}", {"isActive": False})
    assert [log_in(bob.email).status_code for _ in range(6)] == [401] * 5 + [429]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"email": "a@example.com"},
        {"email": "a@example.com", "password": ""},
        {"email": "a@example.com", "password": None},
        {"email": "a@example.com", "password": 123},
        {"email": ["a@example.com"], "password": "x"},
        {"email": {"a": 1}, "password": "x"},
        {"email": "a@example.com", "password": "x", "otp": 123456},
        {"email": "a\u0000@example.com", "password": "x"},
        {"email": "a@example.com", "password": "x" * 1025},
    ],
)
def test_what_is_not_valid_is_a_400_and_counts_as_nothing(
    body: Any, store_calls: StoreCalls
) -> None:
    answer = Api().post("/api/auth/login", body)
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_failed")
    assert store_calls.dynamodb == []


def test_the_guides_own_fetch_without_a_content_type_works(bob: Person) -> None:
    text = {"Content-Type": "text/plain;charset=UTF-8"}
    body = {"email": bob.email, "password": PASSWORD}
    assert Api().call("POST", "/api/auth/login", body, headers=text).status_code == 200


def test_a_weaker_hash_is_made_anew_by_the_way(
    bob: Person, hashes: list[str], settings: LazySettings, store_calls: StoreCalls
) -> None:
    settings.PASSWORD_HASHERS = ["tests.accounts.counting.StrongerArgon2"]
    log_in(bob.email, "wrong")
    hashes.clear()
    store_calls.clear()
    assert log_in(bob.email).status_code == 200
    assert hashes == ["verify", "encode"]
    assert store_calls.dynamodb == ["BatchGetItem", "BatchGetItem", "TransactWriteItems"]
    hashes.clear()
    assert log_in(bob.email).status_code == 200
    assert hashes == ["verify"]


def test_a_refusal_opens_nothing(bob: Person, store_calls: StoreCalls) -> None:
    store_calls.clear()
    log_in(bob.email, "wrong")
    assert written(store_calls)[-1] == "TransactWriteItems"
    assert "AUTH#" not in str(store_calls.requests)
    assert bob.api.get("/api/auth/sessions").json()["items"][0]["sessionId"] == ANY_ID
