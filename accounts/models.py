"""Organisations, users, and how they sign in.

| question | index and key | function |
|---|---|---|
| an organisation | `O` / `METADATA` | `queries.access_organization` |
| every organisation, for staff | GSI2 `ORGS` / `<name>#<id>` | `queries.each_organization_id` |
| a user | `O#USER#<id>` / `METADATA` | `queries.access_user`, `queries.load_users` |
| a user's password and second factor | the same / `CREDENTIALS`, in no index | `services` only |
| the users of an organisation, by name | GSI1 `O` / `USER#<name>#<id>` | `queries.list_users` |
| whose an e-mail address is | `EMAIL#<normalised>` / `UNIQUE` | `queries.find_account_by_email` |
| a user's profile | profiles: `O#USER#<id>` / `PROFILE` | with the user |
| a sign-in, a user's sign-ins | sessions: `O#USER#<id>` / `AUTH#<id>` | `queries.list_sessions` |
| one of staff, to the admin | the same / `STAFF#<id>` | `queries.list_staff_sessions` |
| the platform's staff, by name | users: GSI2 `STAFF` / `<name>#<id>` | `queries.list_staff` |
| a password reset | sessions: `O#USER#<id>` / `RESET#<id>` | `services` only |
| a ticket for a WebSocket | sessions: `O#TICKET#<id>` / `TICKET` | `services` only |
| failed attempts | sessions: `ATTEMPTS#<what>#<digest>` / `COUNTER` | `services` only |

`EMAIL#` and `ATTEMPTS#` belong to no organisation: an address is one person's everywhere. Nor do
`ORGS` and `STAFF`, which are for the platform's staff alone.
"""

from datetime import UTC, datetime
from typing import Self

from pynamodb.attributes import (
    BooleanAttribute,
    ListAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)
from pynamodb.expressions.condition import Condition

from accounts.roles import permissions_of, staff_permissions_of
from prework import cdn, clock, tables
from prework.dynamo import Item, secret
from prework.tenancy import key

METADATA, CREDENTIALS, PROFILE, UNIQUE = "METADATA", "CREDENTIALS", "PROFILE", "UNIQUE"
TICKET, STAFF, ORGANIZATIONS = "TICKET", "STAFF", "ORGS"
SIDE = 300  # of a picture of somebody, in pixels
NAME_IN_KEY = 60  # characters: enough to sort by, and far from the limit of a sort key


class Organization(Item, table=tables.USERS):
    """An organisation. `admins` counts those who can still sign in, and is never 0."""

    organization_id = UnicodeAttribute()
    name = UnicodeAttribute()
    admins = NumberAttribute(default=0)
    admin_moves = NumberAttribute(default=0)  # how often `admins` moved: who counts anew sees it
    is_active = BooleanAttribute(default=True)
    support_access = BooleanAttribute(default=True)  # whether staff may act as its users
    created_at = UnicodeAttribute()
    updated_at = UnicodeAttribute()
    version = NumberAttribute(default=1)
    gsi2pk = UnicodeAttribute(default=ORGANIZATIONS)
    gsi2sk = UnicodeAttribute()


class Profile(Item, table=tables.PROFILES):
    """What a user tells about themselves."""

    title = UnicodeAttribute(default="")
    phone = UnicodeAttribute(default="")
    timezone = UnicodeAttribute(default="UTC")
    locale = UnicodeAttribute(default="en")
    avatar_url = UnicodeAttribute(null=True)  # elsewhere; or a file of their own:
    avatar_file_id = UnicodeAttribute(null=True)
    avatar_key = UnicodeAttribute(null=True)
    avatar_version_id = UnicodeAttribute(null=True)
    avatar_chosen_at = UnicodeAttribute(null=True)

    @property
    def shown_avatar_url(self) -> str | None:
        """Where the picture is: of a file, a URL that is good until the end of the next day."""
        if not self.avatar_file_id:
            return self.avatar_url
        return cdn.image_url(self.avatar_key, self.avatar_version_id, width=SIDE, height=SIDE)

    def shows(self, url: str | None) -> bool:
        """Whether this is the picture already, also where it was signed on another day."""
        shown = self.shown_avatar_url
        if not self.avatar_file_id or not url or not shown:
            return url == shown
        return url.partition("?")[0] == shown.partition("?")[0]


