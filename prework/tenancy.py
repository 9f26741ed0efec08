"""Who acts: every key of a tenant is made from the actor, so another tenant's cannot be named."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Literal

from prework.errors import NotFound, PermissionDenied, PreconditionFailed

PLATFORM = "PLATFORM"
MAX_KEY_BYTES = 900  # DynamoDB takes 2,048 for a partition key and 1,024 for a sort key


def key(*parts: str) -> str:
    """Join the parts of a key by `#`, which inside a part is escaped: no part can end early."""
    joined = "#".join(part.replace("%", "%25").replace("#", "%23") for part in parts)
    if len(joined.encode("utf-8", "replace")) > MAX_KEY_BYTES:
        raise NotFound
    return joined


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where a request came from; all of it goes into the audit trail."""

    request_id: str = ""
    ip: str = ""
    user_agent: str = ""


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Somebody, or some job, that acts in one organisation. Never `None`."""

    organization_id: str
    user_id: str
    name: str = ""
    kind: Literal["user", "system", "staff"] = "user"
    role: str = ""
    session_id: str = ""
    permissions: frozenset[str] = frozenset()
    rights_version: int = 0
    origin: Origin = field(default_factory=Origin)
    if_match: frozenset[str] = frozenset()
    # the idempotency record that this request works under: key, sort key, claim
    claim: tuple[str, str, str] | None = None

    def key(self, *parts: str) -> str:
        """A key inside the actor's organisation: `ORG#<organisation>#<parts>`."""
        return key("ORG", self.organization_id, *parts)

    def may(self, permission: str) -> bool:
        """Whether the actor holds this organisation permission."""
        return permission in self.permissions

    def require(self, permission: str) -> None:
        """Refuse with 403, naming the permission, unless the actor holds it."""
        if permission not in self.permissions:
            raise PermissionDenied(permission)

    def require_all(self, permissions: Iterable[str]) -> None:
        """Refuse unless the actor holds all of these: nobody gives what they do not hold."""
        for permission in sorted(permissions):
            self.require(permission)

    def check_match(self, etag: str) -> None:
        """Honour `If-Match` (RFC 9110 §13.1.1) for a thing whose current tag is `etag`."""
        if self.if_match and "*" not in self.if_match and etag not in self.if_match:
            raise PreconditionFailed

    def holding(self, permissions: Iterable[str]) -> "Actor":
        """The same actor with these permissions: for the system, which has none of its own."""
        return replace(self, permissions=frozenset(permissions))


def system_actor(organization_id: str, *, origin: Origin | None = None) -> Actor:
    """The system itself, acting in an organisation: sign-in, jobs, commands."""
    return Actor(
        organization_id=organization_id,
        user_id="system",
        name="system",
        kind="system",
        origin=origin or Origin(),
    )
