"""A channel layer that fails costs nothing but time, and is said once."""

import asyncio
from typing import Any

import pytest
import structlog
from channels.layers import InMemoryChannelLayer

from collab.hub import neighbours
from collab.hub.neighbours import Audience, Layer, Neighbours

AUDIENCE: Audience = ("organization", "checklist", "checklist-123")


class Flaky(InMemoryChannelLayer):  # type: ignore[misc]  # Channels has no types
    """A layer that can be down."""

    def __init__(self) -> None:
        super().__init__()
        self.is_down = False
        self.failures = 0
        self.has_sent = asyncio.Event()

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        if self.is_down:
            self.failures += 1
            raise ConnectionError("the layer is down")
        await super().group_send(group, message)
        self.has_sent.set()


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
