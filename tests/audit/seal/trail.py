"""A trail to seal: entries at chosen times, and hands on the raw store."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import uuid_utils
from django.conf import settings

from audit.services import sealing, verifying
from audit.services.findings import Verified
from audit.services.windows import closed_until
from prework import aws, clock, ids
from prework.changes import Change
from prework.dynamo import connection
from prework.jobs import Turn
from prework.tables import AUDIT_LOG
from prework.tenancy import Actor
from tests.prework.crates import CrateMoved

# Noon of a day that is over, so that no window of it is open.
NOON = (datetime.now(UTC) - timedelta(days=3)).replace(  # noqa: TID251  before any clock of ours
    hour=12, minute=0, second=0, microsecond=0
)


def at(minutes: float) -> datetime:
    """A time so many minutes after noon."""
    return NOON + timedelta(minutes=minutes)


@contextmanager
def clock_at(moment: datetime) -> Iterator[None]:
    """What happens inside happens at this time."""
    with pytest.MonkeyPatch.context() as patch:
        milliseconds = round(moment.timestamp() * 1000)

        def new_id() -> str:
            lower = UUID(str(uuid_utils.uuid7())).int % 2**80
            return str(UUID(int=(milliseconds << 80) + lower))

        patch.setattr(ids, "new_id", new_id)
        patch.setattr(clock, "now", lambda: moment)
        yield


def write(actor: Actor, minutes: float, **values: Any) -> None:
    """One entry at this time."""
    with clock_at(at(minutes)), Change(actor=actor) as change:
        change.record(
            CrateMoved(entity_id=f"crate-{minutes}", new_values={"place": "attic", **values})
        )


def seal(actor: Actor, until: datetime | None = None) -> int:
    """Seal what is closed, by default all of that day; how many digests that made."""
    now = until or at(6 * 60)
    return sealing.seal_organization(actor=actor, until=closed_until(now), turn=Turn())


def verify(actor: Actor, **more: Any) -> Verified:
    """Check the day, an hour on both sides of noon."""
    span = {"since": at(-60), "until": at(6 * 60), **more}
    return verifying.verify_trail(actor=actor, now=at(6 * 60), **span)


def problems(actor: Actor, **more: Any) -> set[tuple[str, str]]:
    """What is found wrong: the kind, and what is named."""
    return {
        (one.kind, str(one.audit_id or one.digest_id)) for one in verify(actor, **more).problems
    }


def store() -> Any:
    """DynamoDB itself."""
    return connection().client


def raw_entries(actor: Actor) -> list[dict[str, Any]]:
    """The entries of the day as the store has them, in order."""
    found = []
    for shard in range(4):
        names = {"KeyConditionExpression": "PK = :pk"}
        values = {":pk": {"S": actor.key(NOON.date().isoformat(), str(shard))}}
        answer = store().query(TableName=AUDIT_LOG.name, **names, ExpressionAttributeValues=values)
        found += answer["Items"]
    return sorted(found, key=lambda item: item["SK"]["S"])


def put_raw(item: dict[str, Any]) -> None:
    store().put_item(TableName=AUDIT_LOG.name, Item=item)


def delete_raw(item: dict[str, Any]) -> None:
    key = {name: item[name] for name in ("PK", "SK")}
    store().delete_item(TableName=AUDIT_LOG.name, Key=key)


def archived(prefix: str, actor: Actor) -> list[str]:
    """The keys in the archive under this organisation."""
    answer = aws.s3().list_objects_v2(
        Bucket=settings.AUDIT_BUCKET, Prefix=f"{prefix}/{actor.organization_id}/"
    )
    return [entry["Key"] for entry in answer.get("Contents", [])]


def erase(place: str) -> None:
    """Remove all that was put under a key for good, as somebody may who is above the lock."""
    there = aws.s3().list_object_versions(Bucket=settings.AUDIT_BUCKET, Prefix=place)
    for one in there["Versions"]:
        aws.s3().delete_object(
            Bucket=settings.AUDIT_BUCKET,
            Key=place,
            VersionId=one["VersionId"],
            BypassGovernanceRetention=True,
        )
