"""What must not slow anybody down: readers who do not read, other documents, large documents."""

import asyncio
from contextlib import AsyncExitStack

from bench.realtime.clients import Client
from bench.realtime.measures import Result, percentile
from bench.realtime.scenarios import IN_FLIGHT, items_of, paced, room, saturated
from bench.realtime.site import Site


async def stalled_readers(site: Site, size: int, stalled: int, seconds: float) -> list[Result]:
    """A room flat out with everybody reading, then with some who stop, and come back later."""
    results = []
    async with room(site, 5, size - 5) as (writers, readers):
        await paced(site, "", writers, readers, 20, 1.0)
        name = f"room of {size}, flat out, all read"
        results.append(await saturated(site, name, [(writers, readers)], IN_FLIGHT, seconds))
        silent, others = readers[:stalled], readers[stalled:]
        for reader in silent:
            reader.wire.pause()
        before = site.servers[0].megabytes
        name = f"the same, {stalled} never read"
        result = await saturated(site, name, [(writers, others)], IN_FLIGHT, seconds)
        grown = site.servers[0].megabytes - before
        back = await _come_back(site, silent, others[0].version)
        result.notes = f"memory {before:.0f} MB, {grown:+.0f}; {back}"
        results.append(result)
    return results


async def _come_back(site: Site, silent: list[Client], version: int) -> str:
    """They read again; those who were closed resume. All are to be where the others are."""
    for reader in silent:
        reader.wire.resume()
    async with asyncio.timeout(60):
        while any(not one.is_closed and one.version < version for one in silent):
            await asyncio.sleep(0.05)
    closed = [reader for reader in silent if reader.is_closed]
    codes = {reader.wire.close_code for reader in closed}
    for reader in closed:
        again = Client(reader.entity_id)
        query = f"?since={reader.version}&epoch={reader.welcome['epoch']}"
        await again.open(site.servers[0].port, site.token, query)
        reader.version = again.version
        again.wire.close()
    whole = sum(one.version == version and not one.gaps for one in silent)
    return (
        f"{len(closed)} closed with {codes or 'nothing'}, {whole} of {len(silent)} came back whole"
    )


async def many_documents(site: Site, count: int, seconds: float) -> list[Result]:
    """The same room of 50, with one document open and with many."""
    results = []
    async with AsyncExitStack() as stack:
        for others in (0, count - 1):
            await _open(site, others, stack)
            async with room(site, 5, 45) as (writers, readers):
                name = f"room of 50, {others + 1} documents open"
                one = [(writers, readers)]
                results.append(await saturated(site, name, one, IN_FLIGHT, seconds))
    return results


async def _open(site: Site, count: int, stack: AsyncExitStack) -> None:
    """So many rooms of one reader, twenty at a time."""
    turns = asyncio.Semaphore(20)

    async def open_one() -> None:
        async with turns:
            await stack.enter_async_context(room(site, 0, 1, items=1))

    await asyncio.gather(*(open_one() for _ in range(count)))


async def large_document(site: Site, seconds: float) -> list[Result]:
    """Ten writers on ten items of a small document, and of one with 10,000."""
    results = []
    for items in (10, 10_000):
        async with room(site, 10, 0, items=items) as (writers, readers):
            for number, writer in enumerate(writers):
                writer.items = items_of(number, 10)
            name = f"10 writers, a document of {items:,} items"
            results.append(await saturated(site, name, [(writers, readers)], 8, seconds))
    return results


def compare(results: list[Result]) -> str:
    """The second of two against the first."""
    first, second = results
    rate = second.deliveries_per_second / first.deliveries_per_second
    ack = percentile(second.ack_latencies, 0.99) / max(percentile(first.ack_latencies, 0.99), 0.1)
    cpu = second.cpu_per_thousand / first.cpu_per_thousand
    return f"{rate:.2f} of the rate, {cpu:.2f} of the CPU, {ack:.2f} of the p99"
