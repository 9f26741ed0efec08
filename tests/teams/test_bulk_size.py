"""A thousand assignments in one call: what it asks of the store, and what comes back."""

from collections import Counter
from typing import Any

import pytest

from prework.http import idempotency
from teams.services import settling
from tests.cast import Person, hire
from tests.matching import problem
from tests.teams.bulk import created, creations_told, every, failing_from, finish_batches, summary
from tests.teams.making import Body, assign, items, new_checklist, new_team
from tests.teams.units import units_written

THOUSAND = 1_000


def test_a_thousand(max_: Person, alice: Person, bob: Person, store_calls: Any) -> None:
    """As `docs/assignments.md` computes it."""
    wanted = {"checklistId": new_checklist(alice), "userId": bob.user_id}
    dated = {**wanted, "dueDate": "2099-12-24T09:00:00Z"}
    body = {"assignments": [dated] * THOUSAND}
    store_calls.clear()
    first = max_.api.post("/api/assignments", body, Idempotency_Key="k")
    assert (first.status_code, first.json()["created"]) == (201, THOUSAND)
    assert Counter(store_calls.dynamodb) == {
        "BatchGetItem": 3,  # the sign-in, the checklist, the user
        "GetItem": 1,  # whether it has begun one before
        "PutItem": 3,  # the claim, which batch it began, the batch
        "TransactWriteItems": 22,  # 49 each, and the one that commits
        "UpdateItem": 1,  # the answer is kept
    }
    assert 15_000 < units_written(store_calls) < 15_100
    again = max_.api.post("/api/assignments", body, Idempotency_Key="k")
    assert (again.content, again["Idempotency-Replayed"]) == (first.content, "true")
    ids = [one["assignmentId"] for one in first.json()["items"]]
    assert ids == sorted(set(ids))
    store_calls.clear()
    assert len(items(bob, "/api/assignments?limit=100")) == 100
    assert store_calls.after_sign_in() == ["Query"]
    assert len(every(max_, "/api/assignments")) == len(created(alice)) == THOUSAND
    (told,) = creations_told(alice, "user", bob.user_id)
    assert (told["count"], told["assignmentIds"]) == (THOUSAND, ids[:100])
    assert summary(alice) == (THOUSAND, 0, 0, 0, 0)


def test_a_thousand_that_cannot_be(max_: Person, alice: Person, store_calls: Any) -> None:
    wanted = [{"checklistId": f"c-{n}", "userId": f"u-{n}"} for n in range(THOUSAND)]
    store_calls.clear()
    answer = max_.api.post("/api/assignments", {"assignments": wanted})
    assert store_calls.after_sign_in() == ["BatchGetItem"] * 20  # a hundred at a time
    errors = answer.json()["errors"]
    assert (answer.status_code, len(errors)) == (400, 2 * THOUSAND)
    assert [error["index"] for error in errors] == sorted([*range(THOUSAND)] * 2)


def test_an_answer_that_is_longer_than_an_item_is_replayed(
    max_: Person, bob: Person, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idempotency, "PART_BYTES", 1_000)
    wanted = {"checklistId": new_checklist(alice), "userId": bob.user_id}
    notes = [
        "".join(chr(0x4E00 + (n * 7919 + m * 104_729) % 20_000) for m in range(50))
        for n in range(60)
    ]
    body = {"assignments": [{**wanted, "note": note} for note in notes]}
    first = max_.api.post("/api/assignments", body, Idempotency_Key="k")
    again = max_.api.post("/api/assignments", body, Idempotency_Key="k")
    assert (first.status_code, again.content) == (201, first.content)
    assert (again["Idempotency-Replayed"], summary(alice)[0]) == ("true", 60)


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if one transaction could tell two teams, or four users: a thousand take long to make."""
    monkeypatch.setattr(settling, "STEP_OVERHEAD", 96)


def for_many(alice: Person, org: Any) -> tuple[list[Body], list[Person], Body]:
    """Five teams, two users, and 100 assignments for them."""
    teams = [new_team(alice, f"Team {n}") for n in range(5)]
    users = [hire(org, name, role="member") for name in ("una", "una2")]
    targets = [{"teamId": team["teamId"]} for team in teams]
    targets += [{"userId": user.user_id} for user in users]
    checklist = new_checklist(alice)
    wanted = [{"checklistId": checklist, **targets[n % 7]} for n in range(100)]
    return teams, users, {"assignments": wanted}


def all_are_told(alice: Person, teams: list[Body], users: list[Person]) -> None:
    for team in teams:
        (told,) = creations_told(alice, "team", team["teamId"])
        assert summary(alice, team) == (told["count"], 0, 0, 0, 0)
    for user in users:
        (told,) = creations_told(alice, "user", user.user_id)
        assert told["count"] == 14
    assert summary(alice) == (100, 0, 0, 0, 0)


def test_more_than_one_transaction_can_tell(alice: Person, org: Any, narrow: None) -> None:
    teams, users, body = for_many(alice, org)
    assert alice.api.post("/api/assignments", body).status_code == 201
    all_are_told(alice, teams, users)


@pytest.mark.parametrize("is_written", [False, True], ids=["before", "answer-lost"])
def test_what_follows_from_the_commit_is_completed_by_the_job(
    alice: Person, org: Any, narrow: None, is_written: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("prework.transactions.DEADLINE_SECONDS", 0.02)
    teams, users, body = for_many(alice, org)
    with failing_from(
        "TransactWriteItems", 4, is_written=is_written
    ):  # after three and the commit
        made = alice.api.post("/api/assignments", body)
    assert (made.status_code, len(every(alice, "/api/assignments"))) == (201, 100)
    gone = [one["assignmentId"] for one in made.json()["items"] if one["userId"]]
    for one in gone[:2]:  # the first of each user
        assert alice.api.delete(f"/api/assignments/{one}").status_code == 204
    finish_batches(alice.organization_id)
    finish_batches(alice.organization_id)
    for user in users:
        (told,) = creations_told(alice, "user", user.user_id)
        assert told["count"] == 14
    assert sum(summary(alice, team)[0] for team in teams) == 100 - 28
    assert summary(alice) == (98, 0, 0, 0, 0)


def test_assignments_of_a_batch_are_others_unknown(
    alice: Person, bob: Person, mallory: Person
) -> None:
    wanted = {"checklistId": new_checklist(alice), "userId": bob.user_id}
    made = assign(alice, *[wanted] * 60)
    for one in (made[0]["assignmentId"], made[0]["assignmentId"][:-3] + "999"):
        assert mallory.api.get(f"/api/assignments/{one}").json() == problem(404, "not_found")
    assert alice.api.get(f"/api/assignments/{one}").json() == problem(404, "not_found")
