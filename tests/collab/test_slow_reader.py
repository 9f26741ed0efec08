"""A reader that does not keep up: closed with 4408, while nobody else waits for it."""

import asyncio
from typing import Any

import orjson
import pytest

from collab.hub import outbox
from collab.hub.chunks import Chunk
from collab.hub.outbox import Outbox
from collab.hub.sockets import Socket
from prework.ids import new_id
from tests.prework.crates import somebody


class Peer:
    """The other end of a socket, which reads when told to."""

    def __init__(self) -> None:
        self.got: list[Any] = []
        self.reads = asyncio.Event()
        self.reads.set()
        self.is_cut_off = False

    def cut_off(self) -> None:
        self.is_cut_off = True

    async def send(self, message: dict[str, Any]) -> None:
        await self.reads.wait()
        self.got.append(message.get("text", message.get("code")))


@pytest.fixture
def peer() -> Peer:
    return Peer()


async def turns(count: int = 5) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def test_one_event_goes_out_as_it_is(peer: Peer) -> None:
    box = Outbox(peer.send)
    box.start()
    box.push(b'{"n":1}')
    await turns()

    assert peer.got == ['{"n":1}']
    await box.stop()


async def test_what_waits_goes_out_as_one_array(peer: Peer) -> None:
    box = Outbox(peer.send)
    box.start()
    box.push(b"1")
    box.push(b"2,3", 2)
    await turns()

    assert peer.got == ["[1,2,3]"]
    await box.stop()


async def test_several_in_one_are_an_array_too(peer: Peer) -> None:
    box = Outbox(peer.send)
    box.start()
    box.push(b"1,2", 2)
    await turns()

    assert peer.got == ["[1,2]"]
    await box.stop()


async def test_what_is_much_goes_out_in_portions(peer: Peer) -> None:
    box = Outbox(peer.send)
    box.start()
    for _ in range(10):
        box.push(b'"' + b"x" * 100_000 + b'"')
    await turns()

    assert [len(text) for text in peer.got] == [200_007] * 5
    await box.stop()


async def test_a_reader_too_slow_is_closed_and_told_so_when_it_reads(peer: Peer) -> None:
    box = Outbox(peer.send, max_bytes=1_000)
    box.start()
    peer.reads.clear()
    box.push(b"first")
    await turns()
    for _ in range(30):
        box.push(b"x" * 100)

    assert box.close_code == 4408
    peer.reads.set()
    await turns()
    assert peer.got == ["first", 4408]
    assert await box.ended() == {"type": "websocket.disconnect", "code": 4408}


async def test_one_that_never_reads_is_given_up(
    peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "CLOSING_SECONDS", 0.05)
    box = Outbox(peer.send, abort=peer.cut_off, max_bytes=100)
    box.start()
    peer.reads.clear()
    box.push(b"first")
    await turns()
    for _ in range(3):
        box.push(b"x" * 60)

    async with asyncio.timeout(2):
        assert (await box.ended())["code"] == 4408
    assert peer.got == []
    assert peer.is_cut_off


async def test_one_that_takes_the_close_frame_is_not_cut_off(
    peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "CLOSING_SECONDS", 0.05)
    box = Outbox(peer.send, abort=peer.cut_off)
    box.start()
    box.close(4403)
    await asyncio.sleep(0.1)

    assert peer.got == [4403]
    assert not peer.is_cut_off


async def test_a_document_larger_than_the_bound_still_goes_out(peer: Peer) -> None:
    box = Outbox(peer.send, max_bytes=100)
    box.start()
    box.push(b"x" * 1_000)
    await turns()

    assert peer.got == ["x" * 1_000]
    await box.stop()


async def test_what_was_asked_for_goes_out_in_portions_however_much_it_is(peer: Peer) -> None:
    box = Outbox(peer.send)
    box.start()
    box.replay([Chunk(b'"' + b"x" * 400 + b'"') for _ in range(10_000)])
    box.push(b"1")
    await turns(20)

    assert box.close_code is None
    events = [event for text in peer.got for event in orjson.loads(text)]
    assert events == ["x" * 400] * 10_000 + [1]
    assert max(len(text) for text in peer.got) <= outbox.FRAME_BYTES + 1_000
    await box.stop()


async def test_who_stalls_while_it_is_sent_is_closed_for_what_comes_after_it(peer: Peer) -> None:
    box = Outbox(peer.send, max_bytes=1_000)
    box.start()
    peer.reads.clear()
    box.replay([Chunk(b"x" * 400) for _ in range(10)])
    for _ in range(10):
        box.push(b"x" * 100)
    before = box.close_code
    box.push(b"x")

    assert (before, box.close_code) == (None, 4408)
    await box.stop()


async def test_nothing_follows_a_close(peer: Peer) -> None:
    box = Outbox(peer.send)
    box.start()
    box.push(b"1")
    box.close(4403)
    box.close(4404)
    box.push(b"2")
    await turns()

    assert peer.got == ["1", 4403]


async def test_a_peer_that_is_gone_ends_it(peer: Peer) -> None:
    async def broken(message: dict[str, Any]) -> None:
        raise ConnectionResetError

    box = Outbox(broken)
    box.start()
    box.push(b"1")

    assert (await box.ended())["code"] == 1006


async def test_a_replay_of_notifications_closes_nobody_who_reads(peer: Peer) -> None:
    box = Outbox(peer.send)
    box.start()
    socket = Socket(somebody(), box, since=new_id())
    socket.hold()
    earlier = [(new_id(), b'"' + b"x" * 400 + b'"') for _ in range(6_000)]
    live, again = (new_id(), b'"live"'), earlier[-1]
    for event_id, data in (again, live, live):
        socket.push_event(event_id, data)
    socket.let_go(earlier)
    await turns(20)

    assert box.close_code is None
    events = [event for text in peer.got for event in orjson.loads(text)]
    assert events == ["x" * 400] * 6_000 + ["live"]
    await box.stop()
