"""The hub: it knows the open sockets, and tells them what happens, from wherever it happens."""

import asyncio
from contextlib import suppress
from typing import Any

import orjson
from django.conf import settings

from collab.engine import engines
from collab.engine.engines import Engine, current_engine
from collab.hub.healing import heal_always
from collab.hub.hubs import Hub
from collab.hub.neighbours import broadcast
from collab.models import DocumentRef
from prework.events import Recorded
from prework.history import to_wire
from prework.processes import Levels
from prework.threads import home_loop

_hubs: dict[Engine, Hub] = {}


def hubs() -> list[Hub]:
    """The hubs of this process: one, but where there is more than one loop."""
    return [hub for hub in list(_hubs.values()) if not hub.loop.is_closed()]


def current_hub() -> Hub:
    """The hub of the running loop."""
    return _hubs[current_engine()]


def tell_watchers(recorded: Recorded) -> None:
    """Tell everybody who watches of an event: a `CHANGE_FOLLOWERS` entry, from any thread."""
    organization_id = recorded.actor.organization_id
    text = orjson.dumps(to_wire(recorded)).decode()
    for audience in dict.fromkeys(recorded.event.audiences()):
        about = (organization_id, *audience)
        message = {"kind": "event", "about": list(about), "event": text}
        for hub in hubs():
            with suppress(RuntimeError):  # its loop has just ended, and its sockets with it
                hub.loop.call_soon_threadsafe(hub.receive, message)
        if settings.REDIS_URL:
            loop = home_loop() or engines.own_loop()
            asyncio.run_coroutine_threadsafe(broadcast(about, message), loop)


async def close_sockets() -> None:
    """Send everybody away to come back: a `BEFORE_STOPPING` entry, on the server's loop."""
    await current_hub().stop()


def presence_states(ref: DocumentRef) -> dict[str, Any]:
    """What those who have a document open say of where they are, as far as it is known here."""
    rooms = [room for hub in hubs() if (room := hub.rooms.get(ref)) is not None]
    return {
        session_id: participant["state"]
        for room in rooms
        for session_id, participant in list(room.participants.items())
    }


def levels() -> Levels:
    """How much is open in this process, from any thread: the setting `PROCESS_LEVELS`."""
    here = hubs()
    documents = {ref for hub in here for ref in list(hub.rooms)}
    return Levels(len(documents), sum(hub.socket_count for hub in here))


def _new_hub(engine: Engine) -> Hub:
    for ended in [one for one, hub in list(_hubs.items()) if hub.loop.is_closed()]:
        del _hubs[ended]
    hub = _hubs[engine] = Hub(engine, heal=heal_always)
    hub.siblings = hubs
    return hub


engines.listeners[:] = [_new_hub]
