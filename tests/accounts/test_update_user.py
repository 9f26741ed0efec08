"""PATCH /api/users/{userId}"""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.accounts.bodies import MANAGER, MEMBER, log_in, me_body, user_body, written
from tests.calls import StoreCalls
from tests.cast import Api, Organization, Person, hire
from tests.matching import problem


def url(person: Person) -> str:
    return f"/api/users/{person.user_id}"


def test_role_grants_and_name_can_be_changed(
    alice: Person, bob: Person, store_calls: StoreCalls
) -> None:
    store_calls.clear()
    given = {"name": "Robert", "role": "manager", "grants": ["audit.view", "audit.view"]}
    answer = alice.api.patch(url(bob), given)
    assert answer.status_code == 200
    assert store_calls.after_sign_in() == ["BatchGetItem", "TransactWriteItems"]
    expected = user_body(
        bob,
        name="Robert",
        role="manager",
        grants=["audit.view"],
        permissions=sorted([*MANAGER, "audit.view"]),
    )
    assert answer.json() == expected
    again = alice.api.get(url(bob))
    assert (again.json(), again["ETag"]) == (expected, answer["ETag"])


def test_it_leaves_one_entry(alice: Person, bob: Person) -> None:
    alice.api.patch(url(bob), {"name": "Bob", "role": "viewer", "grants": ["audit.view"]})
    (entry,) = alice.trail(action="USER_UPDATED")
    assert (entry["userId"], entry["entityId"]) == (alice.user_id, bob.user_id)
    assert entry["oldValues"] == {"role": "member", "grants": []}
    assert entry["newValues"] == {"role": "viewer", "grants": ["audit.view"]}


def test_the_list_replaces_the_grants(alice: Person, bob: Person) -> None:
    alice.api.patch(url(bob), {"grants": ["audit.view", "team.create"]})
    assert alice.api.patch(url(bob), {"grants": ["team.create"]}).json()["grants"] == [
        "team.create"
    ]
    assert alice.api.patch(url(bob), {"grants": []}).json()["permissions"] == MEMBER


def test_rights_hold_from_the_next_request_and_sockets_can_tell(
    alice: Person, bob: Person
) -> None:
    before = bob.actor
    alice.api.patch(url(bob), {"grants": ["audit.view"]})
    after = bob.actor
    assert after.permissions - before.permissions == {"audit.view"}
    assert after.rights_version == before.rights_version + 1
    alice.api.patch(url(bob), {"name": "Robert"})
    assert bob.actor.rights_version == after.rights_version


def test_suspending_ends_every_sign_in(alice: Person, bob: Person) -> None:
    other = Api(log_in(bob.email).json()["token"])
    answer = alice.api.patch(url(bob), {"isActive": False})
    assert answer.json() == user_body(bob, isActive=False)
    assert [api.get("/api/auth/me").status_code for api in (bob.api, other)] == [401, 401]
    assert log_in(bob.email).status_code == 401
    (entry,) = alice.trail(action="USER_SUSPENDED")
    assert (entry["oldValues"], entry["newValues"]) == ({"isActive": True}, {"isActive": False})


def test_a_suspended_user_can_be_let_in_again(alice: Person, bob: Person) -> None:
    alice.api.patch(url(bob), {"isActive": False})
    assert alice.api.patch(url(bob), {"isActive": True}).json() == user_body(bob)
    assert log_in(bob.email).status_code == 200
    assert len(alice.trail(action="USER_REACTIVATED")) == 1


@pytest.mark.parametrize("body", [{}, {"role": "member"}, {"grants": []}, {"isActive": True}])
def test_no_change_writes_nothing(
    alice: Person, bob: Person, body: Any, store_calls: StoreCalls
) -> None:
    store_calls.clear()
    answer = alice.api.patch(url(bob), body)
    assert (answer.status_code, answer.json()) == (200, user_body(bob))
    assert written(store_calls) == []


@pytest.mark.parametrize("role", ["manager", "member", "viewer"])
def test_it_needs_user_manage(
    org: Organization, bob: Person, role: str, store_calls: StoreCalls
) -> None:
    person = hire(org, "peer", role=role)
    store_calls.clear()
    for target in (bob, person):
        answer = person.api.patch(url(target), {"role": "viewer"})
        assert answer.json() == problem(403, "permission_denied", permission="user.manage")
    assert written(store_calls) == []


