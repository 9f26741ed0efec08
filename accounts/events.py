"""What can have happened to organisations, users and their sign-ins."""

from dataclasses import dataclass
from typing import ClassVar

from accounts.meters import SIGN_INS
from prework.events import Event, Measured, of

SIGN_IN = {
    "method": "what proved it beside the password: `otp`, `recovery_code`, or `password` alone",
    "reason": "why not, which the caller is not told",
}
USER = {
    "email": "the e-mail address",
    "name": "the name",
    "role": "the role in the organisation",
    "grants": "permissions beside those of the role",
    "is_active": "whether they can sign in",
    "profile": "what has changed of `title`, `phone`, `timezone`, `locale`, `avatarUrl` and "
    "`avatarFileId`",
    "is_staff": "whether they are of the platform's staff",
    "staff_role": "what they may do in the admin",
}
IMPERSONATION = {
    "session_id": "the sign-in as the user",
    "until": "when it ends by itself",
    "is_read_only": "whether it is for looking only",
}


@dataclass(frozen=True, kw_only=True)
class SignInEvent(Event):
    """Somebody signed in, or was not let in."""

    entity_type = "user"
    site: ClassVar[str]

    def measured(self) -> list[Measured]:
        refused = "otp" if self.new_values.get("reason") == "otp_required" else "failed"
        outcome = refused if self.outcome == "denied" else "success"
        return [Measured(SIGN_INS.name, 1, {"Outcome": outcome, "Site": self.site})]


@dataclass(frozen=True, kw_only=True)
class OrganizationRegistered(Event):
    """An organisation began, with its first admin."""

    code = "organization.registered"
    entity_type = "organization"
    sentence = "registered the organisation {name}"
    new_fields = {"name": "its name", "admin_id": "its first admin"}


@dataclass(frozen=True, kw_only=True)
class OrganizationUpdated(Event):
    """An organisation was given another name, or refuses or allows that staff act as its users."""

    code = "organization.updated"
    entity_type = "organization"
    sentence = "changed the organisation"
    old_fields = new_fields = {
        "name": "its name",
        "support_access": "whether staff may act as users",
    }


@dataclass(frozen=True, kw_only=True)
class AdminsMended(Event):
    """How many admins an organisation has was put right: it had not been their number."""

    code = "organization.admins_mended"
    entity_type = "organization"
    sentence = "mended the number of admins"
    old_fields = new_fields = {"admins": "how many active admins it has"}


@dataclass(frozen=True, kw_only=True)
class SignedIn(SignInEvent):
    """Somebody signed in."""

    code = "user.login.success"
    site = "api"
    sentence = "signed in"
    new_fields = of(SIGN_IN, "method")


@dataclass(frozen=True, kw_only=True)
class SignInRefused(SignInEvent):
    """Somebody tried to sign in. For an address of nobody, `entity_id` is a digest of it."""

    code = "user.login.failed"
    site = "api"
    sentence = "was refused at sign-in ({reason})"
    outcome = "denied"
    new_fields = of(SIGN_IN, "reason")


@dataclass(frozen=True, kw_only=True)
class SignedOut(Event):
    """Somebody signed out."""

    code = "user.logged_out"
    entity_type = "user"
    sentence = "signed out"


@dataclass(frozen=True, kw_only=True)
class SessionRevoked(Event):
    """One of a user's sign-ins was ended from another."""

    code = "session.revoked"
    entity_type = "session"
    sentence = "ended one of their sign-ins"
    old_fields = {"ip": "its address", "user_agent": "its browser or app"}


@dataclass(frozen=True, kw_only=True)
class ProofFailed(Event):
    """Somebody signed in gave a wrong password or code where it is asked for again."""

    code = "user.proof.failed"
    entity_type = "user"
    sentence = "gave a wrong password or code"
    outcome = "denied"


@dataclass(frozen=True, kw_only=True)
class PasswordChanged(Event):
    """A user has another password; other sign-ins have ended."""

    code = "user.password_changed"
    entity_type = "user"
    sentence = "changed their password by {means}"
    new_fields = {"means": "`itself` (who knew the old one) or `mail`"}


@dataclass(frozen=True, kw_only=True)
class ResetRequested(Event):
    """A way back in was mailed to a user. Whoever asked for it has proved nothing yet."""

    code = "user.password_reset_requested"
    entity_type = "user"
    sentence = "was mailed a link to set a new password"


@dataclass(frozen=True, kw_only=True)
class EnrolmentBegun(Event):
    """A user was shown a secret for a second factor, which does not count yet."""

    code = "user.mfa.enrolment_begun"
    entity_type = "user"
    sentence = "began to set up a second factor"


