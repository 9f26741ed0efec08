"""The whole ASGI application, called as a server would call it."""

import httpx

from prework.asgi import application


def serving() -> httpx.AsyncClient:
    """A client of the application itself: static files, bounds, Django and all."""
    transport = httpx.ASGITransport(app=application)
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1")
