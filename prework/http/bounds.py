"""A bound on what is read of a request's body, before Django keeps any of it."""

from typing import Any

from django.conf import settings

from prework.errors import BodyTooLarge
from prework.http.problems import render_problem
from prework.ids import new_id


class TooLarge(Exception):
    """More has come than a body may have."""


class BodyLimit:
    """An ASGI application that answers 413 to a body over the limit, announced or streamed."""

    def __init__(self, application: Any) -> None:
        self.application = application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.application(scope, receive, send)
            return
        read = 0

        async def counted() -> Any:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
                raise TooLarge
            return message

        try:
            if _announced(scope) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
                raise TooLarge
            await self.application(scope, counted, send)
        except TooLarge:
            await _refuse(send)


def _announced(scope: Any) -> int:
    lengths = [value for name, value in scope["headers"] if name == b"content-length"]
    return int(lengths[0]) if lengths and lengths[0].isdigit() else 0


async def _refuse(send: Any) -> None:
    request_id = new_id()
    response = render_problem(BodyTooLarge(), request_id)
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", str(len(response.content)).encode()),
        (b"connection", b"close"),
        (b"x-request-id", request_id.encode()),
    ]
    await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
    await send({"type": "http.response.body", "body": response.content})
