"""What can have happened to teams and their members."""

from dataclasses import dataclass
from typing import Any

from notices.roles import MEMBERSHIP, REQUESTS
from prework.events import Audience, Event, Notice, of

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
ASKED = {"requested_at": "since when they had asked", "note": "what they or the decider said"}
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
class CountsMended(TeamEvent):
    """A team's counters were put right: they had not been the number of its rows."""

    code = "team.counts_mended"
    sentence = "mended the counters of the team {team_name}"
    old_fields = new_fields = COUNTS

    def audiences(self) -> list[Audience]:
        return []
