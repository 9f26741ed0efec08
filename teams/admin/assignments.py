"""Assignments in the admin: what is to be done, by whom, until when."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from prework.dynamoadmin.filters import Choice, Words
from prework.dynamoadmin.options import Asked, column
from prework.dynamoadmin.sources import Query, Source, Start, Stretch
from prework.staffsite import StaffAdmin, acting, site
from prework.tenancy import Actor
from teams import queries
from teams.admin.teams import team_link, user_link
from teams.models.assignments import STATUS_ORDER, Assignment
from teams.models.batches import batch_of
from teams.models.teams import team_key, user_key

STATUS = Choice("status", "status", [(one, one.replace("_", " ")) for one in STATUS_ORDER])
USER = Words("user", "user", note="A user's id.")
TEAM = Words("team", "team", note="A team's id, if no user is named.")


@dataclass(frozen=True)
class Committed:
    """What is there for readers: of a batch that is not complete, nothing."""

    actor: Actor
    rows: Query

    def read(self, start: Start, *, size: int, budget: int) -> Stretch:
        """A stretch, shorter by what is not there yet."""
        found = self.rows.read(start, size=size, budget=budget)
        hidden = queries.load_hidden(self.actor, [one.assignment_id for one in found.items])
        found.items = [one for one in found.items if one.assignment_id not in hidden]
        return found


@site.show
class AssignmentAdmin(StaffAdmin):
    """A checklist that somebody is to work through."""

    model = Assignment
    app_label = "teams"
    entity_type = "assignment"
    list_display = (
        "assignment_id",
        "checklist_id",
        "status",
        "due_date",
        "overdue",
        "assignee",
        "priority",
    )
    labels = {"assignment_id": "Id", "checklist_id": "Checklist"}
    filters = (STATUS, USER, TEAM)
    search_help = "An id (organisation.assignment), or in an organisation its own id."
    order_column = "due_date"
    export_columns = (
        "assignment_id",
        "checklist_id",
        "user_id",
        "team_id",
        "status",
        "due_date",
        "due_timezone",
        "overdue_at",
        "priority",
        "created_at",
        "created_by",
    )
    fieldsets = (
        (
            None,
            (
                "assignment_id",
                "checklist_id",
                "assignee",
                "status",
                "priority",
                "due_date",
                "due_timezone",
                "overdue_at",
            ),
        ),
        ("More", ("note", "created_at", "created_by", "updated_at", "batch", "version")),
    )

    def source(self, request: HttpRequest, asked: Asked) -> Source:
        actor = acting(request, asked.scope or "")
        index, pk = self._partition(actor, asked.chosen["user"], asked.chosen["team"])
        status, sort_key = asked.chosen["status"], getattr(Assignment, f"gsi{index}sk")
        sort = sort_key.startswith(f"{STATUS_ORDER[status]}#") if status else None
        rows = Query(
            Assignment, pk, index=f"GSI{index}", sort=sort, newest_first=asked.newest_first
        )
        return Committed(actor, rows)

    @staticmethod
    def _partition(actor: Actor, user_id: str | None, team_id: str | None) -> tuple[int, str]:
        if user_id:
            return 1, user_key(actor, user_id)
        return (2, team_key(actor, team_id)) if team_id else (3, actor.key())

    def access(self, actor: Actor, thing_id: str) -> Any:
        return queries.access_assignment(actor, thing_id).assignment

    def title(self, obj: Any) -> str:
        return f"{obj.checklist_id}, {obj.status.replace('_', ' ')}"

    @column("Made in batch")
    def batch(self, obj: Assignment) -> str:
        """The batch that it was made in."""
        return batch_of(obj.assignment_id) or "–"

    @column("Overdue since")
    def overdue(self, obj: Assignment) -> Any:
        """When it was marked overdue, or that it is and will be."""
        return obj.overdue_at or ("now" if obj.is_overdue else "–")

    @column("Assigned to")
    def assignee(self, obj: Assignment) -> Any:
        """A link to the user or team."""
        if obj.user_id:
            return user_link(obj.organization_id, obj.user_id)
        return team_link(obj.organization_id, obj.team_id)
