"""A channel layer that delivers when the test says so: late, twice, out of order, or never."""

import asyncio
from collections import defaultdict
from typing import Any

import orjson


class Post:
    """What the hubs have told one another is on the way until the test decides about it."""

    def __init__(self) -> None:
        self.on_the_way: list[tuple[str, bytes]] = []
        self._groups: defaultdict[str, dict[str, None]] = defaultdict(dict)
        self._arrived: defaultdict[str, asyncio.Queue[Any]] = defaultdict(asyncio.Queue)
        self._channels = 0

    # -- what a hub does ------------------------------------------------------------------------

    async def new_channel(self, prefix: str) -> str:
        self._channels += 1
        return f"{prefix}.{self._channels}"

    async def group_add(self, group: str, channel: str) -> None:
        self._groups[group][channel] = None

    async def group_discard(self, group: str, channel: str) -> None:
        self._groups[group].pop(channel, None)

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        for channel in self._groups[group]:
            self.on_the_way.append((channel, orjson.dumps(message)))

    async def receive(self, channel: str) -> Any:
        return await self._arrived[channel].get()

    # -- what the test does ---------------------------------------------------------------------

    def deliver(self, place: int, *, again: bool = False) -> None:
        """Let one message arrive, whichever were sent before it; `again`: a copy stays behind."""
        channel, text = self.on_the_way[place] if again else self.on_the_way.pop(place)
        self._arrived[channel].put_nowait(orjson.loads(text))

    def lose(self, place: int) -> None:
        """Let one never arrive."""
        del self.on_the_way[place]
