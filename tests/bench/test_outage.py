"""The gate before the store: every manner of failing is the one that it says."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bench.kill.outage import Gate, Manner


class Upstream:
    """A store that answers every line, and remembers which came."""

    def __init__(self) -> None:
        self.took: list[bytes] = []
        self.takes = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            self.took.append(line)
            self.takes.set()
            writer.write(b"done " + line)
        writer.close()


@pytest.fixture
def upstream() -> Upstream:
    return Upstream()


@pytest.fixture
async def gate(upstream: Upstream) -> AsyncIterator[Gate]:
    server = await asyncio.start_server(upstream.serve, "127.0.0.1", 0)
    gate = Gate(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    await gate.start()
    yield gate
    await gate.stop()
    server.close()
    await server.wait_closed()


@asynccontextmanager
async def calling(gate: Gate) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection(*gate.address)
    try:
        writer.write(b"first\n")
        assert await reader.readline() == b"done first\n"
        yield reader, writer
    finally:
        writer.transport.abort()


async def test_refused(gate: Gate, upstream: Upstream) -> None:
    async with calling(gate) as (reader, _):
        gate.shut(Manner.REFUSE)
        with pytest.raises(ConnectionResetError):
            await reader.readline()
    with pytest.raises(ConnectionResetError):
        async with calling(gate):
            pass
    gate.open()
    async with calling(gate):
        assert upstream.took == [b"first\n"] * 2


async def test_stalled(gate: Gate, upstream: Upstream) -> None:
    async with calling(gate) as (reader, writer):
        gate.shut(Manner.STALL)
        writer.write(b"stalled\n")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.readline(), 0.05)
        gate.open()
        with pytest.raises(ConnectionResetError):
            await reader.readline()
    assert upstream.took == [b"first\n"]


async def test_cut(gate: Gate, upstream: Upstream) -> None:
    async with calling(gate) as (reader, writer):
        gate.shut(Manner.CUT)
        writer.write(b"cut\n")
        with pytest.raises(ConnectionResetError):
            await reader.readline()
    assert upstream.took == [b"first\n", b"cut\n"]


async def test_late(gate: Gate, upstream: Upstream) -> None:
    async with calling(gate) as (reader, writer):
        gate.shut(Manner.LATE)
        upstream.takes.clear()
        writer.write(b"late\n")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.readline(), 0.05)
        writer.close()  # whoever asked has given up
        assert upstream.took == [b"first\n"]
        gate.open()
        await upstream.takes.wait()
    assert upstream.took == [b"first\n", b"late\n"]
