"""GET /api/auth/sessions, DELETE /api/auth/sessions/{sessionId}"""

from typing import Any

import pytest

from prework.ids import new_id
from tests.accounts.bodies import log_in, written
from tests.accounts.conftest import Wait
from tests.calls import StoreCalls
from tests.cast import PASSWORD, Api, Person
from tests.matching import ANY_ID, ANY_TIME, problem

URL = "/api/auth/sessions"


def sessions(api: Api) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = api.get(URL).json()["items"]
    return items


def test_it_lists_ones_own_newest_first(bob: Person, carol: Person) -> None:
    body = {"email": bob.email, "password": PASSWORD}
    headers = {"User-Agent": "Phone/1"}
    newer = Api().call("POST", "/api/auth/login", body, headers=headers).json()
    listed = bob.api.get(URL).json()
    assert listed == {
        "items": [
            {
                "sessionId": newer["session"]["sessionId"],
                "createdAt": newer["session"]["createdAt"],
                "lastSeenAt": newer["session"]["createdAt"],
                "expiresAt": newer["session"]["expiresAt"],
                "ip": "127.0.0.1",
                "userAgent": "Phone/1",
                "current": False,
                "impersonatedBy": None,
            },
            {
                "sessionId": ANY_ID,
                "createdAt": ANY_TIME,
                "lastSeenAt": ANY_TIME,
                "expiresAt": ANY_TIME,
                "ip": "192.0.2.1",
                "userAgent": "tests",
                "current": True,
                "impersonatedBy": None,
            },
        ],
        "nextCursor": None,
    }


def test_it_pages_over_those_that_count(bob: Person) -> None:
    tokens = [log_in(bob.email).json()["token"] for _ in range(4)]
    Api(tokens[1]).post("/api/auth/logout")
    seen, cursor = [], ""
    while True:
        page = bob.api.get(f"{URL}?limit=2{cursor}").json()
        seen += [item["sessionId"] for item in page["items"]]
        if page["nextCursor"] is None:
            break
        assert len(page["items"]) == 2
        cursor = f"&cursor={page['nextCursor']}"
    assert len(seen) == len(set(seen)) == 4


def test_an_ended_one_is_not_listed(bob: Person, wait: Wait) -> None:
    log_in(bob.email)
    wait(hours=6)
    assert len(sessions(bob.api)) == 2  # asking keeps this one alive
    wait(hours=6, minutes=1)
    assert [one["current"] for one in sessions(bob.api)] == [True]


def test_revoking_ends_that_one_alone(alice: Person, bob: Person) -> None:
    lost = log_in(bob.email).json()
    before = bob.actor.rights_version
    answer = bob.api.delete(f"{URL}/{lost['session']['sessionId']}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert Api(lost["token"]).get("/api/auth/me").status_code == 401
    assert len(sessions(bob.api)) == 1
    assert bob.actor.rights_version == before + 1
    (entry,) = alice.trail(action="SESSION_REVOKED")
    assert (entry["entityType"], entry["entityId"]) == ("session", lost["session"]["sessionId"])
    assert entry["oldValues"] == {"ip": "127.0.0.1", "userAgent": ""}


def test_revoking_the_present_one_is_a_sign_out(bob: Person) -> None:
    assert bob.api.delete(f"{URL}/{bob.actor.session_id}").status_code == 204
    assert bob.api.get(URL).status_code == 401


@pytest.mark.parametrize(
    "whose", ["unknown", "colleague", "stranger", "revoked", "expired", "odd"]
)
def test_what_is_not_ones_own_is_not_there(
    bob: Person, carol: Person, mallory: Person, whose: str, store_calls: StoreCalls, wait: Wait
) -> None:
    gone = log_in(bob.email).json()["session"]["sessionId"]
    if whose == "expired":
        wait(hours=7)
        sessions(bob.api)
        wait(hours=7)
    bob.api.delete(f"{URL}/{gone}")
    ids = {
        "unknown": new_id(),
        "colleague": carol.actor.session_id if whose == "colleague" else "",
        "stranger": mallory.actor.session_id if whose == "stranger" else "",
        "revoked": gone,
        "expired": gone,
        "odd": "x%23y" + "z" * 2000,
    }
    bob.api.get("/api/auth/me")
    store_calls.clear()
    answer = bob.api.delete(f"{URL}/{ids[whose]}")
    assert answer.json() == problem(404, "not_found")
    assert written(store_calls) == []
