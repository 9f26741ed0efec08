"""What can be asked of collab."""

from django.urls import path, re_path

from collab.consumers.documents import DocumentConsumer
from collab.consumers.notifications import NotificationsConsumer
from collab.consumers.unknown import UnknownConsumer
from collab.views import (
    DocumentEventsView,
    DocumentsView,
    DocumentView,
    OperationsView,
    ParticipantsView,
    RestoreDocumentView,
    UndoOperationView,
)

ONE = "documents/<str:entity_type>/<str:entity_id>"
urlpatterns = [
    path("documents", DocumentsView.as_view()),
    path(ONE, DocumentView.as_view()),
    path(f"{ONE}/restore", RestoreDocumentView.as_view()),
    path(f"{ONE}/sessions", ParticipantsView.as_view()),
    path(f"{ONE}/events", DocumentEventsView.as_view()),
    path(f"{ONE}/operations", OperationsView.as_view()),
    path(f"{ONE}/operations/<str:operation_id>/undo", UndoOperationView.as_view()),
]
websocket_urlpatterns = [
    path("ws/collab/<str:entity_type>/<str:entity_id>", DocumentConsumer.as_asgi()),
    path("ws/notifications", NotificationsConsumer.as_asgi()),
    re_path("", UnknownConsumer.as_asgi()),
]
