"""What can have happened to assignments."""

from dataclasses import dataclass
from typing import Any

from notices.roles import ASSIGNMENTS, REMINDERS
from prework.events import Audience, Event, Measured, Notice, of
from teams.meters import ASSIGNMENTS as ASSIGNMENTS_CREATED

ASSIGNMENT = {
    "checklist_id": "what is to be done",
    "user_id": "who is to do it",
    "team_id": "or which team",
    "status": "how far it is",
    "due_date": "until when",
    "due_timezone": "by whose clock that was said",
    "priority": "how urgent it is",
    "note": "what was said about it",
}
ASSIGNMENT_COUNTS = {
    "assigned": "how many are assigned",
    "in_progress": "how many are being done",
    "completed": "how many are done",
    "cancelled": "how many were cancelled",
    "overdue": "how many of those to be done are marked overdue",
}
# What people are reminded of, by the code of the event.
REMINDED = {
    "assignment.due_soon": ("assignment is due soon", "It is not done yet."),
    "assignment.overdue": ("assignment is overdue", "It was to be done by now."),
}


@dataclass(frozen=True, kw_only=True)
class AssignmentEvent(Event):
    """Something about an assignment; whom it is for is told: a user, or a team's members."""

    entity_type = "assignment"
    checklist_id: str
    user_id: str | None
    team_id: str | None

    def audiences(self) -> list[Audience]:
        if self.team_id:
            return [Audience("team", self.team_id)]
        return [Audience("user", self.user_id)] if self.user_id else []

    def notice(self) -> Notice | None:
        if self.code not in REMINDED:
            return None
        what, body = REMINDED[self.code]
        whose = "Your team's" if self.team_id else "Your"
        return self._noticed(REMINDERS, f"{whose} {what}", body)

    def notified(self) -> list[Audience]:
        return self.audiences()

    def _noticed(self, topic: str, title: str, body: str) -> Notice:
        due = self.new_values.get("due_date")
        return Notice(
            topic=topic,
            title=title,
            body=f"{body} Checklist: {self.checklist_id}.",
            link=f"/assignments/{self.entity_id}",
            moments=(("Due", due),) if due else (),
        )

    def data(self) -> dict[str, Any]:
        return {
            "assignment_id": self.entity_id,
            "checklist_id": self.checklist_id,
            "user_id": self.user_id,
            "team_id": self.team_id,
            **self.new_values,
        }


NAMED_TOGETHER = 100


@dataclass(frozen=True, kw_only=True)
class AssignmentCreated(AssignmentEvent):
    """Work was assigned. Of several to one team or user at once, the first tells of them all:
    their `count`, and the ids of up to a hundred.
    """

    code = "assignment.created"
    sentence = "assigned the checklist {checklist_id}"
    new_fields = {
        **ASSIGNMENT,
        "batch_id": "those it was made with, if they were too many for one",
    }
    told_together: tuple[str, ...] = ()
    is_told_by_another: bool = False

    def notice(self) -> Notice:
        count = 1 + len(self.told_together)
        what = f"{count} new assignments" if count > 1 else "A new assignment"
        title = f"{what} for {'your team' if self.team_id else 'you'}"
        return self._noticed(ASSIGNMENTS, title, "Work was assigned.")

    def audiences(self) -> list[Audience]:
        return [] if self.is_told_by_another else super().audiences()

    def data(self) -> dict[str, Any]:
        ids = [self.entity_id, *self.told_together]
        return {**super().data(), "assignment_ids": ids[:NAMED_TOGETHER], "count": len(ids)}

    def measured(self) -> list[Measured]:
        """One; of a batch, which may come to nothing, what commits it measures them all."""
        if "batch_id" in self.new_values:
            return []
        return [measured(1, self.new_values["priority"], self.team_id)]


def measured(count: int, priority: str, team_id: str | None) -> Measured:
    """That so much work was assigned."""
    to_team = {"TeamId": team_id} if team_id else {}
    return Measured(ASSIGNMENTS_CREATED.name, count, {"Priority": priority, **to_team})


@dataclass(frozen=True, kw_only=True)
class AssignmentOverdue(AssignmentEvent):
    """An assignment is still open, and its due date is past."""

    code = "assignment.overdue"
    sentence = "found an assignment of the checklist {checklist_id} overdue"
    new_fields = of(ASSIGNMENT, "due_date", "status")


@dataclass(frozen=True, kw_only=True)
class AssignmentDueSoon(AssignmentEvent):
    """An assignment is still open, and due soon."""

    code = "assignment.due_soon"
    sentence = "reminded of an assignment of the checklist {checklist_id}"
    new_fields = of(ASSIGNMENT, "due_date", "status")


@dataclass(frozen=True, kw_only=True)
class AssignmentUpdated(AssignmentEvent):
    """An assignment's status, due date, priority or note changed."""

    code = "assignment.updated"
    sentence = "changed an assignment of the checklist {checklist_id}"
    old_fields = new_fields = of(
        ASSIGNMENT, "status", "due_date", "due_timezone", "priority", "note"
    )


@dataclass(frozen=True, kw_only=True)
class AssignmentDeleted(AssignmentEvent):
    """An assignment was taken back."""

    code = "assignment.deleted"
    sentence = "removed an assignment of the checklist {checklist_id}"
    old_fields = ASSIGNMENT


@dataclass(frozen=True, kw_only=True)
class AssignmentCountsMended(Event):
    """The counts of a team's or the organisation's assignments were put right."""

    code = "assignment.counts_mended"
    entity_type = "assignment_counts"
    sentence = "mended the counts of the assignments of {entity_id}"
    old_fields = new_fields = ASSIGNMENT_COUNTS
