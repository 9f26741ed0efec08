"""What can have happened to teams, their members and assignments."""

from dataclasses import dataclass
from typing import Any

from notices.roles import ASSIGNMENTS, MEMBERSHIP, REMINDERS, REQUESTS
from prework.events import Audience, Event, Measured, Notice, of
from teams.meters import ASSIGNMENTS as ASSIGNMENTS_CREATED

TEAM = {
    "name": "its name",
    "description": "what it is for",
    "manager_id": "who answers for it",
    "settings": "how one joins and sees it; of a change, what is another now",
    "is_active": "whether it is open",
}
MEMBER = {
    "user_id": "whom it is about",
    "role": "their role in the team",
    "permissions": "permissions of their own in it",
}
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
BATCH = {
    "first": "the first of the ids",
    "last": "the last of the ids",
    "count": "how many there are",
}
ASKED = {"requested_at": "since when they had asked", "note": "what they or the decider said"}
INVITE = {
    "invite_id": "the invitation",
    "email": "whom it was mailed to",
    "role": "as what they are to join",
    "invited_by": "who invited them",
    "user_id": "who they are, where they have an account",
    "is_new_user": "whether their account was made by this",
}
INVITED = of(INVITE, "invite_id", "email", "role")
ASSIGNMENT_COUNTS = {
    "assigned": "how many are assigned",
    "in_progress": "how many are being done",
    "completed": "how many are done",
    "cancelled": "how many were cancelled",
    "overdue": "how many of those to be done are marked overdue",
}
COUNTS = {"member_count": "how many members", "lead_count": "how many of them lead"}


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

    def _noticed(self, topic: str, title: str, body: str) -> Notice:
        return Notice(topic=topic, title=title, body=body, link=f"/teams/{self.entity_id}")

    def _said(self) -> str:
        note = self.new_values.get("note")
        return f" They say: {note}" if note else ""


@dataclass(frozen=True, kw_only=True)
class TeamCreated(TeamEvent):
    """A team began, with its manager as first member."""

    code = "team.created"
    sentence = "created the team {team_name}"
    new_fields = {
        "team_name": "its name",
        "organization_id": "whose it is",
        "member_count": "1: its manager",
        **of(TEAM, "description", "manager_id", "settings"),
    }

    def data(self) -> dict[str, Any]:
        return {"team_name": self.team_name}


@dataclass(frozen=True, kw_only=True)
class TeamUpdated(TeamEvent):
    """A team's name, description, manager or settings changed."""

    code = "team.updated"
    sentence = "changed the team {team_name}"
    old_fields = new_fields = of(TEAM, "name", "description", "manager_id", "settings")


@dataclass(frozen=True, kw_only=True)
class TeamArchived(TeamEvent):
    """A team was closed; nothing of it is lost."""

    code = "team.archived"
    sentence = "archived the team {team_name}"
    old_fields = new_fields = of(TEAM, "is_active")


@dataclass(frozen=True, kw_only=True)
class TeamRestored(TeamEvent):
    """An archived team was opened again."""

    code = "team.restored"
    sentence = "restored the team {team_name}"
    old_fields = new_fields = of(TEAM, "is_active")


@dataclass(frozen=True, kw_only=True)
class MemberAdded(TeamEvent):
    """A team has another member; `via` says how: added, joined, approved, invited."""

    code = "team.member.added"
    sentence = "made {user_id} a member of the team {team_name}"
    new_fields = {**MEMBER, "via": "how: `added`, `joined`, `approved`, `invited`, `appointed`"}

    def notice(self) -> Notice:
        told = {"approved": "Your request was approved.", "appointed": "You lead it now."}
        body = told.get(str(self.new_values.get("via")), "You were made a member.")
        return self._noticed(MEMBERSHIP, f"You are in the team {self.team_name}", body)


@dataclass(frozen=True, kw_only=True)
class MemberUpdated(TeamEvent):
    """A member's role or permissions in the team changed."""

    code = "team.member.updated"
    sentence = "changed the member {user_id} of the team {team_name}"
    old_fields = new_fields = MEMBER

    def notice(self) -> Notice | None:
        if self.new_values.get("role") != "team_lead":
            return None
        title = f"You lead the team {self.team_name}"
        return self._noticed(MEMBERSHIP, title, "You were made a lead of it.")


@dataclass(frozen=True, kw_only=True)
class MemberRemoved(TeamEvent):
    """Somebody is in the team no more."""

    code = "team.member.removed"
    sentence = "removed {user_id} from the team {team_name}"
    old_fields = MEMBER
    new_fields = of(MEMBER, "user_id")


