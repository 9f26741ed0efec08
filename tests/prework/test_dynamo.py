"""Reads: consistent, whole pages, and never an item taken for missing."""

import pytest

from prework.changes import Change
from prework.dynamo import connection, fetch, find, read_page
from prework.errors import StorageUnavailable
from prework.tenancy import Actor
from tests import faults
from tests.calls import StoreCalls
from tests.prework.crates import Crate, CrateMoved, crate, somebody

UNPROCESSED = (
    '{"Responses":{},"UnprocessedKeys":{"pre-work-teams":{"Keys":[{"PK":{"S":"%s"},'
    '"SK":{"S":"METADATA"}}],"ConsistentRead":true}}}'
)


def shelf(actor: Actor, count: int) -> str:
    """So many crates in one partition."""
    pk = actor.key("SHELF")
    with Change(actor=actor) as change:
        for number in range(count):
            change.put(Crate(pk, f"CRATE#{number:02}", crate_id=str(number)))
        change.record(CrateMoved(entity_id="c1"))
    return pk


def test_pages_hold_each_item_once_and_the_last_is_not_empty() -> None:
    pk = shelf(somebody(), 6)
    first = read_page(Crate, pk, limit=3)
    second = read_page(Crate, pk, limit=3, start=first.next_start)
    assert [item.crate_id for item in first.items] == ["0", "1", "2"]
    assert [item.crate_id for item in second.items] == ["3", "4", "5"]
    assert second.next_start is None


def test_a_filtered_page_is_full_while_matches_remain() -> None:
    """G19: a FilterExpression runs after Limit; a page by it comes back short or empty."""
    pk = shelf(somebody(), 20)
    page = read_page(Crate, pk, limit=3, keep=lambda item: int(item.crate_id) % 5 == 4)
    assert [item.crate_id for item in page.items] == ["4", "9", "14"]
    rest = read_page(
        Crate, pk, limit=3, keep=lambda item: int(item.crate_id) % 5 == 4, start=page.next_start
    )
    assert [item.crate_id for item in rest.items] == ["19"]


def test_newest_first() -> None:
    page = read_page(Crate, shelf(somebody(), 3), limit=2, newest_first=True)
    assert [item.crate_id for item in page.items] == ["2", "1"]


def test_a_page_is_one_call(store_calls: StoreCalls) -> None:
    pk = shelf(somebody(), 5)
    store_calls.clear()
    read_page(Crate, pk, limit=5)
    assert store_calls.dynamodb == ["Query"]


def test_fetch_keeps_the_order_and_says_what_is_missing(store_calls: StoreCalls) -> None:
    actor = somebody()
    pk = shelf(actor, 2)
    store_calls.clear()
    one, none, zero = fetch((Crate, pk, "CRATE#01"), (Crate, pk, "no"), (Crate, pk, "CRATE#00"))
    assert (one.crate_id, none, zero.crate_id) == ("1", None, "0")
    assert store_calls.dynamodb == ["BatchGetItem"]


def test_unprocessed_keys_are_asked_for_again() -> None:
    actor = somebody()
    with Change(actor=actor) as change:
        change.put(crate(actor))
        change.record(CrateMoved(entity_id="c1"))
    unprocessed = faults.answer(200, UNPROCESSED % actor.key("CRATE", "c1"))
    with faults.answering_first("BatchGetItem", unprocessed, 2) as calls:
        (item,) = fetch((Crate, actor.key("CRATE", "c1"), "METADATA"))
    assert item is not None
    assert len(calls) == 3


def test_keys_never_processed_are_a_store_that_is_down_not_items_that_are_missing() -> None:
    actor = somebody()
    unprocessed = faults.answer(200, UNPROCESSED % actor.key("CRATE", "c1"))
    with (
        faults.answering_first("BatchGetItem", unprocessed, 100),
        pytest.raises(StorageUnavailable),
    ):
        fetch((Crate, actor.key("CRATE", "c1"), "METADATA"))


def test_reserved_words_and_odd_names_are_no_trouble() -> None:
    """G22: `status`, `name` and `path` are reserved; PynamoDB names them by placeholders."""
    pk = shelf(somebody(), 1)
    page = read_page(Crate, pk, limit=1, attributes=["status", "crateId"])
    assert page.items[0].crate_id == "0"
    assert find(Crate, pk, "CRATE#00") is not None


def test_threads_that_come_at_once_find_one_client_made() -> None:
    made = connection.__wrapped__()
    assert made._client is not None
