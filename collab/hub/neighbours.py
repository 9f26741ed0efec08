"""The hubs of other processes, reached through the channel layer.

The layer may lose messages. Nothing depends on them: what they tell is in the store, where the
hub looks every few seconds. Which groups a hub is in is not lost: it is made so when it can be.
"""

import asyncio
import hashlib
from collections.abc import Callable, Coroutine
from typing import Any

import structlog
from channels.layers import get_channel_layer

from collab.hub.backlog import Backlog
from prework import logs
from prework.ids import new_id

log = structlog.get_logger(__name__)
PROCESS = new_id()
Audience = tuple[str, str, str]  # organisation, type, id
Message = dict[str, Any]
PAUSE_SECONDS = 1.0
PATIENCE_SECONDS = 5.0  # with a layer that neither answers nor fails


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
        self._watched: set[str] = set()
        self._joined: set[str] = set()  # what the layer has us in, or may have
        self._unsettled: dict[str, None] = {}  # where these two may differ, in order
        self._backlog = Backlog()
        self._is_behind = False
        self._something = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def stop(self) -> None:
        """Listen and send no more."""
        for task in self._tasks:
            task.cancel()
        self._tasks = []

    def watch(self, audience: Audience) -> None:
        """Hear what is told of this."""
        group = group_of(audience)
        self._watched.add(group)
        self._unsettled[group] = None
        self._wake()

    def unwatch(self, audience: Audience) -> None:
        """Hear no more of it."""
        group = group_of(audience)
        self._watched.discard(group)
        if group in self._joined:
            self._unsettled[group] = None
            self._wake()
        else:
            self._unsettled.pop(group, None)

    def send(self, audience: Audience, message: Message) -> None:
        """Tell whoever watches this elsewhere."""
        dropped = self._backlog.add(group_of(audience), {**message, "from": self._name})
        if dropped and not self._is_behind:
            self._is_behind = True
            log.warning("channel_layer_behind")
        self._wake()

    def _wake(self) -> None:
        if not self._tasks:
            self._tasks = [
                asyncio.get_running_loop().create_task(self._work(), context=logs.context_of())
            ]
        self._something.set()

    async def _work(self) -> None:
        """Do what is to be done one by one: messages keep their order."""
        while not self._channel:
            await self._guarded(self._open())
        self._tasks.append(asyncio.get_running_loop().create_task(self._listen()))
        while True:
            await self._something.wait()
            if self._unsettled:
                await self._guarded(self._settle_next())
            if self._backlog:
                await self._guarded(self._send_next())
            if not (self._unsettled or self._backlog):
                self._is_behind = False
                self._something.clear()

    async def _settle_next(self) -> None:
        group = next(iter(self._unsettled))
        del self._unsettled[group]
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._settle(group)
        except BaseException:
            self._unsettled[group] = None
            raise

    async def _settle(self, group: str) -> None:
        """Be in a group, or not, as it is wanted now."""
        is_wanted = group in self._watched
        self._joined.add(group)  # also if it fails: that may be only what is said
        # To leave as well: channels_redis forgets a group before it has left it, and would not
        # try again. Where we are in already this asks Redis nothing.
        await self._layer.group_add(group, self._channel)
        if not is_wanted:
            await self._layer.group_discard(group, self._channel)
            self._joined.discard(group)

    async def _send_next(self) -> None:
        group, message = self._backlog.take()
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self._layer.group_send(group, message)

    async def _guarded(self, doing: Coroutine[Any, Any, None]) -> None:
        try:
            await doing
        except Exception as error:  # whatever it is: nothing depends on the layer
            LAYER.failed(error)
            await asyncio.sleep(PAUSE_SECONDS)
        else:
            LAYER.works()

    async def _open(self) -> None:
        self._channel = await self._layer.new_channel("hub")

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
        async with asyncio.timeout(PATIENCE_SECONDS):
            await get_channel_layer().group_send(group_of(audience), {**message, "from": PROCESS})
    except Exception as error:  # whatever it is: nothing depends on the layer
        LAYER.failed(error)
    else:
        LAYER.works()
