"""Reading sign-ins: to the API, and of staff to the admin."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings

from accounts.models import (
    METADATA,
    AuthSession,
    Organization,
    StaffSession,
    User,
    organization_key,
    session_key,
    staff_session_key,
    user_key,
)
from accounts.queries.users import access_user
from prework import clock
from prework.dynamo import Page, StartKey, Wanted, fetch, read_page
from prework.errors import NotFound
from prework.tenancy import Actor, StaffActor


@dataclass(frozen=True)
class SessionRef:
    """Which sign-in: enough to ask whether it still counts."""

    organization_id: str
    user_id: str
    session_id: str

    @property
    def wanted(self) -> list[Wanted]:
        """The three items that say so: the sign-in, its user and their organisation."""
        return self._wanted(AuthSession, session_key(self.session_id))

    @property
    def wanted_of_staff(self) -> list[Wanted]:
        """The same of a sign-in to the admin."""
        return self._wanted(StaffSession, staff_session_key(self.session_id))

    def _wanted(self, kind: type[AuthSession], sort_key: str) -> list[Wanted]:
        pk = user_key(self.organization_id, self.user_id)
        return [
            (kind, pk, sort_key),
            (User, pk, METADATA),
            (Organization, organization_key(self.organization_id), METADATA),
        ]


@dataclass(frozen=True)
class SignInRecord:
    """A sign-in in its user's list, and whether the list was asked for with it."""

    session: AuthSession
    is_current: bool


def access_me(actor: Actor) -> User:
    """Oneself; and if staff act in one's name, by which sign-in."""
    user = access_user(actor, actor.user_id)
    if actor.impersonator_id:
        user.impersonation = access_session(actor, actor.session_id)
    return user


def list_sessions(actor: Actor, *, limit: int, start: StartKey) -> Page:
    """The actor's own sign-ins that still count, newest first."""
    return _sessions(actor, AuthSession, limit=limit, start=start)


def list_staff_sessions(staff: StaffActor, *, limit: int, start: StartKey) -> Page:
    """Their own sign-ins to the admin that still count, newest first."""
    return _sessions(staff.themself, StaffSession, limit=limit, start=start)


def _sessions(actor: Actor, kind: type[AuthSession], *, limit: int, start: StartKey) -> Page:
    user = access_user(actor, actor.user_id)
    prefix = staff_session_key("") if kind is StaffSession else session_key("")
    page = read_page(
        kind,
        user.pk,
        sort=kind.sk.startswith(prefix),
        limit=limit,
        start=start,
        newest_first=True,
        keep=lambda session: counts(session, user),
    )
    page.items = [SignInRecord(one, one.session_id == actor.session_id) for one in page.items]
    return page


def access_session(actor: Actor, session_id: str) -> AuthSession:
    """One of the actor's own sign-ins, if it still counts. Raises `NotFound`."""
    ref = SessionRef(actor.organization_id, actor.user_id, session_id)
    session, user, _ = fetch(*ref.wanted)
    if session is None or user is None or not counts(session, user):
        raise NotFound
    found: AuthSession = session
    return found


def counts(session: AuthSession, user: User) -> bool:
    """Whether a sign-in is neither over, nor idle for too long, nor ended with all others."""
    now = clock.now()
    is_of_staff = isinstance(session, StaffSession)
    idle = settings.STAFF_SESSION_IDLE_SECONDS if is_of_staff else settings.SESSION_IDLE_SECONDS
    idle_until = clock.from_text(session.last_seen_at) + timedelta(seconds=idle)
    is_current = session.generation == user.session_generation
    return user.is_active and is_current and now < session.ends_at and now < idle_until


@dataclass(frozen=True)
class SignInState:
    """Whether a sign-in is there, and not ended with all others; and which the user's are."""

    is_there: bool
    is_of_now: bool
    ends_at: int
    generation: int


def load_sign_ins(
    actor: Actor, user_id: str, session_ids: Collection[str]
) -> dict[str, SignInState]:
    """How sign-ins of a user are, in one read; those idle for long are there as well."""
    refs = [SessionRef(actor.organization_id, user_id, one) for one in session_ids]
    if not refs:
        return {}
    user, *sessions = fetch(refs[0].wanted[1], *[ref.wanted[0] for ref in refs])
    generation = int(user.session_generation) if user is not None else 0
    return {
        ref.session_id: SignInState(
            is_there=session is not None,
            is_of_now=session is not None and session.generation == generation,
            ends_at=int(session.expires_at) if session is not None else 0,
            generation=generation,
        )
        for ref, session in zip(refs, sessions, strict=True)
    }
