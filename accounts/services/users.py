"""The users of an organisation: who there is, what they may do, what they tell of themselves."""

from collections.abc import Collection, Mapping
from typing import Any

from django.conf import settings

from accounts import queries
from accounts.engine import attempts, passwords
from accounts.errors import EmailTaken, LastAdmin
from accounts.events import UserCreated, UserReactivated, UserSuspended, UserUpdated
from accounts.models import (
    CREDENTIALS,
    METADATA,
    PROFILE,
    UNIQUE,
    Credentials,
    EmailAddress,
    Organization,
    Profile,
    User,
    by_name,
    email_key,
    organization_key,
    user_key,
)
from accounts.roles import ROLES, permissions_of
from accounts.services import avatars
from accounts.services.staffing import list_among_staff
from prework import addresses, clock, ids
from prework.changes import Change, retry_stale
from prework.events import Event
from prework.tenancy import Actor

Values = dict[str, Any]
RIGHTS = {"role", "grants", "is_active"}  # what decides whether a user may do something


def create_user(
    *,
    actor: Actor,
    email: str,
    name: str,
    role: str,
    password: str,
    grants: Collection[str] = (),
    is_staff: bool = False,
    user_id: str | None = None,
    change: Change | None = None,
) -> User:
    """Add somebody to the organisation, who can sign in at once.

    The system (an invitation that is accepted, the demo) gives what it was told to give;
    people need `user.manage`, and give nothing that they do not hold.
    """
    if actor.kind != "system":
        actor.require("user.manage")
        actor.require_all(ROLES[role] | set(grants))
    actor.require_in_person()
    passwords.refuse_weak(password, "password")
    user = new_user(
        actor.organization_id, email=email, name=name, role=role, grants=grants, user_id=user_id
    )
    user.is_staff = is_staff
    list_among_staff(user)
    password_hash = passwords.hashed(password)
    new_values = {"email": user.email, "name": name, "role": role, "grants": user.grants}
    with Change.within(change, actor=actor) as open_change:
        put_user(open_change, user, password_hash)
        _count_admins(open_change, user, was=False, becomes=user.is_admin)
        open_change.record(UserCreated(entity_id=user.user_id, new_values=new_values))
    return user


def count_invitation_mail(actor: Actor, email: str) -> None:
    """Count a mail that invites an address; beyond a few in a while, 429: it is not flooded.

    Nor does an organisation mail strangers without end.
    """
    attempts.allow(email, attempts.INVITE_MAIL, settings.INVITATION_MAILS_ALLOWED)
    most = settings.INVITATION_MAILS_OF_ORGANIZATION
    attempts.allow(actor.organization_id, attempts.INVITING, most)


@retry_stale
def update_user(*, actor: Actor, user_id: str, **given: Any) -> User:
    """Change a user's name, role or grants, suspend them, or let them in again.

    What is more than a name, only those may change who hold every permission that the user
    has before and would have after: nobody gives, takes or gives back what they do not hold.
    """
    actor.require("user.manage")
    user = queries.access_user(actor, user_id)
    actor.check_match(user.etag)
    if "grants" in given:
        given["grants"] = sorted(set(given["grants"]))
    values = {name: value for name, value in given.items() if value != getattr(user, name)}
    if not values:
        return user
    _require_as_much(actor, user, values)
    becomes_admin = values.get("role", user.role) == "admin" and values.get(
        "is_active", user.is_active
    )
    with Change(actor=actor) as change:
        change.update(user, *_actions(user, values))
        _count_admins(change, user, was=user.is_admin, becomes=becomes_admin)
        change.record(_event_for(user, values))
    return _with_values(user, values)


@retry_stale
def update_me(
    *, actor: Actor, name: str | None = None, profile: Mapping[str, Any] | None = None
) -> User:
    """Change your name, or what your profile tells of you."""
    user = queries.access_me(actor)
    actor.check_match(user.etag)
    values = {"name": name} if name is not None and name != user.name else {}
    told = {
        field: text
        for field, text in (profile or {}).items()
        if not _is_told(user.profile, field, text)
    }
    if not values and not told:
        return user
    stored = avatars.replaced_avatar(told)
    with Change(actor=actor) as change:
        change.update(user, *_actions(user, values))
        if told:
            change.adjust(Profile, user.pk, PROFILE, *avatars.steps(stored))
        change.record(_told(user, values, told))
    for field, text in stored.items():
        setattr(user.profile, field, text)
    return _with_values(user, values)


