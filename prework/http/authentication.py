"""From a bearer token to an `Actor`, by the loader that settings name."""

from typing import Any

from django.conf import settings
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from prework import logs
from prework.errors import NotAuthenticated
from prework.http.middleware import origin_of
from prework.tenancy import Actor, Origin
from prework.wiring import resolve

MAX_TOKEN_BYTES = 1024


def load_actor(token: str, origin: Origin) -> Actor:
    """The actor that a token stands for. Raises `NotAuthenticated`."""
    actor: Actor = resolve(settings.ACTOR_LOADER)(token, origin)
    logs.bind_actor(actor)
    return actor


class BearerToken(BaseAuthentication):
    """`Authorization: Bearer pws_…`, and nothing else."""

    def authenticate(self, request: Request) -> tuple[Any, str] | None:
        scheme, _, raw = get_authorization_header(request).partition(b" ")
        if not scheme:
            return None
        token = raw.strip().decode("ascii", "replace")
        if scheme.lower() != b"bearer" or not token or len(raw) > MAX_TOKEN_BYTES:
            raise NotAuthenticated
        return load_actor(token, origin_of(request._request)), token

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class SignedIn(BasePermission):
    """Somebody is signed in. What they may do, the domain's doors decide."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if not isinstance(request.user, Actor):
            raise NotAuthenticated
        return True
