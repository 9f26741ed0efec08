"""The audit trail on the wire."""

from typing import Any

from prework.errors import FieldError, ValidationFailed
from prework.wire import Choice, Flag, Id, Input, Json, Moment, Output, Text, Values, Whole
from prework.wording import camel

OUTCOMES = ("success", "denied", "failed")
BUNDLES = {"bundle": True, "seals": False}  # whether the entries are in it, too
EXPORT_FORMATS = ("jsonl", "csv", *BUNDLES)


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
    """What of the trail is wanted as a file, and in which form; with seals, by time alone."""

    format = Choice(EXPORT_FORMATS, default="jsonl")

    def validate(self, attrs: Values) -> Values:
        given = sorted(attrs.keys() - {"format", "since", "until"})
        if attrs["format"] in BUNDLES and given:
            detail = "Seals are of all entries of a time: give from and to alone."
            raise ValidationFailed([FieldError(camel(n), "not_with_seals", detail) for n in given])
        return attrs


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


class VerifyQuery(Input):
    """Which stretch of the trail is checked: `from` inclusive, `to` exclusive."""

    from_ = Moment(required=False, source="since")
    to = Moment(required=False, source="until")


class FindingOutput(Output):
    """One thing that is not as it was sealed; it names an entry or a digest."""

    kind = Text()
    audit_id = Text(required=False)
    digest_id = Text(required=False)
    detail = Text()

    def to_representation(self, instance: Any) -> dict[str, Any]:
        shown = super().to_representation(instance)
        return {name: value for name, value in shown.items() if value is not None}


class VerifiedOutput(Output):
    """What came of a check. `problems` are the first 100, `problemCount` all there are."""

    valid = Flag()
    entries_checked = Whole()
    digests_checked = Whole()
    unsealed = Whole()
    unverified = Whole()
    problem_count = Whole()
    problems = FindingOutput(many=True)
    from_ = Text(source="since", allow_null=True)
    to = Text(source="until", allow_null=True)


class SealKeyOutput(Output):
    """A key that seals are checked with. Digests name it by its id; `current` signs now.

    One of before may be `goodUntil` a moment: it has no seal of a window that ends later.
    """

    key_id = Text()
    algorithm = Text()
    current = Flag(source="is_current")
    good_until = Text(allow_null=True)
    pem = Text()


class SealKeysOutput(Output):
    """All keys whose seals are good, the one that signs now first."""

    keys = SealKeyOutput(many=True)


class ProofOutput(Output):
    """That an entry was sealed as it is; `python -m audit.offline` checks it."""

    entry = EntryOutput()
    digest = Json()
    proof = Json()
