"""Documents on the wire."""

from typing import Any

from rest_framework import serializers

from collab.roles import ENTITY_TYPES, SUBMISSION
from prework.wire import Choice, ChosenId, Id, Input, Json, Many, Moment, Output, Text, Values


class CreateDocumentInput(Input):
    """A document to begin. A submission may name the checklist whose items it begins with."""

    entity_type = Choice(sorted(ENTITY_TYPES))
    entity_id = ChosenId(required=False)
    team_id = Id(required=False, allow_null=True)
    checklist_id = Id(required=False)
    content = Json(required=False)

    def validate(self, values: Values) -> Values:
        is_filled = values["entity_type"] == SUBMISSION and "checklist_id" in values
        if "content" not in values and not is_filled:
            raise serializers.ValidationError({"content": "This field is required."}, "required")
        return values


class DocumentOutput(Output):
    """A document with what it holds; a submission names its checklist, too."""

    entity_type = Text(source="document.entity_type")
    entity_id = Id(source="document.entity_id")
    organization_id = Id(source="document.organization_id")
    team_id = Id(source="document.team_id", allow_null=True)
    checklist_id = Id(source="document.checklist_id", allow_null=True)
    version = serializers.IntegerField()
    epoch = Text()
    content = Json()
    blame = Json(required=False)
    created_at = Moment(source="document.created_at")
    created_by = Id(source="document.created_by")
    last_modified = Moment()
    modified_by = Id()

    @classmethod
    def show(cls, thing: Any) -> Values:
        shown = super().show(thing)
        if thing.document.entity_type != SUBMISSION:
            del shown["checklistId"]
        if thing.blame is None:
            del shown["blame"]
        return shown


class DocumentSummaryOutput(Output):
    """A document in a list."""

    entity_type = Text(source="document.entity_type")
    entity_id = Id(source="document.entity_id")
    organization_id = Id(source="document.organization_id")
    team_id = Id(source="document.team_id", allow_null=True)
    checklist_id = Id(source="document.checklist_id", allow_null=True)
    title = Text(source="state.title", allow_null=True)
    version = serializers.IntegerField(source="state.version")
    epoch = Text(source="state.epoch")
    created_at = Moment(source="document.created_at")
    created_by = Id(source="document.created_by")
    last_modified = Moment(source="state.last_modified")
    modified_by = Id(source="state.modified_by")

    @classmethod
    def show(cls, thing: Any) -> Values:
        shown = super().show(thing)
        if thing.document.entity_type != SUBMISSION:
            del shown["checklistId"]
        return shown


class DocumentQuery(Input):
    """Which version of a document, and whether with the blame."""

    version = serializers.RegexField(r"^[0-9]{1,15}$", required=False)
    blame = Choice(["0", "1"], required=False)

    def validate(self, values: Values) -> Values:
        shown: Values = {"blame": values.get("blame") == "1"}
        if "version" in values:
            shown["version"] = int(values["version"])
        return shown


class DocumentsQuery(Input):
    """Which documents."""

    entity_type = Choice(sorted(ENTITY_TYPES), required=False)
    team_id = Id(required=False)


class OperationsInput(Input):
    """Operations to apply. Each is judged by itself, also whether it is one."""

    operations = Many(child=Json(allow_null=True), max_length=1_000)


class UndoInput(Input):
    """How to undo."""

    on_conflict = Choice(["overwrite", "reject"], required=False)


class OperationsQuery(Input):
    """From where on."""

    since = serializers.RegexField(r"^[0-9]{1,15}$", required=False)

    def validate(self, values: Values) -> Values:
        return {"since": int(values.get("since", 0))}


class OperationResultOutput(Output):
    """An `operation.ack` or an `operation.rejected`, as over a socket."""

    event_type = Text()
    entity_type = Text()
    entity_id = Id()
    timestamp = Moment()
    operation_id = Id(allow_null=True)
    version = serializers.IntegerField()
    conflict = Json(required=False)
    duplicate = serializers.BooleanField(required=False)
    code = Text(required=False)
    detail = Text(required=False)
    current = Json(required=False)
    retry = serializers.BooleanField(required=False)
    retry_after = serializers.FloatField(required=False)

    @classmethod
    def show(cls, thing: Any) -> Values:
        return dict(thing)  # it comes as the wire has it


class OperationResultsOutput(Output):
    """What became of operations, in order."""

    results = OperationResultOutput(many=True)

    @classmethod
    def show(cls, thing: Any) -> Values:
        return {"results": list(thing)}


class HistoryOutput(Output):
    """Operations in order, none missing."""

    version = serializers.IntegerField()
    operations = serializers.ListField(child=serializers.DictField())
    has_more = serializers.BooleanField()


class ParticipantOutput(Output):
    """Somebody who has the document open now."""

    session_id = Id(source="presence.session_id")
    user_id = Id(source="presence.user_id")
    user_name = Text(source="presence.user_name")
    joined_at = Moment(source="presence.joined_at")
    state = Json()


class ParticipantsOutput(Output):
    """Who has the document open now."""

    items = ParticipantOutput(many=True)

    @classmethod
    def show(cls, thing: Any) -> Values:
        return super().show({"items": thing})


class EventOutput(Output):
    """Something that happened to the document as a whole."""

    event_id = Id()
    event_type = Text()
    entity_type = Text()
    entity_id = Id()
    timestamp = Moment()
    user_id = Id()
    data = Json()  # type: ignore[assignment]  # a field of this name; the property stays DRF's

    @classmethod
    def show(cls, thing: Any) -> Values:
        return dict(thing)  # it is kept as the wire has it
