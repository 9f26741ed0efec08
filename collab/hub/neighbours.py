"""The hubs of other processes, reached through the channel layer.

The layer may lose messages. Nothing depends on them: what they tell is in the store, where the
hub looks every few seconds.
"""

import asyncio
import hashlib
from collections.abc import Callable, Coroutine
from typing import Any

import structlog
from channels.layers import get_channel_layer

from prework.ids import new_id

log = structlog.get_logger(__name__)
PROCESS = new_id()
Audience = tuple[str, str, str]  # organisation, type, id
Message = dict[str, Any]
MAX_WAITING = 10_000
PAUSE_SECONDS = 1.0


def group_of(audience: Audience) -> str:
    """The group of those who watch something; a layer takes no long or odd names."""
    return "watch." + hashlib.sha256("\n".join(audience).encode()).hexdigest()[:48]


class Layer:
    """Whether the channel layer works: it is said once when it fails, and once when it is back."""

    def __init__(self) -> None:
        self._is_down = False

    def works(self) -> None:
        """It has just done something."""
        if self._is_down:
            self._is_down = False
            log.info("channel_layer_back")

    def failed(self, error: Exception) -> None:
        """It has not; what it would have told is in the store."""
        if not self._is_down:
            self._is_down = True
            log.warning("channel_layer_failed", reason=repr(error))


LAYER = Layer()


class Neighbours:
    """One subscription a hub, in one group for everything that is watched here."""

    def __init__(self, receive: Callable[[Message], None], *, layer: Any = None) -> None:
        self._layer = layer or get_channel_layer()
        self._receive = receive
        self._name = new_id() if layer is not None else PROCESS
        self._channel = ""
        self._todo: asyncio.Queue[tuple[str, Any]] = asyncio.Queue(MAX_WAITING)
        self._tasks: list[asyncio.Task[None]] = []

    def stop(self) -> None:
        """Listen and send no more."""
        for task in self._tasks:
            task.cancel()
        self._tasks = []

    def watch(self, audience: Audience) -> None:
        """Hear what is told of this."""
        self._do("group_add", group_of(audience))

    def unwatch(self, audience: Audience) -> None:
        """Hear no more of it."""
        self._do("group_discard", group_of(audience))

    def send(self, audience: Audience, message: Message) -> None:
        """Tell whoever watches this elsewhere."""
        self._do("group_send", (group_of(audience), {**message, "from": self._name}))

    def _do(self, what: str, argument: Any) -> None:
        if not self._tasks:
            self._tasks = [asyncio.get_running_loop().create_task(self._work())]
        try:
            self._todo.put_nowait((what, argument))
        except asyncio.QueueFull as full:
            LAYER.failed(full)

    async def _work(self) -> None:
        """Do what is to be done one by one: messages keep their order."""
        while not self._channel:
            await self._guarded(self._open())
        self._tasks.append(asyncio.get_running_loop().create_task(self._listen()))
        while True:
            what, argument = await self._todo.get()
            is_done = await self._guarded(self._carry_out(what, argument))
            if not is_done and what == "group_add":
                self._do(what, argument)

    async def _guarded(self, doing: Coroutine[Any, Any, None]) -> bool:
        try:
            await doing
        except Exception as error:  # whatever it is: nothing depends on the layer
            LAYER.failed(error)
            await asyncio.sleep(PAUSE_SECONDS)
            return False
        LAYER.works()
        return True

    async def _open(self) -> None:
        self._channel = await self._layer.new_channel("hub")

    async def _carry_out(self, what: str, argument: Any) -> None:
        if what == "group_send":
            await self._layer.group_send(*argument)
        else:
            await getattr(self._layer, what)(argument, self._channel)

    async def _listen(self) -> None:
        while True:
            await self._guarded(self._hear())

    async def _hear(self) -> None:
        message = await self._layer.receive(self._channel)
        if message.get("from") != self._name:
            try:
                self._receive(message)
            except Exception:  # a fault of ours, not the layer's
                log.exception("neighbour_not_understood")


async def broadcast(audience: Audience, message: Message) -> None:
    """Say one thing to the hubs of other processes."""
    try:
        await get_channel_layer().group_send(group_of(audience), {**message, "from": PROCESS})
    except Exception as error:  # whatever it is: nothing depends on the layer
        LAYER.failed(error)
    else:
        LAYER.works()
