"""The events that sockets are sent, encoded once for all of them."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from collab.engine.committed import CommittedOperation
from collab.engine.event_types import operation_event
from collab.engine.replica import Replica
from collab.models import DocumentRef, Presence
from prework import clock
from prework.errors import Problem
from prework.wording import camel_keys

Participant = dict[str, Any]


def encode(event: Mapping[str, Any]) -> bytes:
    """An event as it goes out."""
    return orjson.dumps(event)


def event(ref: DocumentRef, event_type: str, **more: Any) -> bytes:
    """An event about a document, or about whatever a socket watches."""
    about = {"entityType": ref.entity_type, "entityId": ref.entity_id}
    timestamp = clock.to_text(clock.now())
    return encode({"eventType": event_type, **about, "timestamp": timestamp, **more})


def welcome(
    ref: DocumentRef,
    replica: Replica,
    presence: Presence,
    participants: Sequence[Participant],
    operations: Sequence[CommittedOperation] | None,
) -> bytes:
    """The first frame: the document, or what was missed of it."""
    held: dict[str, Any] = (
        {"content": replica.content()}
        if operations is None
        else {"resumed": True, "operations": [one.to_wire() for one in operations]}
    )
    return event(
        ref,
        "session.welcome",
        sessionId=presence.session_id,
        userId=presence.user_id,
        version=replica.version,
        epoch=replica.epoch,
        participants=participants,
        **held,
    )


def operation(ref: DocumentRef, committed: CommittedOperation) -> bytes:
    """An operation, as all but its sender are told of it."""
    return encode(operation_event(ref.entity_type, ref.entity_id, committed))


def joined(ref: DocumentRef, participant: Participant) -> bytes:
    """Somebody has opened the document."""
    return _who("team.member.joined", ref, participant)


def left(ref: DocumentRef, participant: Participant) -> bytes:
    """Somebody has closed it."""
    return _who("team.member.left", ref, participant)


def presence_updated(ref: DocumentRef, participant: Participant) -> bytes:
    """Somebody says where they are in it."""
    data = {name: participant[name] for name in ("userId", "sessionId", "state")}
    return event(ref, "presence.updated", userId=participant["userId"], data=data)


def error(ref: DocumentRef, problem: Problem) -> bytes:
    """A frame was not understood, or could not be carried out."""
    more = camel_keys(problem.extra)
    return event(ref, "error", code=problem.code, detail=problem.detail, **more)


def participant_of(presence: Presence) -> Participant:
    """Somebody who is here, as the others see them."""
    return {
        "sessionId": presence.session_id,
        "userId": presence.user_id,
        "userName": presence.user_name,
        "joinedAt": presence.joined_at,
        "state": None,
    }


def _who(event_type: str, ref: DocumentRef, participant: Participant) -> bytes:
    data = {name: participant[name] for name in ("userId", "userName", "sessionId")}
    return event(ref, event_type, userId=participant["userId"], data=data)
