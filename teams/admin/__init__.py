"""Teams in the admin: the pages of teams and of what is assigned."""

from teams.admin import assignments, teams

__all__ = ["assignments", "teams"]