def new_user(
    organization_id: str,
    *,
    email: str,
    name: str,
    role: str,
    grants: Collection[str] = (),
    user_id: str | None = None,
) -> User:
    """A user that is not stored yet. Raises `ValidationFailed` for an address that is none."""
    shown, _ = addresses.parse(email)
    user_id, now = user_id or ids.new_id(), clock.to_text(clock.now())
    pk = user_key(organization_id, user_id)
    return User(
        pk,
        METADATA,
        user_id=user_id,
        organization_id=organization_id,
        email=shown,
        name=name,
        role=role,
        grants=sorted(set(grants)),
        created_at=now,
        updated_at=now,
        gsi1pk=organization_key(organization_id),
        gsi1sk=by_name(name, user_id, "USER"),
    ).with_profile(Profile(pk, PROFILE))


def put_user(change: Change, user: User, password_hash: str) -> None:
    """Store a new user, their credentials and profile, and that the address is theirs."""
    _, normalised = addresses.parse(user.email)
    address = EmailAddress(
        email_key(normalised), UNIQUE, organization_id=user.organization_id, user_id=user.user_id
    )
    change.put(address, otherwise=EmailTaken)
    change.put(user)
    change.put(user.profile)
    change.put(Credentials(user.pk, CREDENTIALS, password_hash=password_hash))


def _require_as_much(actor: Actor, user: User, values: Values) -> None:
    """Refuse whoever holds less than the user does, before or after; a name is no matter."""
    if not values.keys() & RIGHTS:
        return
    actor.require_in_person()
    queries.require_over_staff(actor, user)
    after = permissions_of(values.get("role", user.role), set(values.get("grants", user.grants)))
    actor.require_all(user.permissions | after)


def _actions(user: User, values: Values) -> list[Any]:
    steps = [getattr(User, name).set(value) for name, value in values.items()]
    steps.append(User.updated_at.set(clock.to_text(clock.now())))
    if "name" in values:
        steps.append(User.gsi1sk.set(by_name(values["name"], user.user_id, "USER")))
        if user.gsi2pk:
            steps.append(User.gsi2sk.set(by_name(values["name"], user.user_id)))
    if values.keys() & RIGHTS:
        steps.append(User.rights_version.add(1))
    if values.get("is_active") is False:
        steps.append(User.session_generation.add(1))
    return steps


def _count_admins(change: Change, user: User, *, was: bool, becomes: bool) -> None:
    """Keep the number of admins in step, and at least one of them."""
    where = (Organization, organization_key(user.organization_id), METADATA)
    if becomes and not was:
        change.adjust(*where, Organization.admins.add(1), Organization.admin_moves.add(1))
    if was and not becomes:
        has_another = Organization.admins > 1
        change.adjust(
            *where,
            Organization.admins.add(-1),
            Organization.admin_moves.add(1),
            condition=has_another,
            otherwise=LastAdmin,
        )


def _event_for(user: User, values: Values) -> Event:
    kinds = {False: UserSuspended, True: UserReactivated, None: UserUpdated}
    kind = kinds[values.get("is_active")]
    before = {name: getattr(user, name) for name in values}
    return kind(entity_id=user.user_id, old_values=before, new_values=values)


def _told(user: User, values: Values, told: Values) -> Event:
    before = {name: getattr(user, name) for name in values}
    profile_before = {field: getattr(user.profile, field) for field in told}
    if "avatar_url" in told and user.profile.avatar_file_id:
        profile_before["avatar_file_id"] = user.profile.avatar_file_id
    return UserUpdated(
        entity_id=user.user_id,
        old_values={**before, **({"profile": profile_before} if told else {})},
        new_values={**values, **({"profile": told} if told else {})},
    )


def _is_told(profile: Profile, field: str, text: str | None) -> bool:
    """Whether it is what the profile says already: clients send back what they were given."""
    if field == "avatar_url":
        return profile.shows(text)
    return bool(text == getattr(profile, field))


def _with_values(user: User, values: Values) -> User:
    """The user as it is stored now, without reading it again."""
    for name, value in values.items():
        setattr(user, name, value)
    user.version += 1
    return user
