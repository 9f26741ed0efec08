"""Creating a team: the guide's first flow."""

from typing import Any

import pytest

from prework.dynamo import connection
from tests.cast import Person, hire
from tests.matching import ANY_ID, ANY_TIME, problem
from tests.teams.making import SETTINGS, activity, asked, entries, items, new_team, read, url

GUIDE = {
    "name": "Quality Assurance Team",
    "description": "QA processes and inspections",
    "settings": {
        "visibility": "organization",
        "allowMemberInvites": True,
        "requireApprovalForJoin": False,
        "defaultPermissions": ["checklist.assign_team"],
    },
}


def shown(by: Person, **other: Any) -> dict[str, Any]:
    return {
        "teamId": ANY_ID,
        "organizationId": by.organization_id,
        "name": "Night shift",
        "description": "",
        "managerId": by.user_id,
        "settings": SETTINGS,
        "isActive": True,
        "memberCount": 1,
        "createdAt": ANY_TIME,
        "updatedAt": ANY_TIME,
        "myRole": "team_lead",
        **other,
    }


def teams_of(alice: Person) -> list[Any]:
    return [items(alice, "/api/teams"), alice.trail(action="TEAM_CREATED")]


def test_the_guides_team(max_: Person) -> None:
    body = {**GUIDE, "organizationId": max_.organization_id, "managerId": max_.user_id}
    answer = max_.api.post("/api/teams", body)
    assert answer.status_code == 201
    assert answer.json() == shown(max_, **GUIDE)
    assert answer["ETag"] == '"1"'
    assert read(max_, answer.json()) == answer.json()


def test_any_script_makes_a_name(max_: Person) -> None:
    for name in ("تیم\u200cها", "Crew \U0001f469\u200d\U0001f527", "Nacht\u00a0schicht"):
        answer = max_.api.post("/api/teams", {"name": f" {name}\n"})
        assert (answer.status_code, answer.json()["name"]) == (201, name)


def test_a_name_is_enough(max_: Person) -> None:
    assert new_team(max_) == shown(max_)


def test_the_manager_is_its_first_member(max_: Person) -> None:
    team = new_team(max_)
    assert items(max_, url(team, "members")) == [
        {
            "userId": max_.user_id,
            "teamId": team["teamId"],
            "name": "Max",
            "email": max_.email,
            "role": "team_lead",
            "permissions": [],
            "joinedAt": ANY_TIME,
        }
    ]


def test_another_manager(max_: Person, bob: Person) -> None:
    team = new_team(max_, managerId=bob.user_id)
    assert team == shown(max_, managerId=bob.user_id, myRole=None)
    assert [m["userId"] for m in items(max_, url(team, "members"))] == [bob.user_id]


def test_one_audit_entry_about_the_team(max_: Person, alice: Person) -> None:
    """G31: the guide files TEAM_CREATED under entityType `user`."""
    team = new_team(max_, description="Nights")
    (entry,) = entries(alice, team)
    assert entry["action"] == "TEAM_CREATED"
    assert (entry["entityType"], entry["userId"]) == ("team", max_.user_id)
    assert entry["oldValues"] == {}
    assert entry["newValues"] == {
        "teamName": "Night shift",
        "description": "Nights",
        "organizationId": max_.organization_id,
        "managerId": max_.user_id,
        "memberCount": 1,
        "settings": SETTINGS,
    }


def test_the_event(max_: Person) -> None:
    team = new_team(max_)
    assert activity(max_, team) == [
        {
            "eventId": ANY_ID,
            "eventType": "team.created",
            "entityType": "team",
            "entityId": team["teamId"],
            "timestamp": ANY_TIME,
            "userId": max_.user_id,
            "data": {"teamName": "Night shift"},
        }
    ]


def test_g14_it_is_one_transaction(max_: Person, store_calls: Any) -> None:
    """G14: BatchWriteItem is not atomic, and overwrites."""
    new_team(max_)
    assert store_calls.after_sign_in() == ["TransactWriteItems"]
    kinds = {name for step in asked(store_calls)["TransactItems"] for name in step}
    assert kinds <= {"Put", "Update"}


