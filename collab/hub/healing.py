"""Looking in the store, every few seconds, for what nobody has told.

The channel layer may lose messages, and without Redis there is none. So a hub asks: are its
documents where the store is, do its sockets' sign-ins still count, who is still here. Each
question is one read for very many.
"""

import asyncio
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from typing import Any

import structlog

from accounts.queries import SessionRef, load_rights
from collab import queries
from collab.hub import feeds, meters
from collab.hub.hubs import Heal, Hub
from collab.hub.neighbours import Audience
from collab.hub.rooms import Room
from collab.hub.sockets import Socket
from collab.models import DocumentRef, State
from collab.services import presence
from prework.errors import Problem, StorageUnavailable
from prework.ids import new_id
from prework.tenancy import Actor
from prework.threads import in_thread

log = structlog.get_logger(__name__)
PAUSE_SECONDS = 3.0
LONG_PAUSE_SECONDS = 30.0
AT_ONCE = 4  # looks into the store that one process takes side by side
SIGNED_OUT, NOT_ALLOWED = 4401, 4403


async def heal_always(hub: Hub) -> None:
    """Go round until cancelled. Each question has a clock of its own: rights wait for nothing."""
    async with asyncio.TaskGroup() as rounds:
        rounds.create_task(_every(PAUSE_SECONDS, heal_rights, hub))
        rounds.create_task(_every(PAUSE_SECONDS, heal_documents, hub))
        rounds.create_task(_every(LONG_PAUSE_SECONDS, heal_presence, hub))
        rounds.create_task(_every(PAUSE_SECONDS, measure_outboxes, hub))
        rounds.create_task(_heal_events_always(hub))


async def _every(seconds: float, heal: Heal, hub: Hub) -> None:
    while True:
        await asyncio.sleep(seconds)
        await _guarded(heal(hub))


async def _heal_events_always(hub: Hub) -> None:
    marker = new_id()
    while True:
        await asyncio.sleep(LONG_PAUSE_SECONDS)
        now = new_id()
        if await heal_events(hub, marker):
            marker = now


async def heal_documents(hub: Hub) -> None:
    """Catch up with what other processes have committed or archived."""
    refs = list(hub.rooms)
    states = await in_thread(queries.load_states, refs) if refs else {}
    for ref, state in states.items():
        if ref in hub.rooms:
            hub.meet(ref, state)
    _end_sessions(hub, states)


def _end_sessions(hub: Hub, states: Mapping[DocumentRef, State | None]) -> None:
    """Close the sockets of who came before all were sent out of a document."""
    for ref, state in states.items():
        ended_at = state and state.sessions_ended_at
        room = hub.rooms.get(ref)
        if room is not None and ended_at:
            for socket in room.sockets.values():
                if socket.presence is not None and socket.presence.joined_at <= ended_at:
                    socket.close(NOT_ALLOWED)


async def measure_outboxes(hub: Hub) -> None:
    """See how much waits to be sent."""
    for socket in hub.sockets:
        hub.engine.tally.measure(meters.OUTBOX_BYTES, socket.outbox.waiting_bytes)


async def heal_rights(hub: Hub) -> None:
    """Close the sockets of those who are signed out, or may not be there any more."""
    sockets = hub.sockets
    if not sockets:
        return
    rights = await in_thread(load_rights, {socket.sign_in for socket in sockets})
    changed: dict[tuple[SessionRef, str], list[Socket]] = {}
    for socket in sockets:
        actor = rights[socket.sign_in]
        if actor is None:
            socket.close(SIGNED_OUT)
        elif _differ(actor, socket.actor):
            changed.setdefault((socket.sign_in, socket.entity_type), []).append(socket)
    # Only then, for each of these asks the store: nobody who is signed out waits for that.
    await _side_by_side(
        _renew(hub, actor, entity_type, theirs)
        for (sign_in, entity_type), theirs in changed.items()
        if (actor := rights[sign_in]) is not None
    )


def _differ(now: Actor, before: Actor) -> bool:
    return (now.rights_version, now.permissions) != (before.rights_version, before.permissions)


async def _renew(hub: Hub, actor: Actor, entity_type: str, sockets: Sequence[Socket]) -> None:
    """What somebody may do has changed: ask the doors again, once for all of their sockets."""
    if not entity_type:
        await feeds.renew(hub, sockets, actor)
    else:
        ids = {socket.entity_id for socket in sockets}
        found = await in_thread(queries.load_access, actor, entity_type, ids)
        for socket in sockets:
            if isinstance(found[socket.entity_id], Problem):
                socket.close(NOT_ALLOWED)
    for socket in sockets:
        socket.actor = actor


async def heal_presence(hub: Hub) -> None:
    """Say that this process's sockets are here, and find out who else is, and is not."""
    here = [socket.presence for socket in hub.sockets if socket.presence is not None]
    await in_thread(presence.stay, presences=here)
    still_here = {socket.presence for socket in hub.sockets}
    left = [one for one in here if one not in still_here]  # while we said that they stay
    await _side_by_side(in_thread(presence.leave, presence=one) for one in left)
    await _side_by_side(_sweep(room) for room in list(hub.rooms.values()))


async def _sweep(room: Room) -> None:
    known = list(room.participants)
    stored = await in_thread(queries.load_presences, room.ref)
    dead = [one for one in stored if not queries.is_here(one)]
    for one in dead:
        await in_thread(presence.expire, presence=one)
    room.reconcile(known, [one for one in stored if queries.is_here(one)])


async def heal_events(hub: Hub, since: str) -> bool:
    """Tell what was recorded since a moment and did not come through, if all can be read."""
    return await _side_by_side(_heal_audience(hub, one, since) for one in [*hub.rooms, *hub.feeds])


async def _heal_audience(hub: Hub, about: Audience, since: str) -> None:
    for event in await in_thread(feeds.read_events, [about], since, late=True):
        hub.tell(about, event)


async def _side_by_side(doings: Iterable[Coroutine[Any, Any, None]]) -> bool:
    """Do all of these, a few at a time; returns whether the store let all of them be done."""
    places = asyncio.Semaphore(AT_ONCE)

    async def place(doing: Coroutine[Any, Any, None]) -> bool:
        async with places:
            return await _guarded(doing)

    async with asyncio.TaskGroup() as group:
        done = [group.create_task(place(doing)) for doing in doings]
    return all(task.result() for task in done)


async def _guarded(doing: Coroutine[Any, Any, None]) -> bool:
    try:
        await doing
    except StorageUnavailable:
        log.info("healing_later")
        return False
    except Exception:  # a fault of ours, which would come again
        log.exception("healing_failed")
    return True
