"""`manage.py reconcile`: the counts of assignments, and the marks of those that are overdue."""

import threading
from collections import Counter
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from prework import clock
from prework.errors import Stale
from prework.reconciling import differences
from teams.services import settling
from teams.services.reckoning import COUNTS
from tests.cast import Organization, Person
from tests.teams.bulk import every, failing_from, finish_batches, summary
from tests.teams.making import Body, assign, at_once, new_checklist, new_team, url
from tests.teams.reconciling import lose_counts, reconcile, reconciled_badly, spoil_counts

PAST = "2024-08-16T12:00:00Z"
NOTHING = dict.fromkeys(("assigned", "inProgress", "completed", "cancelled", "overdue"), 0)


@pytest.fixture
def to_bob(alice: Person, bob: Person) -> Body:
    return {"checklistId": new_checklist(alice), "userId": bob.user_id}


@pytest.fixture
def team(alice: Person) -> Body:
    return new_team(alice)


@pytest.fixture
def to_team(to_bob: Body, team: Body) -> Body:
    return {"checklistId": to_bob["checklistId"], "teamId": team["teamId"]}


def path(made: Body) -> str:
    return f"/api/assignments/{made['assignmentId']}"


def test_all_is_as_it_should_be(
    org: Organization, alice: Person, bob: Person, to_bob: Body, to_team: Body
) -> None:
    made = assign(alice, *[to_bob, to_team] * 30)
    bob.api.patch(path(made[0]), {"status": "in_progress"})
    alice.api.delete(path(made[1]))
    # the admins, the team, the counts of the organisation and of the team
    assert reconcile(org) == "4 compared, 0 wrong, 0 mended\n"


def test_a_wrong_count_is_named(
    org: Organization, alice: Person, to_bob: Body, to_team: Body, team: Body
) -> None:
    assign(alice, to_bob, to_team)
    spoil_counts(alice, None, inProgress=3)
    spoil_counts(alice, team["teamId"], overdue=-1, shard=5)
    before = len(alice.trail())
    assert reconciled_badly(org).splitlines() == [
        f"{org.organization_id} assignments {org.organization_id}: inProgress is 3, there are 0",
        f"{org.organization_id} assignments {team['teamId']}: overdue is -1, there are 0",
        "4 compared, 2 wrong, 0 mended",
    ]
    assert summary(alice) == (2, 3, 0, 0, 0)
    assert len(alice.trail()) == before


def test_it_is_mended(
    org: Organization, alice: Person, to_bob: Body, to_team: Body, team: Body
) -> None:
    assign(alice, to_bob, to_team)
    spoil_counts(alice, None, inProgress=3)
    spoil_counts(alice, team["teamId"], completed=2, shard=5)
    assert reconcile(org, "--fix").endswith("4 compared, 2 wrong, 2 mended\n")
    assert reconcile(org) == "4 compared, 0 wrong, 0 mended\n"
    assert (summary(alice), summary(alice, team)) == ((2, 0, 0, 0, 0), (1, 0, 0, 0, 0))
    of_team, whole = alice.trail(action="ASSIGNMENT_COUNTS_MENDED")
    assert (whole["entityId"], of_team["entityId"]) == (org.organization_id, team["teamId"])
    assert whole["oldValues"] == {**NOTHING, "assigned": 2, "inProgress": 3}
    assert whole["newValues"] == {**NOTHING, "assigned": 2}
    assert (whole["userId"], whole["requestId"]) == ("system", "manage.py reconcile")


def test_assignments_older_than_the_counts(
    org: Organization, alice: Person, to_bob: Body, to_team: Body, team: Body
) -> None:
    assign(alice, to_bob, to_team, to_team)
    for team_id in (None, team["teamId"]):
        lose_counts(alice, team_id)
    assert "assigned is 0, there are 3" in reconciled_badly(org)
    assert reconcile(org, "--fix").endswith("4 compared, 2 wrong, 2 mended\n")
    assert (summary(alice), summary(alice, team)) == ((3, 0, 0, 0, 0), (2, 0, 0, 0, 0))


def test_counts_of_a_team_that_has_no_assignment(
    org: Organization, alice: Person, team: Body
) -> None:
    spoil_counts(alice, team["teamId"], completed=2, shard=3)
    assert reconcile(org, "--fix").endswith("3 compared, 1 wrong, 1 mended\n")
    assert summary(alice, team) == (0, 0, 0, 0, 0)


