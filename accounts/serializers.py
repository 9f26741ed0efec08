"""Accounts on the wire."""

import re
from typing import Any

from rest_framework import serializers

from accounts.errors import NotEditable
from accounts.roles import PERMISSIONS, ROLES
from prework.wire import (
    Choice,
    Flag,
    Input,
    Many,
    Moment,
    Name,
    Output,
    Text,
    TimeZone,
    Values,
    Whole,
)

LOCALE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
PHONE = re.compile(r"[0-9+()./ -]*")
ADDRESS_OF_IMAGE = re.compile(r"(https?://|/)[^\s<>\"]+")
ACCOUNT_FIELDS = (
    "userId",
    "email",
    "name",
    "organizationId",
    "role",
    "permissions",
    "grants",
    "isActive",
    "mfaEnabled",
    "createdAt",
    "profile",
)


class Email(Text):
    """What was typed for an e-mail address; the domain says if it is one."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=254, **options)


class Password(Text):
    """A password, to the last space as it was typed. How good it is, the domain says."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=1024, trim_whitespace=False, **options)


class Otp(Text):
    """A code of an authenticator app, or a recovery code."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=64, **options)


class Patterned(Text):
    """A text that fits a pattern whole."""

    default_error_messages = {"pattern": "This is not a valid {what}."}

    def __init__(self, pattern: re.Pattern[str], what: str, **options: Any) -> None:
        self.pattern, self.what = pattern, what
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        if self.pattern.fullmatch(text) is None:
            self.fail("pattern", what=self.what)
        return text


class Names(Many):
    """A set of names, in order."""

    def to_representation(self, data: Any) -> list[Any]:
        return sorted(data)


class RegisterInput(Input):
    organization_name = Name()
    name = Name()
    email = Email()
    password = Password()


class LoginInput(Input):
    email = Email()
    password = Password()
    otp = Otp(required=False)


class ProfileInput(Input):
    title = Text(max_length=200, allow_blank=True, required=False)
    phone = Patterned(PHONE, "phone number", max_length=40, allow_blank=True, required=False)
    timezone = TimeZone(required=False)
    locale = Patterned(LOCALE, "locale", max_length=35, required=False)
    avatar_url = Patterned(
        ADDRESS_OF_IMAGE, "address of an image", allow_null=True, required=False
    )


class UpdateMeInput(Input):
    """What one may change of oneself. An attempt at anything else is not passed over."""

    name = Name(required=False)
    profile = ProfileInput(required=False)

    @classmethod
    def read(cls, data: Any, *, partial: bool = False) -> Values:
        refuse_fixed(data, editable={"name", "profile"})
        return super().read(data, partial=partial)


class UpdateUserInput(Input):
    """What may be changed of a user by those who manage users."""

    name = Name(required=False)
    role = Choice(list(ROLES), required=False)
    grants = Names(child=Choice(sorted(PERMISSIONS)), max_length=50, required=False)
    is_active = Flag(required=False)

    @classmethod
    def read(cls, data: Any, *, partial: bool = False) -> Values:
        refuse_fixed(data, editable={"name", "role", "grants", "isActive"})
        return super().read(data, partial=partial)


class CreateUserInput(Input):
    email = Email()
    name = Name()
    role = Choice(list(ROLES))
    password = Password()
    grants = Names(child=Choice(sorted(PERMISSIONS)), max_length=50, required=False)


class UpdateOrganizationInput(Input):
    name = Name(required=False)
    support_access = Flag(required=False)


class ChangePasswordInput(Input):
    current_password = Password()
    new_password = Password()


class RequestResetInput(Input):
    email = Email()


class ConfirmResetInput(Input):
    token = Text(max_length=512)
    new_password = Password()


class ProofInput(Input):
    """A current code, or the current password."""

    otp = Otp(required=False)
    current_password = Password(required=False)


class ConfirmEnrolmentInput(Input):
    otp = Otp()


class ProfileOutput(Output):
    title = Text()
    phone = Text()
    timezone = Text()
    locale = Text()
    avatar_url = Text(source="shown_avatar_url", allow_null=True, max_length=None)


class UserOutput(Output):
    """A user. No hash, secret or internal key is named here, so none leaves."""

    user_id = Text()
    email = Text()
    name = Text()
    organization_id = Text()
    role = Text()
    permissions = Names(child=Text())
    grants = Names(child=Text())
    is_active = Flag()
    mfa_enabled = Flag()
    created_at = Moment()
    profile = ProfileOutput()


class ImpersonatorOutput(Output):
    """Who of the staff acts as a user."""

    staff_user_id = Text(source="impersonator_id")
    staff_name = Text(source="impersonator_name")


class ImpersonationOutput(ImpersonatorOutput):
    until = Moment(source="ends_at")
    is_read_only = Flag()


class MeOutput(UserOutput):
    """Oneself. `impersonation` is there when it is not oneself who asks, but staff as oneself."""

    impersonation = ImpersonationOutput(allow_null=True)


class OrganizationOutput(Output):
    organization_id = Text()
    name = Text()
    is_active = Flag()
    support_access = Flag()
    created_at = Moment()
    updated_at = Moment()


class SessionOutput(Output):
    session_id = Text()
    created_at = Moment()
    expires_at = Moment(source="ends_at")


class SignInOutput(Output):
    success = Flag()
    user = UserOutput()
    token = Text()
    session = SessionOutput()


class RegisteredOutput(SignInOutput):
    organization = OrganizationOutput()


class SignInRecordOutput(Output):
    """One of one's sign-ins."""

    session_id = Text(source="session.session_id")
    created_at = Moment(source="session.created_at")
    last_seen_at = Moment(source="session.last_seen_at")
    expires_at = Moment(source="session.ends_at")
    ip = Text(source="session.ip")
    user_agent = Text(source="session.user_agent")
    current = Flag(source="is_current")
    impersonated_by = ImpersonatorOutput(source="session.impersonation", allow_null=True)


class AcceptedOutput(Output):
    success = Flag()


class EnrolmentOutput(Output):
    secret = Text()
    otpauth_uri = Text()
    qr_svg = Text()


class RecoveryCodesOutput(Output):
    recovery_codes = serializers.ListField(child=Text())


class TicketOutput(Output):
    ticket = Text()
    expires_in = Whole()


def refuse_fixed(data: Any, *, editable: set[str]) -> None:
    """Raise `NotEditable` for fields of a user that cannot be changed where they were sent."""
    sent = data.keys() if isinstance(data, dict) else ()
    fixed = [name for name in ACCOUNT_FIELDS if name in sent and name not in editable]
    if fixed:
        raise NotEditable(fixed)
