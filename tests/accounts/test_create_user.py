"""POST /api/users"""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from accounts import queries, services
from prework.changes import Change
from prework.ids import new_id
from prework.tenancy import system_actor
from tests.accounts.bodies import ADMIN, MEMBER, PROFILE, log_in, written
from tests.calls import StoreCalls
from tests.cast import PASSWORD, Api, Organization, Person, hire
from tests.matching import ANY_ID, ANY_TIME, problem

URL = "/api/users"


def form(**changed: Any) -> dict[str, Any]:
    return {
        "email": f"dora-{new_id()}@example.com",
        "name": "Dora",
        "role": "member",
        "password": PASSWORD,
        **changed,
    }


def test_it_adds_somebody_who_can_sign_in_at_once(alice: Person) -> None:
    given = form(grants=["analytics.view"])
    answer = alice.api.post(URL, given)
    body = answer.json()
    assert answer.status_code == 201
    assert answer["ETag"] == '"1"'
    assert body == {
        "userId": ANY_ID,
        "email": given["email"],
        "name": "Dora",
        "organizationId": alice.organization_id,
        "role": "member",
        "permissions": sorted([*MEMBER, "analytics.view"]),
        "grants": ["analytics.view"],
        "isActive": True,
        "mfaEnabled": False,
        "createdAt": ANY_TIME,
        "profile": PROFILE,
    }
    assert log_in(given["email"]).json()["user"] == body
    assert alice.api.get(f"{URL}/{body['userId']}").json() == body


def test_it_is_one_transaction_and_one_entry(alice: Person, store_calls: StoreCalls) -> None:
    given = form(role="admin")
    store_calls.clear()
    user = alice.api.post(URL, given).json()
    assert store_calls.after_sign_in() == ["TransactWriteItems"]
    (entry,) = alice.trail(action="USER_CREATED")
    assert (entry["userId"], entry["entityId"]) == (alice.user_id, user["userId"])
    assert entry["newValues"] == {
        "email": given["email"],
        "name": "Dora",
        "role": "admin",
        "grants": [],
    }


@pytest.mark.parametrize("role", ["manager", "member", "viewer"])
def test_it_needs_user_manage(org: Organization, role: str, store_calls: StoreCalls) -> None:
    person = hire(org, "peer", role=role)
    person.api.get("/api/auth/me")
    store_calls.clear()
    answer = person.api.post(URL, form())
    assert answer.json() == problem(403, "permission_denied", permission="user.manage")
    assert written(store_calls) == []


@pytest.mark.parametrize(
    ("changed", "missing"),
    [
        ({"role": "admin"}, "analytics.view"),
        ({"role": "manager"}, "analytics.view"),
        ({"grants": ["audit.view"]}, "audit.view"),
        ({"grants": ["user.manage", "org.update"]}, "org.update"),
    ],
)
def test_nobody_gives_what_they_do_not_hold(
    org: Organization, changed: Any, missing: str, store_calls: StoreCalls
) -> None:
    clerk = hire(org, "clerk", role="member", grants=("user.manage",))
    clerk.api.get("/api/auth/me")
    store_calls.clear()
    answer = clerk.api.post(URL, form(**changed))
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
    assert answer.json()["permission"] in (missing, "audit.export")
    assert written(store_calls) == []
    assert clerk.api.post(URL, form(grants=["user.manage"])).status_code == 201


def test_a_taken_address_is_refused_whoever_has_it(alice: Person, mallory: Person) -> None:
    for email in (alice.email.upper(), mallory.email):
        assert alice.api.post(URL, form(email=email)).json() == problem(409, "email_taken")
    assert len(alice.api.get(URL).json()["items"]) == 1


def test_of_two_at_the_same_moment_one_wins(alice: Person, mallory: Person) -> None:
    email = form()["email"]
    with ThreadPoolExecutor(6) as pool:
        codes = list(
            pool.map(
                lambda person: person.api.post(URL, form(email=email)).status_code,
                [alice, mallory] * 3,
            )
        )
    assert sorted(codes) == [201] + [409] * 5
    found = queries.find_account_by_email(email)
    listed = [u for p in (alice, mallory) for u in p.api.get(URL).json()["items"]]
    assert [u["userId"] for u in listed if u["email"] == email] == [found and found[1]]


def test_admins_are_counted(alice: Person) -> None:
    other = alice.api.post(URL, form(role="admin")).json()
    url = f"{URL}/{alice.user_id}"
    assert alice.api.patch(url, {"role": "viewer"}).status_code == 200
    token = log_in(other["email"]).json()["token"]
    answer = Api(token).patch(f"{URL}/{other['userId']}", {"role": "viewer"})
    assert answer.json() == problem(409, "last_admin")


def test_the_same_key_replays_the_answer(alice: Person) -> None:
    given = form()
    first = alice.api.post(URL, given, Idempotency_Key="dora")
    again = alice.api.post(URL, given, Idempotency_Key="dora")
    assert (again.status_code, again.json()) == (201, first.json())
    assert again["Idempotency-Replayed"] == "true"
    assert len(alice.trail(action="USER_CREATED")) == 1


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"role": "owner"}, "role"),
        ({"role": None}, "role"),
        ({"role": ["admin"]}, "role"),
        ({"grants": ["everything"]}, "grants.0"),
        ({"grants": "user.manage"}, "grants"),
        ({"grants": {"0": "user.manage"}}, "grants"),
        ({"grants": None}, "grants"),
        ({"grants": [7]}, "grants.0"),
        ({"email": "nobody"}, "email"),
        ({"email": 7}, "email"),
        ({"name": 7}, "name"),
        ({"password": "short"}, "password"),
        ({"password": True}, "password"),
    ],
)
def test_what_is_not_valid_is_named(
    alice: Person, changed: Any, field: str, store_calls: StoreCalls
) -> None:
    store_calls.clear()
    answer = alice.api.post(URL, form(**changed))
    assert answer.status_code == 400
    assert field in [error["field"] for error in answer.json()["errors"]]
    assert written(store_calls) == []


def test_what_the_api_does_not_name_is_passed_over(alice: Person) -> None:
    body = alice.api.post(URL, form(isStaff=True, organizationId="x", permissions=ADMIN)).json()
    made = queries.access_user(alice.actor, body["userId"])
    assert (made.is_staff, body["organizationId"]) == (False, alice.organization_id)
    assert body["permissions"] == MEMBER


def test_the_system_may_take_it_into_a_change_of_its_own(alice: Person) -> None:
    actor = system_actor(alice.organization_id)
    with Change(actor=actor) as change:
        user = services.create_user(
            actor=actor,
            email=form()["email"],
            name="Eve",
            role="member",
            password=PASSWORD,
            change=change,
        )
        assert queries.load_users(actor, [user.user_id]) == {}
    assert queries.load_users(actor, [user.user_id])[user.user_id].name == "Eve"
