"""What can be asked of accounts."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
