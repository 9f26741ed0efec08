"""Organisations: how one begins, and what it is called."""

from typing import Any

from django.conf import settings

from accounts import queries
from accounts.engine import passwords
from accounts.errors import EmailTaken, RegistrationClosed
from accounts.events import OrganizationRegistered, OrganizationUpdated
from accounts.models import METADATA, Organization, by_name, organization_key
from accounts.services.sessions import SignIn, open_session
from accounts.services.users import new_user, put_user
from prework import addresses, clock, ids
from prework.changes import Change, retry_stale
from prework.errors import PermissionDenied
from prework.tenancy import Actor, Origin


def register_organization(
    *, origin: Origin, organization_name: str, name: str, email: str, password: str
) -> SignIn:
    """Begin an organisation, become its first admin, and be signed in: all of it or nothing."""
    if not settings.OPEN_REGISTRATION:
        raise RegistrationClosed
    addresses.parse(email)
    passwords.refuse_weak(password, "password")
    if queries.find_account_by_email(email):  # the transaction decides; most are spared the hash
        raise EmailTaken
    organization = _new_organization(organization_name)
    user = new_user(organization.organization_id, email=email, name=name, role="admin")
    session_id = ids.new_id()
    actor = Actor(
        organization_id=user.organization_id,
        user_id=user.user_id,
        name=name,
        role=user.role,
        session_id=session_id,
        origin=origin,
    )
    password_hash = passwords.hashed(password)
    with Change(actor=actor) as change:
        put_user(change, user, password_hash)
        change.put(organization)
        signed_in = open_session(
            change, user=user, organization=organization, session_id=session_id
        )
        new_values = {"name": organization_name, "admin_id": user.user_id}
        change.record(
            OrganizationRegistered(entity_id=organization.organization_id, new_values=new_values)
        )
    return signed_in


@retry_stale
def update_organization(*, actor: Actor, **given: Any) -> Organization:
    """Give the organisation another name, or say whether staff may act as its users."""
    actor.require("org.update")
    organization = queries.access_organization(actor)
    actor.check_match(organization.etag)
    before = {name: getattr(organization, name) for name in given}
    values = {name: value for name, value in given.items() if value != before[name]}
    if not values:
        return organization
    if "support_access" in values:
        actor.require_in_person()
        _require_its_own(actor)
    for name, value in values.items():
        setattr(organization, name, value)
    organization.updated_at = clock.to_text(clock.now())
    organization.gsi2sk = by_name(organization.name, organization.organization_id)
    changed = [*values, "updated_at", "gsi2sk"]
    with Change(actor=actor) as change:
        change.update(
            organization,
            *[getattr(Organization, name).set(getattr(organization, name)) for name in changed],
        )
        change.record(
            OrganizationUpdated(
                entity_id=organization.organization_id,
                old_values={name: before[name] for name in values},
                new_values=values,
            )
        )
    organization.version += 1
    return organization


def _require_its_own(actor: Actor) -> None:
    if actor.kind == "staff":
        raise PermissionDenied(detail="Whom an organisation lets in, it says itself.")


def _new_organization(name: str) -> Organization:
    organization_id, now = ids.new_id(), clock.to_text(clock.now())
    return Organization(
        organization_key(organization_id),
        METADATA,
        organization_id=organization_id,
        name=name,
        admins=1,
        created_at=now,
        updated_at=now,
        gsi2sk=by_name(name, organization_id),
    )
