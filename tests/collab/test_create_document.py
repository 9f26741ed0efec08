"""Beginning a document: who may, what it holds, and that nothing is kept when it is refused."""

from typing import Any

import pytest

from tests.calls import StoreCalls
from tests.cast import Organization, Person, hire
from tests.collab.live import CHECKLIST, CONTENT, URL
from tests.matching import ANY_ID, ANY_TIME, problem


def ask(**more: Any) -> dict[str, Any]:
    return {"entityType": "checklist", "entityId": CHECKLIST, "content": CONTENT, **more}


def is_nowhere(person: Person, entity_type: str = "checklist") -> bool:
    return (
        person.api.get(f"/api/documents?entityType={entity_type}").json()["items"] == []
        and person.api.get(URL).status_code == 404
        and person.trail(action="DOCUMENT_CREATED") == []
    )


def test_a_checklist_begins_at_version_0(alice: Person) -> None:
    made = alice.api.post("/api/documents", ask())

    assert made.status_code == 201
    assert made.json() == {
        "entityType": "checklist",
        "entityId": CHECKLIST,
        "organizationId": alice.organization_id,
        "teamId": None,
        "version": 0,
        "epoch": ANY_ID,
        "content": CONTENT,
        "createdAt": ANY_TIME,
        "createdBy": alice.user_id,
        "lastModified": ANY_TIME,
        "modifiedBy": alice.user_id,
    }
    assert alice.api.get(URL).json() == made.json()


def test_it_leaves_one_audit_entry(alice: Person) -> None:
    alice.api.post("/api/documents", ask())

    [entry] = alice.trail(action="DOCUMENT_CREATED")
    assert (entry["entityType"], entry["entityId"]) == ("checklist", CHECKLIST)
    assert entry["newValues"] == {"entityType": "checklist", "teamId": None}


def test_an_id_is_made_if_none_is_given(alice: Person) -> None:
    made = alice.api.post("/api/documents", {"entityType": "checklist", "content": {}})

    assert made.status_code == 201
    assert made.json()["entityId"] == ANY_ID
    assert made.json()["content"] == {}


def test_a_submission_begins_with_its_checklists_items(bob: Person, checklist: Any) -> None:
    made = bob.api.post(
        "/api/documents",
        {"entityType": "submission", "entityId": "submission-1", "checklistId": CHECKLIST},
    )

    assert made.status_code == 201
    assert made.json() == {
        "entityType": "submission",
        "entityId": "submission-1",
        "organizationId": bob.organization_id,
        "teamId": None,
        "checklistId": CHECKLIST,
        "version": 0,
        "epoch": ANY_ID,
        "content": {"items": CONTENT["items"]},
        "createdAt": ANY_TIME,
        "createdBy": bob.user_id,
        "lastModified": ANY_TIME,
        "modifiedBy": bob.user_id,
    }


def test_a_submissions_own_content_comes_on_top(bob: Person, checklist: Any) -> None:
    own = {"title": "Monday", "items": {"extra": {"text": "Lamp"}}}
    made = bob.api.post(
        "/api/documents",
        {"entityType": "submission", "checklistId": CHECKLIST, "content": own},
    )

    assert made.json()["content"] == {
        "title": "Monday",
        "items": {**CONTENT["items"], "extra": {"text": "Lamp"}},
    }


def test_a_submission_belongs_to_its_checklists_team(
    alice: Person, bob: Person, team: str
) -> None:
    alice.api.post("/api/documents", ask(teamId=team))
    made = bob.api.post("/api/documents", {"entityType": "submission", "checklistId": CHECKLIST})

    assert made.json()["teamId"] == team


def test_a_submission_of_an_unknown_checklist_is_not_found(alice: Person) -> None:
    made = alice.api.post("/api/documents", {"entityType": "submission", "checklistId": "nothing"})

    assert made.status_code == 404
    assert made.json() == problem(404, "not_found")
    assert is_nowhere(alice, "submission")


def test_a_member_may_make_submissions_only(bob: Person, alice: Person) -> None:
    refused = bob.api.post("/api/documents", ask())

    assert refused.status_code == 403
    assert refused.json() == problem(403, "permission_denied", permission="checklist.create")
    assert is_nowhere(alice)


def test_a_viewer_makes_nothing(carol: Person, alice: Person) -> None:
    refused = carol.api.post("/api/documents", ask(entityType="submission"))

    assert refused.json() == problem(403, "permission_denied", permission="checklist.edit")
    assert is_nowhere(alice)


def test_an_id_in_use_is_refused(alice: Person, checklist: Any) -> None:
    refused = alice.api.post("/api/documents", ask(content={"title": "Another"}))

    assert refused.status_code == 409
    assert refused.json() == problem(409, "already_exists")
    assert alice.api.get(URL).json()["content"] == CONTENT
    assert len(alice.trail(action="DOCUMENT_CREATED")) == 1


