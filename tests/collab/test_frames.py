"""Frames that are odd: told so, and the connection stays, until there are many."""

from typing import Any

import pytest

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
