"""Whole bodies, as the contract has them, and what proves that nothing was written."""

from typing import Any

from prework.tenancy import PLATFORM, Actor
from tests.calls import StoreCalls
from tests.cast import PASSWORD, Api, Person
from tests.matching import ANY_ID, ANY_TIME, ANY_TOKEN

WRITES = {"PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems", "BatchWriteItem"}
PROFILE = {"title": "", "phone": "", "timezone": "UTC", "locale": "en", "avatarUrl": None}
MEMBER = ["checklist.edit", "media.upload"]
MANAGER = [
    "analytics.view",
    "checklist.assign_team",
    "checklist.create",
    "checklist.edit",
    "media.upload",
    "member.invite",
    "member.manage",
    "team.create",
    "team.update",
]
ADMIN = sorted(
    [*MANAGER, "user.manage", "audit.view", "audit.export", "team.archive", "org.update"]
)
STAFF = Actor(
    organization_id=PLATFORM, user_id="staff", kind="staff", permissions=frozenset({"audit.view"})
)


def user_body(person: Person, **changed: Any) -> dict[str, Any]:
    """A user on the wire."""
    roles = {"admin": ADMIN, "manager": MANAGER, "member": MEMBER, "viewer": []}
    return {
        "userId": person.user_id,
        "email": person.email,
        "name": person.user.name,
        "organizationId": person.organization_id,
        "role": person.user.role,
        "permissions": roles[person.user.role],
        "grants": [],
        "isActive": True,
        "mfaEnabled": False,
        "createdAt": ANY_TIME,
        "profile": PROFILE,
        **changed,
    }


def me_body(person: Person, **changed: Any) -> dict[str, Any]:
    """The same of oneself."""
    return {**user_body(person, **changed), "impersonation": None}


SESSION = {"sessionId": ANY_ID, "createdAt": ANY_TIME, "expiresAt": ANY_TIME}
SIGNED_IN = {"success": True, "token": ANY_TOKEN, "session": SESSION}


def log_in(email: str, password: str = PASSWORD, **more: Any) -> Any:
    """Ask to sign in, as anybody."""
    return Api().post("/api/auth/login", {"email": email, "password": password, **more})


def written(calls: StoreCalls) -> list[str]:
    """The calls that write, of those since the last `clear`."""
    return [name for name in calls.dynamodb if name in WRITES]
