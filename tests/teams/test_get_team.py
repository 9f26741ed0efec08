"""Reading one team: who may know that it is there."""

from typing import Any

from tests.cast import Person
from tests.matching import problem
from tests.teams.making import add, new_team, read, url


def test_one_batch_get(max_: Person, bob: Person, store_calls: Any) -> None:
    team = new_team(max_)
    store_calls.clear()
    assert read(bob, team) == {**team, "myRole": None}
    assert store_calls.after_sign_in() == ["BatchGetItem"]


def test_my_role_is_the_callers(max_: Person, bob: Person, carol: Person) -> None:
    team = new_team(max_)
    add(max_, team, bob)
    add(max_, team, carol, role="team_lead")
    assert [read(who, team)["myRole"] for who in (max_, bob, carol)] == [
        "team_lead",
        "member",
        "team_lead",
    ]


def test_a_private_team_is_there_for_its_members_and_holders_of_team_update(
    alice: Person, max_: Person, bob: Person, carol: Person
) -> None:
    team = new_team(alice, settings={"visibility": "private"})
    add(alice, team, bob)
    assert [who.api.get(url(team)).status_code for who in (alice, max_, bob, carol)] == [
        200,
        200,
        200,
        404,
    ]
    for path in (url(team), "/api/teams/no-such-team"):
        assert carol.api.get(path).json() == problem(404, "not_found")


def test_another_organisations_team_is_an_unknown_one(max_: Person, mallory: Person) -> None:
    team = new_team(max_)
    assert mallory.api.get(url(team)).json() == problem(404, "not_found")


def test_it_needs_a_sign_in(max_: Person, anonymous: Any) -> None:
    assert anonymous.get(url(new_team(max_))).json() == problem(401, "not_authenticated")


def test_ids_that_cannot_be(max_: Person) -> None:
    for odd in ("%23", "METADATA", "x" * 1500, "%F0%9F%A6%86"):
        assert max_.api.get(f"/api/teams/{odd}").json() == problem(404, "not_found")
