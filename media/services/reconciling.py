"""What quotas say is held, and what the records of files hold: for `manage.py reconcile`."""

from collections.abc import Iterator

from accounts.queries import each_user
from media import queries
from media.events import QuotaMended
from media.models import Quota, quotas_key
from media.services.quotas import beginning
from prework.changes import Change
from prework.errors import Stale
from prework.reconciling import Look, Reconciler
from prework.tenancy import Actor


def _things(actor: Actor) -> Iterator[str]:
    yield actor.organization_id
    for user in each_user(actor):
        yield user.user_id


def _look(actor: Actor, owner_id: str) -> Look | None:
    """The organisation's own is the sum of what its users hold: files have no other owners."""
    quota = queries.find_quota(actor, owner_id)
    of_whom = [owner_id] if quota.user_id else [user.user_id for user in each_user(actor)]
    held = sum(queries.count_held(actor, user_id) for user_id in of_whom)
    if not (held or quota.moves):
        return None
    return Look(
        int(quota.moves),
        {"held_bytes": int(quota.held_bytes), "charged_bytes": int(quota.charged_bytes)},
        {"held_bytes": held, "charged_bytes": held - int(quota.granted_bytes)},
    )


def _mend(actor: Actor, owner_id: str, look: Look) -> None:
    quota = queries.find_quota(actor, owner_id)
    has_not_moved = Quota.moves == look.moves
    if not look.moves:
        has_not_moved = has_not_moved | Quota.moves.does_not_exist()
    with Change(actor=actor) as change:
        change.adjust(
            Quota,
            quotas_key(actor),
            quota.sk,
            *beginning(actor, quota.user_id),
            Quota.granted_bytes.add(0),
            Quota.held_bytes.set(look.counted["held_bytes"]),
            Quota.charged_bytes.set(look.counted["charged_bytes"]),
            condition=has_not_moved,
            otherwise=Stale,
        )
        change.record(
            QuotaMended(
                entity_id=owner_id,
                owner=quota.owner,
                old_values=look.kept,
                new_values=look.counted,
            )
        )


QUOTAS = Reconciler(name="quota", things=_things, look=_look, mend=_mend)
