"""What changes nothing: somebody looks at what is somebody's, or takes a copy of it."""

from dataclasses import dataclass

from prework.events import Event

FILTERS = ("request_id", "user_id", "action", "entity_type", "entity_id", "outcome")


@dataclass(frozen=True, kw_only=True)
class AuditExported(Event):
    """Somebody took away the trail, or the part of it that they asked for."""

    code = "audit.exported"
    entity_type = "audit"
    sentence = "exported the audit trail as {format}"
    new_fields = {
        "format": "`jsonl`, `csv`, `bundle` (with its seals) or `seals` (these alone)",
        "from": "since when",
        "to": "until when: not later than it was asked for",
        "key": "under which key of the bucket it was left, if it was",
        **dict.fromkeys(FILTERS, "the filter of this name, if one was given"),
    }


@dataclass(frozen=True, kw_only=True)
class StaffEvent(Event):
    """Something that staff did with a thing of whichever type. Nobody is told, but the trail."""

    entity_type = "what was looked at"
    thing_type: str

    @property
    def target_type(self) -> str:
        return self.thing_type


@dataclass(frozen=True, kw_only=True)
class StaffViewed(StaffEvent):
    """Somebody of the staff looked at something in the admin."""

    code = "staff.viewed"
    sentence = "looked at the {thing_type} {entity_id}"


@dataclass(frozen=True, kw_only=True)
class StaffExported(StaffEvent):
    """Somebody of the staff exported something from the admin."""

    code = "staff.exported"
    sentence = "exported the {thing_type} {entity_id} as {format}"
    new_fields = {"format": "`jsonl` or `csv`"}
