"""Listing documents: those that one may read, by type and team, page by page."""

from typing import Any

from tests.cast import Person
from tests.collab.live import CHECKLIST, URL, operation
from tests.matching import ANY_TIME, problem


def begin(person: Person, entity_id: str, **more: Any) -> None:
    body = {"entityType": "checklist", "entityId": entity_id, "content": {}, **more}
    assert person.api.post("/api/documents", body).status_code == 201


def listed(person: Person, query: str = "") -> list[str]:
    answer = person.api.get(f"/api/documents{query}")
    assert answer.status_code == 200, answer.content
    return [item["entityId"] for item in answer.json()["items"]]


def test_a_document_in_the_list(alice: Person, checklist: dict[str, Any]) -> None:
    [item] = alice.api.get("/api/documents").json()["items"]

    described = {name: value for name, value in checklist.items() if name != "content"}
    assert item == {**described, "title": "Opening round"}


def test_it_shows_where_the_document_is_now(
    alice: Person, bob: Person, checklist: dict[str, Any]
) -> None:
    change = operation(f"{CHECKLIST}.title", "Closing round")
    bob.api.post(f"{URL}/operations", {"operations": [change]})

    [item] = alice.api.get("/api/documents").json()["items"]
    assert (item["version"], item["title"]) == (1, "Closing round")
    assert (item["lastModified"], item["modifiedBy"]) == (ANY_TIME, bob.user_id)


def test_by_type(alice: Person) -> None:
    begin(alice, "b")
    begin(alice, "a")
    begin(alice, "s", entityType="submission")

    assert listed(alice) == ["a", "b", "s"]
    assert listed(alice, "?entityType=checklist") == ["a", "b"]
    assert listed(alice, "?entityType=submission") == ["s"]


def test_members_see_their_teams_and_what_is_of_no_team(
    alice: Person, bob: Person, carol: Person, team: str, private_team: str
) -> None:
    begin(alice, "free")
    begin(alice, "open", teamId=team)
    begin(alice, "quiet", teamId=private_team)

    assert listed(alice) == ["free", "open", "quiet"]
    assert listed(bob) == ["free", "open", "quiet"]
    assert listed(carol) == ["free"]
    assert listed(bob, f"?teamId={team}") == ["open"]
    assert listed(alice, f"?teamId={private_team}") == ["quiet"]
    assert listed(carol, f"?teamId={team}") == []


def test_an_unknown_team_has_none(alice: Person, checklist: dict[str, Any]) -> None:
    assert listed(alice, "?teamId=unknown") == []


def test_other_organisations_have_their_own(mallory: Person, checklist: dict[str, Any]) -> None:
    assert listed(mallory) == []


def test_archived_ones_are_left_out(alice: Person, checklist: dict[str, Any]) -> None:
    begin(alice, "other")
    alice.api.delete(URL)
    assert listed(alice) == ["other"]

    alice.api.post(f"{URL}/restore")
    assert listed(alice) == [CHECKLIST, "other"]


def test_pages_are_full_and_nothing_is_twice(
    alice: Person, bob: Person, team: str, private_team: str
) -> None:
    for number, team_id in enumerate([None, team, private_team] * 2):
        begin(alice, f"c{number}", teamId=team_id)
        begin(alice, f"s{number}", teamId=team_id, entityType="submission")
    everything = [f"c{n}" for n in range(6)] + [f"s{n}" for n in range(6)]

    for person in (alice, bob):
        seen: list[str] = []
        cursor = ""
        while True:
            page = person.api.get(f"/api/documents?limit=5{cursor}").json()
            seen += [item["entityId"] for item in page["items"]]
            if page["nextCursor"] is None:
                break
            assert len(page["items"]) == 5
            cursor = f"&cursor={page['nextCursor']}"
        assert seen == everything


def test_a_cursor_of_another_query_is_refused(alice: Person) -> None:
    begin(alice, "a")
    begin(alice, "b")
    cursor = alice.api.get("/api/documents?limit=1").json()["nextCursor"]

    refused = alice.api.get(f"/api/documents?entityType=checklist&cursor={cursor}")
    assert refused.json() == problem(400, "invalid_cursor")


def test_an_unknown_type_is_refused(alice: Person) -> None:
    refused = alice.api.get("/api/documents?entityType=team")

    assert refused.status_code == 400
    assert [error["field"] for error in refused.json()["errors"]] == ["entityType"]
