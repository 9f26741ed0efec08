"""A bound on what is read of a request's body, before Django keeps any of it."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from prework.errors import BodyTooLarge
from prework.http.problems import REQUEST_ID, render_problem

TOO_LARGE = "prework.body_too_large"
NOTHING_MORE = {"type": "http.request", "body": b"", "more_body": False}


class BodyLimit:
    """An ASGI application that reads no more of a body than it may have, announced or streamed.

    What is too large reaches Django without a body and with a mark, by which `RefuseTooLarge`
    answers it with all that any other answer has.
    """

    def __init__(self, application: Any) -> None:
        self.application = application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.application(scope, receive, send)
            return
        scope = {**scope, TOO_LARGE: _announced(scope) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE}
        await self.application(scope, _Bounded(scope, receive).receive, send)


class _Bounded:
    def __init__(self, scope: Any, receive: Any) -> None:
        self._scope = scope
        self._receive = receive
        self._read = 0
        self._is_cut = False

    async def receive(self) -> Any:
        """The next part of the body; once it is too large the end of it, then the disconnect."""
        if self._is_cut:
            while (message := await self._receive())["type"] != "http.disconnect":
                pass
            return message
        part: Any = NOTHING_MORE if self._scope[TOO_LARGE] else await self._receive()
        self._read += len(part.get("body", b""))
        if self._read > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            self._scope[TOO_LARGE] = True
        self._is_cut = self._scope[TOO_LARGE]
        return NOTHING_MORE if self._is_cut else part


class RefuseTooLarge:
    """Answer 413 to what `BodyLimit` has marked."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if getattr(request, "scope", {}).get(TOO_LARGE):
            return render_problem(BodyTooLarge(), request.META[REQUEST_ID])
        return self.answer(request)


def _announced(scope: Any) -> int:
    lengths = [value for name, value in scope["headers"] if name == b"content-length"]
    return int(lengths[0]) if lengths and lengths[0].isdigit() else 0
