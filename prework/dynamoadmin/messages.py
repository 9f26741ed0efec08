"""Django's messages, kept in a signed cookie, for the pages of the site alone."""

from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.messages.storage.cookie import CookieStorage
from django.http import HttpRequest


class WithMessages(MessageMiddleware):
    """The stock middleware, which the API need not pay for."""

    def process_request(self, request: HttpRequest) -> None:
        request._messages = CookieStorage(request)  # type: ignore[attr-defined]
