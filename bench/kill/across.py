"""Whether processes tell each other at once again, or only find out by looking into the store."""

import asyncio
import time
from collections.abc import Sequence

from bench.kill.clients import Client
from bench.kill.report import Row
from bench.kill.stage import Stage

AT_ONCE_SECONDS = 0.5  # a look into the store comes every 3 seconds
IN_A_ROW = 3  # by luck it comes that soon once, hardly three times


async def told_again(stage: Stage, row: Row) -> None:
    """Wait until it takes no time for a few operations in a row to reach the other process."""
    row.verdict.wrong += await stage.until_done(_until_at_once(stage))


async def _until_at_once(stage: Stage) -> None:
    quick = 0
    while quick < IN_A_ROW:
        await asyncio.sleep(0.1)
        quick = quick + 1 if await _across(stage.clients) < AT_ONCE_SECONDS else 0


async def _across(clients: Sequence[Client]) -> float:
    """Seconds between an operation's ack and its coming to somebody on another server."""
    sender, receiver = _pair(clients)
    operation = sender.writer.operation(sender.replica)
    await sender.send([operation])
    while sender.tally.unacked:
        await asyncio.sleep(0.002)
    acked = time.monotonic()
    while receiver.replica.version < sender.replica.version:
        await asyncio.sleep(0.002)
    return time.monotonic() - acked


def _pair(clients: Sequence[Client]) -> tuple[Client, Client]:
    return next(
        (one, other)
        for one in clients
        for other in clients
        if one.seat.entity_id == other.seat.entity_id and one.at is not other.at
    )
