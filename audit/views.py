"""Reading the audit trail over HTTP, in pages or as a file."""

from collections.abc import Iterator

from django.conf import settings
from django.http.response import HttpResponseBase
from rest_framework.request import Request

from audit import queries, services
from audit.models import Entry
from audit.serializers import (
    BUNDLES,
    AuditQuery,
    EntryOutput,
    ExportQuery,
    ProofOutput,
    SealKeysOutput,
    VerifiedOutput,
    VerifyQuery,
)
from prework import clock
from prework.dynamo import Page
from prework.http.files import TYPES, Read, Row, Seats, sent_file
from prework.http.views import View, endpoint
from prework.wire import Values

# A check takes its thread of the calls' pool for many seconds, where there is much to check.
CHECKING = "As many trails as may be are being checked. Wait until one is done."
CHECKS = Seats(each=2, in_all=max(2, settings.THREADS // 4), detail=CHECKING)
COLUMNS = list(EntryOutput().fields)


class AuditView(View):
    @endpoint(query=AuditQuery, answer=EntryOutput, is_paged=True)
    def get(self, request: Request, query: Values) -> Page:
        """Who did what, newest first."""
        limit, start = query.pop("limit"), query.pop("start")
        filters = queries.Filters(**query)
        return queries.list_entries(self.actor, filters=filters, limit=limit, start=start)


class AuditExportView(View):
    @endpoint(query=ExportQuery, files=tuple(TYPES.values()))
    def get(self, request: Request, query: Values) -> HttpResponseBase:
        """Who did what as a file, oldest first, of any length; it is in the trail from then on.

        JSON lines are the entries of the list to the letter. In CSV oldValues and newValues are
        JSON, and an apostrophe stands before what a spreadsheet would compute. A bundle has the
        seals, too, for `python -m audit.offline`; seals alone go with JSON lines. A file whose
        transfer ends with an error is not whole. What was begun in the half minute before `to`
        may not be in it yet: of files that follow on each other, end each a minute ago.
        """
        form = query.pop("format")
        filters = queries.Filters(**query).ended()
        return self._sent(form, lambda: self._read(form, filters), filters)

    @endpoint(query=ExportQuery, files=tuple(TYPES.values()))
    def head(self, request: Request, query: Values) -> HttpResponseBase:
        """Whether it could be had. Nothing is read, and nothing is in the trail."""
        self.actor.require("audit.export")
        return self._sent(query.pop("format"), list, queries.Filters(**query).ended())

    def _read(self, form: str, filters: queries.Filters) -> Iterator[Row | None]:
        if form not in BUNDLES:
            found = services.export_entries(actor=self.actor, filters=filters, export_format=form)
            return _shown(found)
        return services.bundle(
            actor=self.actor,
            since=filters.since,
            until=filters.until,
            has_entries=BUNDLES[form],
        )

    def _sent(self, form: str, read: Read, filters: queries.Filters) -> HttpResponseBase:
        until = clock.to_text(filters.until or clock.now()).replace(":", "")
        kind, form = (form, "jsonl") if form in BUNDLES else ("trail", form)
        name, whose = f"audit-{kind}-{until}", self.actor.organization_id
        return sent_file(read, form=form, columns=COLUMNS, name=name, whose=whose)


class VerifyView(View):
    @endpoint(query=VerifyQuery, answer=VerifiedOutput)
    def get(self, request: Request, query: Values) -> services.Verified:
        """Check the trail against its seals, by default as much of 31 days as is done at once"""
        leave = CHECKS.take(self.actor.organization_id)
        try:
            return services.verify_range(actor=self.actor, **query)
        finally:
            leave()


class SealKeysView(View):
    @endpoint(answer=SealKeysOutput)
    def get(self, request: Request) -> Values:
        """Get the keys that the seals are checked with.

        Whoever can forge seals can forge this answer: compare the key ids with what you were
        given by another way.
        """
        return {"keys": services.list_public_keys(actor=self.actor)}


class ProofView(View):
    @endpoint(answer=ProofOutput)
    def get(self, request: Request, audit_id: str) -> services.Proof:
        """Get an entry with the proof that it was sealed as it is"""
        return services.prove_entry(actor=self.actor, audit_id=audit_id)


def _shown(entries: Iterator[Entry | None]) -> Iterator[Row | None]:
    """Entries as the wire has them. One form shows them all: to make one for each takes long."""
    form = EntryOutput()
    return (form.to_representation(one) if one is not None else None for one in entries)
