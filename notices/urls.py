"""What can be asked about being told of things when one is not here."""

from django.urls import path

from notices import views

urlpatterns = [
    path("notifications/preferences", views.PreferencesView.as_view()),
    path("notifications/unsubscribe", views.UnsubscribeView.as_view()),
    path("push/public-key", views.PublicKeyView.as_view()),
    path("push/subscriptions", views.PushSubscriptionsView.as_view()),
    path("push/subscriptions/<str:subscription_id>", views.PushSubscriptionView.as_view()),
]
