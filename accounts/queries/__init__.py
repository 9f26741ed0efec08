"""Reading users, organisations and sign-ins."""

from accounts.queries.actors import (
    actor_of,
    load_rights,
    staff_actor_of,
)
from accounts.queries.sign_ins import (
    SessionRef,
    SignInRecord,
    SignInState,
    access_me,
    access_session,
    counts,
    list_sessions,
    list_staff_sessions,
    load_sign_ins,
)
from accounts.queries.users import (
    access_account,
    access_organization,
    access_user,
    access_user_as_entity,
    each_organization_id,
    each_user,
    find_account_by_email,
    list_organization_ids,
    list_staff,
    list_users,
    load_users,
    require_over_staff,
)

__all__ = [
    "SessionRef",
    "SignInRecord",
    "SignInState",
    "access_account",
    "access_me",
    "access_organization",
    "access_session",
    "access_user",
    "access_user_as_entity",
    "actor_of",
    "counts",
    "each_organization_id",
    "each_user",
    "find_account_by_email",
    "list_organization_ids",
    "list_sessions",
    "list_staff",
    "list_staff_sessions",
    "list_users",
    "load_rights",
    "load_sign_ins",
    "load_users",
    "require_over_staff",
    "staff_actor_of",
]
