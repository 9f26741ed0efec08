"""A piece of what sockets are sent: encoded once, however many are sent it."""

import struct

TEXT_FRAME = 0x81  # whole, not masked (RFC 6455 §5.2)


class Chunk:
    """An event as JSON, or several of them joined by commas."""

    __slots__ = ("_frame", "count", "data")

    def __init__(self, data: bytes, count: int = 1) -> None:
        self.data = data
        self.count = count
        self._frame: bytes | None = None

    @property
    def text(self) -> bytes:
        """As it goes out: one event as it is, several as an array."""
        return self.data if self.count == 1 else b"[" + self.data + b"]"

    @property
    def frame(self) -> bytes:
        """As a whole WebSocket frame."""
        if self._frame is None:
            text = self.text
            self._frame = _head(len(text)) + text
        return self._frame


def joined(chunks: list[Chunk]) -> Chunk:
    """Several in one, in order."""
    if len(chunks) == 1:
        return chunks[0]
    return Chunk(b",".join([one.data for one in chunks]), sum([one.count for one in chunks]))


def _head(length: int) -> bytes:
    if length < 126:
        return struct.pack("!BB", TEXT_FRAME, length)
    if length < 1 << 16:
        return struct.pack("!BBH", TEXT_FRAME, 126, length)
    return struct.pack("!BBQ", TEXT_FRAME, 127, length)
