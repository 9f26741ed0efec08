"""What people are told of when they are not here, by topic: which they may turn off."""

EMAIL, PUSH = "email", "push"
CHANNELS = (EMAIL, PUSH)
ASSIGNMENTS, REMINDERS = "assignments", "reminders"
MEMBERSHIP, REQUESTS = "membership", "requests"
TOPICS = {
    ASSIGNMENTS: "work that is assigned to you or your team",
    REMINDERS: "work that is due soon, or overdue",
    MEMBERSHIP: "teams that take you in, or do not",
    REQUESTS: "people who ask to join a team that you decide for",
}