@dataclass(frozen=True, kw_only=True)
class JoinRequested(TeamEvent):
    """Somebody asks to be let into a team. What they say is for those who decide."""

    code = "team.join.requested"
    sentence = "asked to join the team {team_name}"
    new_fields = {**of(MEMBER, "user_id"), **of(ASKED, "note")}

    def data(self) -> dict[str, Any]:
        return {"team_name": self.team_name, "user_id": self.user_id}

    def notice(self) -> Notice:
        title = f"Somebody asks to join the team {self.team_name}"
        body = "Approve or reject it: you decide for the team."
        return self._noticed(REQUESTS, title, body + self._said())

    def notified(self) -> list[Audience]:
        return [Audience("team_deciders", self.entity_id)]


@dataclass(frozen=True, kw_only=True)
class JoinWithdrawn(TeamEvent):
    """Somebody who asked to be let into a team does not want it any more."""

    code = "team.join.withdrawn"
    sentence = "asks no more to join the team {team_name}"
    old_fields = {**of(MEMBER, "user_id"), **of(ASKED, "requested_at")}
    new_fields = of(MEMBER, "user_id")


@dataclass(frozen=True, kw_only=True)
class JoinRejected(TeamEvent):
    """Somebody who asked to be let into a team was not. Why is for them to know, not the team."""

    code = "team.join.rejected"
    sentence = "turned down {user_id} for the team {team_name}"
    old_fields = {**of(MEMBER, "user_id"), **of(ASKED, "requested_at")}
    new_fields = {**of(MEMBER, "user_id"), **of(ASKED, "note")}

    def audiences(self) -> list[Audience]:
        return [Audience("user", self.user_id)] if self.user_id else []

    def notice(self) -> Notice:
        title = f"You were not taken into the team {self.team_name}"
        return self._noticed(MEMBERSHIP, title, "Your request was turned down." + self._said())


@dataclass(frozen=True, kw_only=True)
class InviteEvent(TeamEvent):
    """Something about an invitation; the team is not told the address, which the trail shows."""

    invite_id: str
    role: str

    def data(self) -> dict[str, Any]:
        about = {"user_id": self.user_id} if self.user_id else {}
        invite = {"invite_id": self.invite_id, "role": self.role}
        return {"team_name": self.team_name, **about, **invite}


@dataclass(frozen=True, kw_only=True)
class InviteCreated(InviteEvent):
    """Somebody was invited to a team by e-mail."""

    code = "team.invite.created"
    sentence = "invited {email} to the team {team_name} as {role}"
    new_fields = INVITED


@dataclass(frozen=True, kw_only=True)
class InviteResent(InviteEvent):
    """An invitation was mailed again; the link of the mail before is dead."""

    code = "team.invite.resent"
    sentence = "invited {email} to the team {team_name} once more"
    new_fields = INVITED


@dataclass(frozen=True, kw_only=True)
class InviteRevoked(InviteEvent):
    """An invitation was taken back."""

    code = "team.invite.revoked"
    sentence = "took back the invitation of {email} to the team {team_name}"
    old_fields = INVITED


@dataclass(frozen=True, kw_only=True)
class InviteAccepted(InviteEvent):
    """Somebody who was invited to a team has come."""

    code = "team.invite.accepted"
    sentence = "accepted the invitation to the team {team_name}"
    new_fields = INVITE


@dataclass(frozen=True, kw_only=True)
class CountsMended(TeamEvent):
    """A team's counters were put right: they had not been the number of its rows."""

    code = "team.counts_mended"
    sentence = "mended the counters of the team {team_name}"
    old_fields = new_fields = COUNTS

    def audiences(self) -> list[Audience]:
        return []


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
        beside = {"Priority": self.new_values["priority"], "TeamId": self.team_id or ""}
        return [Measured(ASSIGNMENTS_CREATED.name, 1, {k: v for k, v in beside.items() if v})]


@dataclass(frozen=True, kw_only=True)
class AssignmentBatchEvent(Event):
    """Something about many assignments that were made at once."""

    entity_type = "assignment_batch"


@dataclass(frozen=True, kw_only=True)
class AssignmentBatchCommitted(AssignmentBatchEvent):
    """All of a batch is written, and there for everybody from now on."""

    code = "assignment.batch.committed"
    sentence = "assigned {count} checklists at once"
    new_fields = of(BATCH, "count")


@dataclass(frozen=True, kw_only=True)
class AssignmentBatchUndone(AssignmentBatchEvent):
    """What was written of a batch that never was complete, and so never there, was taken back."""

    code = "assignment.batch.undone"
    sentence = "took back {count} assignments of a batch that was not completed"
    old_fields = BATCH


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
