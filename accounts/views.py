"""Accounts over HTTP."""

from rest_framework.request import Request

from accounts import queries, services
from accounts.models import Organization, User
from accounts.serializers import (
    AcceptedOutput,
    ChangePasswordInput,
    ConfirmEnrolmentInput,
    ConfirmResetInput,
    CreateUserInput,
    EnrolmentOutput,
    LoginInput,
    MeOutput,
    OrganizationOutput,
    ProofInput,
    RecoveryCodesOutput,
    RegisteredOutput,
    RegisterInput,
    RequestResetInput,
    SignInOutput,
    SignInRecordOutput,
    TicketOutput,
    UpdateMeInput,
    UpdateOrganizationInput,
    UpdateUserInput,
    UserOutput,
)
from prework.dynamo import Page
from prework.http.views import View, endpoint
from prework.wire import Values

ACCEPTED = {"success": True}


class RegisterView(View):
    is_public = True

    @endpoint(body=RegisterInput, answer=RegisteredOutput, status=201)
    def post(self, request: Request, body: Values) -> services.SignIn:
        """Begin an organisation and become its first admin."""
        return services.register_organization(origin=self.origin, **body)


class LoginView(View):
    is_public = True

    @endpoint(body=LoginInput, answer=SignInOutput)
    def post(self, request: Request, body: Values) -> services.SignIn:
        """Sign in."""
        return services.login(origin=self.origin, **body)


class LogoutView(View):
    @endpoint()
    def post(self, request: Request) -> None:
        """Sign out."""
        services.log_out(actor=self.actor)


class MeView(View):
    @endpoint(answer=MeOutput)
    def get(self, request: Request) -> User:
        """Oneself."""
        return queries.access_me(self.actor)

    @endpoint(body=UpdateMeInput, answer=MeOutput)
    def patch(self, request: Request, body: Values) -> User:
        """Change one's name or profile."""
        return services.update_me(actor=self.actor, **body)


class SessionsView(View):
    @endpoint(answer=SignInRecordOutput, is_paged=True)
    def get(self, request: Request, query: Values) -> Page:
        """One's own sign-ins, newest first."""
        return queries.list_sessions(self.actor, **query)


class SessionView(View):
    @endpoint()
    def delete(self, request: Request, session_id: str) -> None:
        """End one of one's own sign-ins."""
        services.revoke_session(actor=self.actor, session_id=session_id)


class PasswordView(View):
    @endpoint(body=ChangePasswordInput)
    def post(self, request: Request, body: Values) -> None:
        """Change one's password; every other sign-in ends."""
        services.change_password(actor=self.actor, **body)


class PasswordResetView(View):
    is_public = True

    @endpoint(body=RequestResetInput, answer=AcceptedOutput, status=202)
    def post(self, request: Request, body: Values) -> Values:
        """Have a way back in mailed, if there is such an account."""
        services.request_reset(origin=self.origin, **body)
        return ACCEPTED


class PasswordResetConfirmView(View):
    is_public = True

    @endpoint(body=ConfirmResetInput, answer=AcceptedOutput, status=202)
    def post(self, request: Request, body: Values) -> Values:
        """Set a new password by a mailed token; every sign-in ends."""
        services.confirm_reset(origin=self.origin, **body)
        return ACCEPTED


class TotpView(View):
    @endpoint(body=ProofInput, answer=EnrolmentOutput)
    def post(self, request: Request, body: Values) -> services.Enrolment:
        """Begin to set up a second factor."""
        return services.begin_enrolment(actor=self.actor, **body)

    @endpoint(body=ProofInput)
    def delete(self, request: Request, body: Values) -> None:
        """Remove the second factor."""
        services.remove_second_factor(actor=self.actor, **body)


class TotpConfirmView(View):
    @endpoint(body=ConfirmEnrolmentInput, answer=RecoveryCodesOutput)
    def post(self, request: Request, body: Values) -> Values:
        """Confirm the second factor by a first code, and get recovery codes."""
        return {"recovery_codes": services.confirm_enrolment(actor=self.actor, **body)}


class TicketView(View):
    serves_readers = True  # who may only read may watch

    @endpoint(answer=TicketOutput)
    def post(self, request: Request) -> Values:
        """Get a ticket that opens one WebSocket."""
        ticket = services.issue_ticket(actor=self.actor)
        return {"ticket": ticket, "expires_in": services.VALID_SECONDS}


class UsersView(View):
    @endpoint(answer=UserOutput, is_paged=True)
    def get(self, request: Request, query: Values) -> Page:
        """The organisation's users, by name."""
        return queries.list_users(self.actor, **query)

    @endpoint(body=CreateUserInput, answer=UserOutput, status=201)
    def post(self, request: Request, body: Values) -> User:
        """Add a user, who can sign in at once."""
        return services.create_user(actor=self.actor, **body)


class UserView(View):
    @endpoint(answer=UserOutput)
    def get(self, request: Request, user_id: str) -> User:
        """One user of the organisation."""
        return queries.access_user(self.actor, user_id)

    @endpoint(body=UpdateUserInput, answer=UserOutput)
    def patch(self, request: Request, user_id: str, body: Values) -> User:
        """Change a user's name, role or grants, suspend them or let them in again."""
        return services.update_user(actor=self.actor, user_id=user_id, **body)


class OrganizationView(View):
    @endpoint(answer=OrganizationOutput)
    def get(self, request: Request) -> Organization:
        """One's own organisation."""
        return queries.access_organization(self.actor)

    @endpoint(body=UpdateOrganizationInput, answer=OrganizationOutput)
    def patch(self, request: Request, body: Values) -> Organization:
        """Give the organisation another name, or say if staff may act as its users."""
        return services.update_organization(actor=self.actor, **body)
