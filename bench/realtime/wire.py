"""A WebSocket client that costs next to nothing, so that the server is measured (RFC 6455).

It masks with zeros, which leaves the bytes as they are, and understands what a server sends
without extensions: whole text frames, ping, close.
"""

import asyncio
import socket
import struct
from base64 import b64encode
from collections.abc import Callable
from typing import cast

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
_KEY = b64encode(bytes(16)).decode()


class Wire(asyncio.Protocol):
    """One connection: whole text frames go to `receive`."""

    def __init__(self, request: bytes, receive: Callable[[bytes], None]) -> None:
        loop = asyncio.get_running_loop()
        self._request = request
        self._receive = receive
        self._buffer = bytearray()
        self._is_open = False
        self.bytes_received = 0
        self.close_code: int | None = None
        self.closed: asyncio.Future[None] = loop.create_future()

    def send(self, text: bytes) -> None:
        """Send one text frame."""
        self._send(TEXT, text)

    def pause(self) -> None:
        """Read no more from the network, and let the kernel take little."""
        connection = self._transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
        self._transport.pause_reading()

    def resume(self) -> None:
        """Read again."""
        self._transport.resume_reading()

    def close(self) -> None:
        """Go, without a word."""
        self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the socket."""
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(self._request)

    def connection_lost(self, error: Exception | None) -> None:
        """It is over."""
        if not self.closed.done():
            self.closed.set_result(None)

    def data_received(self, data: bytes) -> None:
        """Take what came, and hand on the frames that are whole."""
        self.bytes_received += len(data)
        self._buffer += data
        if not self._is_open:
            self._read_answer()
        while self._is_open and (frame := self._frame()) is not None:
            self._handle(*frame)

    def _read_answer(self) -> None:
        head, blank, rest = bytes(self._buffer).partition(b"\r\n\r\n")
        if blank:
            if not head.startswith(b"HTTP/1.1 101"):
                raise ConnectionError(head.decode("latin-1"))
            self._buffer = bytearray(rest)
            self._is_open = True

    def _frame(self) -> tuple[int, bytes] | None:
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        start, length = 2, buffer[1] & 127
        if length > 125:
            start = 4 if length == 126 else 10
            if len(buffer) < start:
                return None
            length = int.from_bytes(buffer[2:start], "big")
        end = start + length
        if len(buffer) < end:
            return None
        payload = bytes(memoryview(buffer)[start:end])
        code = buffer[0] & 15
        del buffer[:end]
        return code, payload

    def _handle(self, code: int, payload: bytes) -> None:
        if code == TEXT:
            self._receive(payload)
        elif code == PING:
            self._send(PONG, payload)
        elif code == CLOSE:
            self.close_code = int.from_bytes(payload[:2], "big") or None
            self._transport.close()

    def _send(self, code: int, payload: bytes) -> None:
        size = len(payload)
        if size < 126:
            head = struct.pack("!BB", 128 | code, 128 | size)
        elif size < 65_536:
            head = struct.pack("!BBH", 128 | code, 254, size)
        else:
            head = struct.pack("!BBQ", 128 | code, 255, size)
        self._transport.write(head + bytes(4) + payload)


async def connect(port: int, path: str, token: str, receive: Callable[[bytes], None]) -> Wire:
    """Open a socket as somebody."""
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {_KEY}",
        f"Authorization: Bearer {token}",
    ]
    request = ("\r\n".join(lines) + "\r\n\r\n").encode()
    loop = asyncio.get_running_loop()
    _, wire = await loop.create_connection(lambda: Wire(request, receive), "127.0.0.1", port)
    return wire
