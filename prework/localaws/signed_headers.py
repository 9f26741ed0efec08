"""Signed URLs with more `x-amz-` headers than were signed, refused as S3 refuses them.

ministack 1.5.33 heeds them: metadata, tags, and even `x-amz-copy-source`, by which whoever may put
one object could have a copy of any other in it.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import parse_qs

AsgiApp = Callable[..., Awaitable[None]]

PREFIX = b"x-amz-"
# What says how the body is signed is no more than a part of the signature's own wording.
OF_THE_SIGNATURE = {b"x-amz-content-sha256"}
REFUSAL = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code><Message>There were '
    "headers present in the request which were not signed</Message>"
    "<HeadersNotSigned>{}</HeadersNotSigned></Error>"
)


def only_signed_headers(app: AsgiApp) -> AsgiApp:
    """The app, which sees no request of a signed URL with such headers."""

    async def guarded(scope: Mapping[str, Any], receive: Any, send: Any) -> None:
        unsigned = _unsigned(scope) if scope["type"] == "http" else []
        if unsigned:
            await _refuse(b", ".join(unsigned).decode("latin-1"), receive, send)
        else:
            await app(scope, receive, send)

    return guarded


def _unsigned(scope: Mapping[str, Any]) -> list[bytes]:
    named = parse_qs(scope["query_string"].decode("latin-1")).get("X-Amz-SignedHeaders")
    if not named:
        return []
    signed = {name.encode() for name in named[0].split(";")} | OF_THE_SIGNATURE
    given = {name for name, _ in scope["headers"] if name.startswith(PREFIX)}
    return sorted(given - signed)


async def _refuse(names: str, receive: Any, send: Any) -> None:
    while (await receive()).get("more_body"):  # a client that is still sending hears no answer
        pass
    headers = [(b"content-type", b"application/xml")]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": REFUSAL.format(names).encode()})
