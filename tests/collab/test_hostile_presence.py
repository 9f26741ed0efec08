"""What one socket sends or suffers costs nobody else anything."""

import asyncio
from typing import Any

import pytest

from collab.hub import current_hub
from collab.hub.rooms import Room
from tests.cast import Person
from tests.collab.live import CHECKLIST, PATH, URL, Live, call, operation


def nested(depth: int) -> str:
    """A frame with a state so deep, as text: encoders refuse to make it."""
    state = '{"a":' * (depth - 1) + "{}" + "}" * (depth - 1)
    return '{"action": "presence", "state": ' + state + "}"


@pytest.mark.parametrize("depth", [17, 252, 300])
async def test_a_deep_state_is_an_error_and_others_still_join(
    alice: Person, carol: Person, checklist: dict[str, Any], depth: int
) -> None:
    viewer = await Live(carol).open()
    await viewer.send_text(nested(depth))
    refused = await viewer.next("error")
    assert refused["code"] == "invalid_frame"
    await viewer.settle()
    joiner = await Live(alice).open()
    assert [one["state"] for one in joiner.welcome["participants"]] == [None]
    assert (await call(alice.api.get, f"{URL}/sessions")).status_code == 200
    await viewer.close()
    await joiner.close()


async def test_a_fault_of_ours_leaves_nobody_behind(
    alice: Person, bob: Person, checklist: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    watcher, unlucky = await Live(alice).open(), await Live(bob).open()
    await watcher.next("team.member.joined")

    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr(Room, "update_presence", broken)
        await unlucky.send({"action": "presence", "state": {}})
        left = await watcher.next("team.member.left")
    assert left["data"]["userId"] == bob.user_id
    (room,) = current_hub().rooms.values()
    assert list(room.sockets) == [watcher.welcome["sessionId"]]
    await watcher.close()


async def test_an_old_version_is_read_while_others_write(
    alice: Person, checklist: dict[str, Any]
) -> None:
    async def write(number: int) -> None:
        body = {
            "operations": [operation(f"{CHECKLIST}.title", f"{number}-{n}") for n in range(20)]
        }
        await call(alice.api.post, f"{URL}/operations", body)

    async def read() -> int:
        return int((await call(alice.api.get, f"{URL}?version=1")).status_code)

    await write(0)
    answers = await asyncio.gather(*(write(n) for n in range(1, 8)), *(read() for _ in range(12)))
    assert [status for status in answers if status is not None] == [200] * 12


async def test_a_resume_longer_than_the_document_is_the_content(
    alice: Person, checklist: dict[str, Any]
) -> None:
    for _ in range(15):
        body = {"operations": [operation(f"{CHECKLIST}.title", "x" * 30_000) for _ in range(10)]}
        await call(alice.api.post, f"{URL}/operations", body)
    back = await Live(alice, f"{PATH}?since=0").open()
    assert back.welcome["version"] == 150
    assert "content" in back.welcome
    assert "operations" not in back.welcome
    await back.close()


async def test_a_since_that_is_no_version_is_told(
    alice: Person, checklist: dict[str, Any]
) -> None:
    confused = await Live(alice, f"{PATH}?since=abc").open()
    assert "content" in confused.welcome
    assert (await confused.next("error"))["code"] == "invalid_frame"
    await confused.close()
