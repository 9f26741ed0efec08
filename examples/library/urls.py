"""The site and nothing else."""

from django.urls import path

from examples.library.site import site

urlpatterns = [path("admin/", site.urls)]
