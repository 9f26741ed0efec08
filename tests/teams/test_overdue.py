"""What falls due is marked, counted and told once, whatever becomes of the job that does it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from prework import clock, transactions
from prework.errors import StorageUnavailable
from prework.jobs import Turn, TurnOver
from teams import jobs, services
from teams.queries import due
from tests.cast import Person
from tests.teams.bulk import failing_from, finish_batches, summary
from tests.teams.making import Body, add, assign, at_once, items, new_checklist, new_team, told

PAST, FUTURE = "2024-08-16T12:00:00.000Z", "2099-12-24T09:00:00.000Z"
OVERDUE, DUE_SOON = "assignment.overdue", "assignment.due_soon"
JOBS = {OVERDUE: jobs.MARK_OVERDUE, DUE_SOON: jobs.REMIND_DUE}


@pytest.fixture(autouse=True)
def lately(monkeypatch: pytest.MonkeyPatch) -> None:
    """The jobs ran an hour ago, and not for the first time; an hour before is soon."""
    monkeypatch.setattr("django.conf.settings.DUE_SOON_HOURS", 1)
    for name in (jobs.OVERDUE, jobs.REMINDERS):
        services.reach(job=name, hour=due.hour_of(clock.now()) - due.HOUR)


@pytest.fixture
def wanted(alice: Person, bob: Person) -> Body:
    return {"checklistId": new_checklist(alice), "userId": bob.user_id}


def soon() -> str:
    return clock.to_text(clock.now() + timedelta(minutes=30))


def run(code: str) -> None:
    JOBS[code].work(Turn())


def path(made: Body) -> str:
    return f"/api/assignments/{made['assignmentId']}"


def events(bob: Person, code: str) -> list[Body]:
    return [event for event in told(bob, "user", bob.user_id) if event["eventType"] == code]


def test_it_is_overdue_at_once_and_marked_by_the_job(
    alice: Person, bob: Person, carol: Person, wanted: Body
) -> None:
    made, later, undated = assign(
        alice, {**wanted, "dueDate": PAST}, {**wanted, "dueDate": FUTURE}, wanted
    )
    assert [one["isOverdue"] for one in (made, later, undated)] == [True, False, False]
    assert "isOverdue" not in carol.api.get(path(made)).json()
    assert summary(alice) == (3, 0, 0, 0, 0)
    run(OVERDUE)
    assert summary(alice) == (3, 0, 0, 0, 1)
    (entry,) = alice.trail(action="ASSIGNMENT_OVERDUE")
    assert (entry["entityId"], entry["userId"]) == (made["assignmentId"], "system")
    (event,) = events(bob, OVERDUE)
    assert event["data"] == {
        "assignmentId": made["assignmentId"],
        "checklistId": made["checklistId"],
        "userId": bob.user_id,
        "teamId": None,
        "dueDate": PAST,
        "status": "assigned",
    }
    run(OVERDUE)
    assert (len(events(bob, OVERDUE)), summary(alice)[4]) == (1, 1)


def test_a_teams_members_hear_of_it(alice: Person, bob: Person) -> None:
    team = new_team(alice)
    add(alice, team, bob)
    wanted = {"checklistId": new_checklist(alice), "teamId": team["teamId"], "dueDate": PAST}
    assign(alice, wanted)
    run(OVERDUE)
    assert summary(alice, team) == summary(alice) == (1, 0, 0, 0, 1)
    assert told(alice, "team", team["teamId"])[0]["eventType"] == OVERDUE


@pytest.mark.parametrize(
    ("deed", "left"),
    [
        (lambda api, one: api.patch(one, {"status": "cancelled"}), (0, 0, 0, 1, 0)),
        (lambda api, one: api.patch(one, {"status": "in_progress"}), (0, 1, 0, 0, 1)),
        (lambda api, one: api.patch(one, {"dueDate": FUTURE}), (1, 0, 0, 0, 0)),
        (lambda api, one: api.patch(one, {"dueDate": None}), (1, 0, 0, 0, 0)),
        (lambda api, one: api.patch(one, {"dueDate": "2024-01-01"}), (1, 0, 0, 0, 1)),
        (lambda api, one: api.patch(one, {"note": "Hurry"}), (1, 0, 0, 0, 1)),
        (lambda api, one: api.delete(one), (0, 0, 0, 0, 0)),
    ],
    ids=["cancelled", "begun", "later", "undated", "earlier", "noted", "deleted"],
)
def test_what_becomes_of_an_overdue_one(
    alice: Person, wanted: Body, deed: Callable[[Any, str], Any], left: tuple[int, ...]
) -> None:
    (made,) = assign(alice, {**wanted, "dueDate": PAST})
    run(OVERDUE)
    assert deed(alice.api, path(made)).status_code in (200, 204)
    assert summary(alice) == left
    run(OVERDUE)
    assert summary(alice) == left


def test_moved_into_the_past_it_is_found_and_again_when_moved_twice(
    alice: Person, bob: Person, wanted: Body
) -> None:
    (made,) = assign(alice, {**wanted, "dueDate": FUTURE})
    for expected in (1, 2):
        assert alice.api.patch(path(made), {"dueDate": PAST}).json()["isOverdue"]
        run(OVERDUE)
        assert (summary(alice)[4], len(events(bob, OVERDUE))) == (1, expected)
        alice.api.patch(path(made), {"dueDate": FUTURE})
        assert summary(alice)[4] == 0
    alice.api.patch(path(made), {"status": "cancelled", "dueDate": PAST})
    run(OVERDUE)
    assert summary(alice) == (0, 0, 0, 1, 0)


def test_what_is_due_soon(alice: Person, bob: Person, wanted: Body) -> None:
    made, *_ = assign(
        alice,
        {**wanted, "dueDate": soon()},
        {**wanted, "dueDate": FUTURE},
        {**wanted, "dueDate": PAST},
    )
    etag = alice.api.get(path(made))["ETag"]
    run(DUE_SOON)
    run(DUE_SOON)
    (event,) = events(bob, DUE_SOON)
    assert event["entityId"] == made["assignmentId"]
    assert event["data"]["dueDate"] == made["dueDate"]
    assert [one["action"] for one in alice.trail(action="ASSIGNMENT_DUE_SOON")] == [
        "ASSIGNMENT_DUE_SOON"
    ]
    assert alice.api.get(path(made))["ETag"] == etag
    alice.api.patch(path(made), {"dueDate": soon()})
    run(DUE_SOON)
    assert len(events(bob, DUE_SOON)) == 2
    alice.api.patch(path(made), {"status": "cancelled"})
    run(DUE_SOON)
    assert len(events(bob, DUE_SOON)) == 2


@pytest.mark.parametrize("code", [OVERDUE, DUE_SOON])
@pytest.mark.parametrize("operation", ["Query", "GetItem", "TransactWriteItems", "PutItem"])
@pytest.mark.parametrize("is_written", [False, True], ids=["before", "answer-lost"])
def test_killed_at_any_call_it_loses_and_doubles_nothing(
    alice: Person,
    bob: Person,
    wanted: Body,
    code: str,
    operation: str,
    is_written: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(transactions, "DEADLINE_SECONDS", 0.02)
    monkeypatch.setattr("prework.dynamo.READ_ATTEMPTS", 1)
    monkeypatch.setattr("prework.ledger.ATTEMPTS", 1)
    date = PAST if code == OVERDUE else soon()
    made = assign(alice, *[{**wanted, "dueDate": date}] * 3)
    for position in (0, 1, 2, 9, 17, 20):
        with failing_from(operation, position, is_written=is_written):
            try:
                run(code)
            except StorageUnavailable:
                continue
            break
    run(code)
    found = sorted(event["entityId"] for event in events(bob, code))
    assert found == [one["assignmentId"] for one in made]
    assert len(alice.trail(action=code.upper().replace(".", "_"))) == 3
    assert summary(alice) == (3, 0, 0, 0, 3 if code == OVERDUE else 0)


@pytest.mark.parametrize("code", [OVERDUE, DUE_SOON])
def test_three_at_once(alice: Person, bob: Person, wanted: Body, code: str) -> None:
    date = PAST if code == OVERDUE else soon()
    assign(alice, *[{**wanted, "dueDate": date}] * 4)
    at_once(*[lambda: run(code)] * 3)
    assert len(events(bob, code)) == 4
    assert summary(alice)[4] == (4 if code == OVERDUE else 0)


def test_a_batch_that_is_being_written_is_waited_for(
    alice: Person, bob: Person, wanted: Body, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transactions, "DEADLINE_SECONDS", 0.02)
    body = {"assignments": [{**wanted, "dueDate": PAST}] * 60}
    with failing_from("TransactWriteItems", 2):
        alice.api.post("/api/assignments", body, Idempotency_Key="k")
    hour = due.hour_of(clock.now())
    monkeypatch.setattr(jobs, "LAG", timedelta(hours=-2))  # nothing else keeps it
    run(OVERDUE)
    mark = due.reached(jobs.OVERDUE)
    assert mark is not None and mark <= hour
    assert events(bob, OVERDUE) == []
    alice.api.post("/api/assignments", body, Idempotency_Key="k")
    monkeypatch.undo()
    run(OVERDUE)
    assert (len(events(bob, OVERDUE)), summary(alice)[4]) == (60, 60)


def test_it_goes_on_from_where_it_had_come(monkeypatch: pytest.MonkeyPatch) -> None:
    hour = due.hour_of(clock.now())
    run(OVERDUE)
    mark = due.reached(jobs.OVERDUE)
    assert mark is not None and hour - 2 * due.HOUR <= mark <= hour
    services.reach(job=jobs.OVERDUE, hour=mark - due.HOUR)  # a late one does not set it back
    assert due.reached(jobs.OVERDUE) == mark


def test_a_turn_that_is_over_ends_between_two_steps(
    alice: Person, bob: Person, wanted: Body
) -> None:
    assign(alice, *[{**wanted, "dueDate": PAST}] * 3)
    asked: list[int] = []

    def is_over() -> bool:
        asked.append(1)
        return bool(events(bob, OVERDUE))

    with pytest.raises(TurnOver):
        jobs.MARK_OVERDUE.work(Turn(is_over=is_over))
    assert len(events(bob, OVERDUE)) == 1
    run(OVERDUE)
    assert len(events(bob, OVERDUE)) == 3


def test_lists_say_so(alice: Person, bob: Person, wanted: Body) -> None:
    assign(alice, {**wanted, "dueDate": PAST})
    run(OVERDUE)
    (one,) = items(bob, "/api/assignments?status=assigned&dueBefore=2025-01-01T00:00:00Z")
    assert (one["isOverdue"], one["status"]) == (True, "assigned")
    finish_batches(alice.organization_id)
