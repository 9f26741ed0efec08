"""A socket between a client and a server: frames wait on it until the client reads them."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

import orjson

from tests.collab.model.wishes import Wish
from tests.collab.model.world import Server

Event = dict[str, Any]


class Wire:
    """An open socket. What was sent by either side may be lost when it breaks, at the end."""

    def __init__(
        self, server: Server, path: str, query: str, token: str, on_sent: Callable[[Event], None]
    ) -> None:
        self.server = server
        self.waiting: deque[Event] = deque()  # sent by the server, not read
        self.asked: deque[Wish] = deque()  # sent by the client, not answered
        self.code: int | None = None
        self._on_sent = on_sent
        self._inbox: asyncio.Queue[Event] = asyncio.Queue()
        scope = {
            "type": "websocket",
            "path": path,
            "query_string": query.encode(),
            "headers": [(b"authorization", f"Bearer {token}".encode())],
            "client": ("192.0.2.1", 1),
        }
        self._inbox.put_nowait({"type": "websocket.connect"})
        server.start(server.process.app(scope, self._inbox.get, self._take))

    def send(self, *events: Event) -> None:
        """Send events as one frame."""
        text = orjson.dumps(events if len(events) > 1 else events[0]).decode()
        self._inbox.put_nowait({"type": "websocket.receive", "text": text})

    def cut(self) -> None:
        """Break it: the server learns of it."""
        self.code = 1006
        self._inbox.put_nowait({"type": "websocket.disconnect", "code": 1006})

    async def _take(self, message: Event) -> None:
        if self.code is not None:
            return
        if message["type"] == "websocket.close":
            self.code = message["code"]
        elif message["type"] == "websocket.send":
            decoded = orjson.loads(message["text"])
            for event in decoded if isinstance(decoded, list) else [decoded]:
                self._on_sent(event)
                self.waiting.append(event)
