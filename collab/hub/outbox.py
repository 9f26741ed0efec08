"""What waits to be sent to one socket: bounded in bytes, sent by a task of its own.

Nobody waits for a slow reader. What piles up goes out as one array; when too much has, the
socket is closed, and comes back for what it missed.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from collab.hub.chunks import Chunk, joined

Send = Callable[[dict[str, Any]], Awaitable[None]]
Write = Callable[[bytes], bool]
Abort = Callable[[], None]
MAX_WAITING_BYTES = 2 * 1024 * 1024
FRAME_BYTES = 256 * 1024  # more goes out as several frames, so that a stalled write is not larger
TOO_SLOW = 4408
GONE = 1006
CLOSING_SECONDS = 20  # a reader that does not even take the close frame is cut off


class Outbox:
    """One socket's way out.

    `write` is the server's straight way, if it has one: it takes a whole frame, or says no.
    `abort` ends the connection, whatever the reader has not taken.
    """

    def __init__(
        self,
        send: Send,
        *,
        write: Write | None = None,
        abort: Abort | None = None,
        max_bytes: int = MAX_WAITING_BYTES,
    ) -> None:
        self._send = send
        self._write = write
        self._abort = abort
        self._max_bytes = max_bytes
        self._chunks: deque[Chunk] = deque()
        self._bytes = self._spared = 0
        self._is_sending = self._is_corked = False
        self._something = asyncio.Event()
        self._ended = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.close_code: int | None = None

    @property
    def waiting_bytes(self) -> int:
        """How much waits to be sent."""
        return self._bytes

    def start(self) -> None:
        """Send from now on."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    def push(self, data: bytes, count: int = 1) -> None:
        """Let an event wait, or several of them joined by commas."""
        self.pass_on(Chunk(data, count))

    def pass_on(self, chunk: Chunk) -> None:
        """Send a chunk at once if the reader takes it at once, else let it wait."""
        if self.close_code is None and not self._goes_straight(chunk):
            if self._chunks and self._behind_bytes + len(chunk.data) > self._max_bytes:
                self._chunks.clear()
                return self.close(TOO_SLOW)
            self._wait(chunk)

    def replay(self, chunks: Iterable[Chunk]) -> None:
        """Let wait what the reader asked for, however much it is: that is no slowness of theirs.

        It goes out in portions, and only what comes after it is held against its reader.
        """
        if self.close_code is None:
            for chunk in chunks:
                self._wait(chunk)
            self._spared = self._bytes

    @property
    def _behind_bytes(self) -> int:
        return self._bytes - self._spared

    def _wait(self, chunk: Chunk) -> None:
        self._chunks.append(chunk)
        self._bytes += len(chunk.data)
        if not self._is_corked:
            self._something.set()

    def cork(self) -> None:
        """Let all wait for a moment, to go out as one."""
        self._is_corked = True

    def uncork(self) -> None:
        """Send what waits."""
        self._is_corked = False
        if self._chunks and not self._is_sending:
            chunk = self._take()
            if not self._goes_straight(chunk):
                self._chunks.appendleft(chunk)
                self._bytes += len(chunk.data)
        if self._chunks:
            self._something.set()

    def _goes_straight(self, chunk: Chunk) -> bool:
        if self._write is None or self._chunks or self._is_sending or self._is_corked:
            return False
        return self._task is not None and self._write(chunk.frame)

    def close(self, code: int) -> None:
        """Send what waits, then close. The first code stands."""
        if self.close_code is None:
            self.close_code = code
            self._something.set()
            asyncio.get_running_loop().call_later(CLOSING_SECONDS, self._give_up)

    async def ended(self) -> dict[str, Any]:
        """Wait for the end of it, as a server's message that the socket is closed."""
        await self._ended.wait()
        return {"type": "websocket.disconnect", "code": self.close_code}

    async def stop(self) -> None:
        """The socket is gone: send nothing more."""
        self.close_code = self.close_code or GONE
        self._abandon()
        if self._task is not None:
            await asyncio.wait([self._task])

    def _give_up(self) -> None:
        """It has not even taken the close frame."""
        if not self._ended.is_set():
            self._abandon()
            if self._abort is not None:
                self._abort()

    def _abandon(self) -> None:
        self._ended.set()
        if self._task is not None:
            self._task.cancel()

    async def _run(self) -> None:
        try:
            while self.close_code is None or self._chunks:
                await self._something.wait()
                self._something.clear()
                self._is_sending = True
                while self._chunks:
                    text = self._take().text.decode()
                    await self._send({"type": "websocket.send", "text": text})
                self._is_sending = False
            await self._send({"type": "websocket.close", "code": self.close_code})
        except (OSError, RuntimeError):  # the peer is gone: servers say so each in its own way
            self.close_code = self.close_code or GONE
        finally:
            self._chunks.clear()
            self._ended.set()

    def _take(self) -> Chunk:
        """The next frame's worth of what waits."""
        taken = [self._chunks.popleft()]
        size = len(taken[0].data)
        while self._chunks and size + len(self._chunks[0].data) <= FRAME_BYTES:
            taken.append(self._chunks.popleft())
            size += len(taken[-1].data)
        self._bytes = self._bytes - size if self._chunks else 0
        self._spared = max(0, self._spared - size)  # it was there first
        return joined(taken)
