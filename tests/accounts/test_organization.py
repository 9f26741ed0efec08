"""GET and PATCH /api/organization"""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.accounts.bodies import written
from tests.calls import StoreCalls
from tests.cast import Api, Organization, Person, hire
from tests.matching import ANY_TIME, problem

URL = "/api/organization"


def body_of(person: Person, name: str = "Acme") -> dict[str, Any]:
    return {
        "organizationId": person.organization_id,
        "name": name,
        "isActive": True,
        "supportAccess": True,
        "createdAt": ANY_TIME,
        "updatedAt": ANY_TIME,
    }


def test_everybody_sees_their_own(
    alice: Person, carol: Person, mallory: Person, store_calls: StoreCalls
) -> None:
    store_calls.clear()
    answer = carol.api.get(URL)
    assert (answer.json(), answer["ETag"]) == (body_of(alice), '"1"')
    assert store_calls.after_sign_in() == ["GetItem"]
    assert mallory.api.get(URL).json() == body_of(mallory, "Rival")


def test_an_admin_gives_it_another_name(alice: Person, store_calls: StoreCalls) -> None:
    store_calls.clear()
    answer = alice.api.patch(URL, {"name": "Acme & Sons"})
    assert store_calls.after_sign_in() == ["GetItem", "TransactWriteItems"]
    assert (answer.status_code, answer.json()) == (200, body_of(alice, "Acme & Sons"))
    again = alice.api.get(URL)
    assert (again.json(), again["ETag"]) == (answer.json(), answer["ETag"])
    (entry,) = alice.trail(action="ORGANIZATION_UPDATED")
    assert (entry["entityType"], entry["entityId"]) == ("organization", alice.organization_id)
    assert (entry["oldValues"], entry["newValues"]) == ({"name": "Acme"}, {"name": "Acme & Sons"})


@pytest.mark.parametrize("role", ["manager", "member", "viewer"])
def test_it_needs_org_update(org: Organization, role: str, store_calls: StoreCalls) -> None:
    person = hire(org, "peer", role=role)
    store_calls.clear()
    answer = person.api.patch(URL, {"name": "Mine"})
    assert answer.json() == problem(403, "permission_denied", permission="org.update")
    assert written(store_calls) == []


def test_who_was_granted_it_may(org: Organization) -> None:
    clerk = hire(org, "clerk", role="viewer", grants=("org.update",))
    assert clerk.api.patch(URL, {"name": "Renamed"}).status_code == 200


def test_an_etag_that_is_not_current_is_refused(alice: Person, store_calls: StoreCalls) -> None:
    tag = alice.api.get(URL)["ETag"]
    alice.api.patch(URL, {"name": "One"}, If_Match=tag)
    store_calls.clear()
    assert alice.api.patch(URL, {"name": "Two"}, If_Match=tag).json() == problem(
        412, "precondition_failed"
    )
    assert written(store_calls) == []


def test_of_edits_with_one_etag_one_wins(alice: Person) -> None:
    tag = alice.api.get(URL)["ETag"]
    with ThreadPoolExecutor(4) as pool:
        codes = list(
            pool.map(
                lambda n: alice.api.patch(URL, {"name": f"Name {n}"}, If_Match=tag).status_code,
                range(4),
            )
        )
    assert sorted(codes) == [200, 412, 412, 412]


@pytest.mark.parametrize("body", [{}, {"name": "Acme"}])
def test_no_change_writes_nothing(alice: Person, body: Any, store_calls: StoreCalls) -> None:
    store_calls.clear()
    assert alice.api.patch(URL, body).json() == body_of(alice)
    assert written(store_calls) == []


def test_an_admin_says_if_staff_may_act_as_its_users(alice: Person, carol: Person) -> None:
    answer = alice.api.patch(URL, {"supportAccess": False})
    assert answer.json() == {**body_of(alice), "supportAccess": False}
    assert carol.api.get(URL).json() == answer.json()
    (entry,) = alice.trail(action="ORGANIZATION_UPDATED")
    assert (entry["oldValues"], entry["newValues"]) == (
        {"supportAccess": True},
        {"supportAccess": False},
    )
    assert carol.api.patch(URL, {"supportAccess": True}).status_code == 403
    answer = alice.api.patch(URL, {"supportAccess": "yes"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "supportAccess")


@pytest.mark.parametrize("body", [{"name": ""}, {"name": None}, {"name": 7}, {"name": "x" * 201}])
def test_what_is_not_valid_is_named(alice: Person, body: Any) -> None:
    answer = alice.api.patch(URL, body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "name")


def test_it_needs_a_sign_in(anonymous: Api) -> None:
    assert anonymous.get(URL).json() == problem(401, "not_authenticated")
