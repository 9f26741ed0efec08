"""What people are told of when they are not here, over HTTP."""

from django.http import HttpResponse
from django.shortcuts import render
from rest_framework.request import Request

from notices import queries, services
from notices.engine import vapid
from notices.models import Preferences, PushSubscription
from notices.roles import TOPICS
from notices.serializers import (
    PreferencesInput,
    PreferencesOutput,
    PublicKeyOutput,
    SubscribeInput,
    SubscriptionOutput,
    SubscriptionsOutput,
    UnsubscribedOutput,
    UnsubscribeQuery,
)
from notices.services.preferences import topic_of
from prework.http.views import View, endpoint
from prework.wire import Values


class PreferencesView(View):
    @endpoint(answer=PreferencesOutput)
    def get(self, request: Request) -> Preferences:
        """What one is told of by mail and push."""
        return queries.access_preferences(self.actor, self.actor.user_id)

    @endpoint(body=PreferencesInput, answer=PreferencesOutput)
    def patch(self, request: Request, body: Values) -> Preferences:
        """Choose what one is told of by mail and push."""
        return services.update_preferences(actor=self.actor, choices=body)


class UnsubscribeView(View):
    """The link in a mail. To look at it changes nothing: programs do that, too."""

    is_public = True

    @endpoint(query=UnsubscribeQuery, files=("text/html",))
    def get(self, request: Request, query: Values) -> HttpResponse:
        """A page that asks whether to get no more mails about a topic."""
        *_, topic = topic_of(query["token"])
        return _page(request, {"topic": TOPICS[topic]})

    @endpoint(query=UnsubscribeQuery, answer=UnsubscribedOutput)
    def post(self, request: Request, query: Values) -> HttpResponse | Values:
        """Get no more mails about a topic, by one click (RFC 8058)."""
        topic = services.unsubscribe(origin=self.origin, token=query["token"])
        if "text/html" in request.headers.get("Accept", ""):
            return _page(request, {"topic": topic, "is_done": True})
        return {"success": True}


class PublicKeyView(View):
    @endpoint(answer=PublicKeyOutput)
    def get(self, request: Request) -> Values:
        """The key that browsers take push messages by."""
        return {"public_key": vapid.server_key()}


class PushSubscriptionsView(View):
    @endpoint(answer=SubscriptionsOutput)
    def get(self, request: Request) -> Values:
        """The browsers that one is told by."""
        return {"items": queries.list_subscriptions(self.actor)}

    @endpoint(body=SubscribeInput, answer=SubscriptionOutput, status=201)
    def post(self, request: Request, body: Values) -> PushSubscription:
        """Be told by a browser."""
        return services.subscribe(actor=self.actor, endpoint=body["endpoint"], **body["keys"])


class PushSubscriptionView(View):
    @endpoint()
    def delete(self, request: Request, subscription_id: str) -> None:
        """Be told by a browser no more."""
        services.remove_subscription(actor=self.actor, subscription_id=subscription_id)


def _page(request: Request, context: Values) -> HttpResponse:
    return render(request._request, "notices/unsubscribe.html", context)
