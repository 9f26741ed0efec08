"""As many processes' worth of engines as a test wants, on one loop: each turn can be chosen."""

from typing import Any

from channels.routing import URLRouter
from django.urls import path

from collab.consumers.documents import DocumentConsumer
from collab.engine.engines import Engine
from collab.hub import healing
from collab.hub.hubs import Hub
from tests.cast import Person
from tests.collab.live import PATH, Live


class Process:
    """An engine and a hub of their own, and the application that sockets come to."""

    def __init__(self, layer: Any = None) -> None:
        self.engine = Engine()
        self.hub = Hub(self.engine, layer=layer)
        consumer = DocumentConsumer.as_asgi(hub=self.hub)
        self.app = URLRouter([path("ws/collab/<str:entity_type>/<str:entity_id>", consumer)])

    async def open(self, person: Person, query: str = "") -> Live:
        return await Live(person, PATH + query, app=self.app).open()

    @property
    def version(self) -> int:
        [room] = self.hub.rooms.values()
        return room.document.copy.version

    async def heal(self) -> None:
        await healing.heal_documents(self.hub)
        for room in list(self.hub.rooms.values()):
            await room.document.refreshed()


async def close(*lives: Live) -> None:
    """Let these sockets go."""
    for live in lives:
        await live.close()
