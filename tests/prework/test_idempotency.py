"""Idempotency-Key: the first answer again, and nothing written again."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import pytest
from botocore.exceptions import EndpointConnectionError

from prework import transactions
from prework.dynamo import find
from prework.errors import IdempotencyInProgress
from prework.http import idempotency
from teams import services
from tests import faults
from tests.cast import Person
from tests.matching import problem

TEAM = {"name": "Team"}


def made(person: Person) -> int:
    return len(person.trail(action="TEAM_CREATED"))


def test_the_same_request_replays_the_first_answer(alice: Person) -> None:
    first = alice.api.post("/api/teams", TEAM, Idempotency_Key="k1")
    again = alice.api.post("/api/teams", TEAM, Idempotency_Key="k1")
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["ETag"] == first.headers["ETag"]
    assert made(alice) == 1


def test_another_body_under_the_key_is_refused(alice: Person) -> None:
    alice.api.post("/api/teams", TEAM, Idempotency_Key="k1")
    answer = alice.api.post("/api/teams", {"name": "Other"}, Idempotency_Key="k1")
    assert (answer.status_code, answer.json()) == (422, problem(422, "idempotency_key_reused"))
    assert made(alice) == 1


def test_a_key_belongs_to_its_caller(alice: Person, max_: Person) -> None:
    alice.api.post("/api/teams", TEAM, Idempotency_Key="k1")
    answer = max_.api.post("/api/teams", TEAM, Idempotency_Key="k1")
    assert answer.status_code == 201
    assert "Idempotency-Replayed" not in answer.headers


def test_a_refusal_is_not_kept(alice: Person) -> None:
    refused = alice.api.post("/api/teams", {}, Idempotency_Key="k1")
    assert refused.status_code == 400
    assert alice.api.post("/api/teams", TEAM, Idempotency_Key="k1").status_code == 201


def test_of_many_at_once_one_writes(alice: Person) -> None:
    api = alice.api
    with ThreadPoolExecutor(8) as pool:
        calls = [pool.submit(api.post, "/api/teams", TEAM, Idempotency_Key="k1") for _ in range(8)]
        answers = [call.result() for call in calls]
    assert made(alice) == 1
    assert {answer.status_code for answer in answers} <= {201, 409}
    refused = [answer.json()["code"] for answer in answers if answer.status_code == 409]
    assert set(refused) <= {"idempotency_in_progress"}


def test_after_an_outage_the_key_can_be_used_at_once(
    alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transactions, "DEADLINE_SECONDS", 0.05)
    gone = EndpointConnectionError(endpoint_url="http://127.0.0.1:9")
    with faults.raising("TransactWriteItems", gone):
        assert alice.api.post("/api/teams", TEAM, Idempotency_Key="k1").status_code == 503
    assert alice.api.post("/api/teams", TEAM, Idempotency_Key="k1").status_code == 201
    assert made(alice) == 1


def test_written_but_never_answered_is_not_written_again(
    alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transactions, "DEADLINE_SECONDS", 0.05)
    monkeypatch.setattr(idempotency, "LEASE", timedelta(seconds=-1))
    with faults.losing_answers("TransactWriteItems", times=1000):
        assert alice.api.post("/api/teams", TEAM, Idempotency_Key="k1").status_code == 503
    again = alice.api.post("/api/teams", TEAM, Idempotency_Key="k1")
    assert (again.status_code, again.json()) == (409, problem(409, "idempotency_answer_lost"))
    assert made(alice) == 1


def test_a_claim_given_up_cannot_commit_late(alice: Person) -> None:
    claimed = replace(alice.actor, claim=("ORG#gone#IDEMPOTENCY", "REPLAY", "lost"))
    with pytest.raises(IdempotencyInProgress):
        services.create_team(actor=claimed, name="Late")
    assert made(alice) == 0


@pytest.mark.parametrize("key", ["x" * 256, ""])
def test_an_odd_key_is_refused(alice: Person, key: str) -> None:
    answer = alice.api.post("/api/teams", TEAM, Idempotency_Key=key)
    assert answer.json()["code"] == "validation_failed"
    assert made(alice) == 0


def test_an_answer_that_cannot_be_kept_is_given_all_the_same(alice: Person) -> None:
    gone = EndpointConnectionError(endpoint_url="http://127.0.0.1:9")
    with faults.raising("UpdateItem", gone):
        answer = alice.api.post("/api/teams", TEAM, Idempotency_Key="k1")
    assert answer.status_code == 201
    assert made(alice) == 1


def test_a_claim_whose_answer_was_lost_is_ones_own(alice: Person) -> None:
    with faults.losing_answers("PutItem", times=1):
        assert alice.api.post("/api/teams", TEAM, Idempotency_Key="k1").status_code == 201
    assert made(alice) == 1


def test_what_is_kept_of_a_body_does_not_tell_what_was_in_it(alice: Person) -> None:
    body = b'{"name":"Team"}'
    alice.api.post("/api/teams", body, Idempotency_Key="k1")
    pk = alice.actor.key("IDEMPOTENCY", alice.user_id, sha256(b"/api/teams\nk1").hexdigest())
    kept = find(idempotency.Replay, pk, "REPLAY")
    assert kept is not None
    assert kept.body_hash != sha256(body).hexdigest()


def test_a_long_answer_is_kept_in_parts(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idempotency, "PART_BYTES", 100)
    first = alice.api.post("/api/teams", TEAM, Idempotency_Key="k1")
    again = alice.api.post("/api/teams", TEAM, Idempotency_Key="k1")
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["ETag"] == first.headers["ETag"]
    assert made(alice) == 1
