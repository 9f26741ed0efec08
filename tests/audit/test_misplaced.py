"""What somebody puts into the table by hand at a key that no entry has is in no list."""

from dataclasses import replace
from typing import Any

import pytest

from audit.queries import Filters, list_entries, walk_entries
from prework.tenancy import PLATFORM, Actor, Origin, key
from tests.audit.seal.trail import NOON, problems, put_raw, raw_entries, seal, write
from tests.calls import StoreCalls
from tests.prework.crates import somebody

DAY = NOON.date().isoformat()
BY_INDEX = ["user_id", "action", "request_id", "entity"]


@pytest.fixture
def actor() -> Actor:
    """An organisation with two sealed entries, about the same crate."""
    actor = replace(somebody(), origin=Origin(request_id="asked")).holding({"audit.view"})
    write(actor, 1)
    write(actor, 1)
    assert seal(actor) == 1
    return actor


def filters_of(item: dict[str, Any], name: str) -> Filters:
    stored = {
        "user_id": {"user_id": item["userId"]["S"]},
        "action": {"action": item["action"]["S"]},
        "request_id": {"request_id": item["requestId"]["S"]},
        "entity": {"entity_type": item["entityType"]["S"], "entity_id": item["entityId"]["S"]},
    }
    return Filters(**stored[name])


def elsewhere(actor: Actor, item: dict[str, Any]) -> dict[str, str]:
    """Partitions that are not the one of this entry's time and id."""
    shard = int(item["PK"]["S"][-1])
    return {
        "no shard": actor.key(DAY, "9"),
        "no day": actor.key("x", "9"),
        "another shard": actor.key(DAY, str((shard + 1) % 4)),
        "another day": actor.key("2020-01-01", str(shard)),
        "another organisation": somebody().key(DAY, str(shard)),
        "the platform": key(PLATFORM, DAY, str(shard)),
    }


def keys(entries: Any) -> list[tuple[str, str]]:
    return [(entry.pk, entry.sk) for entry in entries if entry]


@pytest.mark.parametrize("name", BY_INDEX)
def test_an_index_that_names_it_does_not_make_it_an_entry(name: str, actor: Actor) -> None:
    items = raw_entries(actor)
    filters = filters_of(items[0], name)
    listed = list_entries(actor, filters=filters, limit=50, start=None)
    assert len(listed.items) == 2
    for pk in elsewhere(actor, items[0]).values():
        put_raw({**items[0], "PK": {"S": pk}})
        put_raw({**items[0], "PK": {"S": pk}, "SK": {"S": f"{items[0]['SK']['S'][:-1]}z"}})
        put_raw({**items[0], "PK": {"S": pk}, "SK": {"S": f"{DAY}T{'%#' * 500}"}})
    again = list_entries(actor, filters=filters, limit=50, start=None)
    assert keys(again.items) == keys(listed.items)
    assert keys(walk_entries(actor, filters=filters)) == keys(listed.items)[::-1]


def test_it_costs_no_read_more_and_counts_as_read(actor: Actor, store_calls: StoreCalls) -> None:
    item = raw_entries(actor)[0]
    for number in range(20):
        put_raw({**item, "PK": {"S": actor.key(DAY, f"9{number}")}})
    store_calls.clear()
    filters = filters_of(item, "user_id")
    page = list_entries(actor, filters=filters, limit=50, start=None, budget=10)
    assert (page.read, len(page.items) <= 2) == (10, True)
    assert page.next_start is not None
    assert store_calls.dynamodb == ["Query"]


def test_an_altered_entry_stays_where_it_can_be_seen(actor: Actor) -> None:
    item = raw_entries(actor)[0]
    put_raw({**item, "timestamp": {"S": "2020-01-01T00:00:00.000Z"}, "auditId": {"S": "another"}})
    page = list_entries(actor, filters=filters_of(item, "user_id"), limit=50, start=None)
    assert len(page.items) == 2
    assert problems(actor) == {("altered", item["SK"]["S"].partition("#")[2])}


@pytest.mark.parametrize("place", ["another shard", "no shard", "no day"])
def test_verifying_names_it_where_entries_are(place: str, actor: Actor) -> None:
    item = raw_entries(actor)[0]
    put_raw({**item, "PK": {"S": elsewhere(actor, item)[place]}})
    added = {("added", item["SK"]["S"].partition("#")[2])}
    assert problems(actor) == (added if place == "another shard" else set())
