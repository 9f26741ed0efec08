"""Listing files: of a thing, of a user, one's own; newest first, a page at a time."""

from typing import Any

import pytest

from tests.calls import StoreCalls
from tests.cast import Api, Organization, Person, hire
from tests.matching import Matches, problem
from tests.media.uploads import asked, uploaded

EMPTY: dict[str, Any] = {"items": [], "nextCursor": None}


def ids_of(person: Person, path: str) -> list[str]:
    answer = person.api.get(path)
    assert answer.status_code == 200, answer.content
    return [item["fileId"] for item in answer.json()["items"]]


def test_the_files_of_a_team_newest_first(alice: Person, bob: Person, team: str) -> None:
    first = uploaded(bob, entityType="team", entityId=team)
    second = uploaded(alice, entityType="team", entityId=team)
    uploaded(alice)

    listed = alice.api.get(f"/api/media?entityType=team&entityId={team}").json()

    links = [{"downloadUrl": item["downloadUrl"]} for item in listed["items"]]
    assert listed == {
        "items": [{**second, **links[0]}, {**first, **links[1]}],
        "nextCursor": None,
    }


def test_pages_follow_one_another(alice: Person, team: str) -> None:
    made = [uploaded(alice, entityType="team", entityId=team)["fileId"] for _ in range(5)]
    path = f"/api/media?entityType=team&entityId={team}&limit=2"
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = alice.api.get(path + (f"&cursor={cursor}" if cursor else "")).json()
        found += [item["fileId"] for item in page["items"]]
        cursor = page["nextCursor"]
    assert found == made[::-1]


def test_a_cursor_is_its_callers_and_its_lists(alice: Person, bob: Person, team: str) -> None:
    for _ in range(2):
        uploaded(alice, entityType="team", entityId=team)
    path = f"/api/media?entityType=team&entityId={team}&limit=1"
    cursor = alice.api.get(path).json()["nextCursor"]
    refused = problem(400, "invalid_cursor")
    assert bob.api.get(f"{path}&cursor={cursor}").json() == refused
    assert alice.api.get(f"/api/media?limit=1&cursor={cursor}").json() == refused
    assert alice.api.get("/api/media?limit=0").json() == problem(400, "invalid_limit")


def test_an_upload_in_progress_is_in_its_owners_own_list_only(
    alice: Person, bob: Person, team: str
) -> None:
    upload = asked(bob, entityType="team", entityId=team)
    assert ids_of(bob, "/api/media") == [upload["fileId"]]
    assert ids_of(bob, f"/api/users/{bob.user_id}/media") == [upload["fileId"]]
    assert ids_of(alice, f"/api/users/{bob.user_id}/media") == []
    assert ids_of(alice, f"/api/media?entityType=team&entityId={team}") == []


def test_of_another_users_files_those_one_may_read(
    org: Organization, bob: Person, private_team: str
) -> None:
    public = [uploaded(bob)["fileId"]]
    hidden = [uploaded(bob, entityType="team", entityId=private_team)["fileId"] for _ in range(3)]
    public.append(uploaded(bob)["fileId"])
    dave = hire(org, "dave", role="member")

    assert ids_of(dave, f"/api/users/{bob.user_id}/media") == public[::-1]
    page = dave.api.get(f"/api/users/{bob.user_id}/media?limit=2").json()
    assert [item["fileId"] for item in page["items"]] == public[::-1]  # full, past the hidden ones
    assert set(ids_of(bob, f"/api/users/{bob.user_id}/media")) == {*public, *hidden}


def test_a_hidden_or_unknown_thing_has_no_files(
    org: Organization, bob: Person, mallory: Person, private_team: str
) -> None:
    uploaded(bob, entityType="team", entityId=private_team)
    dave = hire(org, "dave", role="member")
    for person in (dave, mallory):
        listed = person.api.get(f"/api/media?entityType=team&entityId={private_team}")
        assert (listed.status_code, listed.json()) == (200, EMPTY)
    assert bob.api.get("/api/media?entityType=team&entityId=nothing").json() == EMPTY
    assert bob.api.get("/api/media?entityType=checklist&entityId=nothing").json() == EMPTY


def test_the_files_of_another_organisations_user(alice: Person, mallory: Person) -> None:
    uploaded(alice)
    for user_id in (alice.user_id, "unknown"):
        answer = mallory.api.get(f"/api/users/{user_id}/media")
        assert answer.json() == problem(404, "not_found")
    assert mallory.api.get(f"/api/media?entityType=user&entityId={alice.user_id}").json() == EMPTY


def test_one_has_to_be_signed_in(anonymous: Api) -> None:
    assert anonymous.get("/api/media").status_code == 401
    assert anonymous.get("/api/users/x/media").status_code == 401


@pytest.mark.parametrize(
    ("query", "field", "code"),
    [
        ("entityType=team", "entityId", "required"),
        ("entityId=x", "entityType", "required"),
        ("entityType=planet&entityId=x", "entityType", "invalid_choice"),
        ("entityType=team&entityId=" + "x" * 129, "entityId", "max_length"),
    ],
)
def test_wrong_queries_are_named(nora: Person, query: str, field: str, code: str) -> None:
    errors = [{"field": field, "code": code, "detail": Matches(".+")}]
    assert nora.api.get(f"/api/media?{query}").json() == problem(
        400, "validation_failed", errors=errors
    )


def test_a_things_door_is_asked_once(alice: Person, team: str, store_calls: StoreCalls) -> None:
    for _ in range(3):
        uploaded(alice, entityType="team", entityId=team)
    store_calls.clear()
    alice.api.get(f"/api/media?entityType=team&entityId={team}")
    assert store_calls.after_sign_in() == ["BatchGetItem", "Query"]
    store_calls.clear()
    alice.api.get("/api/media")
    assert store_calls.after_sign_in() == ["Query", "BatchGetItem"]
    assert store_calls.s3 == []
