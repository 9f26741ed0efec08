"""The page that an error's `type` leads to: every code, what it means, what to do."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.module_loading import autodiscover_modules

from prework.errors import Problem


def errors(request: HttpRequest) -> HttpResponse:
    """The catalogue of errors, with an anchor for each code."""
    autodiscover_modules("errors")
    problems = [problem for _, problem in sorted(Problem.catalogue.items())]
    return render(request, "prework/errors.html", {"problems": problems})
