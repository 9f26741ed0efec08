"""How many admins an organisation says it has, and how many it has: for `manage.py reconcile`."""

from collections.abc import Iterable

from accounts import queries
from accounts.events import AdminsMended
from accounts.models import METADATA, Organization, organization_key
from prework.changes import Change
from prework.dynamo import find
from prework.errors import Stale
from prework.reconciling import Look, Reconciler
from prework.tenancy import Actor


def _things(actor: Actor) -> Iterable[str]:
    is_there = find(Organization, organization_key(actor.organization_id), METADATA)
    return [actor.organization_id] if is_there else []


def _look(actor: Actor, organization_id: str) -> Look | None:
    organization = find(Organization, organization_key(organization_id), METADATA)
    if organization is None:
        return None
    admins = sum(user.is_admin for user in queries.each_user(actor))
    return Look(
        int(organization.admin_moves), {"admins": int(organization.admins)}, {"admins": admins}
    )


def _mend(actor: Actor, organization_id: str, look: Look) -> None:
    is_at_rest = Organization.admin_moves == look.moves
    if not look.moves:  # of before they were counted
        is_at_rest = is_at_rest | Organization.admin_moves.does_not_exist()
    with Change(actor=actor) as change:
        change.adjust(
            Organization,
            organization_key(organization_id),
            METADATA,
            Organization.admins.set(look.counted["admins"]),
            Organization.admin_moves.add(1),
            condition=is_at_rest & (Organization.admins == look.kept["admins"]),
            otherwise=Stale,
        )
        change.record(
            AdminsMended(entity_id=organization_id, old_values=look.kept, new_values=look.counted)
        )


ADMINS = Reconciler(name="organisation", things=_things, look=_look, mend=_mend)
