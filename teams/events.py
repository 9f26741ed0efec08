"""What can have happened to teams, their members and assignments."""

from dataclasses import dataclass
from typing import Any

from prework.events import Audience, Event


@dataclass(frozen=True, kw_only=True)
class TeamEvent(Event):
    """Something about a team; its members are told, and the user it is about, if any."""

    entity_type = "team"
    team_name: str
    user_id: str | None = None

    def audiences(self) -> list[Audience]:
        user = [Audience("user", self.user_id)] if self.user_id else []
        return [Audience("team", self.entity_id), *user]

    def data(self) -> dict[str, Any]:
        about = {"user_id": self.user_id} if self.user_id else {}
        return {"team_name": self.team_name, **about, **self.new_values}


@dataclass(frozen=True, kw_only=True)
class TeamCreated(TeamEvent):
    """A team began, with its manager as first member."""

    code = "team.created"
    sentence = "created the team {team_name}"

    def data(self) -> dict[str, Any]:
        return {"team_name": self.team_name}


@dataclass(frozen=True, kw_only=True)
class TeamUpdated(TeamEvent):
    """A team's name, description, manager or settings changed."""

    code = "team.updated"
    sentence = "changed the team {team_name}"


@dataclass(frozen=True, kw_only=True)
class TeamArchived(TeamEvent):
    """A team was closed; nothing of it is lost."""

    code = "team.archived"
    sentence = "archived the team {team_name}"


@dataclass(frozen=True, kw_only=True)
class TeamRestored(TeamEvent):
    """An archived team was opened again."""

    code = "team.restored"
    sentence = "restored the team {team_name}"


@dataclass(frozen=True, kw_only=True)
class MemberAdded(TeamEvent):
    """A team has another member; `via` says how: added, joined, approved."""

    code = "team.member.added"
    sentence = "made {user_id} a member of the team {team_name}"


@dataclass(frozen=True, kw_only=True)
class MemberUpdated(TeamEvent):
    """A member's role or permissions in the team changed."""

    code = "team.member.updated"
    sentence = "changed the member {user_id} of the team {team_name}"


@dataclass(frozen=True, kw_only=True)
class MemberRemoved(TeamEvent):
    """Somebody is in the team no more."""

    code = "team.member.removed"
    sentence = "removed {user_id} from the team {team_name}"


@dataclass(frozen=True, kw_only=True)
class JoinRequested(TeamEvent):
    """Somebody asks to be let into a team."""

    code = "team.join.requested"
    sentence = "asked to join the team {team_name}"


@dataclass(frozen=True, kw_only=True)
class JoinRejected(TeamEvent):
    """Somebody who asked to be let into a team was not."""

    code = "team.join.rejected"
    sentence = "turned down {user_id} for the team {team_name}"


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
    told_together: tuple[str, ...] = ()
    is_told_by_another: bool = False

    def audiences(self) -> list[Audience]:
        return [] if self.is_told_by_another else super().audiences()

    def data(self) -> dict[str, Any]:
        ids = [self.entity_id, *self.told_together]
        return {**super().data(), "assignment_ids": ids[:NAMED_TOGETHER], "count": len(ids)}


@dataclass(frozen=True, kw_only=True)
class AssignmentBatchEvent(Event):
    """Something about many assignments that were made at once."""

    entity_type = "assignment_batch"


@dataclass(frozen=True, kw_only=True)
class AssignmentBatchCommitted(AssignmentBatchEvent):
    """All of a batch is written, and there for everybody from now on."""

    code = "assignment.batch.committed"
    sentence = "assigned {count} checklists at once"


@dataclass(frozen=True, kw_only=True)
class AssignmentBatchUndone(AssignmentBatchEvent):
    """What was written of a batch that never was complete, and so never there, was taken back."""

    code = "assignment.batch.undone"
    sentence = "took back {count} assignments of a batch that was not completed"


@dataclass(frozen=True, kw_only=True)
class AssignmentOverdue(AssignmentEvent):
    """An assignment is still open, and its due date is past."""

    code = "assignment.overdue"
    sentence = "found an assignment of the checklist {checklist_id} overdue"


@dataclass(frozen=True, kw_only=True)
class AssignmentDueSoon(AssignmentEvent):
    """An assignment is still open, and due soon."""

    code = "assignment.due_soon"
    sentence = "reminded of an assignment of the checklist {checklist_id}"


@dataclass(frozen=True, kw_only=True)
class AssignmentUpdated(AssignmentEvent):
    """An assignment's status, due date, priority or note changed."""

    code = "assignment.updated"
    sentence = "changed an assignment of the checklist {checklist_id}"


@dataclass(frozen=True, kw_only=True)
class AssignmentDeleted(AssignmentEvent):
    """An assignment was taken back."""

    code = "assignment.deleted"
    sentence = "removed an assignment of the checklist {checklist_id}"
