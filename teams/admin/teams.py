"""Teams in the admin: who is in them, who asks to be, what went on, and archiving."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import HttpRequest

from prework import history
from prework.dynamo import Page
from prework.dynamoadmin.actions import Action
from prework.dynamoadmin.filters import Choice
from prework.dynamoadmin.options import Asked, Inline, column
from prework.dynamoadmin.sources import Query, Source
from prework.dynamoadmin.values import link
from prework.events import Audience
from prework.staffsite import ORGANIZATION as ORGANIZATION_PARAM
from prework.staffsite import SEPARATOR, ReasonedForm, StaffAdmin, WireField, acting, site
from prework.tenancy import Actor
from prework.wire import Name, Text
from teams import queries, services
from teams.models.invites import Invite
from teams.models.teams import ARCHIVED, Team, teams_key
from teams.roles import ORGANIZATION, PRIVATE

SHOWN = 25
SHELF = Choice(
    "shelf",
    "visibility",
    [(ORGANIZATION, "Seen by the organisation"), (PRIVATE, "Private"), (ARCHIVED, "Archived")],
    default=ORGANIZATION,
)


class TeamForm(ReasonedForm):
    """What staff may change of a team."""

    name = WireField(Name())
    description = WireField(Text(allow_blank=True), widget=forms.Textarea(attrs={"rows": 3}))
    field_order = ("name", "description", "reason")


def user_link(organization_id: str, user_id: str | None, name: str | None = None) -> Any:
    """A link to a user's page."""
    admin = site.admin_of("accounts.User")
    url = admin.url_of(f"{organization_id}{SEPARATOR}{user_id}") if admin and user_id else None
    return link(url, name or user_id)


def team_link(organization_id: str, team_id: str | None) -> Any:
    """A link to a team's page."""
    admin = site.admin_of("teams.Team")
    url = admin.url_of(f"{organization_id}{SEPARATOR}{team_id}") if admin and team_id else None
    return link(url, team_id)


def members_of(request: HttpRequest, team: Team) -> Sequence[Any]:
    """The first members."""
    actor = acting(request, team.organization_id)
    return queries.list_members(actor, team.team_id, limit=SHOWN, start=None).items


def requests_of(request: HttpRequest, team: Team) -> Sequence[Any]:
    """Who asks to join."""
    actor = acting(request, team.organization_id)
    return queries.list_requests(actor, team.team_id, limit=SHOWN, start=None).items


def invites_of(request: HttpRequest, team: Team) -> Sequence[Any]:
    """Who is invited."""
    actor = acting(request, team.organization_id)
    return queries.list_invites(actor, team.team_id, limit=SHOWN, start=None).items


def invite_link(invite: Invite) -> Any:
    """A link to an invitation's page."""
    admin = site.admin_of("teams.Invite")
    return link(admin.url(invite) if admin else None, invite.email)


def activity_of(request: HttpRequest, team: Team) -> Sequence[Any]:
    """What went on of late."""
    actor, audience = acting(request, team.organization_id), Audience("team", team.team_id)
    page: Page = history.list_events(actor, audience, limit=SHOWN, start=None)
    return page.items


def teams_of(request: HttpRequest, user: Any) -> Sequence[Any]:
    """The teams that a user is in."""
    actor = acting(request, user.organization_id)
    page = queries.list_user_teams(actor, user.user_id, limit=SHOWN, start=None)
    return [access.team for access in page.items]


def _invites_url(organization_id: str) -> str | None:
    admin = site.admin_of("teams.Invite")
    return admin.list_url(**{ORGANIZATION_PARAM: organization_id}) if admin else None


def _person(one: Any) -> Any:
    return user_link(one.user.organization_id, one.user.user_id, one.user.name)


@site.show
class TeamAdmin(StaffAdmin):
    """A team."""

    model = Team
    app_label = "teams"
    entity_type = "team"
    list_display = ("__str__", "team_id", "member_count", "is_active", "created_at")
    labels = {"__str__": "Name", "team_id": "Id"}
    filters = (SHELF,)
    search_help = "An id (organisation.team), or in an organisation the team's own id."
    order_column = "created_at"
    export_columns = ("team_id", "name", "manager_id", "member_count", "is_active", "created_at")
    fieldsets = (
        (None, ("name", "description", "team_id", "is_active", "reason")),
        ("People", ("manager", "member_count", "lead_count")),
        ("Settings", ("settings",)),
        ("More", ("created_at", "created_by", "updated_at", "version")),
    )
    inlines = (
        Inline(
            "Members",
            (
                ("Name", _person),
                ("Role", lambda one: one.row.role),
                ("Permissions", lambda one: list(one.row.permissions)),
                ("Joined", lambda one: one.row.joined_at),
            ),
            members_of,
        ),
        Inline(
            "Asks to join",
            (
                ("Name", _person),
                ("Since", lambda one: one.row.requested_at),
                ("Says", lambda one: one.row.note),
            ),
            requests_of,
            empty="Nobody.",
        ),
        Inline(
            "Invitations",
            (
                ("Address", invite_link),
                ("Role", lambda one: one.role),
                ("By", lambda one: user_link(one.organization_id, one.invited_by)),
                ("Sent", lambda one: one.sent_at),
                ("Until", lambda one: one.expires_at),
            ),
            invites_of,
            more_url=lambda team: _invites_url(team.organization_id),
            empty="None.",
        ),
        Inline(
            "Activity",
            (
                ("Time", lambda one: one["timestamp"]),
                ("What", lambda one: one["eventType"]),
                ("By", lambda one: one["userId"]),
            ),
            activity_of,
        ),
    )

    def source(self, request: HttpRequest, asked: Asked) -> Source:
        actor = acting(request, asked.scope or "")
        shelf = asked.chosen["shelf"] or ORGANIZATION
        pk = teams_key(actor, shelf)
        return Query(Team, pk, index="GSI1", newest_first=asked.newest_first)

    def access(self, actor: Actor, thing_id: str) -> Any:
        return queries.access_team(actor, thing_id).team

    def form(self, request: HttpRequest, obj: Any) -> type[forms.Form]:
        return TeamForm

    def save(self, request: HttpRequest, obj: Any, changed: dict[str, Any]) -> None:
        actor = self.editor(request, obj, changed.pop("reason"))
        services.update_team(actor=actor, team_id=obj.team_id, changes=changed)

    @column("Manager")
    def manager(self, obj: Team) -> Any:
        """A link to them."""
        return user_link(obj.organization_id, obj.manager_id)

    def actions(self, request: HttpRequest) -> Sequence[Action]:
        return (
            Action(
                "archive",
                "Archive",
                self._archive,
                is_for=lambda team: team.is_active,
                is_dangerous=True,
                explanation="Nobody works in an archived team; it can be restored.",
            ),
            Action("restore", "Restore", self._restore, is_for=lambda team: not team.is_active),
        )

    def _archive(self, request: HttpRequest, team: Team, reason: str) -> None:
        actor = self.actor(request, team, reason)
        services.archive_team(actor=actor, team_id=team.team_id)

    def _restore(self, request: HttpRequest, team: Team, reason: str) -> None:
        actor = self.actor(request, team, reason)
        services.restore_team(actor=actor, team_id=team.team_id)


site.add_inline(
    "accounts.User",
    Inline(
        "Teams",
        (
            ("Team", lambda team: team_link(team.organization_id, team.team_id)),
            ("Name", lambda team: team.name),
        ),
        teams_of,
    ),
)
