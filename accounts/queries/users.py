"""Reading users and organisations, and the doors to them."""

from collections.abc import Collection, Iterator
from itertools import islice

from accounts.models import (
    METADATA,
    ORGANIZATIONS,
    PROFILE,
    STAFF,
    UNIQUE,
    EmailAddress,
    Organization,
    Profile,
    User,
    email_key,
    organization_key,
)
from accounts.queries.loading import load
from prework.addresses import normalise
from prework.dynamo import AT_ONCE, Page, StartKey, each, fetch, find, read_page
from prework.entities import Entity
from prework.errors import NotFound, PermissionDenied
from prework.tenancy import Actor, StaffActor


def access_user(actor: Actor, user_id: str) -> User:
    """A user of the actor's organisation, with their profile. Raises `NotFound`."""
    pk = actor.key("USER", user_id)
    user, profile = fetch((User, pk, METADATA), (Profile, pk, PROFILE))
    if user is None:
        raise NotFound
    found: User = user.with_profile(profile)
    return found


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
    return {user.user_id: user for user in load(wanted).values()}


def list_organization_ids() -> Iterator[str]:
    """Every organisation there is, for the platform's own commands; an index, which may lag."""
    for one in each(Organization, "ORGS", index=2):
        yield one.organization_id


def list_users(actor: Actor, *, limit: int, start: StartKey) -> Page:
    """The organisation's users by name, suspended ones too."""
    page = read_page(
        User, organization_key(actor.organization_id), index=1, limit=limit, start=start
    )
    profiles = load([(Profile, user.pk, PROFILE) for user in page.items])
    page.items = [
        user.with_profile(profiles.get((Profile, user.pk, PROFILE))) for user in page.items
    ]
    return page


def each_user(actor: Actor) -> Iterator[User]:
    """Every user of the organisation, without profiles: the index names, the row decides."""
    named = each(User, organization_key(actor.organization_id), index=1, page_size=AT_ONCE)
    while ids := [user.user_id for user in islice(named, AT_ONCE)]:
        yield from load_users(actor, ids).values()


def each_organization_id() -> Iterator[str]:
    """Every organisation there is, by its id: for commands and jobs, never for a request."""
    found = each(Organization, ORGANIZATIONS, index=2, page_size=AT_ONCE)
    return (organization.organization_id for organization in found)


def list_staff(staff: StaffActor, *, limit: int, start: StartKey) -> Page:
    """The platform's staff by name, of whichever organisation they are, without profiles."""
    staff.require("staff.view")
    return read_page(User, STAFF, index=2, limit=limit, start=start)


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
