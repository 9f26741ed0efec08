"""What a Change leaves in the audit trail: one entry an event, in the same transaction.

What staff look at and take away changes nothing, and has its entry all the same.
"""

import orjson

from audit.events import StaffExported, StaffViewed
from audit.models import (
    AUDITED,
    ActiveOrganization,
    AuditDay,
    Entry,
    StaffAct,
    scope,
    shard_of,
    sort_key,
    staff_key,
)
from prework import clock, ledger
from prework.changes import Change
from prework.events import Recorded
from prework.tenancy import Actor, StaffActor, key
from prework.transactions import Transaction
from prework.wording import camel_keys

# Today's organisations whose `AuditDay` this process has seen in the store.
_days_seen: set[tuple[str, str]] = set()


def add_entry(recorded: Recorded, transaction: Transaction) -> None:
    """Put an event's entry into its transaction: a `CHANGE_RECORDERS` entry."""
    if not recorded.is_audited:
        return
    entry = entry_of(recorded)
    note_day(recorded.actor, entry.timestamp[:10])
    transaction.put(entry)
    if recorded.actor.kind == "staff":
        transaction.put(_act(entry))


def record_view(
    *, staff: StaffActor, organization_id: str, entity_type: str, entity_id: str, reason: str = ""
) -> None:
    """Note in an organisation's trail that staff have looked at something of theirs."""
    staff.require("staff.view")
    with Change(actor=staff.noting_in(organization_id, reason=reason)) as change:
        change.record(StaffViewed(thing_type=entity_type, entity_id=entity_id))


def record_export(
    *,
    staff: StaffActor,
    organization_id: str,
    entity_type: str,
    entity_id: str,
    export_format: str,
    reason: str = "",
) -> None:
    """Note in an organisation's trail that staff have taken away a copy of something."""
    staff.require("staff.view")
    with Change(actor=staff.noting_in(organization_id, reason=reason)) as change:
        new_values = {"format": export_format}
        change.record(
            StaffExported(thing_type=entity_type, entity_id=entity_id, new_values=new_values)
        )


def _act(entry: Entry) -> StaffAct:
    names = ("audit_id", "timestamp", "organization_id", "action", "entity_type", "entity_id")
    values = {name: getattr(entry, name) for name in names}
    return StaffAct(staff_key(entry.user_id), entry.sk, **values)


def note_day(actor: Actor, day: str) -> None:
    """See to it that the day is listed before its first entry is written.

    It is no part of the transaction, which has no place to spare: a day listed without an
    entry costs a reader one look, an entry on a day that is not listed would not be found.
    """
    organization_id = actor.organization_id
    if (organization_id, day) in _days_seen:
        return
    ledger.put_all(
        [
            AuditDay(scope(actor, "AUDITDAYS"), day),
            ActiveOrganization(
                AUDITED, key(day, organization_id), organization_id=organization_id
            ),
        ]
    )
    if any(seen_day != day for _, seen_day in tuple(_days_seen)[:1]):
        _days_seen.clear()
    _days_seen.add((organization_id, day))


def entry_of(recorded: Recorded) -> Entry:
    """The entry that an event is."""
    actor, event = recorded.actor, recorded.event
    timestamp = clock.to_text(recorded.timestamp)
    return Entry(
        scope(actor, timestamp[:10], shard_of(recorded.event_id)),
        sort_key(timestamp, recorded.event_id),
        audit_id=recorded.event_id,
        timestamp=timestamp,
        organization_id=actor.organization_id,
        action=event.action,
        user_id=actor.user_id,
        entity_type=event.target_type,
        entity_id=event.entity_id,
        old_values_json=_as_json(event.old_values),
        new_values_json=_as_json(event.new_values),
        ip=actor.origin.ip,
        user_agent=actor.origin.user_agent,
        session_id=actor.session_id,
        request_id=actor.origin.request_id,
        outcome=event.outcome,
        actor_kind=actor.kind,
        reason=actor.reason or None,
        impersonator_id=actor.impersonator_id or None,
        gsi1pk=scope(actor, "USER", actor.user_id),
        gsi2pk=scope(actor, "ENTITY", event.target_type, event.entity_id),
        gsi3pk=scope(actor, "ACTION", event.action),
        gsi4pk=scope(actor, "REQUEST", actor.origin.request_id),
    )


def _as_json(values: object) -> str:
    return orjson.dumps(camel_keys(values)).decode()
