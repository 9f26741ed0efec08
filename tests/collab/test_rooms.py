"""A room, by itself: who is told, whatever came first."""

from typing import Any

import orjson
import pytest

from collab.engine.marks import Author
from collab.engine.operations import parse_operation
from collab.engine.outcomes import Rejected
from collab.engine.refusals import Code
from collab.engine.sequencer import Sequencer
from collab.engine.submissions import Answer, Delivery, Submission, Unheard
from collab.hub.outbox import Outbox
from collab.hub.rooms import Room
from collab.hub.sockets import Socket
from collab.models import DocumentRef
from prework.ids import new_id
from tests.collab.live import operation
from tests.prework.crates import somebody

REF = DocumentRef("org", "checklist", "checklist-123")
AUTHOR = Author("u1", "c1")


def participant(session_id: str) -> dict[str, Any]:
    return {
        "sessionId": session_id,
        "userId": "u1",
        "userName": "Ursula",
        "joinedAt": "2026-11-22T10:00:00.000Z",
        "state": None,
    }


class Reader:
    """A socket, and what it was sent."""

    def __init__(self) -> None:
        self.frames: list[Any] = []
        self.socket = Socket(somebody(), Outbox(self.take))

    async def take(self, message: dict[str, Any]) -> None:
        self.frames.append(orjson.loads(message["text"]))

    def waiting(self) -> list[bytes]:
        return [chunk.data for chunk in self.socket.outbox._chunks]


@pytest.fixture
def room() -> Room:
    return Room(REF, Sequencer(REF, Unheard()))


async def test_one_whom_the_store_has_shown_before_it_entered_is_told_all_the_same(
    room: Room,
) -> None:
    session_id, reader = new_id(), Reader()
    assert room.enter(participant(session_id))
    assert not room.enter(participant(session_id), socket=reader.socket)
    room.push(b"{}")
    assert reader.waiting() == [b"{}"]
    assert list(room.sockets) == [session_id]


async def test_who_comes_is_told_to_the_others_and_not_to_itself(room: Room) -> None:
    first, second = Reader(), Reader()
    room.enter(participant("s1"), socket=first.socket)
    room.enter(participant("s2"), socket=second.socket)
    assert [b"s2" in chunk for chunk in first.waiting()] == [True]
    assert second.waiting() == []


async def test_a_state_that_cannot_be_told_is_not_kept(room: Room) -> None:
    deep: Any = None
    for _ in range(300):
        deep = {"a": deep}
    room.enter(participant("s1"))
    with pytest.raises(TypeError):
        room.update_presence("s1", deep, sender=None)
    assert room.participants["s1"]["state"] is None


def refused(sender: Reader, answer: Answer) -> Delivery:
    """An operation of this sender's that changed nothing."""
    submission = Submission(parse_operation(operation(), REF.entity_id), AUTHOR, answer)
    return Delivery(Rejected(Code.CONFLICT, "", "o1", 0), submission, sender.socket)


async def test_a_fault_with_one_sender_is_no_other_senders(room: Room) -> None:
    unlucky, other = Reader(), Reader()
    for number, one in enumerate((unlucky, other)):
        room.enter(participant(f"s{number}"), socket=one.socket)

    def fail(outcome: object) -> None:
        raise RuntimeError

    def tell(outcome: object) -> None:
        other.socket.push(b"{}")

    room.deliver([refused(unlucky, fail), refused(other, tell)])
    assert unlucky.socket.outbox.close_code == 1011
    assert not unlucky.socket.outbox._is_corked
    assert other.waiting() == [b"{}"]
