"""The truth: real servers in processes of their own, real sockets, and what happens between."""

import asyncio
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from prework.localaws import LocalAws
from tests.cast import Person
from tests.collab.live import CHECKED, CHECKLIST, PATH, URL, call, operation
from tests.collab.servers import RealLive, Server, running
from tests.redis import HAS_REDIS, REDIS

# Without Redis processes converge by the store; with it at once. CI installs it.
PAIRS = ["servers", "linked_servers"] if HAS_REDIS else ["servers"]


def free_port() -> int:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        return int(reserved.getsockname()[1])


@contextmanager
def redis_server(port: int = 0) -> Iterator[str]:
    """A Redis of the test's own."""
    port = port or free_port()
    arguments = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    process = subprocess.Popen(  # noqa: S603  the Redis of this machine
        [str(REDIS), *arguments], stdout=subprocess.DEVNULL
    )
    try:
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.kill()
        process.wait(10)


@pytest.fixture(scope="module")
def servers(engine: LocalAws) -> Iterator[list[Server]]:
    """Two processes that share nothing but the store."""
    with running(engine, 2) as two:
        yield two


@pytest.fixture(scope="module")
def linked_servers(engine: LocalAws) -> Iterator[list[Server]]:
    """Two processes that also have a Redis."""
    with redis_server() as url, running(engine, 2, PREWORK_REDIS_URL=url) as two:
        yield two


@pytest.fixture(params=PAIRS)
def pair(request: pytest.FixtureRequest) -> list[Server]:
    """Two processes, of each kind that this machine has."""
    two: list[Server] = request.getfixturevalue(request.param)
    return two


async def read_versions(live: RealLive, until: int) -> list[int]:
    versions: list[int] = []
    while not versions or versions[-1] < until:
        event = await live.next()
        if "version" in event:
            versions.append(event["version"])
    return versions


async def closing_code(live: RealLive) -> int:
    with pytest.raises(ConnectionClosed) as closed:
        while True:
            await live.connection.recv()
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code


async def test_two_people_over_real_sockets(
    servers: list[Server], alice: Person, bob: Person, checklist: dict[str, Any]
) -> None:
    server = servers[0]
    anne, ben = await server.open(alice), await server.open(bob)
    [ack] = await ben.apply(operation(oldValue=False))
    event = await anne.next("checklist.item.checked")

    assert ack["version"] == event["version"] == 1
    data = {"itemId": "item-456", "checked": True, "updatedBy": bob.user_id}
    assert event["data"] == data
    document = await call(server.call, alice, "GET", URL)
    assert (document["version"], document["modifiedBy"]) == (1, bob.user_id)
    await anne.close()
    await ben.close()


async def test_two_processes_share_one_document(
    pair: list[Server], alice: Person, bob: Person, checklist: dict[str, Any]
) -> None:
    lives = [
        await pair[n % 2].open(alice if n % 4 else bob, f"{PATH}?client=c{n}") for n in range(8)
    ]
    sent = [
        [operation(f"{CHECKLIST}.items.item-456.f{m}", f"{n}-{m}") for m in range(5)]
        for n in range(8)
    ]
    for live, batch in zip(lives, sent, strict=True):
        await live.send(*({"action": "apply", "operation": one} for one in batch))
    async with asyncio.timeout(20):
        versions = await asyncio.gather(*(read_versions(live, 40) for live in lives))

    assert versions == [list(range(1, 41))] * 8
    documents = [await call(server.call, alice, "GET", URL) for server in pair]
    assert documents[0] == documents[1]
    assert documents[0]["version"] == 40
    logged = (await call(pair[0].call, bob, "GET", f"{URL}/operations"))["operations"]
    ids = [one["operationId"] for batch in sent for one in batch]
    assert sorted(one["operationId"] for one in logged) == sorted(ids)
    [repeat] = await lives[4].apply(sent[0][0])  # bob's, too
    assert repeat["duplicate"] is True
    [reuse] = await lives[1].apply(sent[0][0])  # alice's
    assert reuse["code"] == "operation_id_reused"
    for live in lives:
        await live.close()


async def test_who_is_here_and_what_is_revoked_goes_across_processes(
    pair: list[Server], alice: Person, bob: Person, checklist: dict[str, Any]
) -> None:
    one, two = pair
    anne, ben = await one.open(alice), await two.open(bob)
    assert [p["userId"] for p in ben.welcome["participants"]] == [alice.user_id]
    sessions = await call(one.call, alice, "GET", f"{URL}/sessions")
    assert [item["userId"] for item in sessions["items"]] == [alice.user_id, bob.user_id]

    async with asyncio.timeout(5):
        await call(one.call, bob, "POST", "/api/auth/logout")
        assert await closing_code(ben) == 4401
    async with asyncio.timeout(5):
        await call(two.call, alice, "DELETE", URL)
        assert await closing_code(anne) == 4404


