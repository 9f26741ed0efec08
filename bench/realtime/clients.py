"""Those who take part: each proves for itself that nothing was lost, doubled or out of order."""

import asyncio
import re
import time
from collections.abc import Iterator
from itertools import count
from typing import Any

import orjson

from bench.realtime.wire import Wire, connect

OPERATION = b'"operation":{'
_VERSION = re.compile(rb'"version":(\d+)')
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
        self._welcomed = asyncio.Event()

    async def open(self, port: int, token: str, query: str = "") -> None:
        """Connect, and wait for the welcome."""
        path = f"/ws/collab/checklist/{self.entity_id}{query}"
        self.wire = await connect(port, path, token, self.receive)
        async with asyncio.timeout(60):
            await self._welcomed.wait()

    def receive(self, frame: bytes) -> None:
        """Take a frame: the first is the welcome."""
        if not self.welcome:
            self._greet(orjson.loads(frame))
        elif OPERATION in frame:
            self._count(frame)

    def _greet(self, first: Any) -> None:
        self.welcome = first[0] if isinstance(first, list) else first
        if self.welcome["eventType"] != "session.welcome":
            raise ConnectionError(str(self.welcome))
        self.version = self.welcome["version"]
        self._welcomed.set()

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
    """One that keeps so many operations in flight, and reads every frame whole."""

    def __init__(self, entity_id: str, items: Iterator[str]) -> None:
        super().__init__(entity_id)
        self.acked: dict[str, int] = {}
        self.ack_latencies: list[float] = []
        self.rejected = 0
        self.texts: dict[str, str] = {}
        self._items = items
        self._sent: dict[str, tuple[float, str, str]] = {}
        self._target = 0

    @property
    def in_flight(self) -> int:
        """How many operations wait for their answer."""
        return len(self._sent)

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
        operation_id, item = f"op-{next(_numbers)}", next(self._items)
        value = f"at {time.time_ns()} {'x' * 13}"  # 36 bytes with its quotes
        self._sent[operation_id] = time.perf_counter(), item, value
        operation = {
            "operationId": operation_id,
            "type": "update",
            "path": f"{self.entity_id}.items.{item}.text",
            "newValue": value,
            "baseVersion": self.version,
        }
        return {"action": "apply", "operation": operation}

    def receive(self, frame: bytes) -> None:
        """Take a frame, follow it, and write on."""
        decoded = orjson.loads(frame)
        if not self.welcome:
            self._greet(decoded)
            items = self.welcome["content"]["items"]
            self.texts = {name: item["text"] for name, item in items.items()}
            return
        self.frames += 1
        for event in decoded if isinstance(decoded, list) else [decoded]:
            self._take(event)
        self.fill()

    def _take(self, event: dict[str, Any]) -> None:
        kind = event["eventType"]
        if "operation" in event:
            self.delivered += 1
            self._follow(event["version"])
            operation = event["operation"]
            self.texts[operation["path"].split(".")[2]] = operation["newValue"]
        elif kind == "operation.ack":
            item, value = self._answered(event["operationId"])
            self.texts[item] = value
            self._follow(event["version"])
            self.acked[event["operationId"]] = event["version"]
        elif kind == "operation.rejected":
            self._answered(event["operationId"])
            self.rejected += 1

    def _follow(self, version: int) -> None:
        self.gaps += version != self.version + 1
        self.version = version

    def _answered(self, operation_id: str) -> tuple[str, str]:
        sent, item, value = self._sent.pop(operation_id)
        self.ack_latencies.append((time.perf_counter() - sent) * 1000)
        return item, value
