"""More assignments than one transaction takes: all of them or none, whatever fails in between."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from prework import dynamo, ledger, transactions
from prework.http import idempotency
from tests.cast import Person
from tests.faults import THROTTLED, answer, answering_first, holding
from tests.figures import Figures, beside
from tests.matching import problem
from tests.teams.bulk import (
    created,
    creations_told,
    every,
    failing_from,
    finish_batches,
    open_batches,
    stored,
    summary,
)
from tests.teams.making import Body, assign, at_once, items, new_checklist, new_team, url

COUNT = 120  # three chunks, and the transaction that commits them
CHUNKS = 3
BUSY = problem(503, "storage_unavailable", retryAfter=2)


@pytest.fixture
def team(max_: Person) -> Body:
    return new_team(max_)


@pytest.fixture
def body(alice: Person, bob: Person, team: Body) -> Body:
    """Two of three for bob, the third for the team."""
    checklist = new_checklist(alice)
    targets: list[Body] = [{"userId": bob.user_id}, {"teamId": team["teamId"]}]
    wanted = [
        {"checklistId": checklist, **targets[n % 3 == 2], "note": str(n)} for n in range(COUNT)
    ]
    return {"assignments": wanted}


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transactions, "DEADLINE_SECONDS", 0.05)
    monkeypatch.setattr(ledger, "ATTEMPTS", 1)
    monkeypatch.setattr(dynamo, "READ_ATTEMPTS", 1)


def nothing_is_there(alice: Person, bob: Person, team: Body) -> None:
    ids = [entry["entityId"] for entry in created(alice)]
    for one in ids[:2]:
        path = f"/api/assignments/{one}"
        assert alice.api.get(path).json() == problem(404, "not_found")
        assert alice.api.patch(path, {"note": "x"}).json() == problem(404, "not_found")
        assert alice.api.delete(path).json() == problem(404, "not_found")
    for path in ("/api/assignments", "/api/assignments?limit=1", url(team, "assignments")):
        assert items(alice, path) == []
    assert items(bob, "/api/assignments") == []
    assert summary(alice) == summary(alice, team) == (0, 0, 0, 0, 0)
    told = creations_told(alice, "user", bob.user_id)
    assert told + creations_told(alice, "team", team["teamId"]) == []


def all_is_there(alice: Person, bob: Person, team: Body, made: Body) -> None:
    ids = [one["assignmentId"] for one in made["items"]]
    assert made["created"] == len(set(ids)) == COUNT
    assert [one["note"] for one in made["items"]] == [str(n) for n in range(COUNT)]
    assert (
        sorted(every(alice, "/api/assignments"), key=lambda one: int(one["note"])) == made["items"]
    )
    assert len(every(bob, "/api/assignments")) == 80
    assert len(every(alice, url(team, "assignments"))) == 40
    assert sorted(entry["entityId"] for entry in created(alice)) == sorted(ids)
    assert len(alice.trail(action="ASSIGNMENT_BATCH_COMMITTED")) == 1
    assert alice.trail(action="ASSIGNMENT_BATCH_UNDONE") == []
    assert (summary(alice), summary(alice, team)) == ((120, 0, 0, 0, 0), (40, 0, 0, 0, 0))
    (for_bob,) = creations_told(alice, "user", bob.user_id)
    (for_team,) = creations_told(alice, "team", team["teamId"])
    assert (for_bob["count"], for_team["count"]) == (80, 40)
    assert for_bob["assignmentIds"] == [one for n, one in enumerate(ids) if n % 3 != 2]
    assert open_batches(alice.organization_id) == []


def test_all(max_: Person, alice: Person, bob: Person, team: Body, body: Body) -> None:
    made = max_.api.post("/api/assignments", body)
    assert made.status_code == 201, made.content
    all_is_there(alice, bob, team, made.json())
    one = made.json()["items"][0]
    path = f"/api/assignments/{one['assignmentId']}"
    assert bob.api.get(path).json() == one
    assert bob.api.patch(path, {"status": "in_progress"}).status_code == 200
    assert alice.api.delete(path).status_code == 204


@pytest.mark.parametrize("is_written", [False, True], ids=["before", "answer-lost"])
@pytest.mark.parametrize("position", range(CHUNKS + 1))
def test_whatever_fails_all_or_none_and_the_retry_completes_it(
    max_: Person,
    alice: Person,
    bob: Person,
    team: Body,
    body: Body,
    impatient: None,
    position: int,
    is_written: bool,
) -> None:
    with failing_from("TransactWriteItems", position, is_written=is_written) as calls:
        first = max_.api.post("/api/assignments", body, Idempotency_Key="k")
    assert len(calls) > position
    assert first.json() == BUSY
    if is_written and position == CHUNKS:  # the commit itself was done
        other = {"assignments": body["assignments"][1:]}
        refused = max_.api.post("/api/assignments", other, Idempotency_Key="k")
        assert refused.json() == problem(422, "idempotency_key_reused")
    else:
        nothing_is_there(alice, bob, team)
    again = max_.api.post("/api/assignments", body, Idempotency_Key="k")
    assert again.status_code == 201, again.content
    all_is_there(alice, bob, team, again.json())
    replayed = max_.api.post("/api/assignments", body, Idempotency_Key="k")
    assert (replayed.content, replayed["Idempotency-Replayed"]) == (again.content, "true")


@pytest.mark.parametrize("is_written", [False, True], ids=["before", "answer-lost"])
@pytest.mark.parametrize("position", range(CHUNKS + 1))
def test_without_a_key_it_is_undone(
    max_: Person,
    alice: Person,
    bob: Person,
    team: Body,
    body: Body,
    impatient: None,
    position: int,
    is_written: bool,
) -> None:
    with failing_from("TransactWriteItems", position, is_written=is_written):
        answer = max_.api.post("/api/assignments", body)
    if is_written and position == CHUNKS:  # committed, as was found when it was to be undone
        return all_is_there(alice, bob, team, answer.json())
    assert answer.json() == BUSY
    nothing_is_there(alice, bob, team)
    finish_batches(alice.organization_id)
    nothing_is_there(alice, bob, team)
    entries = created(alice)
    assert stored(alice, [entry["entityId"] for entry in entries]) == 0
    undone = alice.trail(action="ASSIGNMENT_BATCH_UNDONE")
    assert sum(entry["oldValues"]["count"] for entry in undone) == len(entries)
    assert {entry["newValues"]["batchId"] for entry in entries} <= {e["entityId"] for e in undone}


@pytest.mark.parametrize(
    "operation", ["PutItem", "UpdateItem", "BatchGetItem", "Query", "GetItem"]
)
def test_other_calls_that_fail(
    max_: Person,
    alice: Person,
    bob: Person,
    team: Body,
    body: Body,
    operation: str,
    impatient: None,
) -> None:
    for position in range(4):
        with failing_from(operation, position):
            first = max_.api.post("/api/assignments", body, Idempotency_Key="k")
        assert first.status_code in (201, 503)
        if first.status_code == 201:
            break
        nothing_is_there(alice, bob, team)
    again = max_.api.post("/api/assignments", body, Idempotency_Key="k")
    if operation == "UpdateItem":  # by which the answer is kept
        assert again.json() == problem(409, "idempotency_in_progress")
        return
    assert again.status_code == 201, again.content
    all_is_there(alice, bob, team, again.json())


def test_throttled_for_a_while(
    max_: Person, alice: Person, bob: Person, team: Body, body: Body
) -> None:
    with answering_first("TransactWriteItems", answer(400, THROTTLED), times=3):
        made = max_.api.post("/api/assignments", body)
    all_is_there(alice, bob, team, made.json())


def test_a_process_that_died_between_the_commit_and_the_answer(
    max_: Person, alice: Person, bob: Person, team: Body, body: Body, monkeypatch: Any
) -> None:
    monkeypatch.setattr(idempotency, "LEASE", idempotency.LEASE * -1)
    with failing_from("UpdateItem", 0):  # the answer is not kept
        first = max_.api.post("/api/assignments", body, Idempotency_Key="k")
    again = max_.api.post("/api/assignments", body, Idempotency_Key="k")
    assert (first.status_code, again.json()) == (201, first.json())
    all_is_there(alice, bob, team, again.json())


def test_a_key_that_a_dead_process_left_stays_its_bodys(
    max_: Person, body: Body, monkeypatch: Any
) -> None:
    """Also after a retry that failed: else another body would be made beside the first."""
    monkeypatch.setattr(idempotency, "LEASE", idempotency.LEASE * -1)
    with failing_from("UpdateItem", 0):  # the answer is not kept
        assert max_.api.post("/api/assignments", body, Idempotency_Key="k").status_code == 201
    with failing_from("GetItem", 0):
        assert max_.api.post("/api/assignments", body, Idempotency_Key="k").json() == BUSY
    other = {"assignments": body["assignments"][::-1]}
    refused = max_.api.post("/api/assignments", other, Idempotency_Key="k")
    assert refused.json() == problem(422, "idempotency_key_reused")


def test_two_with_the_same_key_at_once(
    max_: Person, alice: Person, bob: Person, team: Body, body: Body
) -> None:
    def send() -> Any:
        return max_.api.post("/api/assignments", body, Idempotency_Key="k")

    answers = at_once(send, send)
    refused = [one.json() for one in answers if one.status_code != 201]
    made = [one.json() for one in answers if one.status_code == 201]
    assert refused in ([], [problem(409, "idempotency_in_progress")])
    all_is_there(alice, bob, team, made[0])


def test_two_processes_at_the_same_request_write_it_once(
    max_: Person, alice: Person, bob: Person, team: Body, body: Body, monkeypatch: Any
) -> None:
    monkeypatch.setattr(idempotency, "LEASE", idempotency.LEASE * -1)  # each counts as dead

    def send() -> Any:
        return max_.api.post("/api/assignments", body, Idempotency_Key="k")

    answers = at_once(*[send] * 3)
    assert {one.status_code for one in answers} <= {201, 409}
    made = max_.api.post("/api/assignments", body, Idempotency_Key="k")
    all_is_there(alice, bob, team, made.json())


def test_while_it_is_written_nobody_sees_it(
    max_: Person, alice: Person, bob: Person, carol: Person, team: Body, body: Body
) -> None:
    other = assign(alice, {"checklistId": new_checklist(alice), "userId": alice.user_id})
    with holding("TransactWriteItems") as (is_held, release), ThreadPoolExecutor(1) as pool:
        request = pool.submit(max_.api.post, "/api/assignments", body)
        assert is_held.wait(5)
        while len(created(alice)) < 1 + COUNT // 2:  # two chunks are written, one is held
            pass
        for path in ("/api/assignments", "/api/assignments?limit=1"):
            assert items(alice, path) == other
        assert (items(bob, "/api/assignments"), summary(alice)[0]) == ([], 1)
        assert items(carol, f"/api/assignments?userId={bob.user_id}") == []
        release.set()
        assert request.result().status_code == 201
    assert (len(every(alice, "/api/assignments")), summary(alice)[0]) == (COUNT + 1, COUNT + 1)


@pytest.mark.parametrize("written", [0, CHUNKS], ids=["the first chunk", "the commit"])
def test_a_batch_that_is_undone_is_not_completed_late(
    max_: Person, alice: Person, bob: Person, team: Body, body: Body, impatient: None, written: int
) -> None:
    held = holding("TransactWriteItems", after=written)
    with held as (is_held, release), ThreadPoolExecutor(1) as pool:
        request = pool.submit(max_.api.post, "/api/assignments", body, Idempotency_Key="k")
        assert is_held.wait(5)
        at_once(*[lambda: finish_batches(alice.organization_id)] * 2)
        release.set()
        assert request.result().json() == BUSY
    nothing_is_there(alice, bob, team)
    entries = created(alice)
    assert stored(alice, [entry["entityId"] for entry in entries]) == 0
    undone = alice.trail(action="ASSIGNMENT_BATCH_UNDONE")
    assert sum(entry["oldValues"]["count"] for entry in undone) == len(entries)
    again = max_.api.post("/api/assignments", body, Idempotency_Key="k")
    assert (again.status_code, summary(alice)[0]) == (201, COUNT)


@pytest.mark.parametrize("operation", ["TransactWriteItems", "PutItem", "UpdateItem", "GetItem"])
def test_the_undoing_can_break_off_anywhere(
    max_: Person,
    alice: Person,
    bob: Person,
    team: Body,
    body: Body,
    operation: str,
    impatient: None,
) -> None:
    with failing_from("TransactWriteItems", 2):
        max_.api.post("/api/assignments", body, Idempotency_Key="k")
    entries = created(alice)
    for position in range(8):
        for is_written in (False, True):
            with failing_from(operation, position, is_written=is_written) as calls:
                try:
                    finish_batches(alice.organization_id)
                except Exception as error:
                    assert "store" in str(error)
        if len(calls) <= position:
            break
    nothing_is_there(alice, bob, team)
    finish_batches(alice.organization_id)
    nothing_is_there(alice, bob, team)
    assert open_batches(alice.organization_id) == []
    assert stored(alice, [entry["entityId"] for entry in entries]) == 0
    undone = alice.trail(action="ASSIGNMENT_BATCH_UNDONE")
    assert sum(entry["oldValues"]["count"] for entry in undone) == len(entries)


def test_another_body_under_the_key_is_another_batch(
    max_: Person, alice: Person, bob: Person, team: Body, body: Body, impatient: None
) -> None:
    with failing_from("TransactWriteItems", 1):
        max_.api.post("/api/assignments", body, Idempotency_Key="k")
    other = {"assignments": body["assignments"][::-1]}
    assert max_.api.post("/api/assignments", other, Idempotency_Key="k").status_code == 201
    refused = max_.api.post("/api/assignments", body, Idempotency_Key="k")
    assert refused.json() == problem(422, "idempotency_key_reused")
    finish_batches(alice.organization_id)
    assert len(every(alice, "/api/assignments")) == summary(alice)[0] == COUNT


def test_only_what_is_there_is_measured(
    max_: Person, alice: Person, team: Body, body: Body, impatient: None, figures: Figures
) -> None:
    with failing_from("TransactWriteItems", CHUNKS - 1):
        assert max_.api.post("/api/assignments", body, Idempotency_Key="k").json() == BUSY
    assert figures.of("TeamAssignmentCreated") == []
    assert max_.api.post("/api/assignments", body, Idempotency_Key="k").status_code == 201
    measured = figures.of("TeamAssignmentCreated")
    told = {beside(one).get("TeamId", ""): one.value for one in measured}
    assert told == {team["teamId"]: 40, "": 80}


LOCAL = {"dueDate": "2030-01-01T10:00"}


@pytest.mark.parametrize("is_committed", [True, False])
def test_come_back_to_from_another_time_zone(
    max_: Person, alice: Person, body: Body, impatient: None, is_committed: bool
) -> None:
    """What is made is made once, all by one clock."""
    wanted = {"assignments": [{**one, **LOCAL} for one in body["assignments"]]}
    position = CHUNKS if is_committed else CHUNKS - 1
    with failing_from("TransactWriteItems", position, is_written=True):
        assert max_.api.post("/api/assignments", wanted, Idempotency_Key="k").json() == BUSY
    moved = {"profile": {"timezone": "Asia/Tokyo"}}
    assert max_.api.patch("/api/auth/me", moved).status_code == 200
    again = max_.api.post("/api/assignments", wanted, Idempotency_Key="k")
    assert again.status_code == 201, again.content
    there = every(alice, "/api/assignments")
    assert sorted(there, key=lambda one: int(one["note"])) == again.json()["items"]
    zones = {(one["dueDate"], one["dueTimezone"]) for one in there}
    by_utc = ("2030-01-01T10:00:00.000Z", "UTC")
    assert zones == {by_utc if is_committed else ("2030-01-01T01:00:00.000Z", "Asia/Tokyo")}


def test_come_back_to_when_it_could_not_be_made_any_more(
    max_: Person, alice: Person, bob: Person, body: Body, impatient: None
) -> None:
    with failing_from("TransactWriteItems", CHUNKS, is_written=True):
        assert max_.api.post("/api/assignments", body, Idempotency_Key="k").json() == BUSY
    assert alice.api.patch(f"/api/users/{bob.user_id}", {"isActive": False}).status_code == 200
    again = max_.api.post("/api/assignments", body, Idempotency_Key="k")
    assert (again.status_code, again.json()["created"]) == (201, COUNT)
    assert len(every(alice, "/api/assignments")) == COUNT
