"""Invitations in the admin: who is invited to which team, sent again or taken back."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from prework.dynamoadmin.actions import Action
from prework.dynamoadmin.options import Asked, column
from prework.dynamoadmin.sources import Query, Source, Start, Stretch
from prework.staffsite import SEPARATOR, StaffAdmin, acting, site
from prework.tenancy import Actor
from prework.wiring import resolve
from teams import queries, services
from teams.admin.teams import team_link, user_link
from teams.models.invites import Invite, invites_key


@site.show
class InviteAdmin(StaffAdmin):
    """A mailed way into a team."""

    model = Invite
    app_label = "teams"
    entity_type = "invite"
    verbose_name = "invitation"
    is_personal = True
    is_findable = False
    list_display = ("email", "team", "role", "inviter", "sent_at", "expires_at", "is_expired")
    order_column = "sent_at"
    is_newest_first = True
    fieldsets = (
        (None, ("email", "team", "role", "is_expired")),
        ("More", ("inviter", "created_at", "sent_at", "expires_at", "invite_id", "version")),
    )

    def source(self, request: HttpRequest, asked: Asked) -> Source:
        actor = acting(request, asked.scope or "")
        return Query(Invite, invites_key(actor), index="GSI1", newest_first=asked.newest_first)

    def access(self, actor: Actor, thing_id: str) -> Any:
        team_id, _, invite_id = thing_id.partition(SEPARATOR)
        return queries.access_invite(actor, team_id, invite_id)[1]

    def thing_id(self, obj: Any) -> str:
        return f"{obj.team_id}{SEPARATOR}{obj.invite_id}"

    def title(self, obj: Any) -> str:
        return str(obj.email)

    def history(self, request: HttpRequest, obj: Any, start: Start) -> Stretch:
        """The trail has it with the team."""
        actor = acting(request, obj.organization_id)
        stretch: Stretch = resolve(settings.STAFF_HISTORY)(actor, "team", obj.team_id, start)
        return stretch

    @column("Team")
    def team(self, obj: Invite) -> Any:
        """A link to it."""
        return team_link(obj.organization_id, obj.team_id)

    @column("Invited by")
    def inviter(self, obj: Invite) -> Any:
        """A link to them."""
        return user_link(obj.organization_id, obj.invited_by)

    def actions(self, request: HttpRequest) -> Sequence[Action]:
        return (
            Action(
                "resend",
                "Send again",
                self._resend,
                explanation="For another 7 days, in the name of who invited; the old link dies.",
            ),
            Action(
                "revoke",
                "Revoke",
                self._revoke,
                is_dangerous=True,
                explanation="The link that was mailed is dead at once.",
            ),
        )

    def _resend(self, request: HttpRequest, invite: Invite, reason: str) -> None:
        actor = self.actor(request, invite, reason)
        services.resend_invite(actor=actor, team_id=invite.team_id, invite_id=invite.invite_id)

    def _revoke(self, request: HttpRequest, invite: Invite, reason: str) -> None:
        actor = self.actor(request, invite, reason)
        services.revoke_invite(actor=actor, team_id=invite.team_id, invite_id=invite.invite_id)
