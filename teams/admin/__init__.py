"""Teams in the admin: the pages of teams, of who is invited and of what is assigned."""

from teams.admin import assignments, invites, teams

__all__ = ["assignments", "invites", "teams"]
