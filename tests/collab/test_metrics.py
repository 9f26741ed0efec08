"""What the realtime engine counts, told at its end."""

import json
import logging
from typing import Any

import pytest
from pytest_django import Settings

from collab.hub import healing
from tests.cast import Person
from tests.collab.live import CHECKED, PATH, Live, operation
from tests.collab.processes import Process


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> Any:
    caplog.set_level(logging.INFO, "prework.metrics")

    def figures() -> dict[str, Any]:
        lines = [json.loads(r.message) for r in caplog.records if r.name == "prework.metrics"]
        [line] = [line for line in lines if "Joins" in line]
        return dict(line)

    return figures


async def test_what_was_done_is_counted(
    alice: Person, bob: Person, checklist: dict[str, Any], told: Any
) -> None:
    process = Process()
    anne, ben = await process.open(alice), await process.open(bob)
    mine = [operation(CHECKED, n) for n in range(3)]
    await ben.apply(*mine)
    await ben.apply(mine[0], operation(base=99), {"operationId": "odd"})
    await anne.apply(operation(CHECKED, 9), operation(CHECKED, 8, onConflict="reject"))
    await ben.apply(operation(CHECKED, 7, onConflict="reject"))
    back = await process.open(bob, f"?since=0&epoch={checklist['epoch']}")
    await healing.measure_outboxes(process.hub)
    process.engine.tally.tell()

    figures = told()
    assert figures["OperationsCommitted"] == 4
    assert figures["Commits"] == figures["CommitLatency"]["Count"] == figures["BatchSize"]["Count"]
    assert figures["BatchSize"]["Sum"] == 4
    assert figures["Duplicates"] == 1
    assert figures["OperationsRejected"] == 4
    assert figures["RejectedInvalidOperation"] == figures["RejectedInvalidBaseVersion"] == 1
    assert figures["RejectedConflict"] == 2
    assert figures["Conflicts"] == 3  # one that overwrote, two that would not
    assert (figures["Joins"], figures["Resumes"]) == (3, 1)
    assert (figures["Sockets"], figures["DocumentsOpen"], figures["DocumentsInMemory"]) == (
        3,
        1,
        1,
    )
    assert figures["OutboxBytes"]["Counts"] == [3]
    for live in (anne, ben, back):
        await live.close()


async def test_what_was_missed_is_counted_as_healed(
    alice: Person, bob: Person, checklist: dict[str, Any], told: Any
) -> None:
    one, two = Process(), Process()
    anne, ben = await one.open(alice), await two.open(bob)
    await anne.apply(operation())
    await healing.heal_documents(two.hub)
    assert (await ben.next("checklist.item.checked"))["version"] == 1
    two.engine.tally.tell()

    assert told()["Heals"] == 1
    await anne.close()
    await ben.close()


async def test_who_was_too_much_is_counted_and_a_stop_tells_it(
    bob: Person, carol: Person, checklist: dict[str, Any], told: Any, settings: Settings
) -> None:
    settings.SOCKET_BURST, settings.SOCKET_RATE, settings.SOCKETS_PER_USER = 2, 1, 1
    process = Process()
    ben, cat = await process.open(bob), await process.open(carol)
    refused = await Live(bob, PATH, app=process.app).connect()
    assert await refused.closed() == 4429
    [denied] = await cat.apply(operation())
    assert denied["code"] == "permission_denied"
    await ben.send({"action": "ping"}, {"action": "ping"})
    [late] = await ben.apply(operation())
    assert late["code"] == "rate_limited"
    await process.hub.stop()

    figures = told()
    assert figures["SocketsRefused"] == figures["FramesPutOff"] == 1
    assert figures["OperationsRejected"] == 2
    assert figures["RejectedRateLimited"] == figures["RejectedPermissionDenied"] == 1
