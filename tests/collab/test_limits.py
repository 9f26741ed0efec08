"""Limits: what is beyond them is answered, with when to come back; nobody else notices."""

from typing import Any

import orjson
from pytest_django import Settings

from tests.cast import Person
from tests.collab.live import CHECKED, CHECKLIST, PATH, URL, Live, call, forget, operation
from tests.matching import ANY_TIME, Matches, problem

WORDS = Matches(r"(?s).+")
PING = {"action": "ping"}


def applied(*operations: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"action": "apply", "operation": one} for one in operations]


def limited(done: dict[str, Any], version: int, retry_after: Any) -> dict[str, Any]:
    return {
        "eventType": "operation.rejected",
        "entityType": "checklist",
        "entityId": CHECKLIST,
        "timestamp": ANY_TIME,
        "operationId": done["operationId"],
        "code": "rate_limited",
        "detail": WORDS,
        "version": version,
        "current": None,
        "retryAfter": retry_after,
    }


async def outcomes(live: Live, count: int) -> dict[str, dict[str, Any]]:
    """What became of so many operations, by their ids."""
    found: dict[str, dict[str, Any]] = {}
    while len(found) < count:
        event = await live.next()
        if "operationId" in event:
            found[event["operationId"]] = event
    return found


async def version(person: Person) -> int:
    return int((await call(person.api.get, URL)).json()["version"])


async def test_a_socket_that_is_too_fast_is_told_when_to_come_back(
    alice: Person, bob: Person, checklist: dict[str, Any], settings: Settings
) -> None:
    settings.SOCKET_BURST, settings.SOCKET_RATE = 10, 1
    fast, other = await Live(bob).open(), await Live(alice).open()
    await fast.send(*[PING] * 6)
    await fast.send(*[PING] * 10)

    error = await fast.next("error")
    assert error == {
        "eventType": "error",
        "entityType": "checklist",
        "entityId": CHECKLIST,
        "timestamp": ANY_TIME,
        "code": "rate_limited",
        "detail": WORDS,
        "retryAfter": error["retryAfter"],
    }
    assert 0 < error["retryAfter"] <= 6
    [ack] = await other.apply(operation())
    assert ack["version"] == 1
    await fast.close()
    await other.close()


async def test_operations_beyond_are_rejected_each_by_its_id_and_nothing_is_written(
    bob: Person, checklist: dict[str, Any], settings: Settings
) -> None:
    settings.SOCKET_BURST, settings.SOCKET_RATE = 6, 1
    live = await Live(bob).open()
    first, second = ([operation(CHECKED, n) for n in range(6)] for _ in range(2))
    await live.send(*applied(*first))
    await live.send(*applied(*second))
    told = await outcomes(live, 12)
    late = [told[one["operationId"]] for one in second]
    done = [one for one in late if one["eventType"] == "operation.ack"]

    assert all(told[one["operationId"]]["eventType"] == "operation.ack" for one in first)
    [wait] = {one["retryAfter"] for one in late[len(done) :]}
    assert 0 < wait <= 6
    for one, rejection in list(zip(second, late, strict=True))[len(done) :]:
        assert rejection == limited(one, rejection["version"], wait)
    assert await version(bob) == 6 + len(done)
    await live.close()


async def test_it_goes_on_when_the_time_has_come(
    bob: Person, checklist: dict[str, Any], settings: Settings
) -> None:
    settings.SOCKET_BURST, settings.SOCKET_RATE = 1, 100
    live = await Live(bob).open()
    done = operation()
    await live.send(PING)
    for _ in range(200):
        [answer] = await live.apply(done)
        if answer["eventType"] == "operation.ack":
            break
        assert answer["retryAfter"] <= 0.01

    assert answer["version"] == 1
    await live.close()


async def test_only_who_goes_on_regardless_is_closed(
    alice: Person, bob: Person, checklist: dict[str, Any], settings: Settings
) -> None:
    settings.SOCKET_BURST, settings.SOCKET_RATE = 1, 1
    live, other = await Live(bob).open(), await Live(alice).open()
    for _ in range(400):
        await live.send(PING)
    for _ in range(399 - 10):  # one a second may have been taken
        assert (await live.next("error"))["code"] == "rate_limited"
    for _ in range(400):
        await live.send(PING)

    assert await live.closed() == 4429
    [ack] = await other.apply(operation())
    assert ack["version"] == 1
    await other.close()


async def test_an_empty_array_counts_as_well(
    bob: Person, checklist: dict[str, Any], settings: Settings
) -> None:
    settings.SOCKET_BURST, settings.SOCKET_RATE = 5, 1
    live = await Live(bob).open()
    for _ in range(7):
        await live.send_text("[]")
    error = await live.next()

    assert (error["eventType"], error["code"]) == ("error", "rate_limited")
    assert 0 < error["retryAfter"] <= 1
    for _ in range(600):
        await live.send_text("[]")
    assert await live.closed() == 4429


async def test_a_frame_of_more_events_than_can_ever_be_taken_is_not_begun(
    bob: Person, checklist: dict[str, Any]
) -> None:
    live = await Live(bob).open()
    await live.send_text(orjson.dumps([PING] * 5_001).decode())

    assert (await live.next())["code"] == "frame_too_large"
    assert await live.settle() == []
    await live.close()


