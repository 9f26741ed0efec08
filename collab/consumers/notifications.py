"""`/ws/notifications`: what happens to a user and to the user's teams."""

from collab.consumers.connection import Connection
from collab.consumers.handshake import Handshake
from collab.errors import InvalidFrame
from collab.hub import feeds
from collab.hub.sockets import Socket
from prework.ids import moment_of
from prework.tenancy import Actor


class NotificationsConsumer(Connection):
    """A socket that only listens."""

    route = "ws/notifications"

    async def enter(self, actor: Actor, handshake: Handshake) -> None:
        """Let them have what they are told from now on, and what they missed."""
        seen = self._seen(handshake)
        since = min(feeds.before(seen), self.since) if seen else self.since
        self.socket = Socket(actor, self.outbox, since=since, seen=seen)
        await feeds.join(self.hub, self.socket)

    async def leave(self) -> None:
        """Let them have nothing more."""
        if self.socket is not None:
            feeds.leave(self.hub, self.socket)

    def _seen(self, handshake: Handshake) -> str | None:
        """The event up to which they say that they know all."""
        given: str | None = handshake.query.get("since")
        if given is None:
            return None
        try:
            moment_of(given)
        except ValueError:
            self.refuse(InvalidFrame("since is not the id of an event."))
            return None
        return given