@dataclass(frozen=True, kw_only=True)
class MfaEnabled(Event):
    """A user signs in with a second factor from now on."""

    code = "user.mfa.enabled"
    entity_type = "user"
    sentence = "set up a second factor"


@dataclass(frozen=True, kw_only=True)
class MfaDisabled(Event):
    """A user signs in without a second factor again."""

    code = "user.mfa.disabled"
    entity_type = "user"
    sentence = "removed the second factor"


@dataclass(frozen=True, kw_only=True)
class UserCreated(Event):
    """An organisation has another user."""

    code = "user.created"
    entity_type = "user"
    sentence = "added {name} as {role}"
    new_fields = of(USER, "email", "name", "role", "grants")


@dataclass(frozen=True, kw_only=True)
class UserUpdated(Event):
    """A user's name, role, grants or profile changed."""

    code = "user.updated"
    entity_type = "user"
    sentence = "changed a user"
    old_fields = new_fields = of(USER, "name", "role", "grants", "profile")


@dataclass(frozen=True, kw_only=True)
class UserSuspended(Event):
    """A user cannot sign in any more, and is signed out everywhere."""

    code = "user.suspended"
    entity_type = "user"
    sentence = "suspended a user"
    old_fields = new_fields = of(USER, "is_active", "name", "role", "grants")


@dataclass(frozen=True, kw_only=True)
class UserReactivated(Event):
    """A suspended user can sign in again."""

    code = "user.reactivated"
    entity_type = "user"
    sentence = "let a suspended user in again"
    old_fields = new_fields = of(USER, "is_active", "name", "role", "grants")


@dataclass(frozen=True, kw_only=True)
class StaffSignedIn(SignInEvent):
    """Somebody of the staff signed in to the admin."""

    code = "staff.signed_in"
    site = "admin"
    sentence = "signed in to the admin"
    new_fields = of(SIGN_IN, "method")


@dataclass(frozen=True, kw_only=True)
class StaffSignInRefused(SignInEvent):
    """Somebody tried to sign in to the admin. For nobody's address, `entity_id` is a digest."""

    code = "staff.sign_in_refused"
    site = "admin"
    sentence = "was refused at sign-in to the admin ({reason})"
    outcome = "denied"
    new_fields = of(SIGN_IN, "reason")


@dataclass(frozen=True, kw_only=True)
class StaffSignedOut(Event):
    """Somebody of the staff signed out of the admin."""

    code = "staff.signed_out"
    entity_type = "user"
    sentence = "signed out of the admin"


@dataclass(frozen=True, kw_only=True)
class StaffSignedOutEverywhere(Event):
    """Somebody of the staff ended all of their sign-ins, also those to the API."""

    code = "staff.signed_out_everywhere"
    entity_type = "user"
    sentence = "signed out everywhere"


@dataclass(frozen=True, kw_only=True)
class StaffRoleChanged(Event):
    """A user became staff, stopped being staff, or may do more or less in the admin."""

    code = "staff.role_changed"
    entity_type = "user"
    sentence = "made a user's staff role {staff_role}"
    old_fields = new_fields = of(USER, "is_staff", "staff_role")


@dataclass(frozen=True, kw_only=True)
class UserSessionsRevoked(Event):
    """All sign-ins of a user were ended by somebody else."""

    code = "user.sessions_revoked"
    entity_type = "user"
    sentence = "ended all sign-ins of a user"


@dataclass(frozen=True, kw_only=True)
class UserMfaReset(Event):
    """A user's second factor was removed by somebody else, and their sign-ins ended."""

    code = "user.mfa.reset"
    entity_type = "user"
    sentence = "removed the second factor of a user"


@dataclass(frozen=True, kw_only=True)
class ImpersonationEvent(Event):
    """Staff act as a user. The reason is the entry's own."""

    entity_type = "user"


@dataclass(frozen=True, kw_only=True)
class ImpersonationStarted(ImpersonationEvent):
    """Somebody of the staff sees what a user sees, for a while."""

    code = "impersonation.started"
    sentence = "began to look at everything as a user, until {until}"
    new_fields = IMPERSONATION


@dataclass(frozen=True, kw_only=True)
class ImpersonationRaised(ImpersonationEvent):
    """Somebody of the staff may now change things in a user's name."""

    code = "impersonation.raised"
    sentence = "may now act as a user, until {until}"
    new_fields = IMPERSONATION


@dataclass(frozen=True, kw_only=True)
class ImpersonationEnded(ImpersonationEvent):
    """Somebody of the staff stopped acting as a user before the time was over."""

    code = "impersonation.ended"
    sentence = "stopped acting as a user"
    old_fields = IMPERSONATION