@pytest.mark.parametrize(
    "body", [{"role": "admin"}, {"role": "manager"}, {"grants": ["user.manage", "audit.view"]}]
)
def test_nobody_gives_what_they_do_not_hold(
    org: Organization, bob: Person, body: Any, store_calls: StoreCalls
) -> None:
    clerk = hire(org, "clerk", role="member", grants=("user.manage",))
    store_calls.clear()
    for target in (bob, clerk):
        answer = clerk.api.patch(url(target), body)
        assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
        assert answer.json()["permission"] not in clerk.actor.permissions
    assert written(store_calls) == []
    assert clerk.api.patch(url(bob), {"grants": ["user.manage"]}).status_code == 200


@pytest.mark.parametrize("is_active", [True, False])
@pytest.mark.parametrize(
    "body", [{"role": "member"}, {"grants": ["media.upload"]}, {"isActive": None}]
)
def test_who_holds_more_is_left_alone(
    org: Organization, alice: Person, body: Any, is_active: bool, store_calls: StoreCalls
) -> None:
    """Neither demoted nor suspended, and what suspension took is not given back."""
    body = {name: not is_active if value is None else value for name, value in body.items()}
    clerk = hire(org, "clerk", role="manager", grants=("user.manage",))
    second = hire(org, "second", role="admin")
    other = hire(org, "other", role="viewer", grants=("audit.export",))
    for target in (second, other):
        alice.api.patch(url(target), {"isActive": is_active})
    before = [alice.api.get(url(target)).json() for target in (second, other)]
    store_calls.clear()
    for target in (second, other):
        answer = clerk.api.patch(url(target), body)
        assert answer.json() == problem(403, "permission_denied", permission="audit.export")
    assert written(store_calls) == []
    assert [alice.api.get(url(target)).json() for target in (second, other)] == before


def test_what_counts_is_every_permission_and_no_name(org: Organization, bob: Person) -> None:
    clerk = hire(org, "clerk", role="member", grants=("user.manage",))
    other = hire(org, "other", role="viewer", grants=("audit.view", "media.upload"))
    refused = problem(403, "permission_denied", permission="audit.view")
    for grants in ([], ["audit.view"], ["media.upload"]):
        assert clerk.api.patch(url(other), {"grants": grants}).json() == refused
    assert clerk.api.patch(url(other), {"name": "Another"}).json()["name"] == "Another"
    for is_active in (False, True):
        answer = clerk.api.patch(url(bob), {"isActive": is_active})
        assert (answer.status_code, answer.json()["isActive"]) == (200, is_active)


def test_ones_own_role_may_go_down(org: Organization, alice: Person) -> None:
    second = hire(org, "second", role="admin")
    assert second.api.patch(url(second), {"role": "manager"}).json()["role"] == "manager"
    refused = problem(403, "permission_denied", permission="user.manage")
    assert second.api.patch(url(second), {"role": "admin"}).json() == refused
    assert alice.api.patch(url(alice), {"role": "member"}).json() == problem(409, "last_admin")


@pytest.mark.parametrize("body", [{"role": "manager"}, {"isActive": False}])
def test_the_last_admin_stays(
    alice: Person, bob: Person, body: Any, store_calls: StoreCalls
) -> None:
    assert alice.api.patch(url(alice), body).json() == problem(409, "last_admin")
    assert alice.api.get("/api/auth/me").json() == me_body(alice)
    assert alice.trail(action="USER_UPDATED") == alice.trail(action="USER_SUSPENDED") == []
    assert alice.api.patch(url(bob), {"role": "admin"}).status_code == 200
    assert alice.api.patch(url(alice), body).status_code == 200


