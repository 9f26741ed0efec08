"""One open socket: who it is for, and its way out."""

from collections import OrderedDict

from accounts.queries import SessionRef
from collab.hub.chunks import Chunk
from collab.hub.neighbours import Audience
from collab.hub.outbox import Outbox
from collab.models import Presence
from prework.ids import new_id
from prework.tenancy import Actor

REMEMBERED_EVENTS = 2_000


class Socket:
    """A socket of somebody who is signed in.

    Of the history it is sent what is after `since`, but the event that was `seen`.
    """

    def __init__(
        self, actor: Actor, outbox: Outbox, *, since: str | None = None, seen: str | None = None
    ) -> None:
        self.actor = actor
        self.outbox = outbox
        self.presence: Presence | None = None
        self.audiences: set[Audience] = set()
        self.since = since or new_id()
        self._held: list[tuple[str, bytes]] | None = None
        self._seen: OrderedDict[str, None] = OrderedDict({seen: None} if seen else {})

    @property
    def sign_in(self) -> SessionRef:
        """The sign-in that it lives by."""
        actor = self.actor
        return SessionRef(actor.organization_id, actor.user_id, actor.session_id)

    @property
    def session_id(self) -> str:
        """The connection's own id, in a document."""
        return self.presence.session_id if self.presence else ""

    @property
    def entity_type(self) -> str:
        """Of the document that it is on; of one for notifications none."""
        return self.presence.entity_type if self.presence else ""

    @property
    def entity_id(self) -> str:
        """The document that it is on."""
        return self.presence.entity_id if self.presence else ""

    @property
    def is_closing(self) -> bool:
        """Whether it is closed, or will be in a moment: it may have left already."""
        return self.outbox.close_code is not None

    def push(self, data: bytes, count: int = 1) -> None:
        """Send an event, or several joined by commas, as soon as the reader takes it."""
        self.outbox.push(data, count)

    def push_event(self, event_id: str, chunk: bytes) -> None:
        """Send an event of the history, unless it was sent or is older than was asked for."""
        if self._held is not None:
            self._held.append((event_id, chunk))
        elif self._is_new(event_id):
            self.push(chunk)

    def _is_new(self, event_id: str) -> bool:
        if event_id <= self.since or event_id in self._seen:
            return False
        self._seen[event_id] = None
        if len(self._seen) > REMEMBERED_EVENTS:
            self._seen.popitem(last=False)
        return True

    def hold(self) -> None:
        """Keep events back, until what came before them is known."""
        self._held = []

    def let_go(self, earlier: list[tuple[str, bytes]]) -> None:
        """Send what came before, and what was kept back, in the order of their ids."""
        held, self._held = self._held or [], None
        events = sorted([*earlier, *held])
        self.outbox.replay([Chunk(data) for event_id, data in events if self._is_new(event_id)])

    def close(self, code: int) -> None:
        """Close it, after what waits."""
        self.outbox.close(code)
