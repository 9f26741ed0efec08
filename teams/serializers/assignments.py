"""What callers send and get about assignments."""

import re
from typing import Any

from rest_framework import serializers

from prework.errors import FieldError, ValidationFailed
from prework.wire import (
    Choice,
    DueMoment,
    Flag,
    Id,
    Input,
    Moment,
    Output,
    PageQuery,
    Text,
    TimeZone,
    Values,
    Whole,
)

STATUSES = ["assigned", "in_progress", "completed", "cancelled"]
MAX_TOGETHER = 1_000
PRIORITIES = ["low", "normal", "high", "urgent"]
IN_ITEM = re.compile(r"assignments\.(\d+)\.?(.*)")


class AssignmentInput(Input):
    checklist_id = Id()
    team_id = Id(required=False, allow_null=True)
    user_id = Id(required=False, allow_null=True)
    due_date = DueMoment(required=False, allow_null=True)
    due_timezone = TimeZone(required=False, allow_null=True)
    priority = Choice(choices=PRIORITIES, default="normal")
    note = Text(allow_blank=True, default="")


class CreateAssignmentsInput(Input):
    assignments = AssignmentInput(many=True, allow_empty=False)

    @classmethod
    def read(cls, data: Any, *, partial: bool = False) -> Values:
        """The valid values; an error in an item names the item by its `index`."""
        given = data.get("assignments") if isinstance(data, dict) else None
        if isinstance(given, list) and len(given) > MAX_TOGETHER:  # before each is looked at
            detail = f"At most {MAX_TOGETHER} assignments are made at once."
            raise ValidationFailed([FieldError("assignments", "too_many", detail)])
        try:
            return super().read(data, partial=partial)
        except ValidationFailed as refused:
            refused.extra["errors"] = [_indexed(error) for error in refused.extra["errors"]]
            raise


def _indexed(error: Values) -> Values:
    in_item = IN_ITEM.fullmatch(error["field"])
    return {**error, "index": int(in_item[1]), "field": in_item[2]} if in_item else error


class UpdateAssignmentInput(Input):
    status = Choice(choices=STATUSES)
    due_date = DueMoment(allow_null=True)
    due_timezone = TimeZone(allow_null=True)
    priority = Choice(choices=PRIORITIES)
    note = Text(allow_blank=True)


class TeamAssignmentsQuery(PageQuery):
    status = Choice(choices=STATUSES, required=False)
    due_before = Moment(required=False)


class AssignmentsQuery(TeamAssignmentsQuery):
    user_id = Id(required=False)


class AssignmentSummaryOutput(Output):
    """What of an assignment everybody in the organisation may see."""

    assignment_id = Text()
    checklist_id = Text()
    status = Choice(choices=STATUSES)
    due_date = Moment(allow_null=True)


class AssignmentOutput(AssignmentSummaryOutput):
    """An assignment. Whom it does not concern gets the first four fields alone."""

    organization_id = Text(required=False)
    team_id = Text(required=False, allow_null=True)
    user_id = Text(required=False, allow_null=True)
    due_timezone = Text(required=False, allow_null=True)
    is_overdue = Flag(required=False)
    priority = Choice(choices=PRIORITIES, required=False)
    note = Text(required=False)
    created_at = Moment(required=False)
    created_by = Text(required=False)
    updated_at = Moment(required=False)

    @classmethod
    def show(cls, thing: Any) -> Values:
        return AssignmentSummaryOutput.show(thing) if thing.is_summary else super().show(thing)


class AssignmentCountsOutput(Output):
    """How many assignments are in each status; `overdue` of those that are open."""

    assigned = Whole()
    in_progress = Whole()
    completed = Whole()
    cancelled = Whole()
    overdue = Whole()
    total = Whole()
    completion_rate = serializers.FloatField(allow_null=True)


class CreatedAssignmentsOutput(Output):
    created = Whole()
    items = AssignmentOutput(many=True)
