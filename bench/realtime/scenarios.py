"""What is done to the servers: rooms of many sizes, many rooms, one hot document."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

from bench.realtime.clients import Client, History, Writer
from bench.realtime.measures import Result, Window
from bench.realtime.site import Site
from bench.realtime.units import per_operation

WARM_UP = 2.0
ITEMS = 100
IN_FLIGHT = 64
_names = count(1)


def items_of(seed: int, number: int = ITEMS) -> Iterator[str]:
    """Items of a document, one after the other, at random but always the same."""
    pick = random.Random(seed)
    while True:
        yield f"i{pick.randrange(number)}"


@asynccontextmanager
async def room(
    site: Site, writers: int, readers: int, *, items: int = ITEMS
) -> AsyncIterator[tuple[list[Writer], list[Client]]]:
    """A new document, with its clients spread over the servers; their sockets end with it."""
    entity_id = f"bench-{next(_names)}"
    await asyncio.to_thread(site.make_checklist, entity_id, items)
    writing = [Writer(entity_id, items_of(n, items)) for n in range(writers)]
    reading = [Client(entity_id) for _ in range(readers)]
    everybody: list[Client] = [*writing, *reading]
    for number, client in enumerate(everybody):
        port = site.servers[number % len(site.servers)].port
        await client.open(port, site.token, f"?client=c{number}")
    yield writing, reading
    for client in everybody:
        client.wire.close()


async def saturated(
    site: Site,
    name: str,
    rooms: Sequence[tuple[list[Writer], list[Client]]],
    in_flight: int,
    seconds: float,
) -> Result:
    """All writers flat out, for so long; then everybody is to be where the store is."""
    writers = [writer for writing, _ in rooms for writer in writing]
    clients = [*writers, *(reader for _, reading in rooms for reader in reading)]
    for writer in writers:
        writer.write(in_flight)
    await asyncio.sleep(WARM_UP)
    window = Window(clients, site.servers, site.aws.process_id)
    await asyncio.sleep(seconds)
    result = window.result(name)
    for writer in writers:
        writer.write(0)
    found = [await check(site, *one) for one in rooms]
    result.wrong = "; ".join(filter(None, found))
    if site.is_ours:
        result.units = await asyncio.to_thread(per_operation, site, writers[0].entity_id, ITEMS)
    return result


async def paced(
    site: Site,
    name: str,
    writers: list[Writer],
    readers: list[Client],
    rate: float,
    seconds: float,
) -> Result:
    """So many operations a second, by each writer in turn: how long until others have them."""
    for reader in readers:
        reader.latencies = []
    window: Window | None = None
    loop = asyncio.get_running_loop()
    start, ticks = loop.time(), int((WARM_UP + seconds) * rate)
    for tick in range(ticks):
        await asyncio.sleep(start + tick / rate - loop.time())
        if window is None and loop.time() - start >= WARM_UP:
            window = Window([*writers, *readers], site.servers, site.aws.process_id)
        writers[tick % len(writers)].send_one()
    await asyncio.sleep(0.5)
    if window is None:
        raise ValueError("too short")
    result = window.result(name)
    result.wrong = await check(site, writers, readers)
    return result


async def check(site: Site, writers: list[Writer], readers: list[Client]) -> str:
    """What is not as it must be, once all is quiet: versions, replicas, acknowledgements."""
    document = await asyncio.to_thread(site.call, "GET", _path(writers[0]))
    histories: list[History] = []
    try:
        async with asyncio.timeout(30):
            while any(writer.in_flight and not writer.is_closed for writer in writers):
                await asyncio.sleep(0.05)
            document = await asyncio.to_thread(site.call, "GET", _path(writers[0]))
            while any(reader.version < document["version"] for reader in readers):
                await asyncio.sleep(0.05)
            histories = [writer.history() for writer in writers]
            while any(one.version < document["version"] for one in histories):
                await asyncio.sleep(0.2)
                histories = [writer.history() for writer in writers]
    except TimeoutError:
        return ", ".join(["somebody is behind", *closed(writers)])
    return ", ".join(faults(document, histories, readers) + closed(writers))


def closed(writers: list[Writer]) -> list[str]:
    """Which writers were sent away, and why."""
    codes = Counter(str(writer.wire.close_code) for writer in writers if writer.is_closed)
    return [f"{count} writers closed with {code}" for code, count in codes.items()]


def faults(document: dict[str, Any], histories: list[History], readers: list[Client]) -> list[str]:
    """Where what clients were told differs from the document."""
    texts = {name: item["text"] for name, item in document["content"]["items"].items()}
    acked = sorted(version for history in histories for version in history.acked)
    found = {
        "versions are not dense": any(one.gaps for one in histories),
        "a reader missed something": any(one.gaps for one in readers),
        "replicas differ": any(history.texts != texts for history in histories),
        "acknowledged twice or not at all": acked != list(range(1, document["version"] + 1)),
    }
    rejected = sum((history.rejected for history in histories), Counter())
    refusals = [f"{count} rejected with {code}" for code, count in rejected.items()]
    return [fault for fault, is_so in found.items() if is_so] + refusals


def _path(client: Client) -> str:
    return f"/api/documents/checklist/{client.entity_id}"
