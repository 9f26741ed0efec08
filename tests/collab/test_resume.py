"""Coming back to a document: what was missed, or the whole of it, and never a mixture."""

from typing import Any

from tests.calls import StoreCalls
from tests.cast import Person
from tests.collab.live import CHECKED, CHECKLIST, PATH, URL, Live, call, operation


async def done(person: Person, count: int, base: int = 0) -> list[dict[str, Any]]:
    operations = [operation(CHECKED, n, base=base) for n in range(count)]
    answer = await call(person.api.post, f"{URL}/operations", {"operations": operations})
    assert all(one["eventType"] == "operation.ack" for one in answer.json()["results"])
    return operations


async def test_what_was_missed_and_no_more(
    alice: Person, bob: Person, checklist: dict[str, Any]
) -> None:
    await done(alice, 5)
    epoch = checklist["epoch"]
    live = await Live(bob, f"{PATH}?since=2&epoch={epoch}").open()

    assert live.welcome["resumed"] is True
    assert "content" not in live.welcome
    assert [one["version"] for one in live.welcome["operations"]] == [3, 4, 5]
    logged = (await call(bob.api.get, f"{URL}/operations?since=2")).json()["operations"]
    assert live.welcome["operations"] == logged
    assert (live.welcome["version"], live.welcome["epoch"]) == (5, epoch)
    await live.close()


async def test_nothing_was_missed(bob: Person, checklist: dict[str, Any]) -> None:
    await done(bob, 3)
    live = await Live(bob, f"{PATH}?since=3&epoch={checklist['epoch']}").open()

    assert (live.welcome["resumed"], live.welcome["operations"]) == (True, [])
    await live.close()


async def test_then_it_goes_on_without_a_gap(
    alice: Person, bob: Person, checklist: dict[str, Any]
) -> None:
    await done(alice, 3)
    live = await Live(bob, f"{PATH}?since=1&epoch={checklist['epoch']}").open()
    await done(alice, 2, base=3)

    missed = [one["version"] for one in live.welcome["operations"]]
    told = [event["version"] for event in await live.settle()]
    assert missed + told == [2, 3, 4, 5]
    await live.close()


async def test_a_long_way_back_is_read_from_the_log(
    bob: Person, checklist: dict[str, Any]
) -> None:
    for round_ in range(3):
        await done(bob, 900, base=900 * round_)
    live = await Live(bob, f"{PATH}?since=10&epoch={checklist['epoch']}").open()

    assert [one["version"] for one in live.welcome["operations"]] == list(range(11, 2_701))
    await live.close()


async def test_one_too_large_is_answered_without_reading_it(
    bob: Person, checklist: dict[str, Any], store_calls: StoreCalls
) -> None:
    text = "x" * 32_000
    path = f"{CHECKLIST}.title"
    for base in range(0, 150, 25):
        batch = [operation(path, text, base=base) for _ in range(25)]
        await call(bob.api.post, f"{URL}/operations", {"operations": batch})
    here = await Live(bob).open()
    store_calls.clear()
    live = await Live(bob, f"{PATH}?since=1&epoch={checklist['epoch']}").open()

    assert (live.welcome["version"], live.welcome["content"]["title"]) == (150, text)
    assert "Query" not in store_calls.dynamodb
    await here.close()
    await live.close()


async def test_without_an_epoch_it_is_this_one(bob: Person, checklist: dict[str, Any]) -> None:
    await done(bob, 2)
    live = await Live(bob, f"{PATH}?since=1").open()

    assert [one["version"] for one in live.welcome["operations"]] == [2]
    await live.close()


async def test_another_epoch_gets_the_content(bob: Person, checklist: dict[str, Any]) -> None:
    await done(bob, 2)
    live = await Live(bob, f"{PATH}?since=1&epoch=another").open()

    assert "resumed" not in live.welcome
    assert live.welcome["content"]["items"]["item-456"]["checked"] == 1
    await live.close()


async def test_so_does_a_version_of_before_this_epoch(
    alice: Person, bob: Person, checklist: dict[str, Any]
) -> None:
    await done(bob, 2)
    await call(alice.api.delete, URL)
    await call(alice.api.post, f"{URL}/restore")

    before = await Live(bob, f"{PATH}?since=1").open()
    at_it = await Live(bob, f"{PATH}?since=2").open()
    assert ("resumed" in before.welcome, "resumed" in at_it.welcome) == (False, True)
    await before.close()
    await at_it.close()


async def test_so_does_a_version_still_to_come_or_none(
    bob: Person, checklist: dict[str, Any]
) -> None:
    for since in ("7", "x", "-1", ""):
        live = await Live(bob, f"{PATH}?since={since}&epoch={checklist['epoch']}").open()
        assert live.welcome["content"]["title"] == "Opening round"
        await live.close()


async def test_an_operation_whose_answer_was_lost_is_sent_again(
    alice: Person, bob: Person, checklist: dict[str, Any]
) -> None:
    anne, ben = await Live(alice).open(), await Live(bob).open()
    await anne.settle()
    lost = operation()
    await ben.apply(lost)
    await ben.close()

    again = await Live(bob, f"{PATH}?since=0&epoch={checklist['epoch']}").open()
    assert [one["operationId"] for one in again.welcome["operations"]] == [lost["operationId"]]
    [answer] = await again.apply(lost)
    assert (answer["version"], answer["duplicate"]) == (1, True)
    told = [e["eventType"] for e in await anne.settle() if e["eventType"].startswith("check")]
    assert told == ["checklist.item.checked"]
    assert (await call(bob.api.get, URL)).json()["version"] == 1
    await anne.close()
    await again.close()


async def test_a_client_that_edited_while_it_was_away_meets_the_rules_of_conflicts(
    alice: Person, bob: Person, checklist: dict[str, Any]
) -> None:
    await done(alice, 1)
    live = await Live(bob, f"{PATH}?since=0&epoch={checklist['epoch']}").open()
    offline = [
        operation(CHECKED, True, onConflict="reject"),
        operation(f"{CHECKLIST}.title", "New", onConflict="reject"),
    ]

    first, second = await live.apply(*offline)
    assert (first["code"], first["current"]) == ("conflict", 0)
    assert (second["eventType"], second["version"]) == ("operation.ack", 2)
    await live.close()
