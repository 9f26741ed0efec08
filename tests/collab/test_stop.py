"""A server that is told to stop while people go on writing: nothing is lost, nothing doubled."""

import asyncio
import contextlib
import sys
from itertools import count
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from collab.engine.marks import Author
from collab.engine.outcomes import Rejected
from collab.hub.hubs import Hub
from collab.models import document_ref
from prework.localaws import LocalAws
from tests import faults
from tests.cast import Person
from tests.collab.live import CHECKED, CHECKLIST, PATH, URL, Live, call, operation
from tests.collab.processes import Process
from tests.collab.servers import RealLive, Server, running
from tests.collab.test_store_failures import DOWN


class Writer:
    """Somebody who writes on and on, over a socket, and reads what comes of it."""

    def __init__(self, live: RealLive, name: str) -> None:
        self.live = live
        self.name = name
        self.sent: dict[str, dict[str, Any]] = {}
        self.acked: dict[str, int] = {}
        self.code: int | None = None
        self.has_some = asyncio.Event()

    async def run(self) -> None:
        """Write without a pause until the server ends it."""
        writing = asyncio.create_task(self._write())
        try:
            while True:
                event = await self.live.next("operation.ack")
                self.acked[event["operationId"]] = event["version"]
                if len(self.acked) > 100:
                    self.has_some.set()
        except ConnectionClosed as closed:
            self.code = closed.rcvd.code if closed.rcvd else None
        finally:
            writing.cancel()

    async def _write(self) -> None:
        path = f"{CHECKLIST}.items.item-456.{self.name}"
        with contextlib.suppress(ConnectionClosed):
            for number in count():
                done = operation(path, f"{number}{'x' * 2_000}")
                self.sent[done["operationId"]] = done
                await self.live.send({"action": "apply", "operation": done})
                await asyncio.sleep(0)


async def post_on(server: Server, person: Person, seen: dict[str, str]) -> None:
    """Write over HTTP without a pause until nobody answers."""
    headers = {"Authorization": f"Bearer {person.token}"}
    async with httpx.AsyncClient(headers=headers, base_url=server.url) as client:
        with contextlib.suppress(httpx.TransportError):
            while True:
                done = operation(f"{CHECKLIST}.title")
                seen[done["operationId"]] = "unknown"
                answer = await client.post(f"{URL}/operations", json={"operations": [done]})
                [result] = answer.json()["results"]
                seen[done["operationId"]] = result.get("code", "done")


async def history(server: Server, person: Person) -> list[dict[str, Any]]:
    operations: list[dict[str, Any]] = []
    while True:
        since = f"{URL}/operations?since={len(operations)}"
        page = await call(server.call, person, "GET", since)
        operations += page["operations"]
        if not page["hasMore"]:
            return operations


async def stop_amid_writing(server: Server, people: list[Person]) -> list[Writer]:
    """Stop it while these write, and one more has stopped reading; what the writers saw."""
    stalled = await server.open(people[0], max_queue=1)
    writers = [
        Writer(await server.open(person, f"{PATH}?client=w{n}"), f"w{n}")
        for n, person in enumerate(people)
    ]
    writing = [asyncio.create_task(one.run()) for one in writers]
    await asyncio.gather(*(one.has_some.wait() for one in writers))
    assert await call(server.stop, within=9) == 0
    await asyncio.gather(*writing)
    stalled.connection.transport.abort()
    return writers


async def test_writers_that_never_pause_lose_nothing(
    engine: LocalAws, alice: Person, bob: Person, checklist: dict[str, Any]
) -> None:
    seen: dict[str, str] = {}
    with running(engine) as [server]:
        posting = asyncio.create_task(post_on(server, bob, seen))
        writers = await stop_amid_writing(server, [alice, bob, bob])
        await posting
    with running(engine) as [server]:
        logged = await history(server, alice)
        versions = {one["operationId"]: one["version"] for one in logged}
        assert list(versions.values()) == list(range(1, len(logged) + 1))
        for writer in writers:
            assert writer.code == 1012
            assert writer.acked.items() <= versions.items()
        assert {one for one, became in seen.items() if became == "done"} <= versions.keys()
        assert set(seen.values()) <= {"done", "unknown", "storage_unavailable"}
        await check_resume(server, alice, writers[0], checklist["epoch"])


async def check_resume(server: Server, person: Person, writer: Writer, epoch: str) -> None:
    """Come back to another server, and send again what was not acknowledged."""
    path = f"{PATH}?client=w0&since={max(writer.acked.values())}&epoch={epoch}"
    back = await server.open(person, path, max_size=None)
    assert back.welcome["resumed"] is True
    unknown = [one for name, one in writer.sent.items() if name not in writer.acked][:100]
    assert {one["eventType"] for one in await back.apply(*unknown)} == {"operation.ack"}
    ids = [one["operationId"] for one in await history(server, person)]
    assert len(set(ids)) == len(ids)
    assert {one["operationId"] for one in unknown} <= set(ids)
    await back.close()


async def test_what_comes_while_it_stops_is_not_done_and_nobody_gets_in(
    alice: Person, bob: Person, checklist: dict[str, Any]
) -> None:
    process = Process()
    live = await process.open(bob)
    before, after = operation(), operation(CHECKED, False)
    await live.send({"action": "apply", "operation": before})
    [room] = process.hub.rooms.values()
    while not room.document.is_busy:
        await asyncio.sleep(0)
    stopping = asyncio.create_task(process.hub.stop())
    await asyncio.sleep(0)
    await live.send({"action": "apply", "operation": after})
    late = await Live(alice, app=process.app).connect()

    assert await late.closed() == 1012
    assert (await live.next("operation.ack"))["operationId"] == before["operationId"]
    assert await live.closed() == 1012
    await stopping
    assert process.hub.rooms == {}
    operations = (await call(alice.api.get, f"{URL}/operations")).json()["operations"]
    assert [one["operationId"] for one in operations] == [before["operationId"]]


async def test_over_http_it_is_to_be_sent_again(bob: Person, checklist: dict[str, Any]) -> None:
    process = Process()
    await process.hub.stop()
    ref = document_ref(bob.actor, "checklist", CHECKLIST)
    author = Author(bob.user_id, "client")
    [outcome] = await process.engine.apply(ref, [operation()], author)

    assert isinstance(outcome, Rejected)
    assert (outcome.code, outcome.retry) == ("storage_unavailable", True)
    assert (await call(bob.api.get, URL)).json()["version"] == 0


async def test_it_does_not_wait_for_a_store_that_does_not_answer(
    bob: Person, checklist: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules[Hub.__module__], "COMMITTING_SECONDS", 0.1)
    process = Process()
    live = await process.open(bob)
    done = operation()
    with faults.raising("TransactWriteItems", DOWN):
        await live.send({"action": "apply", "operation": done})
        [room] = process.hub.rooms.values()
        while not room.document.is_busy:
            await asyncio.sleep(0)
        await process.hub.stop()
        assert room.document.is_busy  # it has not given up yet

    refused = await live.next("operation.rejected")
    assert (refused["code"], refused["retry"]) == ("storage_unavailable", True)
    assert await live.closed() == 1012
    await room.document.settled()
    assert (room.document.intake.count, room.document.intake.bytes) == (0, 0)
    again = await Live(bob, f"{PATH}?since=0&epoch={checklist['epoch']}").open()
    [answer] = await again.apply(done)  # it was stored after all, or is now: once
    assert (answer["eventType"], answer["version"]) == ("operation.ack", 1)
    await again.close()
