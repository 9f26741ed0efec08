"""`/ws/collab/{entityType}/{entityId}`: work on a document together."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from collab import queries
from collab.consumers.connection import Connection, Event
from collab.consumers.handshake import Handshake
from collab.engine import meters
from collab.engine.answers import outcome_event
from collab.engine.marks import Author
from collab.engine.outcomes import Outcome
from collab.engine.values import NotJson, measure
from collab.errors import FrameTooLarge, InvalidFrame
from collab.hub import frames, joining
from collab.hub.joining import Resume
from collab.hub.rooms import Room
from collab.hub.sockets import Socket
from collab.models import DocumentRef, document_ref
from prework.errors import NotFound, PermissionDenied, Problem, Throttled
from prework.ids import is_client_id
from prework.tenancy import Actor
from prework.threads import in_thread

MAX_PENDING = 1_000
PRESENCE_BYTES = 4 * 1024
LAST_COMMITS_SECONDS = 8.0


class DocumentConsumer(Connection):
    """A socket on one document."""

    actions = {"apply": "on_apply", "presence": "on_presence", "ping": "on_ping"}
    route = "ws/collab/<entity_type>/<entity_id>"
    room: Room
    socket: Socket

    def watched(self, actor: Actor) -> DocumentRef:
        """The document that the address names."""
        names = self.scope["url_route"]["kwargs"]
        return document_ref(actor, **names)

    async def enter(self, actor: Actor, handshake: Handshake) -> None:
        """Let them into the document's room, with all that it holds or what they missed."""
        await in_thread(
            queries.access_document, actor, self.about.entity_type, self.about.entity_id
        )
        client = handshake.query.get("client", "")
        self.author = Author(actor.user_id, client if is_client_id(client) else actor.session_id)
        self.pending = 0
        self.has_room = asyncio.Event()
        socket = Socket(actor, self.outbox, since=self.since)
        since = handshake.whole("since")
        resume = None if since is None else Resume(since, handshake.query.get("epoch"))
        self.room = await joining.join(self.hub, self.about, socket, resume)
        self.socket = socket
        if since is None and handshake.query.get("since"):
            self.refuse(InvalidFrame("since is not a version: you have the content instead."))

    async def leave(self) -> None:
        """Let them out; what they submitted is committed first, if the server is to stop now."""
        await joining.leave(self.hub, self.room, self.socket)
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_COMMITS_SECONDS):
                await self._answered(below=1)

    def on_apply(self, event: Event) -> None:
        """Submit an operation; the answer comes in its place in the order."""
        operation = event.get("operation")
        try:
            queries.check_writer(self.socket.actor)
        except PermissionDenied as denied:
            meters.count_rejected(self.hub.engine.tally, denied.code)
            return self.socket.push(self._rejection(operation, denied))
        self.pending += 1
        self.room.document.offer(operation, self.author, self._answer, self.socket)

    def on_presence(self, event: Event) -> None:
        """Pass on where they are."""
        state = event.get("state")
        if not isinstance(state, dict):
            return self.refuse(InvalidFrame("state is an object."))
        try:
            size = measure(state)
        except NotJson as odd:
            return self.refuse(InvalidFrame(f"state {odd}."))
        if size > PRESENCE_BYTES:
            return self.refuse(FrameTooLarge("state is at most 4 KiB."))
        self.room.update_presence(self.socket.session_id, state, sender=self.socket)
        told = {"kind": "presence", "sessionId": self.socket.session_id, "state": state}
        self.hub.tell_neighbours(self.about, told)

    async def breathe(self) -> None:
        await self._answered(below=MAX_PENDING)

    async def _answered(self, *, below: int) -> None:
        """Wait until fewer operations than this wait for their answers."""
        while self.pending >= below:
            self.has_room.clear()
            await self.has_room.wait()

    def _answer(self, outcome: Outcome | NotFound) -> None:
        self.pending -= 1
        self.has_room.set()
        if not isinstance(outcome, NotFound):
            self.socket.push(frames.encode(outcome_event(self.about, outcome)))

    def put_off(self, events: Sequence[object], problem: Throttled) -> None:
        """Reject each operation by its id; all else together has one error."""
        operations = [
            event.get("operation")
            for event in events
            if isinstance(event, dict) and event.get("action") == "apply"
        ]
        if operations:
            meters.count_rejected(self.hub.engine.tally, problem.code, len(operations))
        chunks = [self._rejection(operation, problem) for operation in operations]
        if len(operations) < len(events):
            chunks.append(frames.error(self.about, problem))
        self.socket.push(b",".join(chunks), len(chunks))

    def _rejection(self, operation: Any, problem: Problem) -> bytes:
        given = operation.get("operationId") if isinstance(operation, dict) else None
        wait = problem.extra.get("retry_after")
        return frames.event(
            self.about,
            "operation.rejected",
            operationId=given if isinstance(given, str) and is_client_id(given) else None,
            code=problem.code,
            detail=problem.detail,
            version=self.room.document.copy.version,
            current=None,
            **({} if wait is None else {"retryAfter": wait}),
        )
