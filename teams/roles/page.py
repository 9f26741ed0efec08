"""`docs/permissions.md`: every answer of `refusal_of`, for whoever wants to know who may what."""

from collections.abc import Iterator
from itertools import product

from accounts.roles import ROLES, TEAM_PERMISSIONS
from prework.errors import Problem
from teams.roles.standing import (
    MEMBER,
    ORGANIZATION,
    PRIVATE,
    TEAM_ROLES,
    Deed,
    Standing,
    refusal_of,
)

IN_TEAM = (None, *sorted(TEAM_ROLES))
PLACES = tuple(product((ORGANIZATION, PRIVATE), IN_TEAM))
TEAM = "/api/teams/{teamId}"
CALLS = {
    Deed.SEE: f"`GET {TEAM}`, `…/members`; and it is in `GET /api/teams`",
    Deed.READ: f"`GET {TEAM}/activity`; its documents",
    Deed.JOIN: f"`POST {TEAM}/join`: at once, or with `requireApprovalForJoin` by a request",
    Deed.INVITE_USER: f"`POST {TEAM}/invites` with the e-mail address of a user",
    Deed.INVITE_STRANGER: f"`POST {TEAM}/invites` with another address",
    Deed.INVITE_LEAD: f"`POST {TEAM}/invites` with `role: team_lead`",
    Deed.MANAGE_INVITES: f"`GET {TEAM}/invites`, `DELETE …/{{inviteId}}`, `POST …/resend`",
    Deed.DECIDE: f"`GET {TEAM}/join-requests`, `POST …/approve`, `…/reject`",
    Deed.MANAGE: f"`POST {TEAM}/members`, `PATCH …/{{userId}}`, `DELETE …/{{userId}}`",
    Deed.APPOINT: f"`POST {TEAM}/members` with `role: team_lead`",
    Deed.HAND_OVER: f"`POST {TEAM}/hand-over`",
    Deed.ASSIGN: "`POST /api/assignments` with its `teamId`",
    Deed.UPDATE: f"`PATCH {TEAM}`",
    Deed.ARCHIVE: f"`DELETE {TEAM}`, `POST …/restore`",
}
INTRODUCTION = """\
Who holds a permission in the organisation, by role or grant, holds it in every team. In its team
a member holds what the team's `defaultPermissions` and its own `permissions` say, and a
`team_lead` `{lead}`.
Nobody gives what they do not hold.

A private team is not there (404) for those who are not in it, but for holders of `team.update`.
Whoever is in a team may leave it, but for its last lead; who has asked to join may withdraw that.
In an archived team all that writes is 409 `team_archived`, but for restoring, revoking and
withdrawing; requests and invitations wait, and count again when it is restored, if they are not
too old by then.

What is asked for is judged when it is done: a request is decided by those who may decide then,
whatever the team's visibility has become; an invitation is good while whoever sent it last could
send it still.

Each column is a place in the team: none, or a role in it; the rows are roles in the organisation.
"""


def page(generated: str) -> Iterator[str]:
    """The page, line by line."""
    yield "# Who may do what with a team\n"
    yield generated
    yield INTRODUCTION.format(lead="`, `".join(sorted(TEAM_PERMISSIONS)))
    for deed in Deed:
        yield from _section(deed)
    yield "## What a permission opens for a member\n"
    yield "A member who holds nothing else, in a team without `allowMemberInvites`.\n"
    yield "| permission | deeds |"
    yield "|---|---|"
    for permission in sorted(TEAM_PERMISSIONS):
        yield f"| `{permission}` | {', '.join(_opened_by(permission))} |"
    yield ""


def _section(deed: Deed) -> Iterator[str]:
    yield f"## {deed.capitalize()}\n"
    yield f"{CALLS[deed]}\n"
    names = [f"{visibility}: {role or 'none'}" for visibility, role in PLACES]
    yield f"| role | {' | '.join(names)} |"
    yield f"|---{'|---' * len(PLACES)}|"
    for name, held in ROLES.items():
        cells = [_cell(deed, held, role, visibility) for visibility, role in PLACES]
        yield f"| {name} | {' | '.join(cells)} |"
    yield ""


def _cell(deed: Deed, held: frozenset[str], role: str | None, visibility: str) -> str:
    """One answer, or two where the setting makes the difference."""
    yes, no = (
        _answer(
            refusal_of(
                deed,
                Standing(
                    held=held, role=role, visibility=visibility, allow_member_invites=is_allowed
                ),
            )
        )
        for is_allowed in (True, False)
    )
    return yes if yes == no else f"{yes} if `allowMemberInvites`, else {no}"


def _answer(refusal: Problem | None) -> str:
    if refusal is None:
        return "yes"
    permission = refusal.extra.get("permission")
    return f"{refusal.status} `{permission}`" if permission else str(refusal.status)


def _opened_by(permission: str) -> list[str]:
    def may(deed: Deed, *defaults: str) -> bool:
        standing = Standing(
            held=frozenset(),
            role=MEMBER,
            default_permissions=defaults,
            allow_member_invites=False,
        )
        return refusal_of(deed, standing) is None

    return [deed for deed in Deed if may(deed, permission) and not may(deed)]
