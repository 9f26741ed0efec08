"""Those who take part: each proves for itself that nothing was lost, doubled or out of order."""

import asyncio
import re
import time
from collections import Counter
from collections.abc import Iterator
from itertools import count
from typing import Any

import orjson

from bench.realtime.wire import Wire, connect

OPERATION = b'"operation":{'
_VERSION = re.compile(rb'"version":(\d+)')
# An ack has a version after its id, a rejection has not.
_ANSWER = re.compile(rb'"operationId":"(op-\d+)",(?:"version":(\d+)|"code")')
_SENT_AT = re.compile(rb'"newValue":"at (\d+)')
_numbers = count(1)


class Client:
    """A socket on one document that counts what it is told, reading as little as it can."""

    def __init__(self, entity_id: str) -> None:
        self.entity_id = entity_id
        self.welcome: dict[str, Any] = {}
        self.version = 0
        self.delivered = 0
        self.frames = 0
        self.gaps = 0
        self.latencies: list[float] | None = None
        self.wire: Wire
        self._greeted = asyncio.Event()

    async def open(self, port: int, token: str, query: str = "") -> None:
        """Connect, and wait for the welcome. Raises `ConnectionError` if something else comes."""
        path = f"/ws/collab/checklist/{self.entity_id}{query}"
        self.wire = await connect(port, path, token, self.receive)
        async with asyncio.timeout(60):
            await self._greeted.wait()
        if self.welcome["eventType"] != "session.welcome":
            raise ConnectionError(str(self.welcome))

    @property
    def is_closed(self) -> bool:
        """Whether it was sent away, or went."""
        return self.wire.closed.done()

    def receive(self, frame: bytes) -> None:
        """Take a frame: the first is the welcome."""
        if not self.welcome:
            self._greet(orjson.loads(frame))
        elif OPERATION in frame:
            self._count(frame)

    def _greet(self, first: Any) -> None:
        self.welcome = first[0] if isinstance(first, list) else first
        self.version = self.welcome.get("version", 0)
        self._greeted.set()

    def _count(self, frame: bytes) -> None:
        """Operations by a search in the bytes: whole parsing would measure this process."""
        number = frame.count(OPERATION)
        self.frames += 1
        self.delivered += number
        last = frame.rfind(OPERATION)
        version = int(_VERSION.search(frame, frame.rfind(b'"version":', 0, last))[1])  # type: ignore[index]  # it is there
        self.gaps += version != self.version + number
        self.version = version
        if self.latencies is not None:
            now = time.time_ns()
            self.latencies += ((now - int(at)) / 1e6 for at in _SENT_AT.findall(frame))


class Writer(Client):
    """One that keeps so many operations in flight; what it was told it looks into afterwards."""

    def __init__(self, entity_id: str, items: Iterator[str]) -> None:
        super().__init__(entity_id)
        self.acks = 0
        self.ack_latencies: list[float] = []
        self._told: list[bytes] = []
        self.items = items
        self._sent: dict[str, tuple[str, str]] = {}
        self._waiting: dict[bytes, float] = {}
        self._target = 0

    @property
    def in_flight(self) -> int:
        """How many operations wait for their answer."""
        return len(self._waiting)

    def write(self, target: int) -> None:
        """Keep so many in flight from now on; 0 stops."""
        self._target = target
        self.fill()

    def fill(self) -> None:
        """Send as many as there is room for, in one frame."""
        missing = self._target - self.in_flight
        if missing > 0:
            self.wire.send(orjson.dumps([self._operation() for _ in range(missing)]))

    def send_one(self) -> None:
        """Send a single operation now."""
        self.wire.send(orjson.dumps(self._operation()))

    def _operation(self) -> dict[str, Any]:
        operation_id, item = f"op-{next(_numbers)}", next(self.items)
        value = f"at {time.time_ns()} {'x' * 13}"  # 36 bytes with its quotes
        self._sent[operation_id] = item, value
        self._waiting[operation_id.encode()] = time.perf_counter()
        operation = {
            "operationId": operation_id,
            "type": "update",
            "path": f"{self.entity_id}.items.{item}.text",
            "newValue": value,
            "baseVersion": self.version,
        }
        return {"action": "apply", "operation": operation}

    def receive(self, frame: bytes) -> None:
        """Take a frame, see which operations it answers, and write on."""
        if not self.welcome:
            self._greet(orjson.loads(frame))
            return
        self._told.append(frame)
        self.frames += 1
        self.delivered += frame.count(OPERATION)
        now = time.perf_counter()
        for operation_id, version in _ANSWER.findall(frame):
            self.ack_latencies.append((now - self._waiting.pop(operation_id)) * 1000)
            self.acks += version != b""
            self.version = int(version or self.version)
        self.fill()

    def history(self) -> "History":
        """Everything that it was told, read whole."""
        history = History(self.welcome)
        for frame in self._told:
            decoded = orjson.loads(frame)
            for event in decoded if isinstance(decoded, list) else [decoded]:
                history.take(event, self._sent)
        return history


class History:
    """A replica made of all that a writer was told, and what was wrong with it."""

    def __init__(self, welcome: dict[str, Any]) -> None:
        items = welcome["content"]["items"]
        self.texts = {name: item["text"] for name, item in items.items()}
        self.version: int = welcome["version"]
        self.acked: list[int] = []
        self.gaps = 0
        self.rejected: Counter[str] = Counter()

    def take(self, event: dict[str, Any], sent: dict[str, tuple[str, str]]) -> None:
        """Follow an event, or the answer to what was `sent`."""
        if "operation" in event:
            operation = event["operation"]
            self._set(event["version"], operation["path"].split(".")[2], operation["newValue"])
        elif event["eventType"] == "operation.ack":
            self.acked.append(event["version"])
            self._set(event["version"], *sent[event["operationId"]])
        elif event["eventType"] == "operation.rejected":
            self.rejected[event["code"]] += 1

    def _set(self, version: int, item: str, text: str) -> None:
        self.gaps += version != self.version + 1
        self.version = version
        self.texts[item] = text
