"""The deeds of docs/permissions.md, done over the API: what each is answered, as the page has it.

A deed of several calls has to be answered alike by all of them.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prework.ids import new_id
from tests.cast import Answer, Person
from tests.teams.making import Body, add, items, new_team, url

PAGE = Path(__file__).parents[2] / "docs/permissions.md"
SECTION = re.compile(r"^## (.+?)\n(.*?)(?=^## |\Z)", re.M | re.S)
IF_ALLOWED = re.compile(r"(.+) if `allowMemberInvites`, else (.+)")
Place = tuple[str, str]  # visibility and role in the team, "none" for none
Rows = list[list[str]]


def sections() -> Iterator[tuple[str, Rows]]:
    """The sections of the page, each with the cells of its table."""
    for title, text in SECTION.findall(PAGE.read_text()):
        lines = [line for line in text.splitlines() if line.startswith("|")]
        yield title.lower(), [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]


def expected(role: str, place: Place, *, is_allowed: bool) -> dict[str, str]:
    """What the page says of each deed."""
    found = {}
    for title, (head, _, *rows) in sections():
        if head[0] == "role":
            row = next(row for row in rows if row[0] == role)
            cell = row[head.index(": ".join(place))]
            either = IF_ALLOWED.fullmatch(cell)
            found[title] = either[1 if is_allowed else 2] if either else cell
    return found


def said(answer: Answer) -> str:
    """An answer as a cell has it."""
    if answer.status_code < 300:
        return "yes"
    body = answer.json()
    if body["code"] == "validation_failed":  # of several at once, what is not there is an error
        return {"not_found": "404"}[body["errors"][0]["code"]]
    permission = body.get("permission")
    return f"{body['status']} `{permission}`" if permission else str(body["status"])


@dataclass
class Stage:
    """A team with somebody before it, and those whom the deeds are done to."""

    alice: Person
    who: Person
    heir: Person  # a member
    guest: Person  # a colleague
    askers: list[Person]
    checklist_id: str
    team: Body

    def post(self, *parts: str, **body: Any) -> Answer:
        return self.who.api.post(url(self.team, *parts), body)

    def see(self) -> set[str]:
        listed = {team["teamId"] for team in items(self.who, "/api/teams?limit=100")}
        is_listed = "yes" if self.team["teamId"] in listed else "404"
        shown = [self.who.api.get(url(self.team, *part)) for part in ((), ("members",))]
        return {is_listed, *map(said, shown)}

    def read(self) -> set[str]:
        return {said(self.who.api.get(url(self.team, "activity")))}

    def join(self) -> set[str]:
        """Where it has to be asked for, and where not; and out again."""
        was_in = self.who.api.get(url(self.team)).json().get("myRole") is not None
        asked = self.post("join")
        self.alice.api.patch(url(self.team), {"settings": {"requireApprovalForJoin": False}})
        joined = self.post("join")
        if joined.status_code == 200:
            assert asked.status_code == (200 if was_in else 202)
        if not was_in:
            self.alice.api.delete(url(self.team, "members", self.who.user_id))
        return {said(asked), said(joined)}

    def invite(self, email: str, role: str = "member") -> set[str]:
        answer = self.post("invites", email=email, role=role)
        if answer.status_code == 201:
            self.alice.api.delete(url(self.team, "invites", answer.json()["inviteId"]))
        return {said(answer)}

    def invite_user(self) -> set[str]:
        return self.invite(self.guest.email)

    def invite_stranger(self) -> set[str]:
        return self.invite(f"{new_id()}@example.com")

    def invite_lead(self) -> set[str]:
        return self.invite(self.guest.email, "team_lead")

    def manage_invites(self) -> set[str]:
        made = self.alice.api.post(url(self.team, "invites"), {"email": f"{new_id()}@example.com"})
        invite = made.json()["inviteId"]
        listed = self.who.api.get(url(self.team, "invites"))
        resent = self.post("invites", invite, "resend")
        revoked = self.who.api.delete(url(self.team, "invites", invite))
        return {said(listed), said(resent), said(revoked)}

    def decide(self) -> set[str]:
        approved, rejected = [one.user_id for one in self.askers]
        return {
            said(self.who.api.get(url(self.team, "join-requests"))),
            said(self.post("join-requests", approved, "approve")),
            said(self.post("join-requests", rejected, "reject")),
        }

    def manage(self) -> set[str]:
        """Of a guest; who may add none is refused to do anything to somebody who is there."""
        added = self.post("members", userId=self.guest.user_id)
        member = self.guest if added.status_code == 201 else self.heir
        path = url(self.team, "members", member.user_id)
        changed = self.who.api.patch(path, {"permissions": []})
        removed = self.who.api.delete(path)
        return {said(added), said(changed), said(removed)}

    def appoint(self) -> set[str]:
        answer = self.post("members", userId=self.guest.user_id, role="team_lead")
        if answer.status_code == 201:
            self.alice.api.delete(url(self.team, "members", self.guest.user_id))
        return {said(answer)}

    def hand_over(self) -> set[str]:
        answer = self.post("hand-over", userId=self.heir.user_id)
        if answer.status_code == 200:  # and back
            self.heir.api.post(url(self.team, "hand-over"), {"userId": self.who.user_id})
        return {said(answer)}

    def assign(self) -> set[str]:
        wanted = {"checklistId": self.checklist_id, "teamId": self.team["teamId"]}
        return {said(self.who.api.post("/api/assignments", {"assignments": [wanted]}))}

    def update(self) -> set[str]:
        return {said(self.who.api.patch(url(self.team), {"description": new_id()}))}

    def archive(self) -> set[str]:
        archived = self.who.api.delete(url(self.team))
        if archived.status_code != 204:
            self.alice.api.delete(url(self.team))
        restored = self.post("restore")
        if restored.status_code != 200:
            self.alice.api.post(url(self.team, "restore"))
        return {said(archived), said(restored)}

    def deeds(self) -> dict[str, Callable[[], set[str]]]:
        """Each deed by its title on the page."""
        return {
            "see it and its members": self.see,
            "read its activity and documents": self.read,
            "invite a colleague as member": self.invite_user,
            "invite anybody else as member": self.invite_stranger,
            "invite as lead": self.invite_lead,
            "see, resend, revoke invitations": self.manage_invites,
            "see, approve, reject requests": self.decide,
            "add, change, remove members": self.manage,
            "make somebody a lead": self.appoint,
            "hand over the lead": self.hand_over,
            "assign work to it": self.assign,
            "change it": self.update,
            "archive, restore it": self.archive,
            "join": self.join,
        }

    def do_all(self) -> dict[str, str]:
        """What each deed is answered."""
        return {title: " and ".join(sorted(do())) for title, do in self.deeds().items()}


def stage(who: Person, place: Place, **others: Any) -> Stage:
    """A team in which somebody has this place, and in which two others ask to be."""
    alice, heir, askers = others["alice"], others["heir"], others["askers"]
    visibility, role = place
    team = new_team(alice, settings={"requireApprovalForJoin": True})
    for asker in askers:
        assert asker.api.post(url(team, "join")).status_code == 202
    add(alice, team, heir)
    if role != "none":
        add(alice, team, who, role=role)
    if visibility == "private":
        alice.api.patch(url(team), {"settings": {"visibility": visibility}})
    return Stage(who=who, team=team, **others)
