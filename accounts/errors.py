"""What can go wrong with sign-ins, users and organisations."""

from prework.errors import Problem


class RegistrationClosed(Problem):
    code = "registration_closed"
    status = 403
    title = "Registration is closed"
    default_detail = "New organisations cannot register here. Ask an admin to add you to theirs."


class EmailTaken(Problem):
    code = "email_taken"
    status = 409
    title = "The e-mail address is in use"
    default_detail = "There is an account with this e-mail address. Sign in, or use another."


class InvalidCredentials(Problem):
    code = "invalid_credentials"
    status = 401
    title = "The sign-in was refused"
    default_detail = "E-mail address, password or code are not right, or the account is suspended."


class ProofRefused(Problem):
    """The same code as at sign-in; but who asks is signed in, and stays so."""

    code = "invalid_credentials"
    status = 403
    title = "The password or code is not right"
    default_detail = "Send the current password, or where it is allowed a current code, again."


class OtpRequired(Problem):
    code = "otp_required"
    status = 401
    title = "A one-time code is needed"
    default_detail = "Send otp too: the code that your app shows, or a recovery code."


class TooManyAttempts(Problem):
    code = "too_many_attempts"
    status = 429
    title = "Too many failed attempts"
    default_detail = "Too many attempts failed. Wait for the seconds that Retry-After names."


class InvalidResetToken(Problem):
    code = "invalid_reset_token"
    status = 400
    title = "The reset link is not valid"
    default_detail = "It was used already, is too old, or never was one. Ask for a new one."


class NoPendingEnrolment(Problem):
    code = "no_pending_enrolment"
    status = 409
    title = "No second factor is being set up"
    default_detail = "Begin with POST /api/auth/mfa/totp, then confirm with a code."


class LastAdmin(Problem):
    code = "last_admin"
    status = 409
    title = "This is the organisation's last admin"
    default_detail = "Make somebody else an admin first."


class SupportAccessRefused(Problem):
    code = "support_access_refused"
    status = 403
    title = "The organisation does not want this"
    default_detail = "It allows nobody of the staff to act as its users. Ask one of its admins."


class CannotImpersonate(Problem):
    code = "cannot_impersonate"
    status = 409
    title = "Nobody can act as this user"
    default_detail = "The user is suspended, or is of the staff."


class OwnStaffRole(Problem):
    code = "own_staff_role"
    status = 409
    title = "Nobody ends their own being a superuser"
    default_detail = "Another superuser can do it, or who runs the server, by manage.py staff."


class NotEditable(Problem):
    code = "not_editable"
    status = 400
    title = "A field cannot be changed here"
    default_detail = "Leave out the fields that detail names; they are not changed by this call."

    def __init__(self, names: list[str]) -> None:
        super().__init__(f"Cannot be changed here: {', '.join(names)}.")
