"""A client of the sockets for tests: it opens, reads events one by one, and keeps a replica."""

import asyncio
from collections import deque
from collections.abc import Callable
from copy import deepcopy
from itertools import count
from typing import Any, ParamSpec, TypeVar

import orjson
from channels.testing import WebsocketCommunicator

from collab.engine.engines import Engine, run
from collab.models import document_ref
from prework.asgi import application
from prework.threads import in_request_thread
from tests.cast import Person

P = ParamSpec("P")
T = TypeVar("T")
CHECKLIST = "checklist-123"
PATH = f"/ws/collab/checklist/{CHECKLIST}"
URL = f"/api/documents/checklist/{CHECKLIST}"
CHECKED = f"{CHECKLIST}.items.item-456.checked"
CONTENT: dict[str, Any] = {
    "title": "Opening round",
    "items": {"item-456": {"text": "Check the valve", "checked": False, "order": 2}},
}
PATIENCE = 5
_numbers = count(1)


async def call(function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """A blocking call of a test, made as the server makes its requests."""
    return await in_request_thread(function, *args, **kwargs)


def operation(
    path: str = CHECKED, value: Any = True, base: int = 0, **more: Any
) -> dict[str, Any]:
    """An update, with an id of its own unless it is given one."""
    return {
        "operationId": f"operation-{next(_numbers)}",
        "type": "update",
        "path": path,
        "newValue": value,
        "baseVersion": base,
        **more,
    }


def forget(person: Person) -> None:
    """Let go of what this process remembers of the document."""

    async def drop(engine: Engine) -> None:
        engine.forget(document_ref(person.actor, "checklist", CHECKLIST))

    run(drop)


class Live:
    """One socket of one person."""

    def __init__(
        self,
        person: Person | None,
        path: str = PATH,
        *,
        headers: dict[str, str] | None = None,
        app: Any = application,
    ) -> None:
        given = {"authorization": f"Bearer {person.token}"} if person else {}
        raw = [(k.encode(), v.encode()) for k, v in {**given, **(headers or {})}.items()]
        self._socket = WebsocketCommunicator(app, path, headers=raw)
        self._waiting: deque[dict[str, Any]] = deque()
        self.welcome: dict[str, Any] = {}
        self.content: dict[str, Any] = {}
        self.versions: list[int] = []

    async def open(self) -> "Live":
        """Connect, and read the welcome of a document."""
        await self.connect()
        self.welcome = await self.next()
        assert self.welcome["eventType"] == "session.welcome", self.welcome
        self.content = deepcopy(self.welcome.get("content", {}))
        return self

    async def connect(self) -> "Live":
        """Connect, and read nothing."""
        is_accepted, _ = await self._socket.connect(timeout=PATIENCE)
        assert is_accepted
        return self

    async def send(self, *events: Any) -> None:
        """Send events: one as it is, several as an array."""
        frame = events[0] if len(events) == 1 else list(events)
        await self._socket.send_to(text_data=orjson.dumps(frame).decode())

    async def send_text(self, text: str) -> None:
        await self._socket.send_to(text_data=text)

    async def next(self, event_type: str | None = None) -> dict[str, Any]:
        """The next event, or the next one of a type."""
        while True:
            while not self._waiting:
                await self._read()
            event = self._waiting.popleft()
            if event_type in (None, event["eventType"]):
                return event

    async def apply(self, *operations: dict[str, Any]) -> list[dict[str, Any]]:
        """Apply operations, and wait for what becomes of them; other events are read over."""
        await self.send(*({"action": "apply", "operation": one} for one in operations))
        outcomes: list[dict[str, Any]] = []
        while len(outcomes) < len(operations):
            event = await self.next()
            if event["eventType"] in ("operation.ack", "operation.rejected"):
                outcomes.append(event)
        return outcomes

    async def settle(self) -> list[dict[str, Any]]:
        """All events up to now: those before the answer to a ping."""
        await self.send({"action": "ping"})
        events: list[dict[str, Any]] = []
        while True:
            event = await self.next()
            if event["eventType"] == "pong":
                return events
            events.append(event)

    async def closed(self, *, within: float = PATIENCE) -> int:
        """The code by which the server closes, whatever it sends before."""
        async with asyncio.timeout(within):
            while True:
                message = await self._socket.receive_output(within)
                if message["type"] == "websocket.close":
                    await self._socket.wait(timeout=PATIENCE)
                    return int(message["code"])

    async def close(self) -> None:
        await self._socket.disconnect(timeout=PATIENCE)

    def follow(self, event: dict[str, Any], sent: dict[str, dict[str, Any]] | None = None) -> None:
        """Bring this client's own replica on by an event or an ack of its own operation."""
        done = event.get("operation") or (sent or {}).get(event.get("operationId", ""))
        if done is None or "version" not in event or event["eventType"] == "operation.rejected":
            return
        self.versions.append(event["version"])
        *way, name = done["path"].split(".")[1:]
        place = self.content
        for step in way:
            place = place[step]
        if done["type"] == "delete":
            del place[name]
        else:
            place[name] = deepcopy(done["newValue"])

    async def _read(self) -> None:
        text = await self._socket.receive_from(timeout=PATIENCE)
        decoded = orjson.loads(text)
        self._waiting.extend(decoded if isinstance(decoded, list) else [decoded])
