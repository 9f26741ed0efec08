"""What is counted of the sockets."""

from accounts.roles import ROLES
from collab.roles import ENTITY_TYPES
from prework.metrics.registry import Dimension, metric

JOINS = metric("Joins", "sockets that came into a document")
RESUMES = metric("Resumes", "of those: came back, and were given only what they had missed")
SLOW_READERS = metric("SlowReaders", "sockets closed with 4408, for they did not read")
PUT_OFF = metric("FramesPutOff", "frames of which not all was taken: their socket was too fast")
SOCKETS_REFUSED = metric("SocketsRefused", "sockets beyond those that a user or document may have")
SOCKETS = metric("Sockets", "open sockets")
DOCUMENTS_OPEN = metric("DocumentsOpen", "documents that sockets have open")
OUTBOX_BYTES = metric(
    "OutboxBytes", "what waits to be sent to a socket, looked at every 3 s", unit="Bytes"
)
SESSION_DURATION = metric(
    "CollaborationSessionDuration",
    "how long a socket was in a document, from joining to leaving",
    unit="Seconds",
    smallest=0.1,
    dimensions=(Dimension("EntityType", ENTITY_TYPES), Dimension("UserRole", ROLES)),
    properties=("OrganizationId", "EntityId", "UserId"),
)
