"""Documents over HTTP."""

from rest_framework.request import Request

from collab import queries
from collab.hub import presence_states
from collab.models import document_ref
from collab.serializers import (
    CreateDocumentInput,
    DocumentOutput,
    DocumentQuery,
    DocumentsQuery,
    DocumentSummaryOutput,
    EventOutput,
    HistoryOutput,
    OperationResultOutput,
    OperationResultsOutput,
    OperationsInput,
    OperationsQuery,
    ParticipantsOutput,
    UndoInput,
)
from collab.services import contents, documents, operations
from prework.dynamo import Page
from prework.http.views import View, endpoint
from prework.wire import Values


class DocumentsView(View):
    @endpoint(query=DocumentsQuery, answer=DocumentSummaryOutput, is_paged=True)
    def get(self, request: Request, query: Values) -> Page:
        """List the documents that the caller may read"""
        return queries.list_documents(self.actor, **query)

    @endpoint(body=CreateDocumentInput, answer=DocumentOutput, status=201)
    def post(self, request: Request, body: Values) -> contents.DocumentView:
        """Begin a document"""
        return documents.create_document(actor=self.actor, **body)


class DocumentView(View):
    @endpoint(query=DocumentQuery, answer=DocumentOutput)
    def get(
        self, request: Request, entity_type: str, entity_id: str, query: Values
    ) -> contents.DocumentView:
        """Read a document, now or as of a version"""
        return contents.read_document(
            actor=self.actor, entity_type=entity_type, entity_id=entity_id, **query
        )

    @endpoint()
    def delete(self, request: Request, entity_type: str, entity_id: str) -> None:
        """Archive a document"""
        documents.archive_document(actor=self.actor, entity_type=entity_type, entity_id=entity_id)


class RestoreDocumentView(View):
    @endpoint(answer=DocumentOutput)
    def post(self, request: Request, entity_type: str, entity_id: str) -> contents.DocumentView:
        """Bring an archived document back"""
        return documents.restore_document(
            actor=self.actor, entity_type=entity_type, entity_id=entity_id
        )


class OperationsView(View):
    @endpoint(query=OperationsQuery, answer=HistoryOutput)
    def get(
        self, request: Request, entity_type: str, entity_id: str, query: Values
    ) -> operations.HistoryPage:
        """Read what was done in a document after a version"""
        return operations.list_operations(
            actor=self.actor, entity_type=entity_type, entity_id=entity_id, **query
        )

    @endpoint(body=OperationsInput, answer=OperationResultsOutput)
    def post(
        self, request: Request, entity_type: str, entity_id: str, body: Values
    ) -> list[Values]:
        """Apply operations to a document"""
        return operations.apply_operations(
            actor=self.actor, entity_type=entity_type, entity_id=entity_id, **body
        )


class UndoOperationView(View):
    @endpoint(body=UndoInput, answer=OperationResultOutput)
    def post(
        self,
        request: Request,
        entity_type: str,
        entity_id: str,
        operation_id: str,
        body: Values,
    ) -> Values:
        """Take back an operation of one's own"""
        return operations.undo_operation(
            actor=self.actor,
            entity_type=entity_type,
            entity_id=entity_id,
            operation_id=operation_id,
            **body,
        )


class ParticipantsView(View):
    @endpoint(answer=ParticipantsOutput)
    def get(self, request: Request, entity_type: str, entity_id: str) -> list[Values]:
        """List who has a document open now"""
        here = queries.list_sessions(self.actor, entity_type, entity_id)
        states = presence_states(document_ref(self.actor, entity_type, entity_id))
        return [{"presence": one, "state": states.get(one.session_id)} for one in here]


class DocumentEventsView(View):
    @endpoint(answer=EventOutput, is_paged=True)
    def get(self, request: Request, entity_type: str, entity_id: str, query: Values) -> Page:
        """List what happened to a document as a whole"""
        return queries.list_document_events(self.actor, entity_type, entity_id, **query)
