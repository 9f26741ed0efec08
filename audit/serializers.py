"""The audit trail on the wire."""

from prework.wire import Choice, Id, Input, Json, Moment, Output, Text

OUTCOMES = ("success", "denied", "failed")
EXPORT_FORMATS = ("jsonl", "csv")


class AuditQuery(Input):
    """What of the trail is asked for: `from` inclusive, `to` exclusive."""

    request_id = Id(required=False)
    user_id = Id(required=False)
    action = Text(required=False, max_length=128)
    entity_type = Text(required=False, max_length=64)
    entity_id = Id(required=False)
    outcome = Choice(OUTCOMES, required=False)
    from_ = Moment(required=False, source="since")
    to = Moment(required=False, source="until")


class ExportQuery(AuditQuery):
    """What of the trail is wanted as a file, and in which form."""

    format = Choice(EXPORT_FORMATS, default="jsonl")


class EntryOutput(Output):
    """One entry of the trail."""

    audit_id = Text()
    timestamp = Text()
    organization_id = Text()
    action = Text()
    user_id = Text()
    entity_type = Text()
    entity_id = Text()
    old_values = Json()
    new_values = Json()
    ip = Text()
    user_agent = Text()
    session_id = Text()
    request_id = Text()
    outcome = Text()
    actor_kind = Text()
    reason = Text(allow_null=True)
    impersonator_id = Text(allow_null=True)
