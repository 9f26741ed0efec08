"""The hub of an event loop: it knows every socket here, and takes to each what it is to know."""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable, Sequence
from contextlib import suppress
from typing import Any

import orjson
import structlog
from django.conf import settings

from collab import queries
from collab.engine.engines import Engine
from collab.engine.log import LogEntry, entry_from_text
from collab.engine.submissions import Delivery, answer
from collab.errors import TooManySockets
from collab.hub import meters
from collab.hub.neighbours import Audience, Message, Neighbours
from collab.hub.rooms import Room
from collab.hub.sockets import Socket
from collab.models import DocumentRef, State
from prework import logs
from prework.errors import StorageUnavailable
from prework.metrics.registry import Metric
from prework.tenancy import Actor
from prework.threads import in_thread

log = structlog.get_logger(__name__)
NO_DOCUMENT, RESTARTING = 4404, 1012
ARCHIVED = "document.archived"
COMMITTING_SECONDS, CLOSING_SECONDS = 4.0, 2.0  # of the ten that a server may take to end
SOCKETS_RETRY_SECONDS = 10

Heal = Callable[["Hub"], Coroutine[Any, Any, None]]


class Hub:
    """Rooms of documents and feeds of notifications, told by engine, Changes and neighbours."""

    def __init__(self, engine: Engine, *, heal: Heal | None = None, layer: Any = None) -> None:
        self.loop = asyncio.get_running_loop()
        self.engine = engine
        self.rooms: dict[DocumentRef, Room] = {}
        self.feeds: dict[Audience, set[Socket]] = {}
        self.is_stopping = False
        self._socket_counts: Counter[tuple[str, str]] = Counter()
        self.siblings: Callable[[], Iterable[Hub]] = list
        self._heal = heal
        self._healing: asyncio.Task[None] | None = None
        self._looking: set[asyncio.Task[None]] = set()
        has_layer = layer is not None or settings.REDIS_URL
        self._neighbours = Neighbours(self.receive, layer=layer) if has_layer else None
        engine.listener = self
        engine.tally.levels.append(self._levels)

    # -- what the engine tells ----------------------------------------------------------------

    def deliver(self, ref: DocumentRef, deliveries: Sequence[Delivery]) -> None:
        """Tell the document's sockets, and answer those who submitted."""
        room = self.rooms.get(ref)
        if room is not None:
            room.deliver(deliveries)
        else:
            answer(deliveries)

    def publish(self, ref: DocumentRef, epoch: str, entry: LogEntry) -> None:
        """Tell the other processes what this one has committed."""
        if self._neighbours is not None or len(list(self.siblings())) > 1:
            text = entry.to_text()
            self.tell_neighbours(ref, {"kind": "operations", "epoch": epoch, "entry": text})

    def lost(self, ref: DocumentRef, *, is_gone: bool) -> None:
        """Close the sockets of a document that is archived, or goes on under another epoch."""
        room = self.rooms.get(ref)
        for socket in list(room.sockets.values()) if room else []:
            socket.close(NO_DOCUMENT if is_gone else RESTARTING)
        if is_gone:
            self.engine.forget(ref)

    # -- what Changes and neighbours tell -------------------------------------------------------

    def tell_neighbours(self, audience: Audience, message: Message) -> None:
        """Say something to the hubs of other loops and processes that watch the same."""
        message = {**message, "about": list(audience)}
        for sibling in self.siblings():
            if sibling is not self and not sibling.loop.is_closed():
                sibling.loop.call_soon_threadsafe(sibling.receive, message)
        if self._neighbours is not None:
            self._neighbours.send(audience, message)

    def receive(self, message: Message) -> None:
        """Something that another hub, or a Change, has said."""
        organization_id, entity_type, entity_id = message["about"]
        about = DocumentRef(organization_id, entity_type, entity_id)
        kind = message["kind"]
        if kind == "event":
            self.tell(about, orjson.loads(message["event"]))
        elif kind == "operations":
            self._follow(about, message)
        elif (room := self.rooms.get(about)) is not None:
            self._note_presence(room, kind, message)

    def tell(self, about: Audience, event: dict[str, Any]) -> None:
        """Tell the sockets that watch this of an event in its history."""
        ref, chunk = DocumentRef(*about), orjson.dumps(event)
        room = self.rooms.get(ref)
        watching = [*(room.sockets.values() if room else ()), *self.feeds.get(about, ())]
        for socket in watching:
            socket.push_event(event["eventId"], chunk)
        if event["eventType"] == ARCHIVED and self.engine.find(ref) is not None:
            looking = self.loop.create_task(self._look(ref))
            self._looking.add(looking)
            looking.add_done_callback(self._looking.discard)

    async def _look(self, ref: DocumentRef) -> None:
        """Ask the store of a document said to be archived: that may be old, and it restored."""
        with suppress(StorageUnavailable):  # it is asked again when it heals
            states = await in_thread(queries.load_states, [ref])
            self.meet(ref, states[ref])

    def meet(self, ref: DocumentRef, state: State | None) -> None:
        """The store has a document so: catch up with it, or send its sockets away."""
        if state is None or state.archived_at:
            self.lost(ref, is_gone=True)
        elif (room := self.rooms.get(ref)) is not None:
            room.document.meet(state)

    def _follow(self, ref: DocumentRef, message: Message) -> None:
        document = self.engine.find(ref)
        if document is not None:
            entry = entry_from_text(message["entry"])
            document.follow(entry.operations, message["epoch"])

    def _note_presence(self, room: Room, kind: str, message: Message) -> None:
        if kind == "joined":
            room.enter(message["participant"])
        elif kind == "left":
            room.leave(message["sessionId"])
        elif kind == "presence":
            room.update_presence(message["sessionId"], message["state"], sender=None)

    async def stop(self) -> None:
        """Take nothing more, commit and answer what waits, then send everybody to come back.

        What comes meanwhile is not answered, nor is it done.
        """
        self.is_stopping = True
        await self.engine.stop(within=COMMITTING_SECONDS)
        ends = [self.loop.create_task(socket.outbox.ended()) for socket in self.sockets]
        for socket in self.sockets:
            socket.close(RESTARTING)
        if ends:
            await asyncio.wait(ends, timeout=CLOSING_SECONDS)
        self.engine.tally.tell()

    # -- who watches --------------------------------------------------------------------------

    @property
    def sockets(self) -> set[Socket]:
        """Every socket here."""
        in_rooms = {socket for room in self.rooms.values() for socket in room.sockets.values()}
        return in_rooms.union(*self.feeds.values())

    def admit(self, actor: Actor) -> None:
        """Count a socket of a user, until `dismiss`.

        Raises `TooManySockets`; `StorageUnavailable` when the server stops.
        """
        if self.is_stopping:
            raise StorageUnavailable("The server restarts: come back in a moment.")
        user = (actor.organization_id, actor.user_id)
        if self._socket_counts[user] >= settings.SOCKETS_PER_USER:
            raise _too_many(f"You have {settings.SOCKETS_PER_USER} sockets open here.")
        self._socket_counts[user] += 1

    def dismiss(self, actor: Actor) -> None:
        """It is closed."""
        user = (actor.organization_id, actor.user_id)
        self._socket_counts[user] -= 1
        if not self._socket_counts[user]:
            del self._socket_counts[user]

    @property
    def socket_count(self) -> int:
        """How many are admitted; any thread may ask."""
        return sum(list(self._socket_counts.values()))

    def hold(self, ref: DocumentRef) -> Room:
        """The room of a document, opened if need be, until `release`. Raises `TooManySockets`."""
        room = self.rooms.get(ref)
        if room is not None and room.holds >= settings.SOCKETS_PER_DOCUMENT:
            raise _too_many(f"{settings.SOCKETS_PER_DOCUMENT} sockets have this document open.")
        if room is None:
            room = self.rooms[ref] = Room(ref, self.engine.pin(ref))
            self._watch(ref)
            room.ready = self.loop.create_task(
                self._open(room), context=room.document.copy.context
            )
        room.holds += 1
        return room

    def release(self, room: Room) -> None:
        """Say that a room is needed no more, by one who held it."""
        room.holds -= 1
        if room.holds == 0:
            room.ready.cancel()
            del self.rooms[room.ref]
            self.engine.unpin(room.document)
            self._unwatch(room.ref)

    def subscribe(self, socket: Socket, audience: Audience) -> None:
        """Take to a socket what an audience is told."""
        if audience not in self.feeds:
            self.feeds[audience] = set()
            self._watch(audience)
        self.feeds[audience].add(socket)
        socket.audiences.add(audience)

    def unsubscribe(self, socket: Socket, audience: Audience) -> None:
        """Take it there no more."""
        feed = self.feeds.get(audience, set())
        feed.discard(socket)
        socket.audiences.discard(audience)
        if not feed and self.feeds.pop(audience, None) is not None:
            self._unwatch(audience)

    def _watch(self, audience: Audience) -> None:
        if self._neighbours is not None:
            self._neighbours.watch(audience)
        if self._heal is not None and self._healing is None:
            self._healing = self.loop.create_task(self._heal(self), context=logs.context_of())

    def _unwatch(self, audience: Audience) -> None:
        if self._neighbours is not None:
            self._neighbours.unwatch(audience)
        if self._healing is not None and not self.rooms and not self.feeds:
            self._healing.cancel()
            self._healing = None

    def _levels(self) -> dict[Metric, int]:
        return {meters.SOCKETS: len(self.sockets), meters.DOCUMENTS_OPEN: len(self.rooms)}

    async def _open(self, room: Room) -> None:
        """Bring the document up to the store, and learn who has it open elsewhere."""
        await room.document.refreshed()
        present = await in_thread(queries.load_presences, room.ref)
        room.reconcile([], filter(queries.is_here, present))


def _too_many(what: str) -> TooManySockets:
    return TooManySockets(
        f"{what} Close some, or come back in {SOCKETS_RETRY_SECONDS} s.",
        retry_after=SOCKETS_RETRY_SECONDS,
    )