def test_a_suspended_admin_is_none(org: Organization, alice: Person) -> None:
    second = hire(org, "second", role="admin")
    alice.api.patch(url(second), {"isActive": False})
    assert alice.api.patch(url(alice), {"role": "viewer"}).json() == problem(409, "last_admin")
    assert alice.api.patch(url(second), {"role": "member"}).status_code == 200
    assert alice.api.patch(url(second), {"role": "admin"}).status_code == 200
    assert alice.api.patch(url(alice), {"role": "viewer"}).json() == problem(409, "last_admin")
    assert alice.api.patch(url(second), {"isActive": True}).status_code == 200
    assert alice.api.patch(url(alice), {"role": "viewer"}).status_code == 200


def test_two_admins_who_demote_each_other_leave_one(org: Organization, alice: Person) -> None:
    for _ in range(3):
        second = hire(org, "second", role="admin")
        pairs = [(alice, second), (second, alice)]
        with ThreadPoolExecutor(2) as pool:
            codes = list(
                pool.map(
                    lambda pair: pair[0].api.patch(url(pair[1]), {"role": "member"}).status_code,
                    pairs,
                )
            )
        assert codes.count(200) == 1
        assert set(codes) <= {200, 403, 409}
        winner, loser = pairs[codes.index(200)]
        assert [winner.actor.role, loser.actor.role] == ["admin", "member"]
        assert winner.api.patch(url(winner), {"role": "viewer"}).status_code == 409
        alice = winner
        org.admin = winner


def test_many_admins_who_leave_at_once_leave_one(org: Organization, alice: Person) -> None:
    admins = [alice, *(hire(org, f"admin{n}", role="admin") for n in range(4))]
    with ThreadPoolExecutor(5) as pool:
        codes = list(
            pool.map(lambda p: p.api.patch(url(p), {"isActive": False}).status_code, admins)
        )
    assert sorted(codes) == [200] * 4 + [409]


def test_an_etag_that_is_not_current_is_refused(
    alice: Person, bob: Person, store_calls: StoreCalls
) -> None:
    tag = alice.api.get(url(bob))["ETag"]
    bob.api.patch("/api/auth/me", {"name": "Robert"})
    store_calls.clear()
    late = alice.api.patch(url(bob), {"role": "viewer"}, If_Match=tag)
    assert late.json() == problem(412, "precondition_failed")
    assert written(store_calls) == []


def test_edits_of_different_fields_at_once_all_stay(alice: Person, bob: Person) -> None:
    edits: list[Any] = [
        (alice, url(bob), {"role": "viewer"}),
        (alice, url(bob), {"grants": ["team.create"]}),
        (bob, "/api/auth/me", {"name": "Robert"}),
        (bob, "/api/auth/me", {"profile": {"title": "Roofer"}}),
    ]
    with ThreadPoolExecutor(4) as pool:
        codes = list(pool.map(lambda e: e[0].api.patch(e[1], e[2]).status_code, edits))
    after = alice.api.get(url(bob)).json()
    assert codes == [200] * 4
    assert (after["role"], after["grants"], after["name"], after["profile"]["title"]) == (
        "viewer",
        ["team.create"],
        "Robert",
        "Roofer",
    )


@pytest.mark.parametrize("field", ["email", "permissions", "userId", "mfaEnabled", "profile"])
def test_the_rest_is_not_editable(alice: Person, bob: Person, field: str) -> None:
    answer = alice.api.patch(url(bob), {field: "x", "role": "viewer"})
    assert answer.json() == problem(400, "not_editable")
    assert alice.api.get(url(bob)).json() == user_body(bob)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"role": "owner"}, "role"),
        ({"role": None}, "role"),
        ({"role": 1}, "role"),
        ({"grants": "audit.view"}, "grants"),
        ({"grants": ["nothing"]}, "grants.0"),
        ({"isActive": "false"}, "isActive"),
        ({"isActive": 0}, "isActive"),
        ({"isActive": None}, "isActive"),
        ({"name": ""}, "name"),
        ([], ""),
    ],
)
def test_what_is_not_valid_is_named(
    alice: Person, bob: Person, body: Any, field: str, store_calls: StoreCalls
) -> None:
    store_calls.clear()
    answer = alice.api.patch(url(bob), body)
    assert answer.status_code == 400
    assert field in [error["field"] for error in answer.json()["errors"]]
    assert written(store_calls) == []
