"""Writes without an audit entry: only what is named, and none repeated that twice is not once."""

import json

import pytest
from django.conf import settings
from pynamodb.attributes import NumberAttribute

from prework import ledger, tables
from prework.dynamo import Item, find
from prework.errors import StorageUnavailable
from prework.tenancy import Actor
from tests import faults
from tests.prework.crates import crate, somebody


class Tally(Item, table=tables.SESSIONS):
    """A count of something."""

    tries = NumberAttribute(default=0)


@pytest.fixture(autouse=True)
def allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    unaudited = [*settings.UNAUDITED, f"{__name__}.Tally"]
    monkeypatch.setattr(settings, "UNAUDITED", unaudited)


def key(actor: Actor) -> tuple[str, str]:
    return actor.key("TALLY"), "TALLY"


def tries(actor: Actor) -> int:
    tally = find(Tally, *key(actor))
    return int(tally.tries) if tally else 0


def test_what_is_not_named_is_refused() -> None:
    with pytest.raises(TypeError, match="UNAUDITED"):
        ledger.put(crate(somebody()))


def test_a_condition_that_is_not_met_is_false() -> None:
    actor = somebody()
    is_new = Tally.pk.does_not_exist()
    assert ledger.put(Tally(*key(actor)), is_new)
    assert not ledger.put(Tally(*key(actor), tries=5), is_new)
    assert tries(actor) == 0


def test_of_several_takers_one_gets_it() -> None:
    actor = somebody()
    ledger.put(Tally(*key(actor), tries=3))
    first, second = (ledger.take(Tally, *key(actor)) for _ in range(2))
    assert first is not None and first.tries == 3
    assert second is None


def test_a_write_whose_answer_is_lost_is_repeated_where_twice_is_once() -> None:
    actor = somebody()
    with faults.losing_answers("PutItem", times=1) as calls:
        assert ledger.put(Tally(*key(actor), tries=1))
    assert (len(calls), tries(actor)) == (2, 1)


def test_a_count_whose_answer_is_lost_is_not_counted_twice() -> None:
    actor = somebody()
    with faults.losing_answers("UpdateItem", times=1), pytest.raises(StorageUnavailable):
        ledger.change(Tally, *key(actor), [Tally.tries.add(1)])
    assert tries(actor) == 1


def test_a_taking_whose_answer_is_lost_is_not_told_as_nothing_there() -> None:
    actor = somebody()
    ledger.put(Tally(*key(actor)))
    with faults.losing_answers("DeleteItem", times=1), pytest.raises(StorageUnavailable):
        ledger.take(Tally, *key(actor))


@pytest.mark.parametrize("body", [faults.THROTTLED, faults.IN_A_TRANSACTION])
def test_a_write_that_was_refused_for_now_is_repeated(body: str) -> None:
    actor = somebody()
    with faults.answering_first("UpdateItem", faults.answer(400, body), 2):
        ledger.change(Tally, *key(actor), [Tally.tries.add(1)])
    assert tries(actor) == 1


def test_all_of_many_are_put_also_what_the_store_left_at_first() -> None:
    actor = somebody()
    items = [Tally(actor.key("TALLY"), f"TALLY#{number}", tries=1) for number in range(30)]
    raw = {"PutRequest": {"Item": items[0].serialize()}}
    left = {"UnprocessedItems": {tables.SESSIONS.name: [raw]}}
    with faults.answering_first("BatchWriteItem", faults.answer(200, json.dumps(left)), 1):
        ledger.put_all(items)
    assert find(Tally, actor.key("TALLY"), "TALLY#0") is not None
    assert find(Tally, actor.key("TALLY"), "TALLY#29") is not None
    assert find(Tally, actor.key("TALLY"), "TALLY#1") is None  # the store said that it was there


def test_many_that_the_store_goes_on_leaving_are_unavailable() -> None:
    actor = somebody()
    item = Tally(actor.key("TALLY"), "TALLY")
    left = {
        "UnprocessedItems": {tables.SESSIONS.name: [{"PutRequest": {"Item": item.serialize()}}]}
    }
    answer = faults.answer(200, json.dumps(left))
    with faults.answering_first("BatchWriteItem", answer, 9), pytest.raises(StorageUnavailable):
        ledger.put_all([item])
