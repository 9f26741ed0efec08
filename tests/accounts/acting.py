"""Staff who act as a user."""

from accounts import services
from accounts.services import SignIn
from prework.tenancy import StaffActor
from tests.cast import Person

REASON = "cannot find their checklist"


def impersonate(staff: StaffActor, person: Person, reason: str = REASON) -> Person:
    """The same user, as the staff person has them."""
    begun = services.start_impersonation(staff=staff, **_whom(person), reason=reason)
    return _as_staff_has_them(begun, person)


def raise_it(staff: StaffActor, impersonated: Person, reason: str = REASON) -> None:
    """Let the staff person change things in the user's name."""
    services.raise_impersonation(staff=staff, **which(impersonated), reason=reason)


def end_it(staff: StaffActor, impersonated: Person) -> None:
    """Let it be over."""
    services.end_impersonation(staff=staff, **which(impersonated))


def which(impersonated: Person) -> dict[str, str]:
    """The sign-in that is meant."""
    return {**_whom(impersonated), "session_id": impersonated.actor.session_id}


def _whom(person: Person) -> dict[str, str]:
    return {"organization_id": person.organization_id, "user_id": person.user_id}


def _as_staff_has_them(begun: SignIn, person: Person) -> Person:
    return Person(begun.user, begun.token, person.email)
