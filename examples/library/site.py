"""Who is let in: a librarian with a signed cookie.

The cookie is good for an hour, whatever happens: signing out only forgets it. Where that matters,
keep sign-ins in a table, as well as how often somebody has guessed.
"""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.middleware.csrf import rotate_token
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.crypto import constant_time_compare
from django.utils.http import url_has_allowed_host_and_scheme

from prework.dynamoadmin.site import DynamoSite

COOKIE, SECONDS = "librarian", 3600
READING = {"view", "export"}


@dataclass(frozen=True)
class Librarian:
    """Whoever holds the cookie."""

    name: str

    def get_username(self) -> str:
        """What the pages call them."""
        return self.name


class SignInForm(forms.Form):
    """Named as the stock page names them."""

    username = forms.CharField()
    password = forms.CharField(widget=forms.PasswordInput({"autocomplete": "current-password"}))

    def clean(self) -> None:
        """One password for all: it is an example."""
        is_known = self.cleaned_data.get("username") in settings.LIBRARIANS
        password = self.cleaned_data.get("password", "")
        if not constant_time_compare(password, settings.PASSWORD) or not is_known:
            raise forms.ValidationError("There is no librarian with this name and password.")


class LibrarySite(DynamoSite):
    """The site of the library."""

    site_header = site_title = "Library"

    def user_of(self, request: HttpRequest) -> Librarian | None:
        """Who the cookie is of."""
        name = request.get_signed_cookie(COOKIE, default="", max_age=SECONDS)
        return Librarian(name) if name and name in settings.LIBRARIANS else None

    def may(self, request: HttpRequest, permission: str) -> bool:
        """All may read, some may change."""
        user: Any = request.user
        return permission in READING or settings.LIBRARIANS[user.name]

    def own_urls(self) -> list[URLPattern | URLResolver]:
        """How to come in, and how to leave."""
        return [
            path("login/", self.page(login), name="login"),
            path("logout/", self.admin_view(logout), name="logout"),
        ]


site = LibrarySite()


def login(request: HttpRequest) -> HttpResponseBase:
    """The stock sign-in page, and then to where one wanted to be, if that is here."""
    goal = request.POST.get("next") or request.GET.get("next") or ""
    if not url_has_allowed_host_and_scheme(goal, {request.get_host()}, request.is_secure()):
        goal = reverse("admin:index")
    form = SignInForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        rotate_token(request)
        return _with_cookie(request, HttpResponseRedirect(goal), form.cleaned_data["username"])
    page = {"title": "Sign in", "form": form, "app_path": request.path, "next": goal, "user": None}
    return TemplateResponse(request, "admin/login.html", {**site.each_context(request), **page})


def _with_cookie(request: HttpRequest, response: HttpResponse, name: str) -> HttpResponse:
    response.set_signed_cookie(
        COOKIE,
        name,
        max_age=SECONDS,
        secure=request.is_secure(),
        httponly=True,
        samesite="Strict",
    )
    return response


def logout(request: HttpRequest) -> HttpResponseBase:
    """Forget the cookie."""
    response = HttpResponseRedirect(reverse("admin:login"))
    if request.method == "POST":
        response.delete_cookie(COOKIE)
    return response


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponseBase:
    """The page for a form of another site: `CSRF_FAILURE_VIEW`."""
    return site.csrf_failed(request, reason)
