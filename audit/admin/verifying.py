"""A page of the admin that checks an organisation's trail against its seals."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import path

from accounts.queries import access_organization
from audit import services
from audit.services.findings import Finding, Verified
from prework import clock, ids
from prework.dynamoadmin.values import link
from prework.errors import NotFound, Problem, StorageUnavailable
from prework.staffsite import SEPARATOR, acting, refuse, site
from prework.tenancy import PLATFORM

KINDS = {
    "altered": "Altered",
    "missing": "Missing",
    "added": "Added",
    "digest_broken": "Seal broken",
}
WIDE = forms.TextInput({"size": 40})


class TimeField(forms.CharField):
    """A day, or a moment of it; nothing is no bound."""

    def __init__(self, *, is_end: bool, **options: Any) -> None:
        super().__init__(required=False, max_length=40, widget=WIDE, **options)
        self.is_end = is_end

    def clean(self, value: Any) -> datetime | None:
        """The moment; of a day that is an end, when it ends."""
        text = super().clean(value)
        try:
            if len(text) == len("2026-11-22"):
                begin = datetime.combine(date.fromisoformat(text), time(), UTC)
                return begin + timedelta(days=1) if self.is_end else begin
            return clock.from_text(text) if text else None
        except (ValueError, OverflowError):
            example = "2026-11-22 or 2026-11-22T14:05:00Z"
            raise forms.ValidationError(f"Write it as {example}.") from None


class VerifyForm(forms.Form):
    """Whose trail, and which stretch of it."""

    org = forms.CharField(label="Organisation", max_length=64, widget=WIDE, help_text="Its id.")
    since = TimeField(label="From", is_end=False, help_text="A day or a moment, in UTC.")
    until = TimeField(label="To", is_end=True, help_text="A whole day, or a moment before which.")


@dataclass(frozen=True)
class Row:
    """A finding as the page shows it."""

    kind: str
    what: Any
    detail: str


def verify_page(request: HttpRequest) -> HttpResponseBase:
    """What of a stretch of a trail is not as it was sealed."""
    form = VerifyForm(request.GET or None)
    found = _verified(request, form) if form.is_bound and form.is_valid() else None
    context = {
        **site.each_context(request),
        "title": "Verify the audit trail",
        "form": form,
        "found": found,
        "rows": [_row(found.organization_id, one) for one in found.problems] if found else [],
        "more": found.problem_count - len(found.problems) if found else 0,
    }
    return TemplateResponse(request, "audit/verify.html", context)


def _verified(request: HttpRequest, form: VerifyForm) -> Verified | None:
    values = form.cleaned_data
    actor = acting(request, values["org"])
    try:
        if actor.organization_id != PLATFORM:
            access_organization(actor)
        return services.verify_range(actor=actor, since=values["since"], until=values["until"])
    except NotFound:
        form.add_error("org", "There is no such organisation.")
        return None
    except Problem as problem:
        if isinstance(problem, StorageUnavailable):
            raise
        refuse(form, problem)
        return None


def _row(organization_id: str, finding: Finding) -> Row:
    kind = KINDS[finding.kind]
    if finding.digest_id:
        url = _seal_url(organization_id, finding.digest_id.rpartition("/")[2])
        return Row(kind, link(url, finding.digest_id), finding.detail)
    audit_id = finding.audit_id or ""
    url = None if finding.kind == "missing" else _entry_url(organization_id, audit_id)
    return Row(kind, link(url, audit_id), finding.detail)


def _seal_url(organization_id: str, number: str) -> str | None:
    admin = site.admin_of("audit.Seal")
    is_number = number.isascii() and number.isdigit()
    return (
        admin.url_of(f"{organization_id}{SEPARATOR}{int(number)}") if admin and is_number else None
    )


def _entry_url(organization_id: str, audit_id: str) -> str | None:
    """The page of an entry, whose id has its time."""
    admin = site.admin_of("audit.Entry")
    try:
        timestamp = clock.to_text(ids.moment_of(audit_id))
    except ValueError:
        return None
    return admin.url_of(f"{organization_id}{SEPARATOR}{timestamp}_{audit_id}") if admin else None


site.pages.append(path("verify/", site.admin_view(verify_page), name="verify"))
