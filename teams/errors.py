"""What can go wrong with teams and assignments."""

from prework.errors import Problem


class TeamArchived(Problem):
    code = "team_archived"
    status = 409
    title = "The team is archived"
    default_detail = "An archived team is not changed. Restore it first."


class AlreadyMember(Problem):
    code = "already_member"
    status = 409
    title = "Already a member"
    default_detail = "This user is a member of the team. Change the member instead."


class AlreadyInvited(Problem):
    code = "already_invited"
    status = 409
    title = "Already invited"
    default_detail = "This address has an open invitation to the team. Resend it, or revoke it."


class InvalidInviteToken(Problem):
    code = "invalid_invite_token"
    status = 400
    title = "The invitation is not valid"
    default_detail = (
        "It was used or taken back, is too old, was sent anew, or whoever sent it may not invite "
        "any more. Ask for a new one."
    )


class LastTeamLead(Problem):
    code = "last_team_lead"
    status = 409
    title = "The team's last lead"
    default_detail = "A team keeps a lead. Make another member team_lead first."


class InvalidTransition(Problem):
    code = "invalid_transition"
    status = 409
    title = "The assignment cannot go there"
    default_detail = (
        "An assignment goes from assigned to in_progress to completed, or from either of the "
        "first two to cancelled. Take one step at a time, or assign the work anew."
    )

    def __init__(self, before: str, after: str) -> None:
        super().__init__(f"{self.default_detail} It does not go from {before} to {after}.")
