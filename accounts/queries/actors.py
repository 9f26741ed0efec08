"""Who a sign-in stands for now: an actor, if it, its user and their organisation still count."""

from collections.abc import Collection, Iterable

from django.conf import settings

from accounts.models import (
    METADATA,
    AuthSession,
    Organization,
    StaffSession,
    User,
    organization_key,
    user_key,
)
from accounts.queries.loading import load
from accounts.queries.sign_ins import SessionRef, counts
from accounts.queries.users import find_account_by_email
from accounts.roles import PERMISSIONS, SUPPORT
from prework.dynamo import fetch
from prework.tenancy import Actor, Origin, StaffActor

Impersonators = dict[SessionRef, StaffActor | None]


def load_rights(refs: Collection[SessionRef]) -> dict[SessionRef, Actor | None]:
    """Who these sign-ins stand for now, `None` for those that ended; one read for 33 and more,
    and one for the staff among them.

    The actors carry what their users may do at present, and the `rights_version` it has.
    """
    found = load([wanted for ref in set(refs) for wanted in ref.wanted])
    parts = {ref: [found.get(wanted) for wanted in ref.wanted] for ref in refs}
    staff = _load_impersonators(session for session, _, _ in parts.values())
    return {
        ref: _actor_of(session, user, organization, staff, origin=Origin())
        for ref, (session, user, organization) in parts.items()
    }


def actor_of(
    session: AuthSession | None,
    user: User | None,
    organization: Organization | None,
    *,
    origin: Origin,
) -> Actor | None:
    """The actor that a sign-in stands for, if it, its user and their organisation still count,
    and if staff act by it, their own sign-in to the admin too, which is one more read.
    """
    return _actor_of(session, user, organization, _load_impersonators([session]), origin=origin)


def find_actor_by_email(email: str, *, origin: Origin) -> Actor | None:
    """Somebody, as a command acts for them: with what they may do now, and without a sign-in.

    `None` if nobody has this address, or who has it could not sign in.
    """
    account = find_account_by_email(email)
    if account is None:
        return None
    organization_id, user_id = account
    user, organization = fetch(
        (User, user_key(organization_id, user_id), METADATA),
        (Organization, organization_key(organization_id), METADATA),
    )
    if user is None or organization is None or not (user.is_active and organization.is_active):
        return None
    return Actor(
        organization_id=organization_id,
        user_id=user_id,
        name=user.name,
        role=user.role,
        permissions=user.permissions,
        rights_version=int(user.rights_version),
        origin=origin,
    )


def _actor_of(
    session: AuthSession | None,
    user: User | None,
    organization: Organization | None,
    staff: Impersonators,
    *,
    origin: Origin,
) -> Actor | None:
    if session is None or user is None or organization is None:
        return None
    if not (organization.is_active and counts(session, user)):
        return None
    if session.impersonator_id and not _may_go_on(session, user, organization, staff):
        return None
    return Actor(
        organization_id=user.organization_id,
        user_id=user.user_id,
        name=user.name,
        role=user.role,
        session_id=session.session_id,
        permissions=user.permissions,
        rights_version=int(user.rights_version),
        origin=origin,
        reason=session.reason or "",
        impersonator_id=session.impersonator_id or "",
        is_read_only=session.is_read_only,
    )


def _may_go_on(
    session: AuthSession, user: User, organization: Organization, staff: Impersonators
) -> bool:
    """Whether staff may still act as a user: all that was asked when they began holds now."""
    impersonator = staff.get(_impersonator(session))
    is_allowed = organization.support_access and not user.is_staff
    return is_allowed and impersonator is not None and impersonator.may("staff.act")


def _load_impersonators(sessions: Iterable[AuthSession | None]) -> Impersonators:
    refs = {_impersonator(one) for one in sessions if one is not None and one.impersonator_id}
    found = load([wanted for ref in refs for wanted in ref.wanted_of_staff])
    return {
        ref: staff_actor_of(*map(found.get, ref.wanted_of_staff), origin=Origin()) for ref in refs
    }


def _impersonator(session: AuthSession) -> SessionRef:
    return SessionRef(
        session.impersonator_organization_id or "",
        session.impersonator_id or "",
        session.impersonator_session_id or "",
    )


def staff_actor_of(
    session: StaffSession | None,
    user: User | None,
    organization: Organization | None,
    *,
    origin: Origin,
) -> StaffActor | None:
    """Who a sign-in to the admin stands for, if it still counts and they still are staff."""
    if session is None or user is None or organization is None:
        return None
    if not (organization.is_active and user.is_staff and counts(session, user)):
        return None
    return StaffActor(
        user_id=user.user_id,
        name=user.name,
        email=user.email,
        organization_id=user.organization_id,
        role=user.staff_role or SUPPORT,
        permissions=user.staff_permissions,
        organization_permissions=PERMISSIONS,
        session_id=session.session_id,
        origin=origin,
        needs_second_factor=settings.STAFF_TOTP_REQUIRED and not user.mfa_enabled,
    )
