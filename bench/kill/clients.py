"""A client of the public contract, as anybody would write one.

It keeps a replica, comes back after any close with what it had, and sends again, unchanged, what
was not answered.
"""

import asyncio
import socket
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from bench.kill.load import Writer
from bench.kill.processes import HOST, Server
from bench.kill.replica import Gap, Operation, Replica
from bench.kill.tally import Tally

IN_FLIGHT = 4
THINKING_SECONDS = 0.04  # between two looks whether there is room for another operation
AGAIN_SECONDS = 0.25  # after `storage_unavailable`
COMING_BACK_SECONDS = (0.02, 0.2)
# Codes that the load may meet: an operation that gives way, and fields of items that are gone.
EXPECTED = {"conflict", "not_found_in_document", "already_exists"}
Event = dict[str, Any]


@dataclass(frozen=True)
class Seat:
    """Who a client is, and where it sits."""

    name: str
    token: str
    entity_id: str
    pick: Callable[[], Server | None]  # as a load balancer would
    buffer_bytes: int | None = None  # what the system takes in for one who does not read


class Client:
    """One connection's worth of somebody working on a document."""

    def __init__(self, seat: Seat, random: Random) -> None:
        self.seat = seat
        self.replica = Replica()
        self.tally = Tally()
        self.writer = Writer(seat.entity_id, random)
        self.is_writing = False
        self.hears = asyncio.Event()  # one who does not hear reads nothing
        self.hears.set()
        self.at: Server | None = None
        self._random = random
        self._socket: ClientConnection | None = None
        self._again: deque[tuple[float, str]] = deque()
        self._tasks: list[asyncio.Task[None]] = []

    # -- life ---------------------------------------------------------------------------------

    def start(self) -> None:
        """Take part until stopped."""
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self._live()), loop.create_task(self._write())]

    async def stop(self) -> None:
        """Go for good, without a word. Raises what went wrong in the client itself."""
        if self._socket is not None:
            self._socket.transport.abort()
        for task in self._tasks:
            task.cancel()
        ends = await asyncio.gather(*self._tasks, return_exceptions=True)
        for end in ends:
            if isinstance(end, Exception):
                raise end

    async def move(self) -> None:
        """Close, and come back by the load balancer: work in flight goes on there."""
        if self._socket is not None:
            await self._socket.close()

    @property
    def is_in(self) -> bool:
        """Whether it has its document before it, on a server that lives."""
        return self._socket is not None and self.at is not None and self.at.is_up

    @property
    def is_settled(self) -> bool:
        """Whether it is in, and knows what became of all that it sent."""
        return self.is_in and not self.tally.unacked

    async def send(self, operations: list[Operation]) -> None:
        """Send operations for the first time. If nobody takes them, they are sent on return."""
        for operation in operations:
            self.tally.sent(operation)
        await self._apply(operations)

    # -- coming and going ---------------------------------------------------------------------

    async def _live(self) -> None:
        while True:
            server = self.seat.pick()
            try:
                if server is not None:
                    await self._visit(server)
            except (OSError, WebSocketException, TimeoutError) as failed:
                self._note_close(failed)
            except Gap as gap:
                self.tally.faults.append(f"{self.seat.name}: {gap}")
            self.at = None
            await asyncio.sleep(self._random.uniform(*COMING_BACK_SECONDS))

    async def _visit(self, server: Server) -> None:
        self.at = server
        bearer = {"Authorization": f"Bearer {self.seat.token}"}
        async with connect(
            self._address(server),
            sock=await self._connected(server),
            additional_headers=bearer,
            max_size=None,
            max_queue=1,
            ping_interval=None,
            compression=None,
            proxy=None,
        ) as connection:
            try:
                await self._take_part(connection)
            finally:
                self._socket = None

    async def _connected(self, server: Server) -> socket.socket:
        connected = socket.socket()
        connected.setblocking(False)
        if self.seat.buffer_bytes is not None:
            connected.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.seat.buffer_bytes)
        try:
            await asyncio.get_running_loop().sock_connect(connected, (HOST, server.port))
        except BaseException:
            connected.close()
            raise
        return connected

    def _address(self, server: Server) -> str:
        path = f"/ws/collab/checklist/{self.seat.entity_id}?client={self.seat.name}"
        seen = self.replica
        back = "" if seen.version < 0 else f"&since={seen.version}&epoch={seen.epoch}"
        return f"ws://{HOST}:{server.port}{path}{back}"

    async def _take_part(self, connection: ClientConnection) -> None:
        async for frame in connection:
            decoded = orjson.loads(frame)
            for event in decoded if isinstance(decoded, list) else [decoded]:
                if event["eventType"] == "session.welcome":
                    await self._come_in(event, connection)
                else:
                    self._take(event)
            await self.hears.wait()

    async def _come_in(self, welcome: Event, connection: ClientConnection) -> None:
        seen = self.replica
        if welcome.get("resumed"):
            self.tally.counts["by operations"] += 1
            for operation in welcome["operations"]:
                seen.follow(operation, operation["version"])
        else:
            self.tally.counts["by content"] += seen.version >= 0
            if welcome["version"] < seen.version:
                self.tally.faults.append(f"{seen.version} was seen, {welcome['version']} is left")
            seen.replace(welcome["content"], welcome["version"], welcome["epoch"])
        if welcome["version"] != seen.version:
            self.tally.faults.append(f"welcome to {welcome['version']} ends at {seen.version}")
        self._socket = connection
        self._again.clear()
        await self._send_again(list(self.tally.unacked))

    def _note_close(self, failed: Exception) -> None:
        code = 0
        if isinstance(failed, ConnectionClosed) and failed.rcvd is not None:
            code = failed.rcvd.code
        self.tally.counts[f"closed {code}" if code else "cut off"] += 1

    # -- what is told -------------------------------------------------------------------------

    def _take(self, event: Event) -> None:
        kind = event["eventType"]
        if kind == "operation.ack":
            self._take_ack(event)
        elif kind == "operation.rejected":
            self._take_refusal(event)
        elif kind == "error":
            self.tally.faults.append(f"error: {event['code']} {event['detail']}")
        elif "operation" in event:
            self.replica.follow(event["operation"], event["version"])

    def _take_ack(self, ack: Event) -> None:
        is_duplicate = bool(ack.get("duplicate"))
        operation = self.tally.ack(ack["operationId"], ack["version"], is_duplicate=is_duplicate)
        is_news = not is_duplicate or ack["version"] > self.replica.version
        if operation is not None and is_news:
            self.replica.follow(operation, ack["version"])

    def _take_refusal(self, refusal: Event) -> None:
        operation_id, code = refusal["operationId"], refusal["code"]
        if refusal.get("retry"):
            self.tally.counts["put off"] += 1
            due = asyncio.get_running_loop().time() + AGAIN_SECONDS
            self._again.append((due, operation_id))
            return
        if code not in EXPECTED:
            self.tally.faults.append(f"{operation_id} was refused: {code} {refusal['detail']}")
        self.tally.refuse(operation_id, code)

    # -- what is said -------------------------------------------------------------------------

    async def _write(self) -> None:
        while True:
            await asyncio.sleep(self._random.uniform(0, 2 * THINKING_SECONDS))
            if not self.is_in:
                continue
            due = self._due()
            if due:
                await self._send_again(due)
            room = IN_FLIGHT - len(self.tally.unacked)
            if self.is_writing and room > 0:
                await self.send([self.writer.operation(self.replica) for _ in range(room)])

    def _due(self) -> list[str]:
        now = asyncio.get_running_loop().time()
        due: list[str] = []
        while self._again and self._again[0][0] <= now:
            due.append(self._again.popleft()[1])
        return due

    async def _send_again(self, operation_ids: list[str]) -> None:
        """In the order in which they were sent first, and unchanged."""
        operations = [one for name, one in self.tally.unacked.items() if name in operation_ids]
        self.tally.counts["resent"] += len(operations)
        await self._apply(operations)

    async def _apply(self, operations: list[Operation]) -> None:
        if not operations or self._socket is None:
            return
        frame = [{"action": "apply", "operation": one} for one in operations]
        try:
            await self._socket.send(orjson.dumps(frame).decode())
        except ConnectionClosed:
            return  # what is unanswered goes out again with the next welcome
