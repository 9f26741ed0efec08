"""The work that is assigned, and by when it is due.

| question | index and key | function in `queries` |
|---|---|---|
| an assignment | `O#ASSIGNMENT#<id>` / `METADATA` | `access_assignment` |
| a user's assignments | GSI1 `O#USER#<id>` / `<status>#<due>#<id>` | `list_assignments` |
| a team's assignments | GSI2 `O#TEAM#<id>` / the same | `list_team_assignments` |
| the organisation's assignments | GSI3 `O` / the same | `list_assignments` |
| what falls due in an hour | GSI4 `DUE#<yyyy-mm-dd-hh>#<0..7>` / the same | `each_due` |
| how far a job has come | `DUE#MARKS` / `<job>` | `reached` |

GSI4 spans the organisations. It has an assignment while it is open, has a due date and is not
marked overdue, in the hour in which it is due; one that is due already when it is written, in the
hour of that.
"""

from typing import Any

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from prework import clock, tables
from prework.dynamo import Item
from prework.tenancy import Actor, key
from teams.models.counts import shard_of
from teams.models.teams import team_key, user_key

DUE_MARKS = "DUE#MARKS"
UNDATED = "9999"  # sorts behind every due date
STATUS_ORDER = {"in_progress": "1", "assigned": "2", "completed": "3", "cancelled": "4"}
OPEN = ("in_progress", "assigned")
DUE_SHARDS = 8


class Assignment(Item, table=tables.ASSIGNMENTS):
    """A checklist that a user or a team is to work through."""

    assignment_id = UnicodeAttribute()
    organization_id = UnicodeAttribute()
    checklist_id = UnicodeAttribute()
    team_id = UnicodeAttribute(null=True)
    user_id = UnicodeAttribute(null=True)
    status = UnicodeAttribute()
    due_date = UnicodeAttribute(null=True)
    due_timezone = UnicodeAttribute(null=True)  # the one it was said in
    overdue_at = UnicodeAttribute(null=True)  # when it was found overdue, while it is
    reminded_for = UnicodeAttribute(null=True)  # the due date that its people were reminded of
    priority = UnicodeAttribute()
    note = UnicodeAttribute()
    created_at = UnicodeAttribute()
    created_by = UnicodeAttribute()
    updated_at = UnicodeAttribute()
    version = NumberAttribute(default=1)
    gsi1pk = UnicodeAttribute(null=True)
    gsi1sk = UnicodeAttribute(null=True)
    gsi2pk = UnicodeAttribute(null=True)
    gsi2sk = UnicodeAttribute(null=True)
    gsi3pk = UnicodeAttribute()
    gsi3sk = UnicodeAttribute()
    gsi4pk = UnicodeAttribute(null=True)
    gsi4sk = UnicodeAttribute(null=True)

    @property
    def is_overdue(self) -> bool:
        """Whether it is open still, and its due date is past."""
        is_open = self.due_date is not None and self.status in OPEN
        return is_open and self.due_date < clock.to_text(clock.now())

    @property
    def is_summary(self) -> bool:
        """Whether only the summary was read or may be shown: the rest is not there."""
        return self.created_at is None

    def summary(self) -> "Assignment":
        """The assignment as those see it whom it does not concern."""
        return Assignment(
            self.pk,
            self.sk,
            assignment_id=self.assignment_id,
            checklist_id=self.checklist_id,
            status=self.status,
            due_date=self.due_date,
            version=self.version,
        )


class DueMark(Item, table=tables.ASSIGNMENTS):
    """How far a job has come that walks the hours in which assignments are due."""

    reached = UnicodeAttribute()


SUMMARY = ["assignmentId", "checklistId", "status", "dueDate"]


def assignment_key(actor: Actor, assignment_id: str) -> str:
    return actor.key("ASSIGNMENT", assignment_id)


def assignment_sort(status: str, due: str | None, assignment_id: str) -> str:
    """What is being done first, then what is to be done; the earliest due before the later."""
    return key(STATUS_ORDER[status], due or UNDATED, assignment_id)


def assignment_places(
    actor: Actor,
    *,
    assignment_id: str,
    user_id: str | None,
    team_id: str | None,
    status: str,
    due: str | None,
    is_marked: bool = False,
) -> dict[str, Any]:
    """Where an assignment stands in every index: nowhere, where both keys are `None`.

    One that `is_marked` overdue is looked for no more among those that fall due.
    """
    place = assignment_sort(status, due, assignment_id)
    is_awaited = due and status in OPEN and not is_marked
    partitions = {
        1: user_key(actor, user_id) if user_id else None,
        2: team_key(actor, team_id) if team_id else None,
        3: actor.key(),
        4: _due_key(due, assignment_id) if due and is_awaited else None,
    }
    pks = {f"gsi{number}pk": pk for number, pk in partitions.items()}
    return pks | {f"gsi{number}sk": pk and place for number, pk in partitions.items()}


def _due_key(due: str, assignment_id: str) -> str:
    hour = max(due, clock.to_text(clock.now()))[:13].replace("T", "-")
    return due_key(hour, shard_of(assignment_id, DUE_SHARDS))


def due_key(hour: str, shard: int) -> str:
    return key("DUE", hour, str(shard))
