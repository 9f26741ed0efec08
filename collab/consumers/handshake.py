"""Who opens a socket: by a token in a header, or by a ticket in the address, as browsers must."""

from typing import Any
from urllib.parse import parse_qs

from django.conf import settings

from accounts.services import redeem_ticket
from prework.errors import NotAuthenticated, PermissionDenied
from prework.http import limits
from prework.http.authentication import load_actor
from prework.http.middleware import client_address
from prework.ids import new_id
from prework.tenancy import Actor, Origin


class Handshake:
    """What a client said when it connected."""

    def __init__(self, scope: dict[str, Any]) -> None:
        self.request_id = new_id()
        self._headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
        self._peer = (scope.get("client") or ("", 0))[0]
        query = parse_qs(scope.get("query_string", b"").decode("ascii", "replace"))
        self.query = {name: values[-1] for name, values in query.items()}

    def whole(self, name: str) -> int | None:
        """A parameter of the address that is a whole number."""
        text = self.query.get(name, "")
        is_whole = text.isascii() and text.isdigit() and len(text) <= 15
        return int(text) if is_whole else None

    def sign_in(self) -> Actor:
        """Who this is. Raises `NotAuthenticated`, `PermissionDenied`, `Throttled`."""
        origin = self._origin()
        limits.hit("address", origin.ip)
        actor = self._by_header(origin) or self._by_ticket(origin)
        limits.check_actor(actor)
        return actor

    def _by_header(self, origin: Origin) -> Actor | None:
        scheme, _, token = self._headers.get(b"authorization", "").partition(" ")
        if not scheme:
            return None
        if scheme.lower() != "bearer":
            raise NotAuthenticated
        return load_actor(token.strip(), origin)

    def _by_ticket(self, origin: Origin) -> Actor:
        page = self._headers.get(b"origin")
        allowed = settings.ALLOWED_ORIGINS
        if page is not None and page not in allowed and "*" not in allowed:
            raise PermissionDenied(detail="This page's origin is not allowed.")
        return redeem_ticket(self.query.get("ticket", ""), origin)

    def _origin(self) -> Origin:
        forwarded_for = self._headers.get(b"x-forwarded-for", "")
        return Origin(
            request_id=self.request_id,
            ip=client_address(self._peer, forwarded_for),
            user_agent=self._headers.get(b"user-agent", "")[:256],
        )
