"""Reading the audit trail over HTTP."""

from rest_framework.request import Request

from audit import queries, services
from audit.serializers import (
    AuditQuery,
    EntryOutput,
    ProofOutput,
    VerifiedOutput,
    VerifyQuery,
)
from prework.dynamo import Page
from prework.http.views import View, endpoint
from prework.wire import Values


class AuditView(View):
    @endpoint(query=AuditQuery, answer=EntryOutput, is_paged=True)
    def get(self, request: Request, query: Values) -> Page:
        """Who did what, newest first."""
        limit, start = query.pop("limit"), query.pop("start")
        filters = queries.Filters(**query)
        return queries.list_entries(self.actor, filters=filters, limit=limit, start=start)


class VerifyView(View):
    @endpoint(query=VerifyQuery, answer=VerifiedOutput)
    def get(self, request: Request, query: Values) -> services.Verified:
        """Check the trail against its seals, by default as much of 31 days as is done at once"""
        return services.verify_range(actor=self.actor, **query)


class ProofView(View):
    @endpoint(answer=ProofOutput)
    def get(self, request: Request, audit_id: str) -> services.Proof:
        """Get an entry with the proof that it was sealed as it is"""
        return services.prove_entry(actor=self.actor, audit_id=audit_id)