def test_g14_cancelled_in_the_middle_it_leaves_nothing(max_: Person, alice: Person) -> None:
    before = teams_of(alice)

    def spoil(params: dict[str, Any], **_: Any) -> None:
        steps = params["TransactItems"]
        steps[1]["Put"]["ConditionExpression"] = "attribute_exists(PK)"
        for name in ("ExpressionAttributeNames", "ExpressionAttributeValues"):
            steps[1]["Put"].pop(name, None)

    events = connection().client.meta.events
    events.register("provide-client-params.dynamodb.TransactWriteItems", spoil)
    try:
        answer = max_.api.post("/api/teams", {"name": "Half"})
    finally:
        events.unregister("provide-client-params.dynamodb.TransactWriteItems", spoil)
    assert answer.status_code == 409
    assert teams_of(alice) == before


@pytest.mark.parametrize("role", ["member", "viewer"])
def test_it_needs_team_create(org: Any, alice: Person, role: str) -> None:
    before = teams_of(alice)
    answer = hire(org, "dan", role=role).api.post("/api/teams", {"name": "Mine"})
    assert answer.json() == problem(403, "permission_denied", permission="team.create")
    assert teams_of(alice) == before


def test_nobody_founds_for_another_with_permissions_they_lack(
    org: Any, alice: Person, bob: Person
) -> None:
    dan = hire(org, "dan", role="member", grants=("team.create",))
    answer = dan.api.post("/api/teams", {"name": "Gift", "managerId": bob.user_id})
    assert answer.json() == problem(403, "permission_denied", permission="checklist.assign_team")
    assert items(alice, "/api/teams") == []
    assert new_team(dan, settings={"defaultPermissions": ["member.invite"]})["memberCount"] == 1


@pytest.mark.parametrize("field", ["organizationId", "managerId"])
def test_another_organisations_ids_are_unknown_ones(
    max_: Person, alice: Person, mallory: Person, field: str
) -> None:
    theirs = {"organizationId": mallory.organization_id, "managerId": mallory.user_id}[field]
    answers = [
        max_.api.post("/api/teams", {"name": "Theirs", field: value})
        for value in (theirs, "no-such-thing")
    ]
    assert [answer.json() for answer in answers] == [problem(404, "not_found")] * 2
    assert items(alice, "/api/teams") == []


def test_a_suspended_manager(max_: Person, alice: Person, bob: Person) -> None:
    alice.api.patch(f"/api/users/{bob.user_id}", {"isActive": False})
    answer = max_.api.post("/api/teams", {"name": "Orphans", "managerId": bob.user_id})
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert (error["field"], error["code"]) == ("managerId", "suspended")
    assert items(alice, "/api/teams") == []


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({}, "name", "required"),
        ({"name": ""}, "name", "blank"),
        ({"name": None}, "name", "null"),
        ({"name": 7}, "name", "invalid"),
        ({"name": "x" * 201}, "name", "max_length"),
        ({"name": "a\nb"}, "name", "unprintable"),
        ({"name": "\u202egnol"}, "name", "unprintable"),
        ({"name": "A", "settings": None}, "settings", "null"),
        ({"name": "A", "settings": []}, "settings", "invalid"),
        ({"name": "A", "settings": {"visibility": "secret"}}, "settings.visibility", None),
        (
            {"name": "A", "settings": {"allowMemberInvites": "yes"}},
            "settings.allowMemberInvites",
            None,
        ),
        (
            {"name": "A", "settings": {"defaultPermissions": ["user.manage"]}},
            "settings.defaultPermissions.0",
            "invalid_choice",
        ),
        (
            {"name": "A", "settings": {"defaultPermissions": ["member.manage", 3]}},
            "settings.defaultPermissions.1",
            "invalid_choice",
        ),
    ],
)
def test_what_is_not_valid(
    max_: Person, alice: Person, body: dict[str, Any], field: str, code: str | None
) -> None:
    answer = max_.api.post("/api/teams", body)
    assert answer.status_code == 400
    assert answer.json()["code"] == "validation_failed"
    (error,) = answer.json()["errors"]
    assert error["field"] == field
    assert code in (None, error["code"])
    assert teams_of(alice) == [[], []]


def test_an_idempotency_key_makes_one_team(max_: Person) -> None:
    first = max_.api.post("/api/teams", {"name": "Once"}, Idempotency_Key="k1")
    again = max_.api.post("/api/teams", {"name": "Once"}, Idempotency_Key="k1")
    assert again.json() == first.json()
    assert again["Idempotency-Replayed"] == "true"
    assert len(items(max_, "/api/teams")) == 1
