"""What can be done with accounts. Other domains, views and commands call these by this name."""

from accounts.services.organizations import register_organization, update_organization
from accounts.services.sessions import (
    SignIn,
    actor_for_token,
    bump_rights,
    log_out,
    revoke_session,
)
from accounts.services.sign_in import login
from accounts.services.users import create_user, update_me, update_user

__all__ = [
    "SignIn",
    "actor_for_token",
    "bump_rights",
    "create_user",
    "log_out",
    "login",
    "register_organization",
    "revoke_session",
    "update_me",
    "update_organization",
    "update_user",
]
