"""Lists of assignments: by whom they are for, in the order of what is to be done."""

from typing import Any

import pytest

from tests.cast import Person
from tests.matching import problem
from tests.teams.making import add, asked, assign, items, new_checklist, new_team, url

FOUR = {"assignmentId", "checklistId", "status", "dueDate"}
DAYS = ("2026-12-03", None, "2026-12-01", "2026-12-02")


def due(day: str | None) -> str | None:
    return day and f"{day}T12:00:00.000Z"


@pytest.fixture
def checklist(alice: Person) -> str:
    return new_checklist(alice)


@pytest.fixture
def made(alice: Person, bob: Person, checklist: str) -> list[dict[str, Any]]:
    """Bob's four, of which the first is in progress, and one that alice gave to herself."""
    own = {"checklistId": checklist, "userId": bob.user_id}
    four = assign(alice, *[{**own, "dueDate": due(day)} for day in DAYS])
    path = f"/api/assignments/{four[0]['assignmentId']}"
    four[0] = bob.api.patch(path, {"status": "in_progress"}).json()
    return [*four, *assign(alice, {"checklistId": checklist, "userId": alice.user_id})]


def days(found: list[dict[str, Any]]) -> list[str | None]:
    return [one["dueDate"] and one["dueDate"][:10] for one in found]


def test_ones_own_what_is_being_done_first(bob: Person, made: list[Any]) -> None:
    found = items(bob, "/api/assignments")
    assert found == [made[0], made[2], made[3], made[1]]
    assert found == items(bob, f"/api/assignments?userId={bob.user_id}")


def test_g22_the_projection_of_another_users_list(
    bob: Person, carol: Person, made: list[Any], store_calls: Any
) -> None:
    """G22: `status` is reserved: the guide's projection fails. G21: nobody asks who may."""
    store_calls.clear()
    found = items(carol, f"/api/assignments?userId={bob.user_id}")
    assert store_calls.after_sign_in() == ["Query"]
    assert found == [{name: one[name] for name in FOUR} for one in (made[0], *made[2:4], made[1])]
    request = asked(store_calls)
    names = request["ExpressionAttributeNames"]
    wanted = {names[one.strip()] for one in request["ProjectionExpression"].split(",")}
    assert wanted == FOUR | {"PK", "SK", "GSI1PK", "GSI1SK"}


def test_g22_the_projection_of_a_team_that_one_is_not_in(
    alice: Person, bob: Person, carol: Person, checklist: str, store_calls: Any
) -> None:
    team = new_team(alice)
    add(alice, team, bob)
    (made,) = assign(alice, {"checklistId": checklist, "teamId": team["teamId"]})
    for who, is_whole in ((bob, True), (carol, False)):
        store_calls.clear()
        (found,) = items(who, url(team, "assignments"))
        assert found == (made if is_whole else {name: made[name] for name in FOUR})
        request = asked(store_calls)
        assert request["IndexName"] == "GSI2"
        assert ("ProjectionExpression" in request) is not is_whole
    names = request["ExpressionAttributeNames"]
    wanted = {names[one.strip()] for one in request["ProjectionExpression"].split(",")}
    assert wanted == FOUR | {"PK", "SK", "GSI2PK", "GSI2SK"}


def test_with_analytics_view_every_field(max_: Person, bob: Person, made: list[Any]) -> None:
    assert items(max_, f"/api/assignments?userId={bob.user_id}") == [
        made[0],
        *made[2:4],
        made[1],
    ]


def test_the_organisations_with_analytics_view(
    max_: Person, carol: Person, made: list[Any]
) -> None:
    assert items(max_, "/api/assignments") == [made[0], *made[2:4], made[1], made[4]]
    assert items(carol, "/api/assignments") == []


