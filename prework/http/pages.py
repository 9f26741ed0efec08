"""What is not the API but tells of it: the OpenAPI document, and the page that errors lead to."""

from functools import lru_cache

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.module_loading import autodiscover_modules
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer

from prework.errors import Problem
from prework.http import limits
from prework.http.middleware import origin_of


def errors(request: HttpRequest) -> HttpResponse:
    """The catalogue of errors, with an anchor for each code."""
    limits.hit("address", origin_of(request).ip)
    autodiscover_modules("errors")
    # As plain values: a template calls a class, and shows nothing where that takes arguments.
    problems = [
        {
            "code": code,
            "status": problem.status,
            "title": problem.title,
            "detail": problem.default_detail,
        }
        for code, problem in sorted(Problem.catalogue.items())
    ]
    return render(request, "prework/errors.html", {"problems": problems})


def schema(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document, generated once a process."""
    limits.hit("address", origin_of(request).ip)
    return HttpResponse(_document(), content_type="application/vnd.oai.openapi+json")


@lru_cache(maxsize=1)
def _document() -> bytes:
    generator = SchemaGenerator()  # type: ignore[no-untyped-call]
    document = generator.get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return bytes(OpenApiJsonRenderer().render(document))
