"""What every page of the site is sent with: nothing from elsewhere, nothing inline, no frame."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponseBase

# https://www.w3.org/TR/CSP3/
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
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
        return response

    return inner
