"""The staff's way into the admin: the same proof as for the API, and a sign-in of its own kind."""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings

from accounts import queries
from accounts.engine import factors
from accounts.errors import InvalidCredentials
from accounts.events import StaffSignedIn, StaffSignedOut, StaffSignedOutEverywhere
from accounts.models import StaffSession, staff_session_key, user_key
from accounts.services import passwords
from accounts.services.sessions import end_sessions, note_seen, put_session
from accounts.services.sign_in import Account, Attempt, accept, let_in
from prework import ids, tokens
from prework.changes import Change, retry_stale
from prework.dynamo import fetch
from prework.errors import NotAuthenticated, Stale
from prework.tenancy import Actor, Origin, StaffActor

SEEN_EVERY = timedelta(minutes=1)  # the idle limit is short, and staff are few


@dataclass(frozen=True)
class StaffSignIn:
    """A sign-in to the admin that has just begun. This is the only time its token is seen."""

    token: str
    actor: StaffActor


def sign_in_staff(
    *, origin: Origin, email: str, password: str, otp: str | None = None
) -> StaffSignIn:
    """Sign in to the admin. Whoever is not staff is refused as for a wrong password."""
    attempt = Attempt(
        origin=origin, email=email, password=password, otp=otp, is_at_staff_door=True
    )
    return let_in(attempt, _begin)


def staff_for_token(token: str, origin: Origin) -> StaffActor:
    """Who a token of the admin stands for now, by one consistent read.

    Raises `NotAuthenticated`, also for somebody who is staff no more.
    """
    ref = queries.SessionRef(*tokens.parts_of(token, tokens.STAFF, count=3))
    session, user, organization = fetch(*ref.wanted_of_staff)
    if session is None or not tokens.is_same(token, session.token_hash):
        raise NotAuthenticated
    staff = queries.staff_actor_of(session, user, organization, origin=origin)
    if staff is None:
        raise NotAuthenticated
    note_seen(session, every=SEEN_EVERY)
    return staff


def sign_out_staff(*, staff: StaffActor) -> None:
    """End the sign-in to the admin that the request was made with."""
    actor = staff.themself
    pk = user_key(actor.organization_id, actor.user_id)
    with Change(actor=actor) as change:
        session = StaffSession(pk, staff_session_key(actor.session_id))
        change.delete(session, otherwise=NotAuthenticated)
        change.record(StaffSignedOut(entity_id=actor.user_id))


@retry_stale
def sign_staff_out_everywhere(*, staff: StaffActor) -> None:
    """End all of your sign-ins, those to the API and what you do in others' names too."""
    actor = staff.themself
    user = queries.access_user(actor, actor.user_id)
    with Change(actor=actor) as change:
        end_sessions(change, user, otherwise=Stale)
        change.record(StaffSignedOutEverywhere(entity_id=actor.user_id))


def change_staff_password(*, staff: StaffActor, current_password: str, new_password: str) -> None:
    """Set another password. You stay signed in to the admin here, and nowhere else."""
    passwords.change_password(
        actor=staff.themself, current_password=current_password, new_password=new_password
    )


def _begin(account: Account, proof: factors.Proof, origin: Origin) -> StaffSignIn:
    user, organization, _ = account.parts
    session_id = ids.new_id()
    session = StaffSession(user.pk, staff_session_key(session_id), session_id=session_id)
    actor = Actor(
        organization_id=user.organization_id,
        user_id=user.user_id,
        name=user.name,
        kind="staff",
        session_id=session_id,
        origin=origin,
    )
    lifetime = timedelta(seconds=settings.STAFF_SESSION_LIFETIME_SECONDS)
    with Change(actor=actor) as change:
        accept(change, account, proof)
        token = put_session(change, user, session, prefix=tokens.STAFF, lifetime=lifetime)
        change.record(StaffSignedIn(entity_id=user.user_id, new_values={"method": proof.method}))
    staff = queries.staff_actor_of(session, user, organization, origin=origin)
    if staff is None:  # it is over already, by settings that let nobody in
        raise InvalidCredentials
    return StaffSignIn(token, staff)
