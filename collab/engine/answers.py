"""What becomes of an operation, as its sender is told."""

from typing import Any

from collab.engine.outcomes import Applied, Outcome
from collab.engine.timestamps import timestamp_text
from collab.models import DocumentRef
from prework import clock


def outcome_event(ref: DocumentRef, outcome: Outcome) -> dict[str, Any]:
    """An `operation.ack` or `operation.rejected`, over a socket and over HTTP alike."""
    if isinstance(outcome, Applied):
        event_type, timestamp = "operation.ack", timestamp_text(outcome.committed.at)
    else:
        event_type, timestamp = "operation.rejected", clock.to_text(clock.now())
    return {
        "eventType": event_type,
        "entityType": ref.entity_type,
        "entityId": ref.entity_id,
        "timestamp": timestamp,
        **outcome.to_wire(),
    }
