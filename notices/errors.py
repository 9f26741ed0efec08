"""What can go wrong with being told of things."""

from prework.errors import Problem


class PushUnavailable(Problem):
    code = "push_unavailable"
    status = 404
    title = "This server sends no push messages"
    default_detail = "Whoever runs it has set no VAPID key. Mail and /ws/notifications work."


class InvalidUnsubscribeToken(Problem):
    code = "invalid_unsubscribe_token"
    status = 400
    title = "The link is not valid"
    default_detail = "Sign in, and choose at /api/notifications/preferences what you are told of."