async def test_a_document_takes_so_many_a_second(
    alice: Person, bob: Person, checklist: dict[str, Any], settings: Settings
) -> None:
    settings.DOCUMENT_BURST, settings.DOCUMENT_RATE = 5, 1
    await call(forget, bob)
    fast, other = await Live(bob).open(), await Live(alice).open()
    sent = [operation(CHECKED, n) for n in range(20)]
    await fast.send(*applied(*sent))
    told = await outcomes(fast, 20)

    refused = [one for one in sent[5:] if "code" in told[one["operationId"]]]
    assert len(refused) == 15
    for one in refused:
        answer = told[one["operationId"]]
        assert answer == limited(one, 0, answer["retryAfter"])
        assert 0 < answer["retryAfter"] <= 1
    assert await version(bob) == 5
    [beyond] = await other.apply(operation())  # the limit is the document's
    assert beyond["code"] == "rate_limited"
    assert [event["version"] for event in await other.settle()] == []
    elsewhere = await call(
        alice.api.post,
        "/api/documents",
        {"entityType": "checklist", "entityId": "other", "content": {}},
    )
    assert elsewhere.status_code == 201
    free = await Live(alice, PATH.replace(CHECKLIST, "other")).open()
    [ack] = await free.apply(operation("other.title", "New"))
    assert ack["version"] == 1
    for live in (fast, other, free):
        await live.close()


async def test_so_many_may_wait(
    bob: Person, checklist: dict[str, Any], settings: Settings
) -> None:
    settings.DOCUMENT_WAITING = 7
    live = await Live(bob).open()
    sent = [operation(CHECKED, n) for n in range(20)]
    await live.send(*applied(*sent))
    told = await outcomes(live, 20)

    for one in sent[7:]:
        assert told[one["operationId"]] == limited(one, 0, 1.0)
    assert await version(bob) == 7
    again = await live.apply(*sent[7:14])  # those that waited do not any more
    assert [one["version"] for one in again] == list(range(8, 15))
    await live.close()


async def test_so_many_bytes_may_wait(
    bob: Person, checklist: dict[str, Any], settings: Settings
) -> None:
    settings.DOCUMENT_WAITING_BYTES = 65_000
    live = await Live(bob).open()
    sent = [operation(CHECKED, "x" * 30_000) for _ in range(3)]
    await live.send(*applied(*sent))
    told = await outcomes(live, 3)

    assert told[sent[2]["operationId"]] == limited(sent[2], 0, 1.0)
    assert await version(bob) == 2
    [ack] = await live.apply(sent[2])
    assert ack["version"] == 3
    await live.close()


def test_over_http_each_has_its_answer(
    bob: Person, checklist: dict[str, Any], settings: Settings
) -> None:
    settings.DOCUMENT_WAITING = 3
    forget(bob)
    sent = [operation(CHECKED, n) for n in range(5)]
    answer = bob.api.post(f"{URL}/operations", {"operations": sent})

    results = answer.json()["results"]
    assert [one["eventType"] for one in results[:3]] == ["operation.ack"] * 3
    assert results[3:] == [limited(one, 0, 1.0) for one in sent[3:]]
    assert bob.api.get(URL).json()["version"] == 3


def test_over_http_none_taken_is_a_429(
    bob: Person, checklist: dict[str, Any], settings: Settings
) -> None:
    settings.DOCUMENT_BURST, settings.DOCUMENT_RATE = 1, 1
    forget(bob)
    done = operation()
    bob.api.post(f"{URL}/operations", {"operations": [done]})
    refusals = [
        bob.api.post(f"{URL}/operations", {"operations": [operation(), operation()]}),
        bob.api.post(f"{URL}/operations/{done['operationId']}/undo"),
    ]

    for refused in refusals:
        assert refused.json() == problem(429, "rate_limited", retryAfter=1)
        assert refused.headers["Retry-After"] == "1"
    assert bob.api.get(URL).json()["version"] == 1


async def refused_socket(person: Person, path: str = PATH) -> dict[str, Any]:
    """What somebody is told who gets no socket any more."""
    live = await Live(person, path).connect()
    event = await live.next()
    assert await live.closed() == 4429
    return event


async def test_a_user_has_so_many_sockets(
    alice: Person, bob: Person, checklist: dict[str, Any], settings: Settings
) -> None:
    settings.SOCKETS_PER_USER = 2
    one = await Live(bob).open()
    two = await Live(bob, "/ws/notifications").connect()
    await two.settle()

    assert await refused_socket(bob) == {
        "eventType": "error",
        "entityType": "checklist",
        "entityId": CHECKLIST,
        "timestamp": ANY_TIME,
        "code": "too_many_sockets",
        "detail": WORDS,
        "retryAfter": 10,
    }
    assert (await refused_socket(bob, "/ws/notifications"))["code"] == "too_many_sockets"
    others = await Live(alice).open()
    await two.close()
    again = await Live(bob).open()
    [ack] = await one.apply(operation())
    assert ack["version"] == 1
    for live in (one, others, again):
        await live.close()


async def test_a_document_has_so_many_sockets(
    alice: Person, bob: Person, checklist: dict[str, Any], settings: Settings
) -> None:
    settings.SOCKETS_PER_DOCUMENT = 2
    one, two = await Live(bob).open(), await Live(alice).open()
    refused = await refused_socket(bob)

    assert (refused["code"], refused["retryAfter"]) == ("too_many_sockets", 10)
    sessions = (await call(bob.api.get, f"{URL}/sessions")).json()["items"]
    assert len(sessions) == 2
    await two.close()
    again = await Live(alice).open()
    await one.close()
    await again.close()