def test_an_archived_ones_id_stays_in_use(alice: Person, checklist: Any) -> None:
    alice.api.delete(URL)

    assert alice.api.post("/api/documents", ask()).json() == problem(409, "already_exists")


def test_two_types_may_have_one_id(alice: Person, checklist: Any) -> None:
    assert alice.api.post("/api/documents", ask(entityType="submission")).status_code == 201


def test_every_organisation_has_its_own_ids(mallory: Person, checklist: Any) -> None:
    assert mallory.api.post("/api/documents", ask()).status_code == 201


@pytest.mark.parametrize(
    "content",
    [
        None,
        "text",
        ["list"],
        {"items": []},
        {"items": {"not an id": {}}},
    ],
)
def test_content_that_is_none_is_refused(alice: Person, content: Any) -> None:
    refused = alice.api.post("/api/documents", ask(content=content))

    assert refused.status_code == 400
    assert refused.json()["code"] == "validation_failed"
    assert [error["field"] for error in refused.json()["errors"]] == ["content"]
    assert is_nowhere(alice)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("entityType", "team"),
        ("entityType", 7),
        ("entityId", "not an id"),
        ("entityId", "-x"),
        ("entityId", "x" * 65),
        ("teamId", 7),
    ],
)
def test_a_field_that_is_not_valid_is_named(alice: Person, field: str, value: Any) -> None:
    refused = alice.api.post("/api/documents", ask(**{field: value}))

    assert refused.status_code == 400
    assert [error["field"] for error in refused.json()["errors"]] == [field]
    assert is_nowhere(alice)


@pytest.mark.parametrize(
    "content",
    [
        {"notes": "x" * 33_000},
        {"items": {"one": {"text": "x" * 33_000}}},
        {"items": {"one": {f"f{n}": "x" * 30_000 for n in range(9)}}},
        {"items": {f"i{n}": 0 for n in range(10_001)}},
    ],
)
def test_what_is_too_large_is_refused(alice: Person, content: Any) -> None:
    refused = alice.api.post("/api/documents", ask(content=content))

    assert refused.status_code == 413
    assert refused.json() == problem(413, "too_large")
    assert is_nowhere(alice)


def test_a_large_one_is_kept_whole(alice: Person) -> None:
    items = {f"item-{n}": {"text": "x" * 900, "checked": False} for n in range(1_000)}
    made = alice.api.post("/api/documents", ask(content={"items": items}))

    assert made.status_code == 201
    assert alice.api.get(URL).json()["content"] == {"items": items}


def test_one_for_a_team_takes_being_in_it(org: Organization, team: str, alice: Person) -> None:
    eve = hire(org, "eve", role="member", grants=("checklist.create",))
    refused = eve.api.post("/api/documents", ask(teamId=team))

    assert refused.json() == problem(403, "permission_denied", permission="team.update")
    assert is_nowhere(alice)


def test_one_for_a_private_team_that_is_not_ones_own_is_not_found(
    org: Organization, private_team: str, alice: Person
) -> None:
    eve = hire(org, "eve", role="member", grants=("checklist.create",))
    refused = eve.api.post("/api/documents", ask(teamId=private_team))

    assert refused.json() == problem(404, "not_found")
    assert is_nowhere(alice)


def test_a_lost_answer_and_a_key_make_one_document(alice: Person) -> None:
    first = alice.api.post("/api/documents", ask(), Idempotency_Key="k1")
    second = alice.api.post("/api/documents", ask(), Idempotency_Key="k1")

    assert second.status_code == 201
    assert second.json() == first.json()
    assert second["Idempotency-Replayed"] == "true"


def test_it_takes_one_read_the_body_and_one_transaction(
    alice: Person, store_calls: StoreCalls
) -> None:
    store_calls.clear()
    alice.api.post("/api/documents", ask())

    assert store_calls.after_sign_in() == ["GetItem", "TransactWriteItems", "TransactWriteItems"]


def test_one_for_a_team_that_is_not_there_is_not_found_whatever_one_may(
    alice: Person, mallory: Person, team: str
) -> None:
    foreign = mallory.api.post("/api/teams", {"name": "Theirs"}).json()["teamId"]
    for unknown in ("nope", foreign):
        refused = alice.api.post("/api/documents", ask(teamId=unknown))
        assert (refused.status_code, refused.json()) == (404, problem(404, "not_found"))
    alice.api.delete(f"/api/teams/{team}")
    archived = alice.api.post("/api/documents", ask(teamId=team))
    assert (archived.status_code, archived.json()) == (409, problem(409, "team_archived"))
    assert alice.trail(action="DOCUMENT_CREATED") == []
