"""uvicorn's WebSockets, with a straight way out for frames that are encoded already.

A text frame to 200 readers is the same bytes 200 times (RFC 6455 §5.1: a server does not mask).
Sent as ASGI messages it would be encoded 200 times, and cost 200 tasks a turn of the loop.
"""

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

STRAIGHT = "prework.straight"


class StraightProtocol(WebSocketsSansIOProtocol):
    """Offers `write_frame` to the application, as an extension in the scope."""

    async def run_asgi(self) -> None:
        """Run the application, which finds the straight way in its scope."""
        self.scope.setdefault("extensions", {})[STRAIGHT] = {"write": self.write_frame}
        await super().run_asgi()

    def write_frame(self, frame: bytes) -> bool:
        """Send a whole encoded frame now, if the peer takes it now; else nothing is sent."""
        is_open = self.handshake_complete and not (self.close_sent or self.disconnected)
        if not is_open or not self.writable.is_set() or self.transport.is_closing():
            return False
        self.transport.write(frame)
        return True
