"""The way from the servers to the store, which can be shut in every manner that stores fail in."""

import asyncio
import socket
import struct
from contextlib import suppress
from enum import StrEnum
from urllib.parse import urlsplit

CHUNK_BYTES = 64 * 1024
HOST = "127.0.0.1"


class Manner(StrEnum):
    """How the way is shut."""

    OPEN = "open"
    REFUSE = "refuse"  # connections are reset, new ones too
    STALL = "stall"  # requests are taken and never answered; they do not reach the store
    CUT = "cut"  # requests take effect, and their answers are lost
    LATE = "late"  # requests reach the store when the outage is over, wherever their senders are


class Gate:
    """A TCP proxy before the store."""

    def __init__(self, store_url: str) -> None:
        parts = urlsplit(store_url)
        self.store = (str(parts.hostname), int(parts.port or 80))
        self.manner = Manner.OPEN
        self.opened = asyncio.Event()
        self._ways: set[Way] = set()
        self._letting_in: set[asyncio.Task[None]] = set()

    async def start(self) -> str:
        """Let connections in; returns the URL that stands for the store's."""
        self._listening = await asyncio.start_server(self._meet, HOST, 0)
        self.opened.set()
        host, port = self.address
        return f"http://{host}:{port}"

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        host, port = self._listening.sockets[0].getsockname()
        return host, port

    async def stop(self) -> None:
        """Let nobody in any more."""
        self._listening.close()
        self.opened.set()
        self._abort(list(self._ways))
        await asyncio.gather(*self._letting_in)

    def shut(self, manner: Manner) -> None:
        """Fail in this manner from now on."""
        spoiled = [way for way in self._ways if way.is_spoiled]
        self.manner = manner
        self._abort(list(self._ways) if manner is Manner.REFUSE else spoiled)
        if manner is Manner.LATE:
            self.opened.clear()
        else:
            self.opened.set()

    def open(self) -> None:
        """Be a store like any other again."""
        self.shut(Manner.OPEN)

    def _abort(self, ways: "list[Way]") -> None:
        for way in ways:
            way.abort()

    def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._let_in(reader, writer))
        self._letting_in.add(task)
        task.add_done_callback(self._letting_in.discard)

    async def _let_in(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.manner is Manner.REFUSE:
            _reset(writer)
            return
        way = Way(self, reader, writer)
        self._ways.add(way)
        try:
            with suppress(OSError):
                await way.run()
        finally:
            way.abort()
            self._ways.discard(way)


class Way:
    """One connection of a server's to the store."""

    def __init__(
        self, gate: Gate, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._gate = gate
        self._client, self._to_client = reader, writer
        self._to_store: asyncio.StreamWriter | None = None
        self._is_late = False
        self.is_spoiled = False  # bytes were lost on it: it cannot go on

    async def run(self) -> None:
        """Carry bytes both ways until one end is gone."""
        store, self._to_store = await asyncio.open_connection(*self._gate.store)
        down = asyncio.create_task(self._down(store))
        try:
            with suppress(OSError):
                await self._up(self._to_store)
            if not self._is_late:  # a late request outlives its sender, until it is answered
                self._to_store.close()
            await down
        finally:
            down.cancel()

    def abort(self) -> None:
        """Cut it off at both ends."""
        _reset(self._to_client)
        if self._to_store is not None:
            _reset(self._to_store)

    async def _up(self, to_store: asyncio.StreamWriter) -> None:
        while data := await self._client.read(CHUNK_BYTES):
            if await self._is_lost():
                continue
            to_store.write(data)
            await to_store.drain()

    async def _down(self, store: asyncio.StreamReader) -> None:
        with suppress(OSError):
            while data := await store.read(CHUNK_BYTES):
                if self._gate.manner is Manner.CUT:
                    break
                if await self._is_lost():
                    continue
                self._to_client.write(data)
                await self._to_client.drain()
        _reset(self._to_client)

    async def _is_lost(self) -> bool:
        if self._gate.manner is Manner.LATE:
            self._is_late = True
            await self._gate.opened.wait()
        if self._gate.manner is Manner.STALL:
            self.is_spoiled = True
        return self.is_spoiled


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close as a machine does that knows the connection no more."""
    if not writer.transport.is_closing():
        no_time = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, no_time)
    writer.transport.abort()
