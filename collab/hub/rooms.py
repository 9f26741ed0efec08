"""A document that is open in this process: its sockets, and everybody who is in it anywhere."""

import asyncio
from collections import deque
from collections.abc import Iterable, Sequence

import structlog

from collab.engine.outcomes import Applied
from collab.engine.sequencer import Sequencer
from collab.engine.submissions import Delivery, answer
from collab.hub import frames
from collab.hub.chunks import Chunk
from collab.hub.frames import Participant
from collab.hub.sockets import Socket
from collab.models import DocumentRef, Presence

log = structlog.get_logger(__name__)
REMEMBERED_LEAVES = 1_000
FAILED = 1011


class Room:
    """Who is told about one document. It is there while `holds` is not zero."""

    def __init__(self, ref: DocumentRef, document: Sequencer) -> None:
        self.ref = ref
        self.document = document
        self.holds = 0
        self.ready: asyncio.Task[None]
        self.sockets: dict[str, Socket] = {}
        self.participants: dict[str, Participant] = {}
        self._gone: deque[str] = deque(maxlen=REMEMBERED_LEAVES)

    def push(self, data: bytes, *, except_for: Socket | None = None) -> None:
        """Send an event to every socket here, but to one."""
        chunk = Chunk(data)
        for socket in self.sockets.values():
            if socket is not except_for:
                socket.outbox.pass_on(chunk)

    def deliver(self, deliveries: Sequence[Delivery]) -> None:
        """Tell everybody what came to be, and answer those who did it, in its order."""
        told = [_frame(self.ref, delivery) for delivery in deliveries]
        places: dict[object, list[int]] = {}
        for place, delivery in enumerate(deliveries):
            places.setdefault(delivery.origin, []).append(place)
        senders = [socket for socket in self.sockets.values() if socket in places]
        self._tell_readers(told, senders)
        for sender in senders:
            _tell_sender(sender, told, deliveries, places.pop(sender))
        for own in places.values():
            answer([deliveries[place] for place in own])

    def _tell_readers(self, told: Sequence[bytes | None], senders: Sequence[Socket]) -> None:
        """Those who only read get all of it at once, encoded once for all of them."""
        news = [data for data in told if data is not None]
        if news:
            chunk, writing = Chunk(b",".join(news), len(news)), set(senders)
            for socket in self.sockets.values():
                if socket not in writing:
                    socket.outbox.pass_on(chunk)

    # -- who is here --------------------------------------------------------------------------

    def others(self, session_id: str) -> list[Participant]:
        """Everybody who is here, but one connection."""
        return [one for one in self.participants.values() if one["sessionId"] != session_id]

    def enter(self, participant: Participant, *, socket: Socket | None = None) -> bool:
        """Somebody came: tell it once, and return whether it was news."""
        session_id = participant["sessionId"]
        if socket is not None:  # also of one that a look into the store has entered before
            self.sockets[session_id] = socket
        if session_id in self.participants or session_id in self._gone:
            return False
        self.push(frames.joined(self.ref, participant), except_for=socket)
        self.participants[session_id] = participant
        return True

    def leave(self, session_id: str) -> bool:
        """Somebody went: tell it once, and return whether it was news."""
        self.sockets.pop(session_id, None)
        self._gone.append(session_id)
        participant = self.participants.pop(session_id, None)
        if participant is None:
            return False
        self.push(frames.left(self.ref, participant))
        return True

    def reconcile(self, known: Iterable[str], present: Iterable[Presence]) -> None:
        """Make good what was not told: who was `known` before the store said who is `present`."""
        here = {presence.session_id: presence for presence in present}
        for session_id in known:
            if session_id not in here and session_id not in self.sockets:
                self.leave(session_id)
        for presence in here.values():
            self.enter(frames.participant_of(presence))

    def update_presence(self, session_id: str, state: object, *, sender: Socket | None) -> None:
        """Somebody says where they are."""
        if session_id in self.participants:
            participant = {**self.participants[session_id], "state": state}
            # What cannot be told is not kept.
            told = frames.presence_updated(self.ref, participant)
            self.participants[session_id] = participant
            self.push(told, except_for=sender)


def _tell_sender(
    socket: Socket,
    told: Sequence[bytes | None],
    deliveries: Sequence[Delivery],
    own: Sequence[int],
) -> None:
    """What came to be, with the answers to a socket's own in their places: one frame."""
    socket.outbox.cork()
    start = 0
    try:
        for place in (*own, len(told)):
            news = [data for data in told[start:place] if data is not None]
            if news:
                socket.push(b",".join(news), len(news))
            answer(deliveries[place : place + 1])
            start = place + 1
    except Exception:  # a fault of ours: it misses something, and comes back for it
        log.exception("sender_not_told")
        socket.close(FAILED)
    finally:
        socket.outbox.uncork()


def _frame(ref: DocumentRef, delivery: Delivery) -> bytes | None:
    """What the others are told of an outcome: of a refusal or a repeat nothing."""
    outcome = delivery.outcome
    if isinstance(outcome, Applied) and not outcome.is_duplicate:
        return frames.operation(ref, outcome.committed)
    return None
