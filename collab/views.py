"""Documents over HTTP."""

from typing import Any

from rest_framework.request import Request

from collab import queries
from collab.serializers import (
    CreateDocumentInput,
    DocumentOutput,
    DocumentQuery,
    DocumentsQuery,
    DocumentSummaryOutput,
)
from collab.services import contents, documents
from prework.http.views import View, endpoint


class DocumentsView(View):
    @endpoint(query=DocumentsQuery, answer=DocumentSummaryOutput, is_paged=True)
    def get(self, request: Request, query: dict[str, Any]) -> Any:
        """List the documents that the caller may read."""
        return queries.list_documents(self.actor, **query)

    @endpoint(body=CreateDocumentInput, answer=DocumentOutput, status=201)
    def post(self, request: Request, body: dict[str, Any]) -> Any:
        """Begin a document."""
        return documents.create_document(actor=self.actor, **body)


class DocumentView(View):
    @endpoint(query=DocumentQuery, answer=DocumentOutput)
    def get(self, request: Request, query: dict[str, Any], **which: str) -> Any:
        """Read a document, now or as of a version."""
        return contents.read_document(actor=self.actor, **which, **query)

    @endpoint()
    def delete(self, request: Request, **which: str) -> None:
        """Archive a document."""
        documents.archive_document(actor=self.actor, **which)


class RestoreDocumentView(View):
    @endpoint(answer=DocumentOutput)
    def post(self, request: Request, **which: str) -> Any:
        """Bring an archived document back."""
        return documents.restore_document(actor=self.actor, **which)
