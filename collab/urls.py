"""What can be asked of collab."""

from django.urls import URLPattern, path

from collab.views import (
    DocumentEventsView,
    DocumentsView,
    DocumentView,
    OperationsView,
    RestoreDocumentView,
    UndoOperationView,
)

ONE = "documents/<str:entity_type>/<str:entity_id>"
urlpatterns = [
    path("documents", DocumentsView.as_view()),
    path(ONE, DocumentView.as_view()),
    path(f"{ONE}/restore", RestoreDocumentView.as_view()),
    path(f"{ONE}/events", DocumentEventsView.as_view()),
    path(f"{ONE}/operations", OperationsView.as_view()),
    path(f"{ONE}/operations/<str:operation_id>/undo", UndoOperationView.as_view()),
]
websocket_urlpatterns: list[URLPattern] = []
