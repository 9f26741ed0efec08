"""The staff site at /admin/: who its users are, in which organisation they act, and how it looks.

Each app's `admin.py` gives its models their pages here; `accounts.admin` signs staff in.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import URLPattern, URLResolver, reverse
from rest_framework import serializers

from prework import logs
from prework.dynamoadmin.actions import REASON_LENGTH
from prework.dynamoadmin.filters import Scope
from prework.dynamoadmin.options import Asked, DynamoAdmin
from prework.dynamoadmin.site import DynamoSite
from prework.dynamoadmin.sources import Start, Stretch
from prework.errors import NotAuthenticated, NotFound, Problem, StorageUnavailable
from prework.http.middleware import origin_of
from prework.http.problems import as_problem
from prework.tenancy import PLATFORM, Actor, StaffActor
from prework.wiring import resolve
from prework.wording import snake

REASON_HELP = "It goes into the audit trail, where the organisation sees it."
COOKIE = "prework_staff"
PERMISSIONS = {"view": "staff.view", "change": "staff.act", "export": "staff.act"}
ORGANIZATION = "org"
SEPARATOR = "."  # between an organisation's id and that of something in it, in an address


class StaffUser:
    """A staff person as the stock templates want to know them."""

    is_active = is_staff = is_authenticated = has_usable_password = True

    def __init__(self, staff: StaffActor) -> None:
        self.staff = staff

    def get_username(self) -> str:
        """The name at the top of the page."""
        return f"{self.staff.name} ({self.staff.role})"

    get_short_name = get_username


class StaffSite(DynamoSite):
    """The admin of this product."""

    site_header = "prework staff"
    site_title = "prework staff"
    index_title = "Overview"
    frame = "staffsite/base.html"
    find_label = "Find by id, e-mail or name"
    reason_help = REASON_HELP
    index_template = "staffsite/index.html"

    def __init__(self) -> None:
        super().__init__()
        self.pages: list[URLPattern | URLResolver] = []
        self.dashboard: list[Callable[[HttpRequest], dict[str, Any]]] = []
        self.banners: list[Callable[[HttpRequest], dict[str, Any]]] = []

    @property
    def is_secure(self) -> bool:
        """Whether cookies are for HTTPS alone."""
        return bool(settings.IS_PRODUCTION)

    def user_of(self, request: HttpRequest) -> StaffUser | None:
        """Who holds the staff session of the cookie, by one read."""
        token = request.COOKIES.get(COOKIE, "")
        try:
            staff = resolve(settings.STAFF_LOADER)(token, origin_of(request))
        except NotAuthenticated:
            return None
        logs.bind_actor(staff)
        return StaffUser(staff)

    def may(self, request: HttpRequest, permission: str) -> bool:
        """Whether the staff person's role has this."""
        return staff_of(request).may(PERMISSIONS.get(permission, permission))

    def before(self, request: HttpRequest) -> HttpResponseBase | None:
        """Who has yet to set up a second factor does that first."""
        allowed = (reverse("admin:second_factor"), reverse("admin:logout"))
        if staff_of(request).needs_second_factor and request.path not in allowed:
            return HttpResponseRedirect(allowed[0])
        return None

    def explain(self, error: Exception) -> str | None:
        """A refusal in its own words; a store that fails in the middle is told as well."""
        if isinstance(error, Problem) and error.status < StorageUnavailable.status:
            return f"{error.title}. {error.detail}"
        return super().explain(error)

    def fault(self, error: Exception) -> str:
        """A store that does not answer, or a fault of ours, which is logged."""
        return as_problem(error).detail

    def failed(self, request: HttpRequest, error: Exception) -> HttpResponseBase | None:
        """A page for what the domain refused, and for a store that does not answer."""
        if isinstance(error, PermissionDenied | Http404):
            return super().failed(request, error)
        if not isinstance(error, Problem):
            error = as_problem(error)
        page = self.problem(request, error.status, error.title, error.detail)
        if isinstance(error, StorageUnavailable) and isinstance(page, HttpResponse):
            page.headers["Retry-After"] = "2"
        return page

    def own_urls(self) -> list[URLPattern | URLResolver]:
        """What the apps have added."""
        return self.pages

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """With the request's id, which is in the logs and in the audit trail too."""
        context = {**super().each_context(request), "request_id": origin_of(request).request_id}
        if self.has_permission(request):
            for banner in self.banners:
                context |= banner(request)
        return context

    def index(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """The dashboard, and what there is."""
        parts: dict[str, Any] = {}
        for part in self.dashboard:
            parts |= part(request)
        return super().index(request, parts)

    def recent_actions(self, request: HttpRequest) -> list[Any]:
        """What the staff person did last, in whatever organisation."""
        return list(resolve(settings.STAFF_ACTIONS)(staff_of(request)))


site = StaffSite()


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponseBase:
    """The page for a form of another site: `CSRF_FAILURE_VIEW`."""
    return site.csrf_failed(request, reason)


def refuse(form: forms.Form, problem: Problem) -> None:
    """Say in a form what the domain refused, at its fields where they have the same name."""
    errors = problem.extra.get("errors") or []
    for error in errors:
        field = snake(error["field"])
        form.add_error(field if field in form.fields else None, error["detail"])
    if not errors:
        form.add_error(None, problem.detail)


class WireField(forms.CharField):
    """Text that the API takes as well: the same rules, and the same words when they are broken."""

    def __init__(self, wire: serializers.Field[Any, Any, Any, Any], **options: Any) -> None:
        super().__init__(
            required=wire.required and not getattr(wire, "allow_blank", False), **options
        )
        self.wire = wire

    def to_python(self, value: Any) -> Any:
        """What a browser sends, with line ends as everybody else has them."""
        return (super().to_python(value) or "").replace("\r\n", "\n")

    def validate(self, value: Any) -> None:
        """Ask the field of the API."""
        super().validate(value)
        try:
            self.wire.run_validation(value)
        except serializers.ValidationError as error:
            details = error.detail if isinstance(error.detail, list) else [error.detail]
            raise forms.ValidationError([str(detail) for detail in details]) from None


class ReasonedForm(forms.Form):
    """A form that changes something of an organisation, which will want to know why."""

    reason = forms.CharField(
        min_length=3,
        max_length=REASON_LENGTH,
        help_text=REASON_HELP,
    )


def staff_of(request: HttpRequest) -> StaffActor:
    """Who asks."""
    staff: StaffActor = request.user.staff  # type: ignore[union-attr]
    return staff


def acting(request: HttpRequest, organization_id: str, reason: str = "") -> Actor:
    """The staff person, acting in an organisation."""
    return staff_of(request).in_organization(organization_id, reason=reason)


class StaffAdmin(DynamoAdmin):
    """Options of a thing that belongs to an organisation: its id is `<organisation>.<id>`."""

    entity_type: ClassVar[str]
    is_listed_within: ClassVar[bool] = True  # the list asks for the organisation first
    is_personal: ClassVar[bool] = False  # a page of the list shows who people are

    def scope(self, request: HttpRequest) -> Scope | None:
        """The organisation, found by its name or id."""
        if not self.is_listed_within:
            return None
        suggest, label = map(resolve, settings.STAFF_ORGANIZATIONS)
        help_text = "By the beginning of its name, or by its id."
        return Scope(ORGANIZATION, "Organisation", suggest, label, help_text)

    def access(self, actor: Actor, thing_id: str) -> Any:
        """The thing, through its own door. Raises `NotFound`."""
        raise NotImplementedError

    def thing_id(self, obj: Any) -> str:
        """The thing's own id."""
        return str(getattr(obj, f"{self.entity_type}_id"))

    def find(self, request: HttpRequest, object_id: str) -> Any | None:
        """What there is under `<organisation>.<id>`."""
        organization_id, dot, thing_id = object_id.partition(SEPARATOR)
        try:
            return self.access(acting(request, organization_id), thing_id) if dot else None
        except NotFound:
            return None

    def object_id(self, obj: Any) -> str:
        """`<organisation>.<id>`"""
        return f"{obj.organization_id}{SEPARATOR}{self.thing_id(obj)}"

    def actor(self, request: HttpRequest, obj: Any, reason: str = "") -> Actor:
        """The staff person, acting where an object belongs."""
        return acting(request, obj.organization_id, reason)

    def editor(self, request: HttpRequest, obj: Any, reason: str) -> Actor:
        """The same, changing the object as it was read and no other."""
        return replace(self.actor(request, obj, reason), if_match=frozenset({obj.etag}))

    def search(self, request: HttpRequest, text: str, scope: str | None) -> Iterable[Any]:
        """By id: `<organisation>.<id>`, or within an organisation the thing's own."""
        object_id = text if SEPARATOR in text or scope is None else f"{scope}{SEPARATOR}{text}"
        found = self.find(request, object_id)
        return [found] if found is not None else []

    def history(self, request: HttpRequest, obj: Any, start: Start) -> Stretch:
        """The audit entries about it."""
        actor = acting(request, obj.organization_id)
        stretch: Stretch = resolve(settings.STAFF_HISTORY)(
            actor, self.entity_type, self.thing_id(obj), start
        )
        return stretch

    def viewed(self, request: HttpRequest, obj: Any) -> None:
        """A look at something of an organisation leaves an entry there."""
        resolve(settings.STAFF_VIEW)(
            staff=staff_of(request),
            organization_id=obj.organization_id,
            entity_type=self.entity_type,
            entity_id=self.thing_id(obj),
        )

    def listed(self, request: HttpRequest, items: Iterable[Any]) -> None:
        """A look at a page of people leaves one in each of their organisations."""
        organization_ids = {one.organization_id for one in items} if self.is_personal else ()
        for organization_id in organization_ids:
            resolve(settings.STAFF_VIEW)(
                staff=staff_of(request),
                organization_id=organization_id,
                entity_type=f"{self.entity_type}_list",
                entity_id=organization_id,
            )

    def exported(self, request: HttpRequest, asked: Asked, form: str) -> None:
        """So does an export."""
        resolve(settings.STAFF_EXPORT)(
            staff=staff_of(request),
            organization_id=asked.scope or PLATFORM,
            entity_type=self.entity_type,
            entity_id=asked.scope or PLATFORM,
            export_format=form,
        )


def label_of(name: str, thing_id: str) -> str:
    """A name with the id that tells it from others of that name."""
    return f"{name} ({thing_id})"
