"""A Change is one transaction: all of it, once, or nothing."""

from contextlib import nullcontext
from dataclasses import replace

import pytest
from botocore.exceptions import EndpointConnectionError

from audit.queries import Filters, list_entries
from prework import history, ledger, transactions
from prework.changes import Change, retry_stale
from prework.dynamo import find
from prework.errors import (
    Conflict,
    IdempotencyInProgress,
    NotFound,
    Problem,
    Stale,
    StorageUnavailable,
)
from prework.events import Audience
from prework.http import idempotency
from prework.tenancy import Actor
from tests import faults
from tests.calls import StoreCalls
from tests.prework.crates import Crate, CrateMoved, crate, somebody


class CrateFull(Problem):
    code = "crate_full"
    status = 409


def actions_of(actor: Actor) -> list[str]:
    page = list_entries(actor, filters=Filters(), limit=50, start=None)
    return [entry.action for entry in page.items]


def events_of(actor: Actor, crate_id: str = "c1") -> list[str]:
    audience = Audience("crate", crate_id)
    page = history.list_events(actor, audience, limit=50, start=None)
    return [event["eventType"] for event in page.items]


def stored(actor: Actor, crate_id: str = "c1") -> Crate | None:
    return find(Crate, actor.key("CRATE", crate_id), "METADATA")


def make(actor: Actor, crate_id: str = "c1") -> Crate:
    item = crate(actor, crate_id)
    with Change(actor=actor) as change:
        change.put(item)
        change.record(CrateMoved(entity_id=crate_id))
    return item


def test_state_entry_and_event_are_one_call(store_calls: StoreCalls) -> None:
    """G30: an audit entry written apart from the change may not be written at all."""
    actor = somebody()
    make(actor, "first-of-the-day")  # which is listed by a call of its own
    store_calls.clear()
    make(actor)
    assert store_calls.dynamodb == ["TransactWriteItems"]
    assert actions_of(actor) == ["CRATE_MOVED", "CRATE_MOVED"]
    assert events_of(actor) == ["crate.moved"]
    assert stored(actor) is not None


def test_a_transaction_cancelled_in_the_middle_leaves_nothing() -> None:
    actor = somebody()
    make(actor, "there")
    with pytest.raises(CrateFull), Change(actor=actor) as change:
        change.put(crate(actor, "new"))
        change.put(crate(actor, "there"), otherwise=CrateFull)
        change.record(CrateMoved(entity_id="new"))
    assert stored(actor, "new") is None
    assert events_of(actor, "new") == []
    assert actions_of(actor) == ["CRATE_MOVED"]


def test_an_error_inside_the_block_writes_nothing(store_calls: StoreCalls) -> None:
    actor = somebody()
    with pytest.raises(KeyError), Change(actor=actor) as change:
        change.put(crate(actor))
        change.record(CrateMoved(entity_id="c1"))
        raise KeyError
    assert store_calls.dynamodb == []


def test_a_change_that_says_nothing_is_refused(store_calls: StoreCalls) -> None:
    actor = somebody()
    with pytest.raises(TypeError, match="records what happened"), Change(actor=actor) as change:
        change.put(crate(actor))
    assert store_calls.dynamodb == []


@pytest.mark.parametrize("method", ["save", "update", "delete"])
def test_an_item_cannot_be_written_by_itself(method: str) -> None:
    with pytest.raises(TypeError, match="through a Change"):
        getattr(crate(somebody()), method)()


def test_the_refusal_is_that_of_the_condition_that_failed() -> None:
    actor = somebody()
    item = make(actor)
    make(actor, "c0")
    with pytest.raises(CrateFull), Change(actor=actor) as change:
        change.require(Crate, actor.key("CRATE", "c0"), "METADATA", Crate.pk.exists(), NotFound)
        change.put(crate(actor, "c2"))
        change.adjust(
            Crate,
            item.pk,
            item.sk,
            Crate.content_count.add(1),
            condition=Crate.content_count > 5,
            otherwise=CrateFull,
        )
        change.record(CrateMoved(entity_id="c1"))
    assert stored(actor, "c2") is None


def test_a_lost_answer_retried_does_not_write_twice() -> None:
    actor = somebody()
    item = make(actor)
    with faults.losing_answers("TransactWriteItems", times=1) as calls, Change(actor=actor) as c:
        c.adjust(Crate, item.pk, item.sk, Crate.content_count.add(1))
        c.record(CrateMoved(entity_id="c1"))
    after = stored(actor)
    assert len(calls) == 2
    assert after is not None and after.content_count == 1
    assert actions_of(actor) == ["CRATE_MOVED", "CRATE_MOVED"]


