"""The ASGI application: HTTP to Django, WebSockets to the consumers, static files beside them."""

import os
from typing import Any

import django
from channels.routing import ProtocolTypeRouter, URLRouter
from django.contrib.staticfiles.finders import get_finders
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpRequest, HttpResponseBase
from servestatic import ServeStaticASGI

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "prework.settings")
django.setup(set_prefix=False)

from collab.urls import websocket_urlpatterns  # noqa: E402  settings come first
from prework import cdn, logs  # noqa: E402
from prework.checks import refuse_unsafe_production  # noqa: E402
from prework.health import Alive  # noqa: E402
from prework.http.bounds import BodyLimit  # noqa: E402
from prework.http.middleware import LOG_NAMES  # noqa: E402
from prework.threads import in_image_thread, in_request_thread  # noqa: E402


class Application(ASGIHandler):
    """Django's handler, with one thread hop a request, to a pool that bounds them all, or images.

    Django would adapt each synchronous middleware by a hop of its own.
    """

    def __init__(self) -> None:
        super(ASGIHandler, self).__init__()
        self.load_middleware(is_async=False)

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        is_image = request.path_info.startswith(cdn.PREFIX)
        in_thread = in_image_thread if is_image else in_request_thread
        response = await in_thread(self.get_response, request)
        logs.begin(**getattr(response, LOG_NAMES, {}))  # while it is sent, if it is made then
        return response


def with_static_files(application: Any) -> Any:
    """Serve `/static/` from where the apps keep their files."""
    serving = ServeStaticASGI(application)
    for finder in get_finders():
        for storage in getattr(finder, "storages", {}).values():
            serving.add_files(storage.location, prefix="static/")
    return serving


refuse_unsafe_production()
application = ProtocolTypeRouter(
    {
        "http": Alive(with_static_files(BodyLimit(Application()))),
        "websocket": URLRouter(websocket_urlpatterns),
    }
)
