"""The demo organisation of `make run`: people with sign-ins, and the guide's checklist."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings

from accounts import queries as people
from accounts import services as accounts
from accounts.roles import ROLES
from collab import queries as collab
from collab.services import documents
from prework.errors import NotFound
from prework.tenancy import Actor, Origin, system_actor

DOMAIN = "demo.prework.test"
ADMIN = f"admin@{DOMAIN}"
STAFF = f"staff@{DOMAIN}"
PEOPLE = (
    (f"manager@{DOMAIN}", "Morgan Manager", "manager"),
    (f"member@{DOMAIN}", "Mika Member", "member"),
    (STAFF, "Sam Staff", "member"),
)
CHECKLIST_ID = "checklist-123"
CHECKLIST: dict[str, Any] = {
    "title": "Before work starts: scaffold, bay 4",
    "items": {
        "item-454": {"text": "Permit to work is signed", "checked": False, "order": 0},
        "item-455": {"text": "Guard rails are on all open sides", "checked": False, "order": 1},
        "item-456": {"text": "Base plates stand on firm ground", "checked": False, "order": 2},
        "item-457": {"text": "Crew has been briefed", "checked": False, "order": 3},
    },
}


def make_demo() -> Iterator[str]:
    """Make what is missing of the demo organisation, and name each thing made."""
    account = people.find_account_by_email(ADMIN)
    if account is None:
        organization_id = _found()
        yield ADMIN
    else:
        organization_id = account[0]
    actor = _actor(organization_id)
    for email, name, role in PEOPLE:
        if people.find_account_by_email(email) is None:
            accounts.create_user(
                actor=actor,
                email=email,
                name=name,
                role=role,
                password=settings.DEMO_PASSWORD,
            )
            yield email
    _appoint(actor)
    if not _has_checklist(actor):
        documents.create_document(
            actor=actor, entity_type="checklist", entity_id=CHECKLIST_ID, content=CHECKLIST
        )
        yield CHECKLIST_ID


def _found() -> str:
    signed_in = accounts.register_organization(
        origin=Origin(request_id="demo"),
        organization_name="Demo Works",
        name="Ada Admin",
        email=ADMIN,
        password=settings.DEMO_PASSWORD,
    )
    return str(signed_in.organization.organization_id)


def _actor(organization_id: str) -> Actor:
    system = system_actor(organization_id, origin=Origin(request_id="demo"))
    return system.holding(ROLES["admin"])


def _appoint(actor: Actor) -> None:
    """Make the staff person a superuser, also in a demo that was made before there were any."""
    account = people.find_account_by_email(STAFF)
    if account is not None:
        accounts.appoint_staff(
            actor=actor.holding({"staff.manage"}), user_id=account[1], role="superuser"
        )


def _has_checklist(actor: Actor) -> bool:
    try:
        collab.access_document(actor, "checklist", CHECKLIST_ID)
    except NotFound:
        return False
    return True
