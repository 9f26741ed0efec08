"""What can be asked of collab."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
websocket_urlpatterns: list[URLPattern] = []
