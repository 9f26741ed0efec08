"""What becomes of an operation, as its sender is told."""

from typing import Any

from collab.engine.outcomes import Applied, Outcome
from collab.models import DocumentRef
from prework import clock


def outcome_event(ref: DocumentRef, outcome: Outcome) -> dict[str, Any]:
    """An `operation.ack` or `operation.rejected`, over a socket and over HTTP alike."""
    is_applied = isinstance(outcome, Applied)
    return {
        "eventType": "operation.ack" if is_applied else "operation.rejected",
        "entityType": ref.entity_type,
        "entityId": ref.entity_id,
        "timestamp": clock.to_text(clock.now()),
        **outcome.to_wire(),
    }
