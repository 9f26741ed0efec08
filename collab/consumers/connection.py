"""What both sockets have in common: sign-in, frames in and out, refusals, and the end."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, ClassVar

import orjson
import structlog
from channels.consumer import AsyncConsumer, get_handler_name
from channels.exceptions import StopConsumer
from django.conf import settings

from collab.consumers.handshake import Handshake
from collab.engine.allowance import Allowance
from collab.errors import FrameTooLarge, InvalidFrame, TooManySockets
from collab.hub import current_hub, frames, meters
from collab.hub.hubs import RESTARTING, Hub
from collab.hub.outbox import TOO_SLOW, Outbox
from collab.hub.sockets import Socket
from collab.models import DocumentRef
from prework import logs
from prework.errors import Problem, Throttled
from prework.ids import new_id
from prework.sockets import STRAIGHT
from prework.tenancy import Actor
from prework.threads import in_thread

log = structlog.get_logger(__name__)
CLOSE_CODES = {401: 4401, 403: 4403, 404: 4404, 429: 4429}
TOO_MANY, FAILED = 4429, 1011
FRAME_BYTES = 1024 * 1024
Event = dict[str, Any]
Receive = Callable[[], Awaitable[Event]]


class Connection(AsyncConsumer):  # type: ignore[misc]  # Channels has no types
    """One socket. It is accepted first, so that a browser sees the code by which it is refused."""

    channel_layer_alias = None  # the hub speaks to other processes, once for all sockets
    actions: ClassVar[dict[str, str]] = {"ping": "on_ping"}
    route: ClassVar[str] = ""

    def __init__(self, hub: Hub | None = None) -> None:
        self.hub = hub or current_hub()
        self.began = time.monotonic()
        self.since = new_id()  # what happens from now on is to be told
        self.bad_frames = Allowance(burst=20, per_second=0.1)
        self.is_bad_frame = False
        self.messages = Allowance(burst=settings.SOCKET_BURST, per_second=settings.SOCKET_RATE)
        self.put_off_frames = Allowance(burst=500, per_second=5)
        self.is_idle = asyncio.Event()
        self.is_idle.set()
        self.admitted: Actor | None = None
        self.socket: Socket | None = None
        self.about = DocumentRef("", "", "")

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.scope = scope
        self.base_send = send
        self.handshake = Handshake(scope)
        logs.begin(request_id=self.handshake.request_id)
        straight = scope.get("extensions", {}).get(STRAIGHT, {})
        self.outbox = Outbox(send, write=straight.get("write"), abort=straight.get("abort"))
        try:
            await self._hear_until_ended(receive)
        except StopConsumer:
            return
        except Exception:  # a fault of ours: the client may come back, and nobody is left behind
            log.exception("socket_failed")
            self.outbox.close(FAILED)
            await self.outbox.ended()
        finally:
            if self.outbox.close_code == TOO_SLOW:
                self.hub.engine.tally.count(meters.SLOW_READERS)
            await self.outbox.stop()
            await self._end()

    async def _end(self) -> None:
        """Leave nothing behind, but a line in the log, as a request does."""
        if self.admitted is not None:
            logs.bind_actor(self.admitted)  # the task that let them in had a context of its own
            self.hub.dismiss(self.admitted)
        log.info(
            "socket",
            route=self.route,
            entity_type=self.about.entity_type,
            entity_id=self.about.entity_id,
            code=self.outbox.close_code,
            duration_ms=round((time.monotonic() - self.began) * 1000, 1),
        )
        if self.socket is not None:
            await self.leave()

    async def _hear_until_ended(self, receive: Receive) -> None:
        """Take messages until either side ends it; what is being done then is done first.

        Channels' own waiting makes two tasks a message, these are two for all of them.
        """
        hearing = asyncio.create_task(self._hear(receive))
        ending = asyncio.create_task(self.outbox.ended())
        try:
            await asyncio.wait([hearing, ending], return_when=asyncio.FIRST_COMPLETED)
            await self.is_idle.wait()
        finally:
            hearing.cancel()
            ending.cancel()
            await asyncio.wait([hearing, ending])
        if not hearing.cancelled():
            hearing.result()

    async def _hear(self, receive: Receive) -> None:
        while True:
            message = await receive()
            self.is_idle.clear()
            try:
                await self.dispatch(message)
            finally:
                self.is_idle.set()

    async def dispatch(self, message: Event) -> None:
        # Channels' own would close database connections on every message: there are none.
        await getattr(self, get_handler_name(message))(message)

    async def websocket_connect(self, message: Event) -> None:
        """Accept, find out who it is, and let them in or tell them why not."""
        await self.base_send({"type": "websocket.accept"})
        self.outbox.start()
        handshake = self.handshake
        try:
            actor = await in_thread(handshake.sign_in)
            logs.bind_actor(actor)
            self.about = self.watched(actor)
            self.hub.admit(actor)
            self.admitted = actor
            await self.enter(actor, handshake)
            if self.hub.is_stopping:  # since they came, and all others are closed already
                self.outbox.close(RESTARTING)
        except Problem as problem:
            if isinstance(problem, TooManySockets):
                self.hub.engine.tally.count(meters.SOCKETS_REFUSED)
            if problem.status == Throttled.status:
                self.outbox.push(frames.error(self.about, problem))
            self.outbox.close(CLOSE_CODES.get(problem.status, RESTARTING))

    async def websocket_receive(self, message: Event) -> None:
        """Take a frame: one event, or an array of them in order."""
        if self.socket is None or self.outbox.close_code is not None or self.hub.is_stopping:
            return
        self.is_bad_frame = False
        self._take(message)
        if self.is_bad_frame and not self.bad_frames.takes():
            self.outbox.close(TOO_MANY)
        await self.breathe()

    def _take(self, message: Event) -> None:
        try:
            events = _events(message, self.messages.burst)
        except Problem as problem:
            return self.refuse(problem)
        cost = max(1, len(events))  # of an empty array, too: it was read
        granted = self.messages.take_up_to(cost)
        for event in events[:granted]:
            if self.outbox.close_code is not None:  # the answers were too much for its reader
                return
            self._act(event)
        if granted < cost:
            self._put_off(events[granted:] or [None])

    async def websocket_disconnect(self, message: Event) -> None:
        """It is over, whoever ended it."""
        raise StopConsumer

    def _act(self, event: object) -> None:
        name = event.get("action") if isinstance(event, dict) else None
        handler = self.actions.get(name) if isinstance(name, str) else None
        if handler is None:
            known = ", ".join(self.actions)
            return self.refuse(InvalidFrame(f"An event is an object with an action: {known}."))
        act: Callable[[object], None] = getattr(self, handler)
        act(event)

    def _put_off(self, events: Sequence[object]) -> None:
        """Do nothing of what is beyond the rate, and say when to come back with it.

        It costs the connection only when it goes on and on.
        """
        seconds = self.messages.seconds_until(len(events))
        problem = Throttled(
            f"This socket may send {self.messages.per_second:g} events a second, and "
            f"{self.messages.burst} at once. Send it again in {seconds} s.",
            retry_after=seconds,
        )
        self.hub.engine.tally.count(meters.PUT_OFF)
        self.put_off(events, problem)
        if not self.put_off_frames.takes():
            self.outbox.close(TOO_MANY)

    def put_off(self, events: Sequence[object], problem: Throttled) -> None:
        """Say that these are not done, and why."""
        self.outbox.push(frames.error(self.about, problem))

    def refuse(self, problem: Problem) -> None:
        """Say what was wrong with a frame; many such frames cost the connection."""
        self.is_bad_frame = True
        self.outbox.push(frames.error(self.about, problem))

    def on_ping(self, event: Event) -> None:
        """Answer that all before has been read."""
        self.outbox.push(frames.event(self.about, "pong"))

    def watched(self, actor: Actor) -> DocumentRef:
        """What this socket is about, whether there is such a thing or not."""
        return DocumentRef(actor.organization_id, "user", actor.user_id)

    async def enter(self, actor: Actor, handshake: Handshake) -> None:
        """Let them in. Raises a `Problem` to refuse."""
        raise NotImplementedError

    async def leave(self) -> None:
        """Let them out."""
        raise NotImplementedError

    async def breathe(self) -> None:
        """Wait, before the next frame is read, if too much of what came still waits."""


def _events(message: Event, at_most: int) -> list[object]:
    text = message.get("text")
    if text is None:
        raise InvalidFrame("Send text frames.")
    if len(text) > FRAME_BYTES or not text.isascii() and len(text.encode()) > FRAME_BYTES:
        raise FrameTooLarge
    try:
        decoded = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise InvalidFrame(f"The frame is not valid JSON: {error}.") from None
    events = decoded if isinstance(decoded, list) else [decoded]
    if len(events) > at_most:
        raise FrameTooLarge(f"A frame has at most {at_most} events.")
    return events
