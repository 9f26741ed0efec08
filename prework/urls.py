"""Every URL of the product, by domain."""

from django.urls import include, path
from django.utils.module_loading import import_string
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularSwaggerSplitView

from prework import health
from prework.http import pages
from prework.overview import site

urlpatterns = [
    path("admin", RedirectView.as_view(url="/admin/")),
    path("admin/", site.urls),
    path("readyz", health.ready),
    path("docs/errors", pages.errors),
    path("api/schema", pages.schema, name="schema"),
    path("api/docs", SpectacularSwaggerSplitView.as_view(url_name="schema")),
    path("api/", include("accounts.urls")),
    path("api/", include("notices.urls")),
    path("api/", include("teams.urls")),
    path("api/", include("media.urls")),
    path("api/", include("collab.urls")),
    path("api/", include("audit.urls")),
    path("cdn/", include(import_string("media.urls.image_urlpatterns"))),
]
handler400 = "prework.http.problems.bad_request"
handler404 = "prework.http.problems.not_found"
handler500 = "prework.http.problems.server_error"
