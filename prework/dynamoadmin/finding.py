"""The command palette: one field that finds whatever has a page, by what the options look up."""

from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse

if TYPE_CHECKING:
    from prework.dynamoadmin.site import DynamoSite

MOST = 8  # of each kind
LONGEST = 200


def find_view(site: "DynamoSite", request: HttpRequest) -> HttpResponseBase:
    """What a text names. A single hit is gone to at once; a script is answered in JSON."""
    text = request.GET.get("q", "").strip()[:LONGEST]
    hits = found(site, request, text) if text else []
    if request.headers.get("Accept") == "application/json":
        return JsonResponse({"hits": hits})
    if len(hits) == 1 and "q" in request.GET:
        return HttpResponseRedirect(hits[0]["url"])
    context = {**site.each_context(request), "title": "Find", "text": text, "hits": hits}
    return TemplateResponse(request, "dynamoadmin/find.html", context)


def found(site: "DynamoSite", request: HttpRequest, text: str) -> list[dict[str, Any]]:
    """The objects that a text names, and the lists whose name has it."""
    hits = []
    for admin in site.admins:
        if not (admin.is_findable and admin.may(request, "view")):
            continue
        kind = admin.opts.verbose_name
        if text.casefold() in admin.opts.verbose_name_plural.casefold():
            label = admin.opts.verbose_name_plural.capitalize()
            hits.append({"kind": "list", "label": label, "url": admin.list_url()})
        objects = list(admin.search(request, text, None))[:MOST]
        admin.listed(request, objects)
        for obj in objects:
            hits.append({"kind": kind, "label": admin.title(obj), "url": admin.url(obj)})
    return hits
