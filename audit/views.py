"""Reading the audit trail over HTTP."""

from rest_framework.request import Request

from audit import queries
from audit.serializers import AuditQuery, EntryOutput
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
