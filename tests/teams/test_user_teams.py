"""The teams of a user: the guide's getUserTeams, which found none."""

from teams.queries import list_team_ids
from tests.cast import Person
from tests.matching import problem
from tests.teams.making import add, items, new_team, read, url


def names(by: Person, of: Person, query: str = "") -> list[str]:
    return [team["name"] for team in items(by, f"/api/users/{of.user_id}/teams{query}")]


def test_g18_a_users_teams_are_found(max_: Person, bob: Person) -> None:
    """G18: the guide filters members' rows by an attribute that they do not have."""
    team = new_team(max_)
    add(max_, team, bob)
    assert items(bob, f"/api/users/{bob.user_id}/teams") == [read(bob, team)]


def test_g20_others_see_what_they_may_see(
    alice: Person, max_: Person, bob: Person, carol: Person
) -> None:
    """G20: the guide asks nobody whether they may see it."""
    for name, visibility in (("open", "organization"), ("closed", "private")):
        add(alice, new_team(alice, name, settings={"visibility": visibility}), bob)
    assert [names(who, bob) for who in (alice, max_, bob, carol)] == [
        ["open", "closed"],
        ["open", "closed"],
        ["open", "closed"],
        ["open"],
    ]
    (seen,) = items(carol, f"/api/users/{bob.user_id}/teams")
    assert seen["myRole"] is None


def test_left_and_archived_teams_are_not_in_it(alice: Person, bob: Person) -> None:
    for name in ("stays", "left", "archived"):
        team = new_team(alice, name)
        add(alice, team, bob)
        if name == "left":
            bob.api.delete(url(team, "members", bob.user_id))
        if name == "archived":
            alice.api.delete(url(team))
    assert names(bob, bob) == names(alice, bob) == ["stays"]


def test_pages(alice: Person, bob: Person) -> None:
    for number in range(3):
        add(alice, new_team(alice, f"{number}"), bob)
    first = alice.api.get(f"/api/users/{bob.user_id}/teams?limit=2").json()
    second = f"?limit=2&cursor={first['nextCursor']}"
    assert [team["name"] for team in first["items"]] == ["0", "1"]
    assert names(alice, bob, second) == ["2"]


def test_unknown_users_and_those_of_others(alice: Person, mallory: Person) -> None:
    new_team(alice)
    for who in (alice.user_id, "nobody"):
        answer = mallory.api.get(f"/api/users/{who}/teams")
        assert answer.json() == problem(404, "not_found")


def test_team_ids_for_those_who_watch_teams(alice: Person, bob: Person) -> None:
    teams = [new_team(alice, name) for name in "ab"]
    for team in teams:
        add(alice, team, bob)
    alice.api.delete(url(teams[0], "members", bob.user_id))
    assert list_team_ids(bob.actor, bob.user_id) == [teams[1]["teamId"]]
