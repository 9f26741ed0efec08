"""An action on chosen objects: first a page that asks, then one that tells what became of each."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse

from prework.dynamoadmin.actions import Action, Outcome, ReasonForm, Refused
from prework.dynamoadmin.options import DynamoAdmin


def do_action(
    request: HttpRequest, admin: DynamoAdmin, action: Action, ids: Sequence[str], *, back: str
) -> HttpResponseBase:
    """Ask for a reason, or do it if it was confirmed."""
    is_confirmed = "confirmed" in request.POST
    form = ReasonForm(
        action.least_reason, admin.site.reason_help, request.POST if is_confirmed else None
    )
    context = {
        **admin.site.each_context(request),
        "title": action.label,
        "subtitle": None,
        "opts": admin.opts,
        "admin": admin,
        "action": action,
        "back": back,
    }
    if is_confirmed and form.is_valid():
        outcomes = list(_done(request, admin, action, ids, form.reason))
        context["outcomes"] = outcomes
        context["done"] = sum(outcome.is_done for outcome in outcomes)
        return TemplateResponse(request, "dynamoadmin/action_done.html", context)
    context["form"] = form
    found = {object_id: admin.existing(request, object_id) for object_id in ids}
    admin.listed(request, [obj for obj in found.values() if obj is not None])
    context["objects"] = [_named(admin, object_id, obj) for object_id, obj in found.items()]
    return TemplateResponse(request, "dynamoadmin/action_confirm.html", context)


def _named(admin: DynamoAdmin, object_id: str, obj: Any | None) -> dict[str, Any]:
    title = admin.title(obj) if obj is not None else "is not there any more"
    return {"id": object_id, "title": title, "url": obj and admin.url(obj)}


def _done(
    request: HttpRequest, admin: DynamoAdmin, action: Action, ids: Iterable[str], reason: str
) -> Iterable[Outcome]:
    has_failed = False
    for object_id in ids:
        if has_failed:  # whatever it was, it will not be better with the next one
            yield Outcome(object_id, None, is_done=False, detail="Not tried.")
            continue
        try:
            yield _do(request, admin, action, object_id, reason)
        except Exception as error:
            why = admin.site.explain(error)
            has_failed = why is None
            detail = admin.site.fault(error) if why is None else why
            yield Outcome(object_id, admin.url_of(object_id), is_done=False, detail=detail)


def _do(
    request: HttpRequest, admin: DynamoAdmin, action: Action, object_id: str, reason: str
) -> Outcome:
    obj = admin.existing(request, object_id)
    if obj is None:
        return Outcome(object_id, None, is_done=False, detail="It is not there any more.")
    if not action.is_for(obj):
        raise Refused("There is nothing to be done.")
    told = action.run(request, obj, reason)
    return Outcome(admin.title(obj), admin.url(obj), is_done=True, detail=told or "Done.")