def test_a_conflict_with_another_transaction_is_retried() -> None:
    actor = somebody()
    item = make(actor)
    conflict = faults.answer(400, faults.CONFLICT)
    with (
        faults.answering_first("TransactWriteItems", conflict, 3) as calls,
        Change(actor=actor) as change,
    ):
        change.adjust(Crate, item.pk, item.sk, Crate.content_count.add(1))
        change.record(CrateMoved(entity_id="c1"))
    after = stored(actor)
    assert len(calls) == 4
    assert after is not None and after.content_count == 1


def test_throttling_past_the_deadline_is_storage_unavailable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    actor = somebody()
    monkeypatch.setattr(transactions, "DEADLINE_SECONDS", 0.05)
    throttled = faults.answer(400, faults.THROTTLED)
    with (
        faults.answering_first("TransactWriteItems", throttled, 100),
        pytest.raises(StorageUnavailable),
        Change(actor=actor) as change,
    ):
        change.put(crate(actor))
        change.record(CrateMoved(entity_id="c1"))
    assert stored(actor) is None
    assert actions_of(actor) == []


def test_two_updates_of_one_reading_do_not_both_happen() -> None:
    actor = somebody()
    item = make(actor)

    def relabel(label: str) -> None:
        with Change(actor=actor) as change:
            change.update(item, Crate.label.set(label))
            change.record(CrateMoved(entity_id="c1"))

    relabel("first")
    with pytest.raises(Stale):
        relabel("second")
    after = stored(actor)
    assert after is not None and (after.label, after.version, after.etag) == ("first", 2, '"2"')


def test_retry_stale_reads_again_until_it_fits() -> None:
    tries = []

    @retry_stale
    def service() -> str:
        tries.append(1)
        if len(tries) < 3:
            raise Stale
        return "done"

    assert service() == "done"
    assert len(tries) == 3


def test_retry_stale_gives_up_as_a_conflict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("prework.changes.DEADLINE_SECONDS", 0.0)

    @retry_stale
    def service() -> None:
        raise Stale

    with pytest.raises(Conflict):
        service()


def test_a_change_within_another_commits_with_it(store_calls: StoreCalls) -> None:
    actor = somebody()
    make(actor, "first-of-the-day")
    store_calls.clear()
    with Change(actor=actor) as outer:
        outer.put(crate(actor, "c1"))
        outer.record(CrateMoved(entity_id="c1"))
        with Change.within(outer, actor=actor) as inner:
            inner.put(crate(actor, "c2"))
            inner.record(CrateMoved(entity_id="c2"))
        assert store_calls.dynamodb == []
    assert store_calls.dynamodb == ["TransactWriteItems"]


def test_a_transaction_of_more_than_100_actions_is_refused(store_calls: StoreCalls) -> None:
    actor = somebody()
    make(actor, "first-of-the-day")
    store_calls.clear()
    with pytest.raises(ValueError, match="100"), Change(actor=actor) as change:
        for number in range(99):
            change.put(crate(actor, f"c{number}"))
        change.record(CrateMoved(entity_id="c1"))
    assert store_calls.dynamodb == []


def test_an_unreachable_store_is_storage_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    error = EndpointConnectionError(endpoint_url="http://127.0.0.1:9")
    with faults.raising("GetItem", error), pytest.raises(StorageUnavailable):
        stored(somebody())


def test_what_is_told_has_its_row_and_no_entry() -> None:
    actor = somebody()
    with Change(actor=actor) as change:
        change.put(crate(actor))
        change.tell(CrateMoved(entity_id="c1"))
    assert (actions_of(actor), events_of(actor)) == ([], ["crate.moved"])


def test_a_claim_fences_work_that_can_be_come_back_to_too() -> None:
    actor = somebody()
    claim = (actor.key("IDEMPOTENCY"), "REPLAY", "mine")
    ledger.put(
        idempotency.Replay(*claim[:2], claim="mine", body_hash="", leased_until=0, expires_at=0)
    )
    for label, refusal in (
        ("mine", nullcontext()),
        ("lost", pytest.raises(IdempotencyInProgress)),
    ):
        under = replace(actor, claim=(*claim[:2], label), finds_own_traces=True)
        with refusal, Change(actor=under) as change:
            change.put(crate(actor, label))
            change.record(CrateMoved(entity_id=label))
            change.record(CrateMoved(entity_id=label))
    assert (stored(actor, "mine") is None, stored(actor, "lost")) == (False, None)
    record = find(idempotency.Replay, *claim[:2])
    assert record is not None and record.has_traces and not record.is_committed
