"""What can have happened to teams, their members and assignments, by subject."""