class User(Item, table=tables.USERS):
    """A user of one organisation, without anything secret. `profile` is set where it was read."""

    user_id = UnicodeAttribute()
    organization_id = UnicodeAttribute()
    email = UnicodeAttribute()
    name = UnicodeAttribute()
    role = UnicodeAttribute()
    grants: ListAttribute[str] = ListAttribute(default=list)
    is_active = BooleanAttribute(default=True)
    is_staff = BooleanAttribute(default=False)
    staff_role = UnicodeAttribute(null=True)  # none of one who is staff means the least
    mfa_enabled = BooleanAttribute(default=False)
    session_generation = NumberAttribute(default=1)
    rights_version = NumberAttribute(default=1)
    created_at = UnicodeAttribute()
    updated_at = UnicodeAttribute()
    version = NumberAttribute(default=1)
    gsi1pk = UnicodeAttribute()
    gsi1sk = UnicodeAttribute()
    gsi2pk = UnicodeAttribute(null=True)  # of staff only
    gsi2sk = UnicodeAttribute(null=True)

    profile: Profile
    impersonation: "AuthSession | None" = None  # set where oneself was read

    @property
    def permissions(self) -> frozenset[str]:
        """What the user may do in the whole organisation: role and grants together."""
        return permissions_of(self.role, set(self.grants))

    @property
    def staff_permissions(self) -> frozenset[str]:
        """What the user may do in the admin; it gives nothing in the API."""
        return staff_permissions_of(self.staff_role) if self.is_staff else frozenset()

    @property
    def is_admin(self) -> bool:
        """Whether the user counts among the admins that an organisation must keep."""
        return self.is_active and self.role == "admin"

    def with_profile(self, profile: Profile | None) -> Self:
        """The same user, with the profile that was read beside it."""
        self.profile = profile or Profile(self.pk, PROFILE)
        return self


class Credentials(Item, table=tables.USERS):
    """How a user proves who they are. Hashes and sealed secrets only, and in no index."""

    password_hash = secret(UnicodeAttribute())
    totp_secret = secret(UnicodeAttribute(null=True))
    totp_pending = secret(UnicodeAttribute(null=True))
    totp_last_step = secret(NumberAttribute(default=0))
    recovery_hashes = secret(UnicodeSetAttribute(null=True))


class EmailAddress(Item, table=tables.USERS):
    """Whose an e-mail address is: there is one item for each, so that it is unique."""

    organization_id = UnicodeAttribute()
    user_id = UnicodeAttribute()


class AuthSession(Item, table=tables.SESSIONS):
    """A sign-in. It counts while its generation is the user's, and neither limit has passed."""

    organization_id = UnicodeAttribute()
    user_id = UnicodeAttribute()
    session_id = UnicodeAttribute()
    token_hash = secret(UnicodeAttribute())
    generation = NumberAttribute()
    created_at = UnicodeAttribute()
    last_seen_at = UnicodeAttribute()
    ip = UnicodeAttribute()
    user_agent = UnicodeAttribute()
    expires_at = NumberAttribute()
    is_read_only = BooleanAttribute(default=False)
    impersonator_id = UnicodeAttribute(null=True)  # the staff person whose it is really
    impersonator_name = UnicodeAttribute(null=True)
    impersonator_organization_id = UnicodeAttribute(null=True)
    impersonator_session_id = UnicodeAttribute(null=True)
    reason = UnicodeAttribute(null=True)

    @property
    def impersonation(self) -> Self | None:
        """Itself, if it is staff who act as the user by it."""
        return self if self.impersonator_id else None

    @property
    def ends_at(self) -> datetime:
        """When it ends at the latest."""
        return datetime.fromtimestamp(self.expires_at, UTC)


class StaffSession(AuthSession, table=tables.SESSIONS):
    """A sign-in of staff to the admin, which opens nothing else, and is over sooner."""


class ResetToken(Item, table=tables.SESSIONS):
    """A mailed way back in; void as soon as the user's sign-ins were ended another way."""

    token_hash = secret(UnicodeAttribute())
    generation = NumberAttribute()
    expires_at = NumberAttribute()


class Ticket(Item, table=tables.SESSIONS):
    """A way into one WebSocket for the holder of a session."""

    token_hash = secret(UnicodeAttribute())
    user_id = UnicodeAttribute()
    session_id = UnicodeAttribute()
    expires_at = NumberAttribute()


class Counter(Item, table=tables.SESSIONS):
    """How often something was tried for one e-mail address or user since its window began."""

    tries = NumberAttribute()
    expires_at = NumberAttribute()


def is_live(model: type[AuthSession | ResetToken | Ticket | Counter]) -> Condition:
    """The condition that an item has not expired, whether the store has removed it or not."""
    return model.expires_at > clock.to_epoch(clock.now())


def organization_key(organization_id: str) -> str:
    return key("ORG", organization_id)


def user_key(organization_id: str, user_id: str) -> str:
    return key("ORG", organization_id, "USER", user_id)


def ticket_key(organization_id: str, ticket_id: str) -> str:
    return key("ORG", organization_id, "TICKET", ticket_id)


def email_key(normalised: str) -> str:
    return key("EMAIL", normalised)


def counter_key(purpose: str, digest: str) -> str:
    return key("ATTEMPTS", purpose, digest)


def session_key(session_id: str) -> str:
    return key("AUTH", session_id)


def staff_session_key(session_id: str) -> str:
    return key("STAFF", session_id)


def reset_key(reset_id: str) -> str:
    return key("RESET", reset_id)


def by_name(name: str, thing_id: str, *prefix: str) -> str:
    """A sort key by name, whatever its case; the id makes it unique."""
    return key(*prefix, name.casefold()[:NAME_IN_KEY], thing_id)
