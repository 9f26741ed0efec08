"""What waits to be told to other processes: bounded in number and in bytes."""

from collections import deque
from typing import Any

import orjson

MAX_WAITING = 10_000
MAX_WAITING_BYTES = 16 * 1024 * 1024


class Backlog:
    """Messages to groups, in order. Of too many the oldest are dropped: they matter least."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[str, dict[str, Any], int]] = deque()
        self.bytes = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, group: str, message: dict[str, Any]) -> int:
        """Let a message wait; returns how many were dropped for it."""
        size = len(orjson.dumps(message))
        self._waiting.append((group, message, size))
        self.bytes += size
        dropped = 0
        while len(self._waiting) > MAX_WAITING or self.bytes > MAX_WAITING_BYTES:
            self.take()
            dropped += 1
        return dropped

    def take(self) -> tuple[str, dict[str, Any]]:
        """The oldest that waits."""
        group, message, size = self._waiting.popleft()
        self.bytes -= size
        return group, message
