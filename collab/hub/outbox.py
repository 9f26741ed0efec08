"""What waits to be sent to one socket: bounded in bytes, sent by a task of its own.

Nobody waits for a slow reader. What piles up goes out as one array; when too much has, the
socket is closed, and comes back for what it missed.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

Send = Callable[[dict[str, Any]], Awaitable[None]]
MAX_WAITING_BYTES = 2 * 1024 * 1024
FRAME_BYTES = 256 * 1024  # more goes out as several frames, so that a stalled write is not larger
TOO_SLOW = 4408
GONE = 1006
CLOSING_SECONDS = 20  # a reader that does not even take the close frame is left to the server


class Outbox:
    """One socket's way out."""

    def __init__(self, send: Send, *, max_bytes: int = MAX_WAITING_BYTES) -> None:
        self._send = send
        self._max_bytes = max_bytes
        self._chunks: deque[tuple[bytes, int]] = deque()
        self._bytes = 0
        self._something = asyncio.Event()
        self._ended = asyncio.Event()
        self._sending: asyncio.Task[None] | None = None
        self.close_code: int | None = None

    def start(self) -> None:
        """Send from now on."""
        self._sending = asyncio.get_running_loop().create_task(self._run())

    def push(self, chunk: bytes, count: int = 1) -> None:
        """Let an event wait, or several of them joined by commas."""
        if self.close_code is not None:
            return
        if self._chunks and self._bytes + len(chunk) > self._max_bytes:
            self._chunks.clear()
            return self.close(TOO_SLOW)
        self._chunks.append((chunk, count))
        self._bytes += len(chunk)
        self._something.set()

    def close(self, code: int) -> None:
        """Send what waits, then close. The first code stands."""
        if self.close_code is None:
            self.close_code = code
            self._something.set()
            asyncio.get_running_loop().call_later(CLOSING_SECONDS, self._abandon)

    async def ended(self) -> dict[str, Any]:
        """Wait for the end of it, as a server's message that the socket is closed."""
        await self._ended.wait()
        return {"type": "websocket.disconnect", "code": self.close_code}

    async def stop(self) -> None:
        """The socket is gone: send nothing more."""
        self.close_code = self.close_code or GONE
        self._abandon()
        if self._sending is not None:
            await asyncio.wait([self._sending])

    def _abandon(self) -> None:
        self._ended.set()
        if self._sending is not None:
            self._sending.cancel()

    async def _run(self) -> None:
        try:
            while self.close_code is None or self._chunks:
                await self._something.wait()
                self._something.clear()
                while self._chunks:
                    await self._send({"type": "websocket.send", "text": self._take().decode()})
            await self._send({"type": "websocket.close", "code": self.close_code})
        except (OSError, RuntimeError):  # the peer is gone: servers say so each in its own way
            self.close_code = self.close_code or GONE
        finally:
            self._chunks.clear()
            self._ended.set()

    def _take(self) -> bytes:
        chunks: list[bytes] = []
        total = size = 0
        while self._chunks and (not chunks or size + len(self._chunks[0][0]) <= FRAME_BYTES):
            chunk, count = self._chunks.popleft()
            chunks.append(chunk)
            total += count
            size += len(chunk)
        self._bytes -= size
        return chunks[0] if total == 1 else b"[" + b",".join(chunks) + b"]"
