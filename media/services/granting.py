"""More room than is usual, or less: what staff grant."""

from media import queries
from media.events import QuotaGranted
from media.models import Quota, quotas_key
from media.services.quotas import beginning
from prework.changes import Change, retry_stale
from prework.errors import Stale
from prework.tenancy import Actor

STAFF = "staff.act"


@retry_stale
def grant_quota(*, actor: Actor, owner_id: str, granted_bytes: int) -> Quota:
    """Let a user, or the organisation by its own id, hold so many bytes beside the default.

    Fewer than none make it less. What is held already stays, also where it is more than that;
    then nothing is taken until there is room again. For staff.
    """
    actor.require(STAFF)
    quota = queries.access_quota(actor, owner_id)
    actor.check_match(quota.etag)
    more = granted_bytes - int(quota.granted_bytes)
    is_as_read = Quota.granted_bytes == quota.granted_bytes
    if not quota.granted_bytes:
        is_as_read = is_as_read | Quota.granted_bytes.does_not_exist()
    with Change(actor=actor) as change:
        change.adjust(
            Quota,
            quotas_key(actor),
            quota.sk,
            *beginning(actor, quota.user_id),
            Quota.granted_bytes.set(granted_bytes),
            Quota.held_bytes.add(0),
            Quota.charged_bytes.add(-more),
            condition=is_as_read,
            otherwise=Stale,
        )
        change.record(
            QuotaGranted(
                entity_id=owner_id,
                owner=quota.owner,
                old_values={"granted_bytes": int(quota.granted_bytes)},
                new_values={"granted_bytes": granted_bytes},
            )
        )
    return queries.access_quota(actor, owner_id)
