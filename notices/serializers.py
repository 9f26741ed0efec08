"""What people are told of when they are not here, on the wire."""

from typing import Any

from rest_framework import serializers

from notices.roles import CHANNELS, TOPICS
from prework.wire import Flag, Input, Output, Text

Fields = dict[str, serializers.Field[Any, Any, Any, Any]]


class TopicsInput(Input):
    """Topics to turn on or off; what is left out stays as it is."""

    def get_fields(self) -> Fields:
        return {topic: Flag(required=False, help_text=words) for topic, words in TOPICS.items()}


class PreferencesInput(Input):
    """By each channel."""

    def get_fields(self) -> Fields:
        return {channel: TopicsInput(required=False) for channel in CHANNELS}


class TopicsOutput(Output):
    """Which topics one is told of."""

    def get_fields(self) -> Fields:
        return {topic: serializers.BooleanField(help_text=it) for topic, it in TOPICS.items()}


class PreferencesOutput(Output):
    """What one is told of, by each channel."""

    def get_fields(self) -> Fields:
        return {channel: TopicsOutput(source=f"by_channel.{channel}") for channel in CHANNELS}


class PublicKeyOutput(Output):
    """The key that a browser takes push messages by: its `applicationServerKey`."""

    public_key = serializers.CharField()


class PushKeysInput(Input):
    """The browser's keys, in base64url."""

    p256dh = Text(max_length=128)
    auth = Text(max_length=64)


class SubscribeInput(Input):
    """A browser's `PushSubscription`, as its `toJSON` gives it."""

    endpoint = Text(max_length=2048, trim_whitespace=False)
    keys = PushKeysInput()


class SubscriptionOutput(Output):
    """A browser that takes push messages; never where it is reached."""

    subscription_id = serializers.CharField()
    service = serializers.CharField()
    user_agent = serializers.CharField()
    created_at = serializers.CharField()


class SubscriptionsOutput(Output):
    """The browsers that one is told by."""

    items = SubscriptionOutput(many=True)


class UnsubscribeQuery(Input):
    """The token of a mail's link."""

    token = Text(max_length=1000)


class UnsubscribedOutput(Output):
    """It is done."""

    success = serializers.BooleanField()
