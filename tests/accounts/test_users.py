"""GET /api/users, GET /api/users/{userId}"""

import pytest

from accounts.queries import load_users
from prework.ids import new_id
from tests.accounts.bodies import me_body, user_body
from tests.calls import StoreCalls
from tests.cast import Api, Organization, Person, hire
from tests.matching import problem

URL = "/api/users"


def test_the_directory_is_by_name(
    alice: Person, max_: Person, carol: Person, bob: Person, mallory: Person
) -> None:
    listed = carol.api.get(URL).json()
    people = [alice, bob, carol, max_]
    assert listed == {"items": [user_body(person) for person in people], "nextCursor": None}


def test_it_has_profiles_and_the_suspended(alice: Person, bob: Person) -> None:
    bob.api.patch("/api/auth/me", {"name": "aaron", "profile": {"title": "Roofer"}})
    alice.api.patch(f"{URL}/{bob.user_id}", {"isActive": False})
    first = alice.api.get(f"{URL}?limit=1").json()["items"][0]
    assert (first["name"], first["isActive"], first["profile"]["title"]) == (
        "aaron",
        False,
        "Roofer",
    )


def test_a_page_is_two_reads(alice: Person, bob: Person, store_calls: StoreCalls) -> None:
    store_calls.clear()
    alice.api.get(URL)
    assert store_calls.after_sign_in() == ["Query", "BatchGetItem"]


def test_pages_follow_each_other(org: Organization, alice: Person) -> None:
    for name in ("bea", "cem", "dan", "eva"):
        hire(org, name, role="viewer")
    first = alice.api.get(f"{URL}?limit=3").json()
    second = alice.api.get(f"{URL}?limit=2&cursor={first['nextCursor']}").json()
    names = [user["name"] for user in first["items"] + second["items"]]
    assert (names, second["nextCursor"]) == (["Alice", "Bea", "Cem", "Dan", "Eva"], None)


def test_a_cursor_is_its_callers_own(alice: Person, bob: Person, mallory: Person) -> None:
    cursor = alice.api.get(f"{URL}?limit=1").json()["nextCursor"]
    for other in (bob, mallory):
        answer = other.api.get(f"{URL}?cursor={cursor}")
        assert answer.json() == problem(400, "invalid_cursor")


@pytest.mark.parametrize("limit", ["0", "101", "x", "-1", "1.5"])
def test_a_limit_is_1_to_100(alice: Person, limit: str) -> None:
    assert alice.api.get(f"{URL}?limit={limit}").json() == problem(400, "invalid_limit")


def test_one_user_is_readable_by_colleagues_at_once(
    alice: Person, carol: Person, store_calls: StoreCalls
) -> None:
    store_calls.clear()
    answer = carol.api.get(f"{URL}/{alice.user_id}")
    assert (answer.status_code, answer.json(), answer["ETag"]) == (200, user_body(alice), '"1"')
    assert store_calls.after_sign_in() == ["BatchGetItem"]


@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_another_organisations_user_is_as_an_unknown_one(
    alice: Person, mallory: Person, method: str
) -> None:
    answers = [
        alice.api.call(method, f"{URL}/{user_id}", {"name": "x"})
        for user_id in (mallory.user_id, new_id(), "x", "a%23b", "%2e%2e", "n" * 1500)
    ]
    assert [answer.json() for answer in answers] == [problem(404, "not_found")] * 6
    assert len({answer.json()["detail"] for answer in answers}) == 1
    assert mallory.api.get("/api/auth/me").json() == me_body(mallory)


@pytest.mark.parametrize("path", ["", "/x"])
def test_nobody_reads_it_without_a_sign_in(path: str, store_calls: StoreCalls) -> None:
    assert Api().get(URL + path).json() == problem(401, "not_authenticated")
    assert store_calls.dynamodb == []


def test_nothing_secret_is_in_any_answer(alice: Person, bob: Person) -> None:
    """G6: the guide answers with the whole item, hash and all."""
    told = alice.api.get(URL).content + alice.api.get(f"{URL}/{bob.user_id}").content
    for word in (b"hash", b"argon2", b"totp", b"generation", b"rightsVersion", b"ORG#", b"GSI"):
        assert word.lower() not in told.lower()


def test_many_are_loaded_at_once(
    org: Organization, alice: Person, bob: Person, mallory: Person, store_calls: StoreCalls
) -> None:
    store_calls.clear()
    ids = [alice.user_id, bob.user_id, bob.user_id, mallory.user_id, new_id()]
    actor = alice.actor
    store_calls.clear()
    assert set(load_users(actor, ids)) == {alice.user_id, bob.user_id}
    assert store_calls.dynamodb == ["BatchGetItem"]
    store_calls.clear()
    assert load_users(actor, []) == {}
    assert len(load_users(actor, [new_id() for _ in range(150)] + ids)) == 2
    assert store_calls.dynamodb == ["BatchGetItem"] * 2
