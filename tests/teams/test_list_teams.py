"""The organisation's teams, as far as the caller may see them."""

from typing import Any

from tests.cast import Person
from tests.matching import problem
from tests.teams.making import add, items, new_team, read, url


def names(by: Person, query: str = "") -> list[str]:
    return [team["name"] for team in items(by, f"/api/teams{query}")]


def pages(by: Person, limit: int) -> list[list[str]]:
    found, cursor = [], ""
    while True:
        body = by.api.get(f"/api/teams?limit={limit}{cursor}").json()
        found.append([team["name"] for team in body["items"]])
        if body["nextCursor"] is None:
            return found
        cursor = f"&cursor={body['nextCursor']}"


def test_open_ones_and_ones_own_private_ones_in_one_order(
    alice: Person, max_: Person, bob: Person
) -> None:
    made = [
        new_team(alice, name, settings={"visibility": visibility})
        for name, visibility in (
            ("a", "organization"),
            ("b", "private"),
            ("c", "private"),
            ("d", "organization"),
            ("e", "private"),
        )
    ]
    add(alice, made[0], bob)
    add(alice, made[2], bob, role="team_lead")
    assert names(bob) == ["a", "c", "d"]
    assert names(max_) == names(alice) == ["a", "b", "c", "d", "e"]
    assert items(bob, "/api/teams") == [read(bob, made[n]) for n in (0, 2, 3)]
    assert [team["myRole"] for team in items(bob, "/api/teams")] == ["member", "team_lead", None]


def test_pages_are_full_and_the_last_one_is_not_empty(alice: Person, bob: Person) -> None:
    for number in range(9):
        visibility = "private" if number % 3 == 0 else "organization"
        team = new_team(alice, f"{number}", settings={"visibility": visibility})
        if number in (3, 4):
            add(alice, team, bob)
    assert pages(bob, 3) == [["1", "2", "3"], ["4", "5", "7"], ["8"]]
    assert pages(bob, 7) == [["1", "2", "3", "4", "5", "7", "8"]]
    assert pages(alice, 4) == [["0", "1", "2", "3"], ["4", "5", "6", "7"], ["8"]]


def test_a_page_is_full_where_much_of_ones_own_is_archived(alice: Person) -> None:
    for number in range(6):
        team = new_team(alice, f"{number}")
        if number < 4:
            assert alice.api.delete(url(team)).status_code == 204
    assert pages(alice, 2) == [["4", "5"]]
    assert names(alice, "?isActive=false&limit=3") == ["0", "1", "2"]


def test_archived_private_teams_stay_private(alice: Person, bob: Person, carol: Person) -> None:
    team = new_team(alice, "gone", settings={"visibility": "private"})
    add(alice, team, bob)
    alice.api.delete(url(team))
    archived = [names(who, "?isActive=false") for who in (alice, bob, carol)]
    assert archived == [["gone"], ["gone"], []]
    assert [names(who) for who in (alice, bob, carol)] == [[], [], []]


def test_two_or_three_round_trips(alice: Person, bob: Person, store_calls: Any) -> None:
    for number in range(5):
        add(alice, new_team(alice, f"{number}"), bob)
    for who in (alice, bob):
        store_calls.clear()
        assert len(names(who)) == 5
        assert store_calls.after_sign_in() == ["Query", "Query", "BatchGetItem"]


def test_a_cursor_is_its_callers(alice: Person, bob: Person) -> None:
    for number in range(2):
        new_team(alice, f"{number}")
    cursor = alice.api.get("/api/teams?limit=1").json()["nextCursor"]
    for by, query in (
        (bob, f"?cursor={cursor}"),
        (alice, f"?isActive=false&cursor={cursor}"),
        (alice, "?cursor=x"),
    ):
        assert by.api.get(f"/api/teams{query}").json() == problem(400, "invalid_cursor")


def test_other_organisations_have_other_teams(alice: Person, mallory: Person) -> None:
    new_team(alice)
    assert names(mallory) == []


def test_what_is_asked_must_make_sense(alice: Person) -> None:
    assert alice.api.get("/api/teams?limit=0").json() == problem(400, "invalid_limit")
    assert alice.api.get("/api/teams?isActive=maybe").status_code == 400