@pytest.mark.parametrize("linked", PAIRS[1:])
async def test_with_redis_it_goes_at_once(
    linked: str,
    request: pytest.FixtureRequest,
    alice: Person,
    bob: Person,
    checklist: dict[str, Any],
) -> None:
    one, two = request.getfixturevalue(linked)
    anne, ben = await one.open(alice), await two.open(bob)
    async with asyncio.timeout(2):
        assert (await anne.next("team.member.joined"))["userId"] == bob.user_id
        await ben.send({"action": "presence", "state": {"at": "x"}})
        assert (await anne.next("presence.updated"))["data"]["state"] == {"at": "x"}
        await ben.apply(operation())
        assert (await anne.next("checklist.item.checked"))["version"] == 1
        await ben.close()
        assert (await anne.next("team.member.left"))["userId"] == bob.user_id
        await call(two.call, alice, "DELETE", URL)
        assert await closing_code(anne) == 4404


async def test_a_stop_answers_what_was_sent_and_sends_everybody_back(
    engine: LocalAws, alice: Person, bob: Person, checklist: dict[str, Any]
) -> None:
    with running(engine) as [server]:
        watcher, writer = await server.open(alice), await server.open(bob)
        sent = [operation(CHECKED, n) for n in range(50)]
        await writer.send(*({"action": "apply", "operation": one} for one in sent))
        await writer.next("operation.ack")
        stopping = asyncio.create_task(call(server.stop))

        acks = [await writer.next("operation.ack") for _ in range(49)]
        assert acks[-1]["version"] == 50
        assert await read_versions(watcher, 50) == list(range(1, 51))
        assert await closing_code(writer) == await closing_code(watcher) == 1012
        assert await stopping == 0


async def test_what_was_acknowledged_outlives_a_killed_server(
    servers: list[Server],
    engine: LocalAws,
    alice: Person,
    bob: Person,
    checklist: dict[str, Any],
) -> None:
    staying = servers[0]
    with running(engine) as [dying]:
        watcher = await staying.open(alice)
        ben = await dying.open(bob)
        done = operation()
        [ack] = await ben.apply(done)
        dying.process.kill()

        async with asyncio.timeout(5):
            event = await watcher.next("checklist.item.checked")
        assert event["version"] == ack["version"] == 1
        back = await staying.open(bob, f"{PATH}?since=0&epoch={checklist['epoch']}")
        assert [o["operationId"] for o in back.welcome["operations"]] == [done["operationId"]]
        [repeat] = await back.apply(done)
        assert (repeat["version"], repeat["duplicate"]) == (1, True)
        await watcher.close()
        await back.close()


async def test_a_frame_too_large_is_told_so_and_one_larger_still_is_not_read(
    servers: list[Server], alice: Person, bob: Person, checklist: dict[str, Any]
) -> None:
    other, live = await servers[0].open(alice), await servers[0].open(bob)
    await live.send({"action": "ping", "x": "x" * 1_500_000})
    assert (await live.next("error"))["code"] == "frame_too_large"
    [ack] = await live.apply(operation())
    assert ack["version"] == 1

    with suppress(ConnectionClosed):  # it may be closed before all of it is sent
        await live.send({"action": "ping", "x": "x" * 3_000_000})
    assert await closing_code(live) == 1009
    [ack] = await other.apply(operation(CHECKED, False, base=1))
    assert ack["version"] == 2
    await other.close()


async def test_one_who_stops_reading_is_closed_and_the_others_do_not_wait(
    servers: list[Server], alice: Person, bob: Person, checklist: dict[str, Any]
) -> None:
    server = servers[0]
    # One frame is buffered, then nothing is read from the socket any more.
    stalled = await server.open(alice, max_queue=1)
    writer, reader = await server.open(bob), await server.open(bob)
    reading = asyncio.create_task(read_versions(reader, 480))
    text = "x" * 30_000
    for base in range(0, 480, 8):
        batch = [operation(f"{CHECKLIST}.f{n}", text, base=base) for n in range(8)]
        async with asyncio.timeout(5):
            await writer.apply(*batch)
    async with asyncio.timeout(5):
        assert await reading == list(range(1, 481))

    async with asyncio.timeout(20):
        assert await closing_code(stalled) == 4408
    path = f"{PATH}?since=0&epoch={checklist['epoch']}"
    back = await server.open(alice, path, max_size=None)
    assert back.welcome["version"] == 480
    assert [back.welcome["content"][f"f{n}"] for n in range(8)] == [text] * 8
    for live in (writer, reader, back):
        await live.close()
