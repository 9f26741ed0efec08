"""The site: which models have pages, who may see them, and every page's frame."""

import logging
from collections.abc import Callable, Iterator
from functools import partial, update_wrapper
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.contrib.admin.sites import AdminSite
from django.contrib.messages import get_messages
from django.core.exceptions import PermissionDenied
from django.http import (
    Http404,
    HttpRequest,
    HttpResponseBase,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, include, path, re_path, reverse
from django.utils.decorators import decorator_from_middleware
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect

from prework.dynamoadmin import details, finding, lists
from prework.dynamoadmin.actions import Refused
from prework.dynamoadmin.headers import with_policy
from prework.dynamoadmin.messages import WithMessages
from prework.dynamoadmin.options import DynamoAdmin, Inline

log = logging.getLogger(__name__)
METHODS = ("GET", "HEAD", "POST")
View = Callable[..., HttpResponseBase]
AdminType = TypeVar("AdminType", bound=type[DynamoAdmin])
with_messages: Any = decorator_from_middleware(WithMessages)


class Registered:
    """What a stock site keeps its options under: it wants to know no more of a model."""

    def __init__(self, admin: DynamoAdmin) -> None:
        self._meta = admin.opts


class DynamoSite(AdminSite):
    """An admin of PynamoDB models. Subclass it, and say who is who.

    `user_of` finds out who asks, `may` what they may do (`view`, `change`, `export`, and whatever
    permissions one's actions name), `explain` puts refusals of one's own into words.
    """

    frame = "dynamoadmin/base.html"
    index_template = "dynamoadmin/index.html"
    app_index_template = "dynamoadmin/app_index.html"
    site_url = None
    reason_help = "It is kept with what was done."
    find_label = "Find by id or name"

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self._actions = self._global_actions = {}
        self.extra_inlines: dict[str, list[Inline]] = {}

    # -- to be said by a subclass -----------------------------------------------------------------

    def user_of(self, request: HttpRequest) -> Any | None:
        """Who asks, as the templates want to know them (`get_username`), or `None`."""
        raise NotImplementedError

    def may(self, request: HttpRequest, permission: str) -> bool:
        """Whether whoever asks may do this."""
        raise NotImplementedError

    def explain(self, error: Exception) -> str | None:
        """What staff are told of an error of an action; `None` for one that is a fault."""
        return str(error) if isinstance(error, Refused) else None

    def fault(self, error: Exception) -> str:
        """Note an error that nobody can explain, and what staff are told of it."""
        log.exception("An action of the admin failed", exc_info=error)
        return "It failed, and it is not known how far it got. The log says why."

    def own_urls(self) -> list[URLPattern | URLResolver]:
        """Pages of one's own: sign-in, the dashboard's parts."""
        return []

    # -- models -----------------------------------------------------------------------------------

    def show(self, admin_class: AdminType) -> AdminType:
        """Give a model its pages: a decorator of its options."""
        admin = admin_class(self)
        self._registry[Registered(admin)] = admin  # type: ignore[index,assignment]  # stock's are SQL
        return admin_class

    def add_inline(self, label: str, inline: Inline) -> None:
        """Show something beside every object of the model `app.Model`."""
        self.extra_inlines.setdefault(label, []).append(inline)

    @property
    def admins(self) -> Iterator[DynamoAdmin]:
        """The options of all models."""
        return iter(self._registry.values())  # type: ignore[arg-type]

    def admin_of(self, label: str) -> DynamoAdmin | None:
        """The options of the model `app.Model`."""
        return next((one for one in self.admins if one.opts.label == label), None)

    def require(self, request: HttpRequest, admin: DynamoAdmin, permission: str) -> None:
        """Refuse with 403 unless whoever asks may do this to a model."""
        if not admin.may(request, permission):
            raise PermissionDenied

    @staticmethod
    def with_query(url: str, query: dict[str, str]) -> str:
        """An address with parameters."""
        return f"{url}?{urlencode(query)}" if query else url

    # -- pages ------------------------------------------------------------------------------------

    def has_permission(self, request: HttpRequest) -> bool:
        """Whether whoever asks is let in at all."""
        return getattr(request, "user", None) is not None

    def admin_view(self, view: View, cacheable: bool = False) -> View:  # type: ignore[override]
        """A page for those who are signed in, with the frame's headers and CSRF protection."""

        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            user: Any = self.user_of(request)
            request.user = user
            if user is None:
                return HttpResponseRedirect(self.sign_in_url(request))
            elsewhere = self.before(request)
            return elsewhere or view(request, *args, **kwargs)

        return self.page(update_wrapper(inner, view), cacheable=cacheable)

    def page(self, view: View, *, cacheable: bool = False) -> View:
        """A page for anybody, with the frame's headers and CSRF protection."""
        framed: View = with_policy(with_messages(self._answering(csrf_protect(view))))
        return framed if cacheable else never_cache(framed)

    def _answering(self, view: View) -> View:
        """The view, with a page for what it raises, where there is one."""

        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method not in METHODS:
                return HttpResponseNotAllowed(METHODS)
            try:
                response = view(request, *args, **kwargs)
                if isinstance(response, TemplateResponse):
                    response.render()  # here, where what it raises can be answered
            except Exception as error:
                failed = self.failed(request, error)
                if failed is None:
                    raise
                return failed
            return response

        return update_wrapper(inner, view)

    def failed(self, request: HttpRequest, error: Exception) -> HttpResponseBase | None:
        """The page for what a view raised; `None` to let it go on."""
        if isinstance(error, PermissionDenied):
            return self.problem(request, 403, "Not permitted", "Your role does not include this.")
        if isinstance(error, Http404):
            return self.problem(request, 404, "Not found", "There is no such page.")
        return None

    def problem(
        self, request: HttpRequest, status: int, title: str, detail: str
    ) -> HttpResponseBase:
        """A page that says what was wrong."""
        context = {**self.each_context(request), "title": title, "detail": detail}
        page = TemplateResponse(request, "dynamoadmin/problem.html", context, status=status)
        return page.render()

    def before(self, request: HttpRequest) -> HttpResponseBase | None:
        """Where else whoever asks has to go first."""
        return None

    def sign_in_url(self, request: HttpRequest) -> str:
        """Where to sign in, and come back from."""
        here = request.get_full_path() if request.method == "GET" else reverse("admin:index")
        return self.with_query(reverse("admin:login"), {"next": here})

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """All pages. Stock's own would import the views of apps that are SQL."""
        urls = [
            path("", self.admin_view(self.index), name="index"),
            path("find/", self.admin_view(partial(finding.find_view, self)), name="find"),
            path("jsi18n/", self.admin_view(self.i18n_javascript, cacheable=True), name="jsi18n"),
            *self.own_urls(),
        ]
        urls += [self._urls_of(admin) for admin in self.admins]
        labels = "|".join(sorted({admin.app_label for admin in self.admins})) or "-"
        pattern = rf"^(?P<app_label>{labels})/$"
        urls.append(re_path(pattern, self.admin_view(self.app_index), name="app_list"))
        return [*urls, re_path(r"^(?P<url>(?s:.*))$", self.admin_view(self.elsewhere))]

    def elsewhere(self, request: HttpRequest, url: str) -> HttpResponseBase:
        """There is no such page; perhaps there is with a slash behind it."""
        if not url.endswith("/"):
            return HttpResponseRedirect(request.get_full_path(force_append_slash=True))
        raise Http404

    def csrf_failed(self, request: HttpRequest, reason: str = "") -> HttpResponseBase:
        """A form that was not sent from a page of ours, or one that is too old."""
        detail = "Open the page anew, and send the form from there."
        return self.problem(request, 403, "This form could not be taken", detail)

    def _urls_of(self, admin: DynamoAdmin) -> URLResolver:
        info = f"{admin.opts.app_label}_{admin.opts.model_name}"

        def page(view: View) -> View:
            return self.admin_view(partial(view, admin=admin))

        patterns = [
            path("", page(lists.list_view), name=f"{info}_changelist"),
            path("export/", page(lists.export_view), name=f"{info}_export"),
            path("<path:object_id>/history/", page(details.history_view), name=f"{info}_history"),
            path("<path:object_id>/change/", page(details.detail_view), name=f"{info}_change"),
        ]
        return path(f"{admin.opts.app_label}/{admin.opts.model_name}/", include(patterns))

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """What every page needs, with the template that frames it."""
        context = {
            **super().each_context(request),
            "frame": self.frame,
            "find_label": self.find_label,
        }
        user = getattr(request, "user", None)
        return {**context, "messages": get_messages(request), "user": user}

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """What there is, for those who are let in."""
        if not self.has_permission(request):
            return []
        apps: list[Any] = super().get_app_list(request, app_label)
        return apps

    def index(self, request: HttpRequest, extra_context: Any = None) -> TemplateResponse:
        """The first page: what there is, and what one did last."""
        mine = {"recent_actions": self.recent_actions(request)}
        answer: TemplateResponse = super().index(request, {**mine, **(extra_context or {})})
        return answer

    def get_log_entries(self, request: HttpRequest) -> list[Any]:  # type: ignore[override]
        """Stock's are rows of SQL; see `recent_actions`."""
        return []

    def recent_actions(self, request: HttpRequest) -> list[Any]:
        """What whoever asks did last, as `Past`."""
        return []