def test_one_that_is_overdue_and_was_never_marked(
    org: Organization, alice: Person, to_bob: Body, monkeypatch: pytest.MonkeyPatch
) -> None:
    overdue, done = assign(alice, *[{**to_bob, "dueDate": PAST}] * 2)
    alice.api.patch(path(done), {"status": "cancelled"})
    assert reconcile(org) == "2 compared, 0 wrong, 0 mended\n"  # the job has time still
    later = clock.now() + timedelta(minutes=11)
    monkeypatch.setattr(clock, "now", lambda: later)
    named = f"assignment {overdue['assignmentId']}: overdueMarks is 0, there are 1"
    assert named in reconciled_badly(org)
    assert summary(alice) == (1, 0, 0, 1, 0)
    assert f"{named}: mended\n" in reconcile(org, "--fix")
    assert summary(alice) == (1, 0, 0, 1, 1)
    assert reconcile(org) == "2 compared, 0 wrong, 0 mended\n"
    (entry,) = alice.trail(action="ASSIGNMENT_OVERDUE")
    assert entry["entityId"] == overdue["assignmentId"]


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if one transaction could tell two teams."""
    monkeypatch.setattr(settling, "STEP_OVERHEAD", 96)


def test_a_batch_that_is_still_settling(
    org: Organization,
    alice: Person,
    to_team: Body,
    narrow: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is there, and of its teams the last have not counted it: nothing of theirs is mended."""
    monkeypatch.setattr("prework.transactions.DEADLINE_SECONDS", 0.02)
    teams = [new_team(alice, f"Team {n}") for n in range(5)]
    wanted = [{**to_team, "teamId": teams[n % 5]["teamId"]} for n in range(60)]
    with failing_from("TransactWriteItems", 3):  # after two chunks and the commit
        made = alice.api.post("/api/assignments", {"assignments": wanted}).json()["items"]
    for one in made:  # all of a team that has not counted them
        if one["teamId"] == teams[4]["teamId"]:
            assert alice.api.delete(path(one)).status_code == 204
    assert summary(alice, teams[4]) == (0, 0, 0, 0, 0)
    said = reconciled_badly(org, "--fix")
    assert f"assignments {teams[4]['teamId']}: it is never at rest" in said
    assert "mended" not in said.removesuffix(" 0 mended\n")
    finish_batches(org.organization_id)
    assert " 0 wrong" in reconcile(org)
    assert [summary(alice, one)[0] for one in teams] == [12, 12, 12, 12, 0]


def test_what_has_moved_since_is_not_mended(
    org: Organization, alice: Person, to_team: Body, team: Body
) -> None:
    assign(alice, to_team)
    spoil_counts(alice, team["teamId"], completed=2)
    seen = COUNTS.look(alice.actor, team["teamId"])
    assert seen is not None and not seen.is_right
    assign(alice, to_team)
    with pytest.raises(Stale):
        COUNTS.mend(alice.actor, team["teamId"], seen)
    assert summary(alice, team) == (2, 0, 2, 0, 0)
    now = COUNTS.look(alice.actor, team["teamId"])
    assert now is not None
    spoil_counts(alice, None, unsettled=1, shard=6)  # a wide batch was committed
    with pytest.raises(Stale):
        COUNTS.mend(alice.actor, team["teamId"], now)
    assert summary(alice, team) == (2, 0, 2, 0, 0)


def test_what_is_mended_at_once_is_mended_once(
    org: Organization, alice: Person, to_bob: Body
) -> None:
    assign(alice, to_bob)
    spoil_counts(alice, None, completed=2)
    said = at_once(*[lambda: reconcile(org, "--fix")] * 3)
    assert sum("1 mended" in one for one in said) == 1
    assert summary(alice) == (1, 0, 0, 0, 0)
    assert len(alice.trail(action="ASSIGNMENT_COUNTS_MENDED")) == 1


def test_mending_while_many_write(
    org: Organization, alice: Person, bob: Person, to_bob: Body, team: Body, narrow: None
) -> None:
    """However often it mends beside them, no move of theirs is lost."""
    teams = [team, *(new_team(alice, f"Team {n}") for n in range(4))]
    wanted = [{**to_bob, "userId": None, "teamId": one["teamId"]} for one in teams]
    is_done = threading.Event()

    def write(random: Random) -> None:
        for _ in range(3):
            count = random.choice([1, 3, 51])
            made = assign(alice, *[random.choice([to_bob, *wanted]) for _ in range(count)])
            one = random.choice(made)
            alice.api.patch(path(one), {"status": "in_progress"})
            alice.api.delete(path(random.choice(made)))

    def mend() -> None:
        while not is_done.is_set():
            spoil_counts(alice, team["teamId"], overdue=4)
            spoil_counts(alice, None, overdue=4)
            list(differences(alice.actor, COUNTS, is_fixing=True, pause_seconds=0))

    mender = threading.Thread(target=mend)
    mender.start()
    at_once(*[lambda n=n: write(Random(n)) for n in range(3)])
    is_done.set()
    mender.join()
    reconcile(org, "--fix")
    there: dict[Any, Counter[str]] = {None: Counter(_states(every(alice, "/api/assignments")))}
    there |= {one["teamId"]: Counter(_states(_of(alice, one))) for one in teams}
    assert _shown(summary(alice)) == there[None]
    assert all(_shown(summary(alice, one)) == there[one["teamId"]] for one in teams)


def _of(by: Person, team: Body) -> list[Body]:
    return every(by, url(team, "assignments"))


def _states(made: list[Body]) -> list[str]:
    return [one["status"] for one in made]


def _shown(counts: tuple[int, ...]) -> Counter[str]:
    assert counts[4] == 0
    return Counter(assigned=counts[0], in_progress=counts[1])
