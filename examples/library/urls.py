"""The site and nothing else."""

from django.urls import path
from django.views.generic import RedirectView

from examples.library.site import site

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", site.urls),
]
