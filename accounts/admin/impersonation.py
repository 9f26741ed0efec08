"""Acting in somebody's name: with a reason, for half an hour, reading only unless it is raised."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse

from accounts import services
from accounts.admin.users import UserAdmin
from accounts.models import User
from prework import clock
from prework.dynamoadmin.actions import REASON_LENGTH
from prework.errors import NotFound, Problem
from prework.staffsite import refuse, site, staff_of

COOKIE = "prework_impersonation"  # for the banner; it opens nothing
LEAST_REASON = 10


class ImpersonationForm(forms.Form):
    """Why."""

    reason = forms.CharField(
        min_length=LEAST_REASON,
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"}),
        help_text="The organisation sees it in its audit trail.",
    )


def begin(request: HttpRequest, object_id: str) -> HttpResponseBase:
    """Begin to act in the name of a user."""
    [admin] = [one for one in site.admins if type(one) is UserAdmin]
    site.require(request, admin, "change")
    user: User | None = admin.find(request, object_id)
    if user is None:
        messages.warning(request, "There is no such user.")
        return HttpResponseRedirect(admin.list_url())
    if current(request) is not None:
        messages.warning(request, "You act in somebody's name already: end that first.")
        return HttpResponseRedirect(admin.url(user))
    form = ImpersonationForm(request.POST or None)
    if request.method != "POST":
        admin.viewed(request, user)
    elif form.is_valid():
        try:
            begun = services.start_impersonation(
                staff=staff_of(request),
                organization_id=user.organization_id,
                user_id=user.user_id,
                reason=form.cleaned_data["reason"],
            )
        except Problem as problem:
            refuse(form, problem)
        else:
            return _begun(request, user, begun, back=admin.url(user))
    title = f"Act in the name of {user.name}"
    context = {**site.each_context(request), "title": title, "form": form, "submit": "Begin"}
    return TemplateResponse(request, "staffsite/form.html", context)


def _begun(request: HttpRequest, user: User, begun: Any, *, back: str) -> HttpResponse:
    about = {
        "organization_id": user.organization_id,
        "user_id": user.user_id,
        "session_id": begun.session.session_id,
        "name": user.name,
        "until": clock.to_text(begun.session.ends_at),
        "is_read_only": True,
    }
    context = {
        **site.each_context(request),
        "title": f"You act in the name of {user.name}",
        "impersonation": about,
        "token": begun.token,
        "back": back,
    }
    page = TemplateResponse(request, "staffsite/impersonation_token.html", context).render()
    return _remember(request, page, about)


def raise_it(request: HttpRequest) -> HttpResponseBase:
    """Be allowed to write, with another reason."""
    about = current(request)
    if about is None:
        return HttpResponseRedirect(reverse("admin:index"))
    form = ImpersonationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.raise_impersonation(
                staff=staff_of(request), **_session(about), reason=form.cleaned_data["reason"]
            )
        except Problem as problem:
            refuse(form, problem)
        else:
            answer = HttpResponseRedirect(reverse("admin:index"))
            return _remember(request, answer, {**about, "is_read_only": False})
    title = f"Write in the name of {about['name']}"
    context = {**site.each_context(request), "title": title, "form": form}
    return TemplateResponse(request, "staffsite/form.html", context)


def end(request: HttpRequest) -> HttpResponseBase:
    """Be oneself again."""
    about, answer = current(request), HttpResponseRedirect(reverse("admin:index"))
    if request.method != "POST":
        return answer
    if about is not None:
        try:
            services.end_impersonation(staff=staff_of(request), **_session(about))
        except NotFound:  # it is over already; with a store that does not answer it is not
            messages.warning(request, "It had ended before.")
    answer.delete_cookie(COOKIE, path=reverse("admin:index"), samesite="Strict")
    return answer


def current(request: HttpRequest) -> dict[str, Any] | None:
    """In whose name one acts now, for the banner."""
    try:
        about: dict[str, Any] = signing.loads(request.COOKIES.get(COOKIE, ""), salt=_salt(request))
    except signing.BadSignature:
        return None
    return about if about["until"] > clock.to_text(clock.now()) else None


def _remember(request: HttpRequest, response: HttpResponse, about: dict[str, Any]) -> HttpResponse:
    response.set_cookie(
        COOKIE,
        signing.dumps(about, salt=_salt(request)),
        path=reverse("admin:index"),
        secure=request.is_secure() or site.is_secure,
        httponly=True,
        samesite="Strict",
    )
    return response


def _salt(request: HttpRequest) -> str:
    return f"impersonation:{staff_of(request).session_id}"


def _session(about: dict[str, Any]) -> dict[str, Any]:
    return {name: about[name] for name in ("organization_id", "user_id", "session_id")}


site.banners.append(lambda request: {"impersonation": current(request)})
site.pages += [
    path(
        "accounts/user/<path:object_id>/impersonate/",
        site.admin_view(begin),
        name="accounts_user_impersonate",
    ),
    path("impersonation/raise/", site.admin_view(raise_it), name="impersonation_raise"),
    path("impersonation/end/", site.admin_view(end), name="impersonation_end"),
]
