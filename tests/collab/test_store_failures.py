"""The store fails while people work: nothing half done, nothing lost, nothing doubled."""

import asyncio
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from prework import transactions
from tests import faults
from tests.cast import Person
from tests.collab.live import CHECKED, CHECKLIST, URL, Live, call, operation

DOWN = EndpointConnectionError(endpoint_url="http://dynamodb.invalid")


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transactions, "DEADLINE_SECONDS", 0.1)


async def test_what_could_not_be_stored_is_to_be_sent_again(
    alice: Person, bob: Person, checklist: dict[str, Any]
) -> None:
    anne, ben = await Live(alice).open(), await Live(bob).open()
    await anne.settle()
    done = operation()
    with faults.raising("TransactWriteItems", DOWN):
        [refused] = await ben.apply(done)

    assert (refused["code"], refused["retry"]) == ("storage_unavailable", True)
    assert await anne.settle() == []
    assert (await call(bob.api.get, URL)).json() == checklist
    [told] = await ben.apply(done)
    assert (told["version"], told.get("duplicate")) == (1, None)
    assert (await anne.next())["version"] == 1
    await anne.close()
    await ben.close()


async def test_other_refusals_are_final_and_say_nothing_of_a_retry(
    bob: Person, checklist: dict[str, Any]
) -> None:
    live = await Live(bob).open()
    [refused] = await live.apply(operation(base=7))

    assert "retry" not in refused
    await live.close()


async def test_a_commit_whose_answer_was_lost_is_done_once(
    alice: Person, bob: Person, checklist: dict[str, Any]
) -> None:
    anne, ben = await Live(alice).open(), await Live(bob).open()
    await anne.settle()
    with faults.losing_answers("TransactWriteItems", 1):
        [told] = await ben.apply(operation())

    assert (told["eventType"], told["version"]) == ("operation.ack", 1)
    assert [event["version"] for event in await anne.settle()] == [1]
    assert await ben.settle() == []
    assert (await call(bob.api.get, URL)).json()["version"] == 1
    await anne.close()
    await ben.close()


async def test_one_stored_although_every_answer_was_lost_is_found_again(
    alice: Person, bob: Person, checklist: dict[str, Any]
) -> None:
    """The outcome is unknown to the sender, who sends it again unchanged."""
    anne, ben = await Live(alice).open(), await Live(bob).open()
    await anne.settle()
    done = operation()
    with faults.losing_answers("TransactWriteItems", 100):
        [refused] = await ben.apply(done)
    assert refused["code"] == "storage_unavailable"

    [told] = await ben.apply(done)
    assert (told["version"], told["duplicate"]) == (1, True)
    assert [event["version"] for event in await anne.settle()] == [1]
    assert (await call(bob.api.get, URL)).json()["version"] == 1
    await anne.close()
    await ben.close()


async def test_all_that_waits_is_refused_and_all_of_it_can_be_sent_again(
    alice: Person, bob: Person, checklist: dict[str, Any]
) -> None:
    lives = [await Live(person).open() for person in (alice, bob)]
    batches = [[operation(f"{CHECKLIST}.f{n}{who}", n) for n in range(10)] for who in range(2)]
    with faults.raising("TransactWriteItems", DOWN):
        outcomes = await asyncio.gather(
            *(live.apply(*batch) for live, batch in zip(lives, batches, strict=True))
        )
    assert {one["code"] for outcome in outcomes for one in outcome} == {"storage_unavailable"}

    outcomes = await asyncio.gather(
        *(live.apply(*batch) for live, batch in zip(lives, batches, strict=True))
    )
    assert sorted(one["version"] for outcome in outcomes for one in outcome) == list(range(1, 21))
    for live in lives:
        await live.close()


async def test_conflicting_transactions_are_only_waited_for(
    bob: Person, checklist: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transactions, "DEADLINE_SECONDS", 5.0)
    live = await Live(bob).open()
    conflict = faults.answer(400, faults.CONFLICT)
    with faults.answering_first("TransactWriteItems", conflict, 3):
        [told] = await live.apply(operation())

    assert (told["eventType"], told["version"]) == ("operation.ack", 1)
    await live.close()


async def test_a_document_that_cannot_be_read_lets_nobody_in_for_now(
    bob: Person, checklist: dict[str, Any]
) -> None:
    live = Live(bob)
    with faults.raising("Query", DOWN):
        await live.connect()
        assert await live.closed() == 1012

    again = await Live(bob).open()
    assert again.welcome["version"] == 0
    await again.close()


def test_over_http_the_same(bob: Person, checklist: dict[str, Any]) -> None:
    done = {"operations": [operation(CHECKED)]}
    with faults.raising("TransactWriteItems", DOWN):
        [refused] = bob.api.post(f"{URL}/operations", done).json()["results"]
    assert (refused["code"], refused["retry"]) == ("storage_unavailable", True)

    [told] = bob.api.post(f"{URL}/operations", done).json()["results"]
    assert (told["eventType"], told["version"]) == ("operation.ack", 1)
