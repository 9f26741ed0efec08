"""The list of a model: its page, what is done to chosen rows, and its export."""

from datetime import UTC, date, datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse

from prework.dynamoadmin.changelists import LOOK_UP, SEARCH, ChangeList
from prework.dynamoadmin.confirming import do_action
from prework.dynamoadmin.cursors import BadCursor
from prework.dynamoadmin.exports import FORMATS, export
from prework.dynamoadmin.options import DynamoAdmin

CHOSEN = "_selected_action"  # as stock's script knows it


def list_view(request: HttpRequest, admin: DynamoAdmin) -> HttpResponseBase:
    """A page of the list; a POST does something to the rows that are chosen."""
    admin.site.require(request, admin, "view")
    if request.method == "POST":
        return _act(request, admin)
    changes = ChangeList(request, admin)
    try:
        context = _context(request, changes)
    except BadCursor:
        messages.warning(request, "That page is no more: here is the list from its beginning.")
        return HttpResponseRedirect(request.path + changes.link({}))
    admin.listed(request, changes.stretch.items)
    return TemplateResponse(request, "dynamoadmin/change_list.html", context)


def export_view(request: HttpRequest, admin: DynamoAdmin) -> HttpResponseBase:
    """The whole list as a file, streamed."""
    admin.site.require(request, admin, "export")
    form = request.GET.get("format", "")
    changes = ChangeList(request, admin)
    if form not in FORMATS or not _may_export(changes):
        raise Http404
    admin.exported(request, changes.asked, form)
    return export(admin, admin.source(request, changes.asked), form)


def _act(request: HttpRequest, admin: DynamoAdmin) -> HttpResponseBase:
    actions = {action.name: action for action in admin.actions_for(request)}
    action = actions.get(request.POST.get("action", ""))
    ids = list(dict.fromkeys(request.POST.getlist(CHOSEN)))[: admin.page_size]
    if action is None or not ids:
        messages.warning(request, "Choose an action, and what it is to be done to.")
        return HttpResponseRedirect(request.get_full_path())
    return do_action(request, admin, action, ids, back=request.get_full_path())


def _context(request: HttpRequest, changes: ChangeList) -> dict[str, Any]:
    admin = changes.admin
    return {
        **admin.site.each_context(request),
        "title": admin.opts.verbose_name_plural.capitalize(),
        "subtitle": None,
        "opts": admin.opts,
        "admin": admin,
        "cl": changes,
        "headers": changes.headers(),
        "rows": changes.rows(),
        "filters": changes.filters(),
        "search": {
            "param": SEARCH,
            "hidden": changes.hidden(SEARCH),
            "all_url": changes.link({SEARCH: None}),
        },
        "scope": _scope(request, changes),
        "days": _days(changes),
        "actions": admin.actions_for(request),
        "exports": _exports(request, changes),
    }


def _exports(request: HttpRequest, changes: ChangeList) -> list[tuple[str, str]]:
    if not (_may_export(changes) and changes.admin.may(request, "export")):
        return []
    return [(form, f"export/{changes.link({'format': form})}") for form in FORMATS]


def _may_export(changes: ChangeList) -> bool:
    """Whether it is a whole list: what a search has found is on its page."""
    is_within = changes.scope is None or changes.asked.scope is not None
    return bool(changes.admin.export_columns) and is_within and not changes.query


def _scope(request: HttpRequest, changes: ChangeList) -> dict[str, Any] | None:
    scope = changes.scope
    if scope is None:
        return None
    value, text = changes.asked.scope, request.GET.get(LOOK_UP, "").strip()
    suggestions = scope.suggest(text) if value is None else []
    return {
        "spec": scope,
        "label": scope.label(value) if value else None,
        "other_url": "?",
        "look_up": LOOK_UP,
        "text": text,
        "suggestions": [
            (changes.link({scope.param: found, LOOK_UP: None}), label)
            for found, label in suggestions
        ],
    }


def _days(changes: ChangeList) -> dict[str, Any] | None:
    days = changes.admin.days
    if days is None or changes.is_waiting or changes.query:
        return None
    back, choices = days.levels(changes.asked.on, _today())
    return {
        "chosen": changes.asked.on,
        "back": None if back is None else (changes.link({days.param: back}), back or "All dates"),
        "choices": [
            (changes.link({days.param: one}), one, one == changes.asked.on) for one in choices
        ],
    }


def _today() -> date:
    return datetime.now(UTC).date()  # noqa: TID251  this package knows no clock of anybody's
