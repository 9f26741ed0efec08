"""Coming into a document and leaving it, with nothing missed in between."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from collab.engine.committed import CommittedOperation
from collab.engine.local_copy import LocalCopy
from collab.engine.replica import Replica
from collab.hub import frames, meters
from collab.hub.hubs import Hub
from collab.hub.rooms import Room
from collab.hub.sockets import Socket
from collab.models import DocumentRef
from collab.services import presence
from prework import clock
from prework.errors import StorageUnavailable
from prework.ids import new_id
from prework.metrics import log_business_metric
from prework.threads import in_thread

LONGEST_RESUME = 10_000
LARGEST_RESUME = 4 * 1024 * 1024  # bytes; beyond both, the content is the shorter answer


@dataclass(frozen=True)
class Resume:
    """Where a client says that it was."""

    since: int
    epoch: str | None


async def join(hub: Hub, ref: DocumentRef, socket: Socket, resume: Resume | None) -> Room:
    """Let a socket into a document's room. Ask the document's door before.

    The welcome and the joining are one step of the loop: the socket gets all that comes after.
    """
    room = hub.hold(ref)
    try:
        await asyncio.shield(room.ready)
        socket.presence = await in_thread(
            presence.enter, actor=socket.actor, ref=ref, session_id=new_id()
        )
        replica, operations = await _position(room, resume)
        others = room.others(socket.session_id)
        socket.push(frames.welcome(ref, replica, socket.presence, others, operations))
    except BaseException:
        hub.release(room)
        if socket.presence is not None:
            with suppress(StorageUnavailable):
                await in_thread(presence.leave, presence=socket.presence)
        raise
    participant = frames.participant_of(socket.presence)
    room.enter(participant, socket=socket)
    hub.engine.tally.count(meters.JOINS)
    if operations is not None:
        hub.engine.tally.count(meters.RESUMES)
    hub.tell_neighbours(ref, {"kind": "joined", "participant": participant})
    return room


async def leave(hub: Hub, room: Room, socket: Socket) -> None:
    """Let a socket out, and tell those who stay."""
    here = socket.presence
    if here is None:
        return
    room.leave(here.session_id)
    hub.tell_neighbours(room.ref, {"kind": "left", "sessionId": here.session_id})
    hub.release(room)
    stayed = clock.now() - clock.from_text(here.joined_at)
    log_business_metric(
        meters.SESSION_DURATION.name,
        stayed.total_seconds(),
        {
            "EntityType": room.ref.entity_type,
            "UserRole": socket.actor.role,
            "OrganizationId": room.ref.organization_id,
            "EntityId": room.ref.entity_id,
            "UserId": here.user_id,
        },
    )
    with suppress(StorageUnavailable):  # it will be seen no more, and be swept
        await in_thread(presence.leave, presence=here)


async def _position(
    room: Room, resume: Resume | None
) -> tuple[Replica, Sequence[CommittedOperation] | None]:
    """The replica as it is in this step of the loop, and what the client has missed up to it."""
    copy = room.document.copy
    while True:
        await room.document.opened()
        operations = await _missed(room, resume) if resume else None
        if copy.replica is None:
            continue  # dropped meanwhile
        if resume is None or operations is None:
            return copy.replica, None
        # The log in the store may be ahead of the replica: what is above comes when it is told.
        known = [one for one in operations if one.version <= copy.replica.version]
        end = resume.since + len(known)
        if copy.recent.covers(end):
            return copy.replica, [*known, *copy.recent.since(end)]


async def _missed(room: Room, resume: Resume) -> Sequence[CommittedOperation] | None:
    copy = room.document.copy
    if not _goes_on(copy, resume):
        return None
    if copy.version - resume.since > LONGEST_RESUME:  # not even read: it may be very long
        return None
    largest = max(LARGEST_RESUME, copy.current.bytes)
    if copy.recent.outweighs(largest, resume.since):
        return None
    operations = await room.document.history(resume.since)
    if operations is None or len(operations) > LONGEST_RESUME or not _goes_on(copy, resume):
        return None
    return operations if sum(committed.size for committed in operations) <= largest else None


def _goes_on(copy: LocalCopy, resume: Resume) -> bool:
    """Whether a client was in the history that the document has now."""
    # Without an epoch, a version of this epoch is meant; one from before may mean another history.
    return resume.epoch in (None, copy.epoch) and resume.since >= copy.epoch_version
