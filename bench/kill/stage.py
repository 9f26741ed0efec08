"""A cluster with people at work on it: where every scenario plays."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Any

from bench.kill.clients import Client, Seat
from bench.kill.cluster import Cluster
from bench.kill.patience import is_done_within
from bench.kill.people import Crew, make_document
from bench.kill.processes import Server
from bench.kill.report import Row
from bench.kill.tally import totals
from bench.kill.truth import Truth

LOOK_SECONDS = 0.01
SLOW_BYTES = 32 * 1024


@dataclass(frozen=True)
class Load:
    """How many work on how many documents, and how long before and after something happens."""

    clients: int = 12
    documents: int = 3
    seconds: float = 1.0
    patience_seconds: float = 60.0
    slow: int = 0  # so many have little room for what they have not read


class Stage:
    """Clients spread over servers and documents, and the truth to hold against them."""

    def __init__(self, cluster: Cluster, crew: Crew, load: Load, random: Random) -> None:
        self.cluster = cluster
        self.crew = crew
        self.load = load
        self.random = random
        self.clients: list[Client] = []
        self._counted: Counter[str] = Counter()

    async def open(self) -> None:
        """Make the documents, and let everybody in."""
        url = self.cluster.up[0].url
        making = [make_document(url, self.crew) for _ in range(self.load.documents)]
        self.documents = await asyncio.gather(*making)
        self.truth = Truth(self.crew.tokens[0], self.documents)
        self.clients = [self._client(number) for number in range(self.load.clients)]
        for client in self.clients:
            client.start()
        await self.until_all_in()

    async def close(self) -> None:
        """Send everybody home."""
        await asyncio.gather(*(client.stop() for client in self.clients))
        await self.truth.close()

    async def work(self, seconds: float | None = None) -> None:
        """Let everybody write for a while; they go on until `rest`."""
        for client in self.clients:
            client.is_writing = True
        await asyncio.sleep(self.load.seconds if seconds is None else seconds)

    def rest(self) -> None:
        """Let nobody begin anything new."""
        for client in self.clients:
            client.is_writing = False

    async def spread(self) -> None:
        """Send half of those on the fuller server to the other, in the middle of their work."""
        at = Counter(client.at for client in self.clients)
        fuller = [one for one in self.clients if one.at is at.most_common(1)[0][0]]
        for client in fuller[::2] if len(fuller) > len(self.clients) // 2 else []:
            await client.move()

    async def until_all_in(self) -> float:
        """Wait until everybody has a document before them; how many seconds it took."""
        begun = time.monotonic()
        await self.until(
            lambda: all(client.is_in for client in self.clients)
        )  # who is not in then has not converged, either
        return time.monotonic() - begun

    async def until(self, is_so: Callable[[], bool]) -> list[str]:
        """Wait until something is so; what is wrong if it does not become so in time."""
        return await self.until_done(_until(is_so))

    async def check(self, name: str, back: float = 0.0, *, whole: bool = False) -> Row:
        """Wait until all have converged, judge, and make the report's row of it."""
        self.rest()
        servers = self.cluster.up
        begun = time.monotonic()
        late = await self.until_done(self.truth.converged(self.clients, servers))
        seconds = time.monotonic() - begun
        verdict = await self.truth.judge(self.clients, servers, whole=whole)
        verdict.wrong += late
        counts = totals([client.tally for client in self.clients])
        new, self._counted = counts - self._counted, counts
        return Row(name, back, seconds, counts["acked"], new, verdict)

    async def until_done(self, doing: Coroutine[Any, Any, None]) -> list[str]:
        """Do something in the time allowed; what is wrong if it was not enough."""
        seconds = self.load.patience_seconds
        return [] if await is_done_within(seconds, doing) else [f"{seconds:g} s were not enough"]

    def _client(self, number: int) -> Client:
        entity_id = self.documents[number % len(self.documents)]
        pick = partial(self._pick, entity_id)
        token = self.crew.tokens[number % len(self.crew.tokens)]
        buffer_bytes = SLOW_BYTES if number < self.load.slow else None
        seat = Seat(f"client-{number}", token, entity_id, pick, buffer_bytes)
        return Client(seat, Random(self.random.random()))

    def _pick(self, entity_id: str) -> Server | None:
        """The server with the fewest connections to a document, so that all are on both."""
        at = Counter(client.at for client in self.clients if client.seat.entity_id == entity_id)
        return min(self.cluster.up, key=lambda server: at[server], default=None)


async def _until(is_so: Callable[[], bool]) -> None:
    while not is_so():
        await asyncio.sleep(LOOK_SECONDS)
