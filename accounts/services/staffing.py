"""Who is staff of the platform, and what they may do in the admin."""

from typing import Any

from accounts import queries
from accounts.errors import OwnStaffRole
from accounts.events import StaffRoleChanged
from accounts.models import STAFF, User, by_name
from accounts.roles import STAFF_ROLES
from prework import clock
from prework.changes import Change, retry_stale
from prework.errors import FieldError, ValidationFailed
from prework.tenancy import Actor, StaffActor

MANAGE, TOP = "staff.manage", "superuser"


def set_staff_role(
    *, staff: StaffActor, organization_id: str, user_id: str, role: str | None, reason: str
) -> User:
    """Make a user staff, change what they may do in the admin, or with `None` end it at once.

    Nobody ends their own being a superuser: so there always is one.
    """
    staff.require(MANAGE)
    if user_id == staff.user_id and role != TOP:
        raise OwnStaffRole
    actor = staff.in_organization(organization_id, reason=reason)
    return appoint_staff(actor=actor, user_id=user_id, role=role)


@retry_stale
def appoint_staff(*, actor: Actor, user_id: str, role: str | None) -> User:
    """The same for the system, which appoints the first of them."""
    actor.require(MANAGE)
    if role is not None and role not in STAFF_ROLES:
        known = ", ".join(STAFF_ROLES)
        raise ValidationFailed([FieldError("role", "invalid_choice", f"One of {known}.")])
    user = queries.access_user(actor, user_id)
    before = {"is_staff": user.is_staff, "staff_role": user.staff_role}
    after = {"is_staff": role is not None, "staff_role": role}
    if before == after:
        return user
    for name, value in after.items():
        setattr(user, name, value)
    with Change(actor=actor) as change:
        change.update(user, *_actions(user))
        change.record(StaffRoleChanged(entity_id=user_id, old_values=before, new_values=after))
    user.version += 1
    return user


def list_among_staff(user: User) -> None:
    """Set the keys by which staff are found by name; of others there are none."""
    user.gsi2pk = STAFF if user.is_staff else None
    user.gsi2sk = by_name(user.name, user.user_id) if user.is_staff else None


def _actions(user: User) -> list[Any]:
    list_among_staff(user)
    steps = [User.updated_at.set(clock.to_text(clock.now())), User.is_staff.set(user.is_staff)]
    for name in ("staff_role", "gsi2pk", "gsi2sk"):
        attribute, value = getattr(User, name), getattr(user, name)
        steps.append(attribute.remove() if value is None else attribute.set(value))
    return steps
