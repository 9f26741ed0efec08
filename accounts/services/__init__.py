"""What can be done with accounts. Other domains, views and commands call these by this name."""

from accounts.services.avatars import clear_avatar, set_avatar
from accounts.services.impersonation import (
    end_impersonation,
    raise_impersonation,
    start_impersonation,
)
from accounts.services.organizations import register_organization, update_organization
from accounts.services.passwords import change_password, confirm_reset, request_reset
from accounts.services.second_factor import (
    Enrolment,
    begin_enrolment,
    confirm_enrolment,
    remove_second_factor,
    reset_second_factor,
)
from accounts.services.sessions import (
    SignIn,
    actor_for_token,
    bump_rights,
    log_out,
    open_session,
    revoke_all_sessions,
    revoke_session,
)
from accounts.services.sign_in import login
from accounts.services.staff import (
    StaffSignIn,
    change_staff_password,
    sign_in_staff,
    sign_out_staff,
    sign_staff_out_everywhere,
    staff_for_token,
)
from accounts.services.staffing import appoint_staff, set_staff_role
from accounts.services.tickets import VALID_SECONDS, issue_ticket, redeem_ticket
from accounts.services.users import (
    count_invitation_mail,
    create_user,
    update_me,
    update_user,
)

__all__ = [
    "VALID_SECONDS",
    "Enrolment",
    "SignIn",
    "StaffSignIn",
    "actor_for_token",
    "appoint_staff",
    "begin_enrolment",
    "bump_rights",
    "change_password",
    "change_staff_password",
    "clear_avatar",
    "confirm_enrolment",
    "confirm_reset",
    "count_invitation_mail",
    "create_user",
    "end_impersonation",
    "issue_ticket",
    "log_out",
    "login",
    "raise_impersonation",
    "open_session",
    "redeem_ticket",
    "register_organization",
    "remove_second_factor",
    "request_reset",
    "reset_second_factor",
    "revoke_all_sessions",
    "revoke_session",
    "set_avatar",
    "set_staff_role",
    "sign_in_staff",
    "sign_out_staff",
    "sign_staff_out_everywhere",
    "staff_for_token",
    "start_impersonation",
    "update_me",
    "update_organization",
    "update_user",
]
