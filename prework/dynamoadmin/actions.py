"""What can be done to rows: confirmed with a reason, done one by one, and told one by one."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest

REASON_LENGTH = 500
Run = Callable[[HttpRequest, Any, str], str | None]


class Refused(Exception):
    """It was not done, for a reason that staff can be told."""


@dataclass(frozen=True)
class Action:
    """Something that can be done to an object.

    `run(request, obj, reason)` does it, and may return what to tell; it raises `Refused` (or what
    the site explains) if it cannot be done. `is_for` says to which objects it can be done.
    """

    name: str
    label: str
    run: Run
    permission: str = "change"
    least_reason: int = 3  # characters; 0 for none
    is_for: Callable[[Any], bool] = lambda _: True
    is_dangerous: bool = False
    explanation: str = ""


@dataclass(frozen=True)
class Outcome:
    """What became of one row."""

    label: str
    url: str | None
    is_done: bool
    detail: str


class ReasonForm(forms.Form):
    """Why it is done: whoever reads of it will want to know."""

    def __init__(self, least: int, help_text: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if least:
            self.fields["reason"] = forms.CharField(
                min_length=least,
                max_length=REASON_LENGTH,
                widget=forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"}),
                help_text=help_text,
            )

    @property
    def reason(self) -> str:
        """What was said."""
        return str(self.cleaned_data.get("reason", ""))
