"""A channel layer that fails costs nothing but time, and is said once."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
import structlog
from channels.layers import InMemoryChannelLayer
from channels_redis.pubsub import RedisPubSubChannelLayer

from collab.hub import backlog, neighbours
from collab.hub.backlog import Backlog
from collab.hub.neighbours import Audience, Layer, Neighbours, group_of
from tests.collab.test_server import free_port, redis_server
from tests.redis import HAS_REDIS

AUDIENCE: Audience = ("organization", "checklist", "checklist-123")
OTHER: Audience = ("organization", "checklist", "other")
STAYS: Audience = ("organization", "checklist", "stays")


class Flaky(InMemoryChannelLayer):  # type: ignore[misc]  # Channels has no types
    """A layer that can be down."""

    def __init__(self) -> None:
        super().__init__()
        self.is_down = False
        self.failures = 0
        self.has_sent = asyncio.Event()
        self.sent: list[dict[str, Any]] = []

    async def group_add(self, group: str, channel: str) -> None:
        self._check()
        await super().group_add(group, channel)

    async def group_discard(self, group: str, channel: str) -> None:
        self._check()
        await super().group_discard(group, channel)

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        self._check()
        await super().group_send(group, message)
        self.sent.append(message)
        self.has_sent.set()

    def _check(self) -> None:
        if self.is_down:
            self.failures += 1
            raise ConnectionError("the layer is down")


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not is_so():
            await asyncio.sleep(0.01)


async def test_one_line_when_it_fails_and_one_when_it_is_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(neighbours, "PAUSE_SECONDS", 0)
    monkeypatch.setattr(neighbours, "LAYER", Layer())
    layer = Flaky()
    here = Neighbours(lambda message: None, layer=layer)
    with structlog.testing.capture_logs() as logged:
        layer.is_down = True
        for number in range(5):
            here.send(AUDIENCE, {"number": number})
        async with asyncio.timeout(5):
            while layer.failures < 5:
                await asyncio.sleep(0)
        layer.is_down = False
        for number in range(3):
            here.send(AUDIENCE, {"number": number})
        async with asyncio.timeout(5):
            await layer.has_sent.wait()
    here.stop()

    assert [(one["event"], one["log_level"]) for one in logged] == [
        ("channel_layer_failed", "warning"),
        ("channel_layer_back", "info"),
    ]
    assert "the layer is down" in logged[0]["reason"]


async def test_groups_are_right_again_whatever_was_dropped_while_it_was_down(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(neighbours, "PAUSE_SECONDS", 0)
    monkeypatch.setattr(backlog, "MAX_WAITING", 10)
    layer = Flaky()
    here = Neighbours(lambda message: None, layer=layer)
    here.watch(OTHER)
    await until(lambda: group_of(OTHER) in layer.groups)
    layer.is_down = True
    for number in range(30):
        here.send(AUDIENCE, {"number": number})
    here.unwatch(OTHER)
    here.watch(AUDIENCE)
    for number in range(30, 60):
        here.send(AUDIENCE, {"number": number})
    await until(lambda: layer.failures > 5)
    layer.is_down = False

    await until(lambda: group_of(OTHER) not in layer.groups and group_of(AUDIENCE) in layer.groups)
    here.send(AUDIENCE, {"number": 60})
    await until(lambda: bool(layer.sent) and layer.sent[-1]["number"] == 60)
    here.stop()


async def test_one_watched_and_left_while_it_was_down_is_not_joined(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(neighbours, "PAUSE_SECONDS", 0)
    layer = Flaky()
    layer.is_down = True
    here = Neighbours(lambda message: None, layer=layer)
    here.watch(AUDIENCE)
    await until(lambda: layer.failures > 2)
    here.unwatch(AUDIENCE)
    here.watch(OTHER)
    layer.is_down = False

    await until(lambda: list(layer.groups) == [group_of(OTHER)])
    here.stop()


def test_what_waits_is_bounded_in_number_and_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backlog, "MAX_WAITING", 5)
    monkeypatch.setattr(backlog, "MAX_WAITING_BYTES", 1_000)
    waiting = Backlog()
    dropped = [waiting.add("g", {"number": number}) for number in range(7)]
    assert dropped == [0, 0, 0, 0, 0, 1, 1]
    assert waiting.add("g", {"entry": "x" * 975}) == 4

    assert len(waiting) == 2
    assert waiting.bytes <= 1_000
    assert waiting.take() == ("g", {"number": 6})
    waiting.take()
    assert waiting.bytes == 0


@pytest.mark.skipif(not HAS_REDIS, reason="needs Redis")
async def test_with_redis_gone_and_back_groups_are_right_and_messages_come(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(neighbours, "PAUSE_SECONDS", 0.05)
    port = free_port()
    heard: list[Any] = []
    with redis_server(port) as url:
        layer = RedisPubSubChannelLayer(hosts=[url])
        here = Neighbours(heard.append, layer=layer)
        there = Neighbours(lambda message: None, layer=layer)
        for audience in (STAYS, OTHER):
            here.watch(audience)
        await until(lambda: not here._unsettled and bool(here._channel))
    here.unwatch(OTHER)
    here.watch(AUDIENCE)
    await asyncio.sleep(0.2)
    with redis_server(port):
        async with asyncio.timeout(10):
            while {message["kind"] for message in heard} != {"new", "stays"}:
                for audience, kind in ((OTHER, "left"), (AUDIENCE, "new"), (STAYS, "stays")):
                    there.send(audience, {"kind": kind})
                await asyncio.sleep(0.1)
        here.stop()
        there.stop()
        await layer.flush()
