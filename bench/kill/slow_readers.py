"""Some of many never read: they are closed with 4408, come back, and have everything."""

from collections.abc import AsyncIterator, Sequence
from functools import partial

from bench.kill.clients import Client
from bench.kill.report import Row
from bench.kill.stage import Stage

TOO_SLOW = "closed 4408"
WRITERS, AT_ONCE, VALUE_BYTES = 4, 5, 16_000
# Two times what holds for one who does not read: the outbox 2 MiB, a send buffer of Linux up to 4.
FILLED_BYTES = 16_000_000


async def stop_reading(stage: Stage, rounds: int) -> AsyncIterator[Row]:
    """The first `slow` clients of the stage stop reading while others write."""
    slow, others = stage.clients[: stage.load.slow], stage.clients[stage.load.slow :]
    for number in range(1, rounds + 1):
        for client in slow:
            client.hears.clear()
        late = await _fill(stage, others)
        for client in slow:
            client.hears.set()
        late += await stage.until(partial(_are_closed, slow, number))
        back = await stage.until_all_in()
        row = await stage.check(f"{len(slow)} of {len(stage.clients)} never read", back)
        row.more["closed with 4408"] = row.counts[TOO_SLOW]
        row.verdict.wrong += late + _disturbed(others)
        yield row


async def _fill(stage: Stage, readers: Sequence[Client]) -> list[str]:
    """Write more than fits; everybody else reads it all before more is written."""
    late: list[str] = []
    for _ in range(FILLED_BYTES // (WRITERS * AT_ONCE * VALUE_BYTES)):
        before = readers[0].replica.version
        for client in readers[:WRITERS]:
            fillings = [client.writer.filling(client.replica, VALUE_BYTES) for _ in range(AT_ONCE)]
            await client.send(fillings)
        reached = before + WRITERS * AT_ONCE
        late += await stage.until(partial(_are_at, readers, reached))
    return late


def _are_at(readers: Sequence[Client], version: int) -> bool:
    return all(client.replica.version >= version for client in readers)


def _are_closed(slow: Sequence[Client], times: int) -> bool:
    return all(client.tally.counts[TOO_SLOW] >= times for client in slow)


def _disturbed(others: Sequence[Client]) -> list[str]:
    return [
        f"{client.seat.name} reads, and was {name}"
        for client in others
        for name in client.tally.counts
        if name == "cut off" or name.startswith("closed")
    ]
