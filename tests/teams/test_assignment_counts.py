"""How many assignments there are in each status: counts that are always what there is."""

from collections import Counter
from random import Random
from typing import Any

import pytest

from prework import clock
from prework.reconciling import differences
from prework.tenancy import system_actor
from teams import services
from teams.services.reckoning import COUNTS
from tests.cast import Organization, Person
from tests.matching import problem
from tests.teams.bulk import every, summary
from tests.teams.making import Body, add, assign, at_once, new_checklist, new_team, url

DENIED = problem(403, "permission_denied", permission="analytics.view")
PAST, FUTURE = "2024-08-16T12:00:00Z", "2099-12-24T09:00:00Z"


@pytest.fixture
def checklist(alice: Person) -> str:
    return new_checklist(alice)


def path(made: Body) -> str:
    return f"/api/assignments/{made['assignmentId']}"


def test_what_it_says(alice: Person, bob: Person, carol: Person, checklist: str) -> None:
    nothing = dict.fromkeys(("assigned", "inProgress", "completed", "cancelled", "overdue"), 0)
    empty = {**nothing, "total": 0, "completionRate": None}
    assert alice.api.get("/api/assignments/summary").json() == empty
    team = new_team(alice)
    to_bob = {"checklistId": checklist, "userId": bob.user_id}
    made = assign(alice, *[to_bob] * 3, {"checklistId": checklist, "teamId": team["teamId"]})
    for one, steps in zip(made, (["in_progress", "completed"], ["cancelled"], []), strict=False):
        for step in steps:
            assert bob.api.patch(path(one), {"status": step}).status_code == 200
    whole = {**nothing, "assigned": 2, "completed": 1, "cancelled": 1, "total": 4}
    answer = alice.api.get("/api/assignments/summary")
    assert answer.json() == {**whole, "completionRate": 0.3333}
    answer = alice.api.get(url(team, "assignments", "summary"))
    assert answer.json() == {**nothing, "assigned": 1, "total": 1, "completionRate": 0.0}


def test_who_may(
    alice: Person, max_: Person, bob: Person, carol: Person, mallory: Person, checklist: str
) -> None:
    team, hidden = new_team(alice), new_team(alice, settings={"visibility": "private"})
    add(alice, team, bob)
    own, its = "/api/assignments/summary", url(team, "assignments", "summary")
    assert max_.api.get(own).status_code == max_.api.get(its).status_code == 200
    assert bob.api.get(its).status_code == 200
    assert bob.api.get(own).json() == DENIED
    assert carol.api.get(its).json() == DENIED
    for one, who in ((hidden, carol), (team, mallory)):
        answer = who.api.get(url(one, "assignments", "summary"))
        assert answer.json() == problem(404, "not_found")


def test_one_query(alice: Person, bob: Person, checklist: str, store_calls: Any) -> None:
    team = new_team(alice)
    assign(alice, {"checklistId": checklist, "teamId": team["teamId"]})
    for one, expected in ((None, ["Query"]), (team, ["BatchGetItem", "Query"])):
        store_calls.clear()
        assert summary(alice, one)[0] == 1
        assert store_calls.after_sign_in() == expected


def test_a_refused_step_moves_nothing(alice: Person, bob: Person, checklist: str) -> None:
    (made,) = assign(alice, {"checklistId": checklist, "userId": bob.user_id})
    assert bob.api.patch(path(made), {"status": "completed"}).status_code == 409
    assert bob.api.patch(path(made), {"status": "assigned"}).status_code == 200
    assert alice.api.delete(path(made), If_Match='"7"').status_code == 412
    assert summary(alice) == (1, 0, 0, 0, 0)
    assert alice.api.delete(path(made)).status_code == 204
    assert alice.api.delete(path(made)).status_code == 404
    assert summary(alice) == (0, 0, 0, 0, 0)


@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_many_do_at_once_they_are_what_there_is(
    alice: Person, bob: Person, org: Organization, checklist: str, seed: int
) -> None:
    """Six at once create, bulk create, go on, go back and delete, at random."""
    teams = [new_team(alice, name) for name in ("One", "Two")]
    targets: list[Body] = [{"userId": bob.user_id}, *({"teamId": t["teamId"]} for t in teams)]
    made: list[Body] = assign(
        alice, *[{"checklistId": checklist, **targets[n % 3]} for n in range(9)]
    )

    def act(random: Random) -> None:
        for _ in range(12):
            wanted = {"checklistId": checklist, **random.choice(targets)}
            deed = random.random()
            if deed < 0.1:
                made.extend(assign(alice, *[wanted] * random.choice([2, 52])))
            elif deed < 0.25:
                alice.api.delete(path(random.choice(made)))
            else:
                status = random.choice(["in_progress", "completed", "cancelled"])
                due = random.choice([{}, {"dueDate": random.choice([None, PAST, FUTURE])}])
                alice.api.patch(path(random.choice(made)), {"status": status, **due})
            if deed > 0.7:
                one = random.choice(made)["assignmentId"]
                services.mark_overdue(
                    actor=system_actor(alice.organization_id), assignment_id=one, now=clock.now()
                )

    at_once(*[lambda n=n: act(Random(seed * 100 + n)) for n in range(6)])
    assert set(differences(alice.actor, COUNTS, is_fixing=False, pause_seconds=0)) == {None}
    there = every(alice, "/api/assignments")
    counted = Counter(one["status"] for one in there)
    assert summary(alice)[:4] == tuple(
        counted[status] for status in ("assigned", "in_progress", "completed", "cancelled")
    )
    for team in teams:
        its = every(alice, url(team, "assignments"))
        assert sum(summary(alice, team)[:4]) == len(its)
