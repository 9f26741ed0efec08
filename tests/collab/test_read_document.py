"""Reading a document: who may, now and as of a version, with the blame, by its entity tag."""

from typing import Any

import pytest

from prework.ids import new_id
from tests.calls import StoreCalls
from tests.cast import Organization, Person, hire
from tests.collab.live import CHECKED, CHECKLIST, CONTENT, URL, operation
from tests.matching import ANY_TIME, problem


def apply(person: Person, *operations: dict[str, Any]) -> list[dict[str, Any]]:
    answer = person.api.post(f"{URL}/operations", {"operations": list(operations)})
    assert answer.status_code == 200, answer.content
    results: list[dict[str, Any]] = answer.json()["results"]
    return results


def test_everybody_in_the_organisation_reads_what_is_of_no_team(
    carol: Person, checklist: dict[str, Any]
) -> None:
    assert carol.api.get(URL).json() == checklist


def test_it_shows_what_operations_made_of_it(
    bob: Person, carol: Person, checklist: dict[str, Any]
) -> None:
    apply(bob, operation(), operation(f"{CHECKLIST}.title", "Closing round"))

    assert carol.api.get(URL).json() == {
        **checklist,
        "version": 2,
        "content": {
            "title": "Closing round",
            "items": {"item-456": {"text": "Check the valve", "checked": True, "order": 2}},
        },
        "lastModified": ANY_TIME,
        "modifiedBy": bob.user_id,
    }


def test_members_and_those_who_see_all_read_a_teams(
    alice: Person, bob: Person, max_: Person, private_team: str
) -> None:
    made = {"entityType": "checklist", "entityId": CHECKLIST, "content": {}}
    alice.api.post("/api/documents", {**made, "teamId": private_team})

    assert [p.api.get(URL).status_code for p in (alice, bob, max_)] == [200, 200, 200]


def test_others_are_refused_a_teams(alice: Person, carol: Person, team: str) -> None:
    made = {"entityType": "checklist", "entityId": CHECKLIST, "content": {}}
    alice.api.post("/api/documents", {**made, "teamId": team})

    assert carol.api.get(URL).json() == problem(403, "permission_denied", permission="team.update")


def test_a_private_teams_is_not_there_for_others(
    alice: Person, carol: Person, private_team: str
) -> None:
    made = {"entityType": "checklist", "entityId": CHECKLIST, "content": {}}
    alice.api.post("/api/documents", {**made, "teamId": private_team})

    assert carol.api.get(URL).json() == problem(404, "not_found")


@pytest.mark.parametrize("path", [URL, "/api/documents/checklist/x", "/api/documents/x/y"])
def test_what_is_not_ones_own_is_not_there(
    mallory: Person, checklist: dict[str, Any], path: str
) -> None:
    assert mallory.api.get(path).json() == problem(404, "not_found")


def test_blame_says_who_set_what(alice: Person, bob: Person, checklist: dict[str, Any]) -> None:
    apply(bob, operation(CHECKED))
    blame = alice.api.get(f"{URL}?blame=1").json()["blame"]

    item = f"{CHECKLIST}.items.item-456"
    at_first = {"version": 0, "userId": alice.user_id, "timestamp": checklist["createdAt"]}
    assert blame == {
        f"{CHECKLIST}.title": at_first,
        f"{item}.text": at_first,
        f"{item}.order": at_first,
        f"{item}.checked": {"version": 1, "userId": bob.user_id, "timestamp": ANY_TIME},
    }


def test_an_older_version_is_as_it_was(
    alice: Person, bob: Person, checklist: dict[str, Any]
) -> None:
    apply(bob, operation(), operation(f"{CHECKLIST}.title", "New"))
    apply(alice, {**operation(f"{CHECKLIST}.items.item-456"), "type": "delete", "baseVersion": 2})

    assert alice.api.get(f"{URL}?version=0").json() == checklist
    at_1 = alice.api.get(f"{URL}?version=1").json()
    assert (at_1["version"], at_1["modifiedBy"]) == (1, bob.user_id)
    assert at_1["content"]["items"]["item-456"]["checked"] is True
    assert alice.api.get(f"{URL}?version=2").json()["content"]["title"] == "New"
    assert alice.api.get(f"{URL}?version=3").json() == alice.api.get(URL).json()


def test_a_version_still_to_come_is_not_there(alice: Person, checklist: dict[str, Any]) -> None:
    assert alice.api.get(f"{URL}?version=1").json() == problem(404, "not_found")


@pytest.mark.parametrize("query", ["version=-1", "version=x", "version=1.0", "blame=yes"])
def test_an_odd_query_is_refused(alice: Person, checklist: dict[str, Any], query: str) -> None:
    refused = alice.api.get(f"{URL}?{query}")

    assert refused.status_code == 400
    assert [e["field"] for e in refused.json()["errors"]] == [query.partition("=")[0]]


def test_the_entity_tag_moves_with_every_operation(
    alice: Person, checklist: dict[str, Any]
) -> None:
    before = alice.api.get(URL)["ETag"]
    assert alice.api.get(URL)["ETag"] == before

    apply(alice, operation())
    assert alice.api.get(URL)["ETag"] != before


def test_another_organisations_document_of_that_name_is_another(
    alice: Person, mallory: Person, checklist: dict[str, Any]
) -> None:
    made = {"entityType": "checklist", "entityId": CHECKLIST, "content": {"title": "Theirs"}}
    mallory.api.post("/api/documents", made)
    apply(mallory, operation(f"{CHECKLIST}.title", "Changed"))

    assert alice.api.get(URL).json()["content"] == CONTENT


def test_one_that_is_warm_here_takes_two_reads(
    alice: Person, checklist: dict[str, Any], store_calls: StoreCalls
) -> None:
    alice.api.get(URL)
    store_calls.clear()
    alice.api.get(URL)

    assert store_calls.after_sign_in() == ["GetItem", "GetItem"]


def test_a_member_of_the_team_by_grant_reads_it_too(org: Organization, alice: Person) -> None:
    team = alice.api.post("/api/teams", {"name": f"Crew {new_id()}"}).json()["teamId"]
    made = {"entityType": "checklist", "entityId": CHECKLIST, "content": {}, "teamId": team}
    alice.api.post("/api/documents", made)
    eve = hire(org, "eve", role="viewer", grants=("team.update",))

    assert eve.api.get(URL).status_code == 200
