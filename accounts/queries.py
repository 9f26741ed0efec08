"""Reading users, organisations and sign-ins."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings

from accounts.models import (
    METADATA,
    PROFILE,
    STAFF,
    UNIQUE,
    AuthSession,
    EmailAddress,
    Organization,
    Profile,
    StaffSession,
    User,
    email_key,
    organization_key,
    session_key,
    staff_session_key,
    user_key,
)
from accounts.roles import PERMISSIONS, SUPPORT
from prework import clock
from prework.addresses import normalise
from prework.dynamo import Page, StartKey, Wanted, fetch, find, read_page
from prework.entities import Entity
from prework.errors import NotFound, PermissionDenied
from prework.tenancy import Actor, Origin, StaffActor


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


Impersonators = dict[SessionRef, StaffActor | None]


@dataclass(frozen=True)
class SignInRecord:
    """A sign-in in its user's list, and whether the list was asked for with it."""

    session: AuthSession
    is_current: bool


def access_user(actor: Actor, user_id: str) -> User:
    """A user of the actor's organisation, with their profile. Raises `NotFound`."""
    pk = actor.key("USER", user_id)
    user, profile = fetch((User, pk, METADATA), (Profile, pk, PROFILE))
    if user is None:
        raise NotFound
    found: User = user.with_profile(profile)
    return found


def access_me(actor: Actor) -> User:
    """Oneself; and if staff act in one's name, by which sign-in."""
    user = access_user(actor, actor.user_id)
    if actor.impersonator_id:
        user.impersonation = access_session(actor, actor.session_id)
    return user


def access_account(actor: Actor, user_id: str) -> User:
    """A user, for those who may decide how they sign in: who manages users, and holds all that
    the user holds.
    """
    actor.require_in_person()
    actor.require("user.manage")
    user = access_user(actor, user_id)
    actor.require_all(user.permissions)
    require_over_staff(actor, user)
    return user


def require_over_staff(actor: Actor, user: User) -> None:
    """Refuse staff who would shut out one of the staff, unless they manage these; or themselves.

    An organisation's own admins say who signs in there, whoever that is elsewhere.
    """
    if actor.kind != "staff" or not user.is_staff:
        return
    actor.require("staff.manage")
    if user.user_id == actor.user_id:
        raise PermissionDenied(detail="Nobody shuts themself out.")


def load_users(actor: Actor, user_ids: Collection[str]) -> dict[str, User]:
    """Users of the actor's organisation by id, without profiles; unknown ones are left out."""
    wanted = [(User, actor.key("USER", user_id), METADATA) for user_id in set(user_ids)]
    return {user.user_id: user for user in _load(wanted).values()}


def list_users(actor: Actor, *, limit: int, start: StartKey) -> Page:
    """The organisation's users by name, suspended ones too."""
    page = read_page(
        User, organization_key(actor.organization_id), index=1, limit=limit, start=start
    )
    profiles = _load([(Profile, user.pk, PROFILE) for user in page.items])
    page.items = [
        user.with_profile(profiles.get((Profile, user.pk, PROFILE))) for user in page.items
    ]
    return page


def access_organization(actor: Actor) -> Organization:
    """The actor's own organisation."""
    organization = find(Organization, organization_key(actor.organization_id), METADATA)
    if organization is None:
        raise NotFound
    return organization


def access_user_as_entity(
    actor: Actor, entity_type: str, entity_id: str, *, to_write: bool
) -> Entity:
    """A user's door for files and the like: colleagues may look, only oneself may add."""
    access_user(actor, entity_id)
    if to_write and entity_id != actor.user_id:
        raise PermissionDenied(detail="Only the user themself may do this.")
    return Entity(entity_type=entity_type, entity_id=entity_id)


def find_account_by_email(email: str) -> tuple[str, str] | None:
    """The organisation and user that an e-mail address belongs to."""
    normalised = normalise(email)
    address = find(EmailAddress, email_key(normalised), UNIQUE) if normalised else None
    return (address.organization_id, address.user_id) if address else None


def list_sessions(actor: Actor, *, limit: int, start: StartKey) -> Page:
    """The actor's own sign-ins that still count, newest first."""
    return _sessions(actor, AuthSession, limit=limit, start=start)


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


def load_rights(refs: Collection[SessionRef]) -> dict[SessionRef, Actor | None]:
    """Who these sign-ins stand for now, `None` for those that ended; one read for 33 and more,
    and one for the staff among them.

    The actors carry what their users may do at present, and the `rights_version` it has.
    """
    found = _load([wanted for ref in set(refs) for wanted in ref.wanted])
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
    found = _load([wanted for ref in refs for wanted in ref.wanted_of_staff])
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


def list_staff(staff: StaffActor, *, limit: int, start: StartKey) -> Page:
    """The platform's staff by name, of whichever organisation they are, without profiles."""
    staff.require("staff.view")
    return read_page(User, STAFF, index=2, limit=limit, start=start)


def list_staff_sessions(staff: StaffActor, *, limit: int, start: StartKey) -> Page:
    """Their own sign-ins to the admin that still count, newest first."""
    return _sessions(staff.themself, StaffSession, limit=limit, start=start)


def counts(session: AuthSession, user: User) -> bool:
    """Whether a sign-in is neither over, nor idle for too long, nor ended with all others."""
    now = clock.now()
    is_of_staff = isinstance(session, StaffSession)
    idle = settings.STAFF_SESSION_IDLE_SECONDS if is_of_staff else settings.SESSION_IDLE_SECONDS
    idle_until = clock.from_text(session.last_seen_at) + timedelta(seconds=idle)
    is_current = session.generation == user.session_generation
    return user.is_active and is_current and now < session.ends_at and now < idle_until


def _load(wanted: Sequence[Wanted]) -> dict[Wanted, Any]:
    """Those of the items that there are, by what was wanted."""
    found = zip(wanted, fetch(*wanted), strict=True)
    return {key: item for key, item in found if item is not None}
