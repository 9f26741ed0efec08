"""What can be done about being told of things."""

from notices.services.preferences import unsubscribe, update_preferences
from notices.services.subscriptions import remove_subscription, subscribe

__all__ = ["remove_subscription", "subscribe", "unsubscribe", "update_preferences"]
