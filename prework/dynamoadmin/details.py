"""One object: its fields, what is related to it, a form for what may be changed, its history."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse

from prework.dynamoadmin.actions import Action
from prework.dynamoadmin.confirming import do_action
from prework.dynamoadmin.cursors import BadCursor, read_trail
from prework.dynamoadmin.options import DynamoAdmin, Inline
from prework.dynamoadmin.values import shown

VERSION = "_version"


def detail_view(request: HttpRequest, admin: DynamoAdmin, object_id: str) -> HttpResponseBase:
    """An object's page; a POST changes it, or does something to it."""
    admin.site.require(request, admin, "view")
    obj = admin.existing(request, unquote(object_id))
    if obj is None:
        return _missing(request, admin, unquote(object_id))
    if request.method == "POST" and "action" in request.POST:
        return _act(request, admin, obj)
    form = _form(request, admin, obj)
    if request.method == "POST" and form is None:
        raise PermissionDenied
    is_sent = request.method == "POST" and form is not None and form.is_valid()
    if is_sent and form is not None and _save(request, admin, obj, form):
        return HttpResponseRedirect(admin.url(obj))
    admin.viewed(request, obj)
    context = _context(request, admin, obj, form)
    return TemplateResponse(request, "dynamoadmin/change_form.html", context)


def history_view(request: HttpRequest, admin: DynamoAdmin, object_id: str) -> HttpResponseBase:
    """What happened to an object, newest first."""
    admin.site.require(request, admin, "view")
    obj = admin.existing(request, unquote(object_id))
    if obj is None:
        return _missing(request, admin, unquote(object_id))
    bound_to = f"{admin.opts.label}:{admin.object_id(obj)}:history"
    try:
        trail = read_trail(request.GET.get("p", ""), bound_to)
    except BadCursor:
        return HttpResponseRedirect(request.path)
    admin.viewed(request, obj)
    stretch = admin.history(request, obj, trail.start)
    more = stretch.next_start
    context = {
        **_about(request, admin, obj),
        "title": f"History: {admin.title(obj)}",
        "entries": stretch.items,
        "next_url": more and f"?p={trail.forward(more).sign(bound_to)}",
        "previous_url": trail.starts and f"?p={trail.back().sign(bound_to)}",
    }
    return TemplateResponse(request, "dynamoadmin/object_history.html", context)


def _missing(request: HttpRequest, admin: DynamoAdmin, object_id: str) -> HttpResponseBase:
    messages.warning(request, f"There is no {admin.opts.verbose_name} “{object_id}”.")
    return HttpResponseRedirect(admin.list_url())


def _act(request: HttpRequest, admin: DynamoAdmin, obj: Any) -> HttpResponseBase:
    actions = {action.name: action for action in admin.actions_for(request, obj)}
    action: Action | None = actions.get(request.POST["action"])
    if action is None:
        messages.warning(request, "That cannot be done now.")
        return HttpResponseRedirect(admin.url(obj))
    return do_action(request, admin, action, [admin.object_id(obj)], back=admin.url(obj))


def _form(request: HttpRequest, admin: DynamoAdmin, obj: Any) -> forms.Form | None:
    made = admin.form(request, obj) if admin.may(request, "change") else None
    if made is None:
        return None
    initial = {name: admin.value(obj, name) for name in made.base_fields}
    return made(request.POST if request.method == "POST" else None, initial=initial)


def _save(request: HttpRequest, admin: DynamoAdmin, obj: Any, form: forms.Form) -> bool:
    if request.POST.get(VERSION) != admin.version(obj):
        form.add_error(None, "Somebody has changed it since you opened it: open it anew.")
        return False
    changed = {name: form.cleaned_data[name] for name in form.changed_data}
    try:
        if changed:
            admin.save(request, obj, changed)
    except Exception as error:
        why = admin.site.explain(error)
        if why is None:
            raise
        form.add_error(None, why)
        return False
    said = "was changed" if changed else "is as it was: nothing was changed"
    messages.success(request, f"The {admin.opts.verbose_name} “{admin.title(obj)}” {said}.")
    return True


def _about(request: HttpRequest, admin: DynamoAdmin, obj: Any) -> dict[str, Any]:
    return {
        **admin.site.each_context(request),
        "subtitle": None,
        "opts": admin.opts,
        "admin": admin,
        "original": obj,
        "object_title": admin.title(obj),
        "object_url": admin.url(obj),
        "history_url": admin.url(obj, "history"),
        "list_url": admin.list_url(),
    }


def _context(
    request: HttpRequest, admin: DynamoAdmin, obj: Any, form: forms.Form | None
) -> dict[str, Any]:
    return {
        **_about(request, admin, obj),
        "title": f"{admin.opts.verbose_name.capitalize()}: {admin.title(obj)}",
        "form": form,
        # What was sent stays: a second try is no more right than the first.
        "version": (VERSION, request.POST.get(VERSION, admin.version(obj))),
        "fieldsets": [
            {"name": name, "fields": [_field(admin, obj, form, one) for one in fields]}
            for name, fields in admin.fieldsets
        ],
        "inlines": [_inline(request, obj, one) for one in admin.all_inlines()],
        "actions": admin.actions_for(request, obj),
        "tools": admin.tools(request, obj),
    }


def _field(admin: DynamoAdmin, obj: Any, form: forms.Form | None, name: str) -> dict[str, Any]:
    is_editable = form is not None and name in form.fields
    return {
        "name": name,
        "label": admin.label(name),
        "input": form[name] if form is not None and is_editable else None,
        "value": None if is_editable else shown(admin.value(obj, name)),
    }


def _inline(request: HttpRequest, obj: Any, inline: Inline) -> dict[str, Any]:
    rows = inline.rows(request, obj)
    return {
        "title": inline.title,
        "headers": [title for title, _ in inline.columns],
        "rows": [[shown(value(row)) for _, value in inline.columns] for row in rows],
        "more_url": inline.more_url(obj),
        "empty": inline.empty,
    }