def test_one_query(bob: Person, max_: Person, made: list[Any], store_calls: Any) -> None:
    for who, query in (
        (bob, ""),
        (max_, ""),
        (bob, "?status=assigned&dueBefore=2026-12-02T12:00:00Z"),
    ):
        store_calls.clear()
        items(who, f"/api/assignments{query}")
        assert store_calls.after_sign_in() == ["Query"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("status=assigned", ["2026-12-01", "2026-12-02", None]),
        ("status=in_progress", ["2026-12-03"]),
        ("status=completed", []),
        ("status=assigned&dueBefore=2026-12-02T12:00:00Z", ["2026-12-01"]),
        ("status=assigned&dueBefore=2026-12-02T12:00:00.001Z", ["2026-12-01", "2026-12-02"]),
        ("status=assigned&dueBefore=2026-12-02T13:00:00%2B02:00", ["2026-12-01"]),
        ("dueBefore=2026-12-02T12:00:00Z", ["2026-12-01"]),
        ("dueBefore=2027-01-01T00:00:00Z", ["2026-12-03", "2026-12-01", "2026-12-02"]),
        ("dueBefore=9999-12-31T00:00:00Z", ["2026-12-03", "2026-12-01", "2026-12-02"]),
        ("dueBefore=0001-01-01T00:00:00Z", []),
    ],
)
def test_filters(bob: Person, made: list[Any], query: str, expected: list[str]) -> None:
    assert days(items(bob, f"/api/assignments?{query}")) == expected


@pytest.mark.parametrize("query", ["", "&dueBefore=2027-01-01T00:00:00Z"])
@pytest.mark.parametrize("limit", [1, 2, 3])
def test_pages_are_full_across_statuses(
    bob: Person, carol: Person, made: list[Any], limit: int, query: str
) -> None:
    path = f"/api/assignments?userId={bob.user_id}{query}"
    for who in (bob, carol):
        whole = items(who, path)
        found: list[list[Any]] = []
        cursor: str | None = ""
        while cursor is not None:
            body = who.api.get(f"{path}&limit={limit}{cursor}").json()
            found.append(body["items"])
            cursor = body["nextCursor"] and f"&cursor={body['nextCursor']}"
        assert [one for page in found for one in page] == whole
        assert [len(page) for page in found[:-1]] == [limit] * (len(found) - 1)
        assert found[-1] != []


def test_filters_that_are_none(bob: Person, made: list[Any]) -> None:
    for query in ("status=open", "dueBefore=monday", "dueBefore=2026-12-02T12:00:00"):
        answer = bob.api.get(f"/api/assignments?{query}")
        assert answer.json()["code"] == "validation_failed"


def test_unknown_users_and_those_of_others(mallory: Person, bob: Person, made: list[Any]) -> None:
    for who in (bob.user_id, "nobody"):
        assert items(mallory, f"/api/assignments?userId={who}") == []
    assert items(mallory, "/api/assignments") == []


def test_a_teams_list(
    alice: Person, max_: Person, bob: Person, carol: Person, checklist: str, store_calls: Any
) -> None:
    team = new_team(alice)
    add(alice, team, bob)
    wanted = {"checklistId": checklist, "teamId": team["teamId"]}
    made = assign(alice, {**wanted, "dueDate": due("2026-12-05")}, wanted)
    for who in (alice, max_, bob):
        assert items(who, url(team, "assignments")) == made
    store_calls.clear()
    found = items(carol, url(team, "assignments"))
    assert found == [{name: one[name] for name in FOUR} for one in made]
    assert store_calls.after_sign_in() == ["BatchGetItem", "Query"]
    assert "ProjectionExpression" in asked(store_calls)
    query = "?status=assigned&dueBefore=2026-12-31T00:00:00Z"
    assert items(bob, url(team, "assignments") + query) == made[:1]
    assert items(bob, "/api/assignments") == []


def test_a_private_teams_list(
    alice: Person, carol: Person, mallory: Person, checklist: str
) -> None:
    team = new_team(alice, settings={"visibility": "private"})
    for who in (carol, mallory):
        answer = who.api.get(url(team, "assignments"))
        assert answer.json() == problem(404, "not_found")
