"""Notifications: what happens to a user and to the user's teams, also what was missed of it."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson

from collab.hub.hubs import Hub
from collab.hub.neighbours import Audience
from collab.hub.sockets import Socket
from prework import clock, ids
from prework.events import Audience as Watched
from prework.history import events_since
from prework.tenancy import Actor, system_actor
from prework.threads import in_thread
from teams.queries import list_team_ids

REPLAYED = timedelta(days=7)
LATE = timedelta(seconds=10)  # an event may be stored so long after its time
# A UUIDv7 begins with its milliseconds; its version and variant stand at fixed places (RFC 9562).
RANDOM_BITS, FIXED_BITS = 80, 0xF << 76 | 0b11 << 62


async def join(hub: Hub, socket: Socket) -> None:
    """Let a socket have what its user and teams are told, from where it was, nothing missed."""
    socket.hold()
    audiences = await in_thread(_audiences_of, socket.actor)
    for audience in audiences:
        hub.subscribe(socket, audience)
    try:
        events = await in_thread(read_events, audiences, socket.since)
    except BaseException:
        leave(hub, socket)
        raise
    socket.let_go([(event["eventId"], orjson.dumps(event)) for event in events])


def leave(hub: Hub, socket: Socket) -> None:
    """Let it have nothing more."""
    for audience in list(socket.audiences):
        hub.unsubscribe(socket, audience)


async def renew(hub: Hub, sockets: Iterable[Socket], actor: Actor) -> None:
    """The teams of these sockets' user may have changed."""
    audiences = set(await in_thread(_audiences_of, actor))
    staying = [socket for socket in sockets if not socket.is_closing]  # some went meanwhile
    new: set[Audience] = set().union(*[audiences - socket.audiences for socket in staying])
    for socket in staying:
        for audience in socket.audiences - audiences:
            hub.unsubscribe(socket, audience)
        for audience in audiences - socket.audiences:
            hub.subscribe(socket, audience)
    for event in await in_thread(read_events, new, ids.new_id(), late=True):
        for socket in staying:
            socket.push_event(event["eventId"], orjson.dumps(event))


def before(event_id: str) -> str:
    """An id from so long before an event's that nothing with a lower one is stored after it."""
    made = UUID(event_id).int
    moment = max(0, (made >> RANDOM_BITS) - LATE // timedelta(milliseconds=1))
    return str(UUID(int=moment << RANDOM_BITS | made & FIXED_BITS))


def read_events(
    audiences: Iterable[Audience], since: str, *, late: bool = False
) -> list[dict[str, Any]]:
    """What these were told after an event, each once, in order; `late` begins a little before."""
    overlap = LATE if late else timedelta(0)
    oldest = clock.to_text(clock.now() - REPLAYED)
    found = {
        event["eventId"]: event
        for organization_id, kind, name in audiences
        for event in events_since(
            system_actor(organization_id), Watched(kind, name), since, overlap=overlap
        )
        if event["timestamp"] > oldest
    }
    return [found[event_id] for event_id in sorted(found)]


def _audiences_of(actor: Actor) -> list[Audience]:
    """A user's own history, and those of the teams that they are in."""
    teams = list_team_ids(actor, actor.user_id)
    mine = [("user", actor.user_id), *(("team", team_id) for team_id in teams)]
    return [(actor.organization_id, kind, name) for kind, name in mine]
