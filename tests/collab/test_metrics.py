"""What the realtime engine counts, told at its end."""

from typing import Any

from pytest_django import Settings

from collab.hub import healing
from tests.cast import Person
from tests.collab.live import CHECKED, PATH, Live, operation
from tests.collab.processes import Process
from tests.figures import Figures, beside


async def test_what_was_done_is_counted(
    alice: Person, bob: Person, checklist: dict[str, Any], figures: Figures
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

    told = figures.told()
    assert told["OperationsCommitted"] == 4
    assert told["Commits"] == told["CommitLatency"]["Count"] == told["BatchSize"]["Count"]
    assert told["BatchSize"]["Sum"] == 4
    assert told["Duplicates"] == 1
    assert told["OperationsRejected"] == 4
    assert told["RejectedInvalidOperation"] == told["RejectedInvalidBaseVersion"] == 1
    assert told["RejectedConflict"] == 2
    assert told["Conflicts"] == 3  # one that overwrote, two that would not
    assert (told["Joins"], told["Resumes"]) == (3, 1)
    assert (told["Sockets"], told["DocumentsOpen"], told["DocumentsInMemory"]) == (
        3,
        1,
        1,
    )
    assert told["OutboxBytes"]["Counts"] == [3]
    for live in (anne, ben, back):
        await live.close()


async def test_what_was_missed_is_counted_as_healed(
    alice: Person, bob: Person, checklist: dict[str, Any], figures: Figures
) -> None:
    one, two = Process(), Process()
    anne, ben = await one.open(alice), await two.open(bob)
    await anne.apply(operation())
    await healing.heal_documents(two.hub)
    assert (await ben.next("checklist.item.checked"))["version"] == 1
    two.engine.tally.tell()

    assert figures.told()["Heals"] == 1
    await anne.close()
    await ben.close()


async def test_who_was_too_much_is_counted_and_a_stop_tells_it(
    bob: Person, carol: Person, checklist: dict[str, Any], figures: Figures, settings: Settings
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

    told = figures.told()
    assert told["SocketsRefused"] == told["FramesPutOff"] == 1
    assert told["OperationsRejected"] == 2
    assert told["RejectedRateLimited"] == told["RejectedPermissionDenied"] == 1


async def test_the_end_of_a_socket_says_how_long_it_was_there(
    carol: Person, checklist: dict[str, Any], figures: Figures
) -> None:
    process = Process()
    live = await process.open(carol)
    await live.close()

    [stayed] = figures.of("CollaborationSessionDuration")
    assert isinstance(stayed.value, float)
    assert dict(stayed.dimensions) == {"EntityType": "checklist", "UserRole": "viewer"}
    assert beside(stayed)["UserId"] == carol.user_id
