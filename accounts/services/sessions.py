"""Sign-ins once they are there: opening one, checking a token, ending one."""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings

from accounts import queries
from accounts.events import SessionRevoked, SignedOut, UserSessionsRevoked
from accounts.models import METADATA, AuthSession, Organization, User, session_key
from prework import clock, ledger, tokens
from prework.changes import Change, retry_stale
from prework.dynamo import fetch
from prework.errors import NotAuthenticated, NotFound, Stale, StorageUnavailable
from prework.tenancy import Actor, Origin

SEEN_EVERY = timedelta(minutes=5)


@dataclass(frozen=True)
class SignIn:
    """A sign-in that has just begun. This is the only time that its token is seen."""

    user: User
    organization: Organization
    token: str
    session: AuthSession
    success: bool = True


def open_session(
    change: Change, *, user: User, organization: Organization, session_id: str
) -> SignIn:
    """Begin a sign-in as a part of a change."""
    session = AuthSession(user.pk, session_key(session_id), session_id=session_id)
    lifetime = timedelta(seconds=settings.SESSION_LIFETIME_SECONDS)
    token = put_session(change, user, session, prefix=tokens.SESSION, lifetime=lifetime)
    return SignIn(user, organization, token, session)


def put_session(
    change: Change, user: User, session: AuthSession, *, prefix: str, lifetime: timedelta
) -> str:
    """Store a sign-in of a user, which has its key, as a part of a change; the token to it."""
    token = tokens.issue(prefix, user.organization_id, user.user_id, session.session_id)
    now, origin = clock.now(), change.actor.origin
    session.organization_id = user.organization_id
    session.user_id = user.user_id
    session.token_hash = tokens.digest(token)
    session.generation = user.session_generation
    session.created_at = session.last_seen_at = clock.to_text(now)
    session.ip, session.user_agent = origin.ip, origin.user_agent
    session.expires_at = clock.to_epoch(now + lifetime)
    change.put(session)
    return token


def actor_for_token(token: str, origin: Origin) -> Actor:
    """Who a token stands for, by one consistent read. Raises `NotAuthenticated`."""
    ref = queries.SessionRef(*tokens.parts_of(token, tokens.SESSION, count=3))
    session, user, organization = fetch(*ref.wanted)
    if session is None or not tokens.is_same(token, session.token_hash):
        raise NotAuthenticated
    actor = queries.actor_of(session, user, organization, origin=origin)
    if actor is None:
        raise NotAuthenticated
    note_seen(session, every=SEEN_EVERY)
    return actor


def log_out(*, actor: Actor) -> None:
    """End the sign-in that the request was made with, on every server at once."""
    actor.require_in_person()
    session = queries.access_session(actor, actor.session_id)
    with Change(actor=actor) as change:
        change.delete(session, otherwise=NotAuthenticated)
        bump_rights(change, actor, actor.user_id)
        change.record(SignedOut(entity_id=actor.user_id))


def revoke_session(*, actor: Actor, session_id: str) -> None:
    """End one of your sign-ins, on a device that was lost or lent."""
    actor.require_in_person()
    session = queries.access_session(actor, session_id)
    with Change(actor=actor) as change:
        change.delete(session, otherwise=NotFound)
        bump_rights(change, actor, actor.user_id)
        old_values = {"ip": session.ip, "user_agent": session.user_agent}
        change.record(SessionRevoked(entity_id=session_id, old_values=old_values))


@retry_stale
def revoke_all_sessions(*, actor: Actor, user_id: str) -> None:
    """End all sign-ins of a user, to API and admin; they can sign in again."""
    user = queries.access_account(actor, user_id)
    with Change(actor=actor) as change:
        end_sessions(change, user, otherwise=Stale)
        change.record(UserSessionsRevoked(entity_id=user_id))


def bump_rights(change: Change, actor: Actor, user_id: str) -> None:
    """Let open sockets of a user see that their rights, or sign-ins, are others now."""
    change.adjust(User, actor.key("USER", user_id), METADATA, User.rights_version.add(1))


def end_sessions(
    change: Change, user: User, otherwise: type[Exception] = NotAuthenticated
) -> None:
    """End every sign-in at once, if none of that has happened since the user was read."""
    is_as_read = User.session_generation == user.session_generation
    steps = [User.session_generation.add(1), User.rights_version.add(1)]
    change.adjust(User, user.pk, METADATA, *steps, condition=is_as_read, otherwise=otherwise)


def note_seen(session: AuthSession, *, every: timedelta) -> None:
    """Keep when it was last used, roughly: a write for every request would be too much."""
    now, model = clock.now(), type(session)
    if now - clock.from_text(session.last_seen_at) < every:
        return
    seen = [model.last_seen_at.set(clock.to_text(now))]
    try:
        ledger.change(model, session.pk, session.sk, seen, model.pk.exists())
    except StorageUnavailable:
        return  # the request itself was let in; the next one notes it
