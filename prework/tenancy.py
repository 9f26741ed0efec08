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
    finds_own_traces: bool = False  # the work can be taken up anew whatever became of it
    reason: str = ""  # why it is done, where one was asked for; it goes into the audit trail
    impersonator_id: str = ""  # the staff person who acts as this user
    is_read_only: bool = False

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

    def require_writable(self) -> None:
        """Refuse with 403 who is only here to look, whatever permissions they hold."""
        if self.is_read_only:
            raise PermissionDenied(detail="This access is for reading only.")

    def require_in_person(self) -> None:
        """Refuse with 403 what staff never do as somebody: their password, sign-ins, grants."""
        if self.impersonator_id:
            raise PermissionDenied(detail="Nobody does this in the name of somebody else.")

    def check_match(self, etag: str) -> None:
        """Honour `If-Match` (RFC 9110 §13.1.1) for a thing whose current tag is `etag`."""
        if self.if_match and "*" not in self.if_match and etag not in self.if_match:
            raise PreconditionFailed

    def holding(self, permissions: Iterable[str]) -> "Actor":
        """The same actor with these permissions: for the system, which has none of its own."""
        return replace(self, permissions=frozenset(permissions))


@dataclass(frozen=True, kw_only=True)
class StaffActor:
    """Somebody of the platform's staff, signed in to the admin. Their own organisation is one
    as any other; in every organisation they act by an `Actor`, so that its keys are made from it.
    """

    user_id: str
    name: str
    email: str
    organization_id: str
    role: str
    permissions: frozenset[str]  # of the staff: `staff.view` …
    organization_permissions: frozenset[str]  # all that anybody holds in an organisation
    session_id: str
    origin: Origin = field(default_factory=Origin)
    needs_second_factor: bool = False  # until it is set up, they may do nothing else

    def may(self, permission: str) -> bool:
        """Whether they hold this staff permission now."""
        return permission in self.permissions and not self.needs_second_factor

    def require(self, permission: str) -> None:
        """Refuse with 403, naming the permission, unless they hold it now."""
        if not self.may(permission):
            raise PermissionDenied(permission)

    def in_organization(self, organization_id: str, *, reason: str = "") -> Actor:
        """Them in an organisation, with all that anybody may do there; those who only look may
        read all of it, and write nothing.
        """
        self.require("staff.view")
        return replace(
            self.noting_in(organization_id, reason=reason),
            permissions=self.organization_permissions | self.permissions,
            is_read_only=not self.may("staff.act"),
        )

    def noting_in(self, organization_id: str, *, reason: str = "") -> Actor:
        """Them without any permission: for what is noted of them, such as that they looked."""
        return Actor(
            organization_id=organization_id,
            user_id=self.user_id,
            name=self.name,
            kind="staff",
            role=self.role,
            session_id=self.session_id,
            origin=self.origin,
            reason=reason,
        )

    @property
    def themself(self) -> Actor:
        """Them as a user of their own organisation, about their own password and the like."""
        return self.noting_in(self.organization_id)


def system_actor(organization_id: str, *, origin: Origin | None = None) -> Actor:
    """The system itself, acting in an organisation: sign-in, jobs, commands."""
    return Actor(
        organization_id=organization_id,
        user_id="system",
        name="system",
        kind="system",
        origin=origin or Origin(),
    )
