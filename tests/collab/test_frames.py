"""Frames that are odd: told so, and the connection stays, until there are many."""

from typing import Any

import pytest

from collab.consumers.documents import DocumentConsumer
from tests.cast import Person
from tests.collab.live import CHECKLIST, Live, operation
from tests.matching import ANY_TIME, Matches

WORDS = Matches(r"(?s).+")


def error(code: str) -> dict[str, Any]:
    return {
        "eventType": "error",
        "entityType": "checklist",
        "entityId": CHECKLIST,
        "timestamp": ANY_TIME,
        "code": code,
        "detail": WORDS,
    }


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", "invalid_frame"),
        ("7", "invalid_frame"),
        ('"text"', "invalid_frame"),
        ("{}", "invalid_frame"),
        ('{"action": "fly"}', "invalid_frame"),
        ('{"action": ["apply"]}', "invalid_frame"),
        ('{"action": "presence"}', "invalid_frame"),
        ('{"action": "presence", "state": []}', "invalid_frame"),
        ('{"action": "presence", "state": {"x": NaN}}', "invalid_frame"),
        (r'{"action": "presence", "state": {"x": "\ud800"}}', "invalid_frame"),
        ('{"action": "ping", "x": "' + "x" * 1_100_000 + '"}', "frame_too_large"),
        ('{"action": "ping", "x": "' + "ä" * 600_000 + '"}', "frame_too_large"),
        ('{"action": "presence", "state": {"x": "' + "x" * 4_100 + '"}}', "frame_too_large"),
    ],
)
async def test_an_odd_frame_is_an_error_and_no_end(
    bob: Person, checklist: dict[str, Any], text: str, code: str
) -> None:
    live = await Live(bob).open()
    await live.send_text(text)

    assert await live.next() == error(code)
    assert await live.settle() == []
    await live.close()


async def test_many_of_them_are_the_end(bob: Person, checklist: dict[str, Any]) -> None:
    live = await Live(bob).open()
    for _ in range(30):
        await live.send_text("{")

    assert await live.closed() == 4429


async def test_many_odd_events_are_one_odd_frame(bob: Person, checklist: dict[str, Any]) -> None:
    live = await Live(bob).open()
    odd = [1, {"action": "presence"}] * 15
    await live.send(*odd, {"action": "apply", "operation": operation()}, *odd)

    told = [await live.next() for _ in range(61)]
    codes = [event["code"] for event in told if event["eventType"] == "error"]
    assert codes == ["invalid_frame"] * 60
    assert [event["version"] for event in told if "version" in event] == [1]
    assert await live.settle() == []
    await live.close()


async def test_nothing_is_done_of_a_frame_once_it_is_closed(
    alice: Person, bob: Person, checklist: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    watcher, live = await Live(alice).open(), await Live(bob).open()
    monkeypatch.setattr(DocumentConsumer, "on_ping", lambda self, _: self.outbox.close(4408))
    await live.send({"action": "ping"}, {"action": "presence", "state": {"at": "x"}})

    assert await live.closed() == 4408
    kinds = [(await watcher.next())["eventType"] for _ in range(2)]
    assert kinds == ["team.member.joined", "team.member.left"]
    await watcher.close()


async def test_an_array_is_taken_in_order(bob: Person, checklist: dict[str, Any]) -> None:
    live = await Live(bob).open()
    await live.send(
        {"action": "apply", "operation": operation()},
        {"action": "nothing"},
        {"action": "apply", "operation": operation(value=False, base=0)},
        {"action": "ping"},
    )

    kinds = [(await live.next())["eventType"] for _ in range(4)]
    assert sorted(kinds) == ["error", "operation.ack", "operation.ack", "pong"]
    await live.close()


async def test_an_empty_array_is_nothing(bob: Person, checklist: dict[str, Any]) -> None:
    live = await Live(bob).open()
    await live.send_text("[]")

    assert await live.settle() == []
    await live.close()


async def test_a_ping_is_answered(bob: Person, checklist: dict[str, Any]) -> None:
    live = await Live(bob).open()
    await live.send({"action": "ping"})

    assert await live.next() == {
        "eventType": "pong",
        "entityType": "checklist",
        "entityId": CHECKLIST,
        "timestamp": ANY_TIME,
    }
    await live.close()
