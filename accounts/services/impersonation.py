"""Impersonation: staff see what a user sees, with a reason, for half an hour and to read only."""

from dataclasses import replace
from datetime import timedelta

from accounts import queries
from accounts.errors import CannotImpersonate, SupportAccessRefused
from accounts.events import ImpersonationEnded, ImpersonationRaised, ImpersonationStarted
from accounts.models import AuthSession, Organization, User, is_live, session_key, user_key
from accounts.services.sessions import SignIn, bump_rights, put_session
from prework import clock, ids, tokens
from prework.changes import Change
from prework.dynamo import find
from prework.errors import FieldError, NotFound, ValidationFailed
from prework.tenancy import Actor, StaffActor

LASTS = timedelta(minutes=30)
SHORTEST_REASON = 10


def start_impersonation(
    *, staff: StaffActor, organization_id: str, user_id: str, reason: str
) -> SignIn:
    """Get a sign-in of a user by which everything can be read; the user and their admins see it.

    It cannot be made longer, and ends with the sign-in to the admin, at the latest.
    """
    actor = _acting(staff, organization_id, reason)
    user = queries.access_user(actor, user_id)
    organization = queries.access_organization(actor)
    _check(user, organization)
    session_id = ids.new_id()
    session = AuthSession(
        user.pk,
        session_key(session_id),
        session_id=session_id,
        is_read_only=True,
        impersonator_id=staff.user_id,
        impersonator_name=staff.name,
        impersonator_organization_id=staff.organization_id,
        impersonator_session_id=staff.session_id,
        reason=actor.reason,
    )
    with Change(actor=actor) as change:
        token = put_session(change, user, session, prefix=tokens.SESSION, lifetime=LASTS)
        change.record(ImpersonationStarted(entity_id=user_id, new_values=_about(session)))
    return SignIn(user, organization, token, session)


def raise_impersonation(
    *, staff: StaffActor, organization_id: str, user_id: str, session_id: str, reason: str
) -> AuthSession:
    """Act as the user from now on, in all that is not about how they sign in; no longer for it."""
    actor = _acting(staff, organization_id, reason)
    session = _access_own(actor, user_id, session_id)
    session.is_read_only, session.reason = False, actor.reason
    with Change(actor=actor) as change:
        change.adjust(
            AuthSession,
            session.pk,
            session.sk,
            AuthSession.is_read_only.set(False),
            AuthSession.reason.set(actor.reason),
            condition=AuthSession.pk.exists() & is_live(AuthSession),
        )
        bump_rights(change, actor, user_id)
        change.record(ImpersonationRaised(entity_id=user_id, new_values=_about(session)))
    return session


def end_impersonation(
    *, staff: StaffActor, organization_id: str, user_id: str, session_id: str
) -> None:
    """Stop acting as a user. It takes no permission, or those who lost it could not stop."""
    actor = staff.noting_in(organization_id)
    session = _access_own(actor, user_id, session_id)
    actor = replace(actor, reason=session.reason or "")
    with Change(actor=actor) as change:
        change.delete(session)
        bump_rights(change, actor, user_id)
        change.record(ImpersonationEnded(entity_id=user_id, old_values=_about(session)))


def _acting(staff: StaffActor, organization_id: str, reason: str) -> Actor:
    """Them in the organisation, who may act and say why."""
    staff.require("staff.act")
    said = reason.strip()
    if len(said) < SHORTEST_REASON:
        detail = f"Say why, in {SHORTEST_REASON} characters or more: their admins read it."
        raise ValidationFailed([FieldError("reason", "min_length", detail)])
    return staff.in_organization(organization_id, reason=said)


def _check(user: User, organization: Organization) -> None:
    if not organization.support_access:
        raise SupportAccessRefused
    if user.is_staff or not (user.is_active and organization.is_active):
        raise CannotImpersonate


def _access_own(actor: Actor, user_id: str, session_id: str) -> AuthSession:
    """A sign-in by which this very person acts as a user. Raises `NotFound`."""
    pk = user_key(actor.organization_id, user_id)
    session = find(AuthSession, pk, session_key(session_id))
    is_over = session is None or session.expires_at <= clock.to_epoch(clock.now())
    if session is None or is_over or session.impersonator_id != actor.user_id:
        raise NotFound
    return session


def _about(session: AuthSession) -> dict[str, object]:
    return {
        "session_id": session.session_id,
        "until": clock.to_text(session.ends_at),
        "is_read_only": session.is_read_only,
    }
