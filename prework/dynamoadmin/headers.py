"""What every page of the site is sent with: nothing from elsewhere, nothing inline, no frame.

Images may come from what the setting `ADMIN_IMAGE_SOURCES` lists besides.
"""

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

# https://www.w3.org/TR/CSP3/
POLICY = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "font-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
)
HEADERS = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
View = Callable[..., HttpResponseBase]


def with_policy(view: View) -> View:
    """The view, with these headers on whatever it answers."""

    @wraps(view)
    def inner(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        for name, value in HEADERS.items():
            response.headers[name] = value
        response.headers["Content-Security-Policy"] = _policy()
        return response

    return inner


def _policy() -> str:
    elsewhere = getattr(settings, "ADMIN_IMAGE_SOURCES", ())
    return "; ".join((*POLICY, " ".join(("img-src 'self' data:", *elsewhere))))
