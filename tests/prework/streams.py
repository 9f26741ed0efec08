"""URLs of which one is answered bit by bit."""

from collections.abc import AsyncIterator

import structlog
from django.http import StreamingHttpResponse
from django.urls import path
from rest_framework.request import Request

from prework.http.views import View

log = structlog.get_logger(__name__)


class StreamView(View):
    """Answers bit by bit."""

    def get(self, request: Request) -> StreamingHttpResponse:
        return StreamingHttpResponse(_parts(), content_type="text/plain")


async def _parts() -> AsyncIterator[str]:
    log.info("part_made")
    yield "one part"


urlpatterns = [path("stream", StreamView.as_view())]
