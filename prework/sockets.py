"""uvicorn's WebSockets, with a straight way out for frames that are encoded already.

A text frame to 200 readers is the same bytes 200 times (RFC 6455 §5.1: a server does not mask).
Sent as ASGI messages it would be encoded 200 times, and cost 200 tasks a turn of the loop.

And a connection has an end: closing one waits until its peer has read all, which a peer that
stalls never does. Its descriptor and all that waits for it would stay for ever.
"""

from asyncio import TimerHandle

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

STRAIGHT = "prework.straight"
# After the application has ended: uvicorn's 10 s for the peer's close frame, and some to read.
LINGER_SECONDS = 15


class StraightProtocol(WebSocketsSansIOProtocol):
    """Offers `write_frame` and `abort` to the application, as an extension in the scope."""

    _lingering: TimerHandle | None = None

    async def run_asgi(self) -> None:
        """Run the application, which finds the straight way in its scope."""
        straight: dict[object, object] = {"write": self.write_frame, "abort": self.abort}
        self.scope.setdefault("extensions", {})[STRAIGHT] = straight
        try:
            await super().run_asgi()
        finally:
            self._end_soon()

    def keepalive_timeout(self) -> None:
        """The peer has not answered a ping: uvicorn closes, and waits for it all the same."""
        super().keepalive_timeout()
        self._end_soon()

    def connection_lost(self, exc: Exception | None) -> None:
        """It has ended."""
        super().connection_lost(exc)
        if self._lingering is not None:
            self._lingering.cancel()
            self._lingering = None

    def write_frame(self, frame: bytes) -> bool:
        """Send a whole encoded frame now, if the peer takes it now; else nothing is sent."""
        is_open = self.handshake_complete and not (self.close_sent or self.disconnected)
        if not is_open or not self.writable.is_set() or self.transport.is_closing():
            return False
        self.transport.write(frame)
        return True

    def abort(self) -> None:
        """End the connection now, whatever the peer has not read."""
        if not self.disconnected:
            self.transport.abort()

    def _end_soon(self) -> None:
        if not self.disconnected and self._lingering is None:
            self._lingering = self.loop.call_later(LINGER_SECONDS, self.abort)
